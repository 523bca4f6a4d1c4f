package server

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/internal/poison"
)

// inputSize is what a connection's input buffer begins with: most heads fit, and
// idle connections are many.
const inputSize = 4 << 10

// An input is the reading side of a connection: bytes that were received and not
// yet understood.
type input struct {
	buf   []byte // owned
	r, w  int    // buf[r:w] is unread
	count int64  // bytes that were received and not counted yet

	resting *tick       // when the deadline of an idle connection was set; nil: another one stands
	moved   atomic.Bool // the deadline was moved elsewhere to end a read: set it before the next
	custom  bool        // the application has set it: it stays for the exchange

	// The deadline may be set by one goroutine while another one waits in a read.
	mu sync.Mutex
	by time.Time

	nc net.Conn
}

// unread is what was received and not consumed; borrowed until fill.
func (in *input) unread() []byte { return in.buf[in.r:in.w] }

// consume drops n bytes from the front of what is unread.
func (in *input) consume(n int) {
	if poison.On {
		poison.Bytes(in.buf[in.r : in.r+n : in.r+n])
	}
	if in.r += n; in.r == in.w {
		in.r, in.w = 0, 0
	}
}

// fill reads once, behind what is unread. The buffer grows as far as the parser
// above asks for more; its limits bound it.
func (in *input) fill() error {
	n, err := in.nc.Read(in.room())
	in.w += n
	in.count += int64(n)
	if n > 0 {
		return nil // an error comes again with the next read
	}
	return err
}

// room is where the next bytes go; never empty.
func (in *input) room() []byte {
	in.makeRoom()
	return in.buf[in.w:]
}

func (in *input) makeRoom() {
	switch {
	case in.buf == nil:
		in.acquire()
	case in.w < len(in.buf):
	case in.r > 0:
		in.w = copy(in.buf, in.buf[in.r:in.w])
		in.r = 0
	default:
		larger := make([]byte, 2*len(in.buf))
		copy(larger, in.buf)
		in.buf = larger
	}
}

// inputs keeps the buffers that connections do not need while they are idle.
var inputs = sync.Pool{New: func() any { return new([inputSize]byte) }}

// acquire makes sure that there is a buffer.
func (in *input) acquire() {
	if in.buf == nil {
		in.buf = inputs.Get().(*[inputSize]byte)[:]
	}
}

// lend lets go of the buffer where nothing unread is in it, and returns it; nil where
// something is. One that grew is left to the collector.
func (in *input) lend() []byte {
	if in.buf == nil || in.r < in.w {
		return nil
	}
	b := in.buf
	in.buf = nil
	if len(b) != inputSize {
		return nil
	}
	poison.Bytes(b)
	return b
}

// giveBack is lend to nobody.
func (in *input) giveBack() {
	if b := in.lend(); b != nil {
		inputs.Put((*[inputSize]byte)(b))
	}
}

// within sets the deadline of the next reads to d after now, unless it stands
// there already but for some slack: a timer moved for every request would cost
// more than parsing it. A deadline of the application's stays.
func (in *input) within(now time.Time, d time.Duration) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.resting = nil
	moved, by := in.moved.Load(), now.Add(d)
	switch {
	case in.custom && moved: // back to where the application had it
	case in.custom || !moved && in.by.Sub(by).Abs() < slack(d):
		return
	default:
		in.by = by
	}
	in.moved.Store(false)
	in.set(in.by)
}

// rest is within for an idle connection. Where a second is near enough, the deadline is
// looked at once a second, so that a request costs no lock. hot path
func (in *input) rest(c *clock, d time.Duration) {
	if slack(d) < time.Second {
		in.within(c.now(), d)
		return
	}
	if t := c.tick.Load(); in.resting != t || in.moved.Load() {
		in.within(t.now, d)
		in.resting = t
	}
}

// slack is by how much a time-out may be wrong, to spare setting it.
func slack(d time.Duration) time.Duration { return min(time.Second, d/8) }

// until sets the deadline whoever had set it before.
func (in *input) until(by time.Time) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.resting = nil
	in.by, in.custom = by, false
	in.moved.Store(false)
	in.set(by)
}

// customise sets the application's deadline.
func (in *input) customise(by time.Time) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.by, in.custom = by, true
	if !in.moved.Load() {
		in.set(by)
	}
}

// wait lifts the server's deadline, for a read that may take as long as the
// handler does.
func (in *input) wait() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.resting = nil
	if !in.custom {
		in.by = time.Time{}
	}
	in.moved.Store(false)
	in.set(in.by)
}

// interrupt ends a read that another goroutine waits in.
func (in *input) interrupt() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.moved.Store(true)
	in.set(time.Unix(1, 0))
}

// hasten brings the deadline of a read forward that another goroutine waits in, while
// idle says that it waits for a request. Idleness ends before within is called for what
// the request needs, so that under the lock this comes first, or not at all.
func (in *input) hasten(by time.Time, idle *atomic.Bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if idle.Load() {
		in.moved.Store(true)
		in.set(by)
	}
}

// release takes the deadline back from the application at the end of an exchange.
// It runs in the goroutine that customise ran in.
func (in *input) release() {
	if in.custom {
		in.retake()
	}
}

func (in *input) retake() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.custom = false
	in.moved.Store(true)
}

// set fails only on a closed connection, as the next read then does.
func (in *input) set(by time.Time) { _ = in.nc.SetReadDeadline(by) }

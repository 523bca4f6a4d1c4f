package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/internal/poison"
)

// outputSize is how much of an answer, or of a batch of pipelined answers, is
// gathered for one write.
const outputSize = 8 << 10

// An output is the writing side of a connection. Its first error is final.
type output struct {
	buf    []byte // owned: bytes to be sent
	err    error
	held   hold
	count  int64 // bytes that were sent and not counted yet
	fd     int   // inside the fast path's callback, else noFD
	custom bool  // the application has set the deadline: it stays for the exchange

	by      time.Time // the write deadline
	timeout time.Duration
	nc      net.Conn
}

const noFD = -1

// outputs keeps the buffers that connections do not need while they are idle.
var outputs = sync.Pool{New: func() any { return new([outputSize]byte) }}

// acquire makes sure that there is a buffer.
func (o *output) acquire() {
	if o.buf == nil {
		o.buf = outputs.Get().(*[outputSize]byte)[:0]
	}
}

// lend lets go of an empty buffer and returns it; nil where there is none. One that grew
// is left to the collector.
func (o *output) lend() []byte {
	b := o.buf
	if b == nil || len(b) > 0 {
		return nil
	}
	o.buf = nil
	if cap(b) != outputSize {
		return nil
	}
	poison.Bytes(b[:outputSize])
	return b
}

// giveBack is lend to nobody.
func (o *output) giveBack() {
	if b := o.lend(); b != nil {
		outputs.Put((*[outputSize]byte)(b[:outputSize]))
	}
}

// write takes p: gathered where it fits, else sent at once behind what is gathered.
func (o *output) write(p []byte) error {
	if len(o.buf)+len(p) <= outputSize {
		o.buf = append(o.buf, p...)
		return o.err
	}
	return o.sendBehind(p)
}

// sendBehind sends what is gathered and p behind it, in one system call where the
// system can (writev).
func (o *output) sendBehind(p []byte) error {
	if _, secure := o.nc.(*tls.Conn); secure || len(o.buf) == 0 {
		if err := o.flush(); err != nil {
			return err
		}
		return o.send(p)
	}
	b := batches.Get().(*batch)
	defer b.release()
	b.parts = append(b.pair[:0], o.buf, p)
	for o.err == nil && len(b.parts) > 0 {
		o.arm(time.Now())
		n, err := b.parts.WriteTo(o.nc)
		o.count += n
		if err != nil && !o.goesOn(n, err) {
			o.fail(err)
		}
	}
	o.buf = o.buf[:0]
	return o.err
}

// A batch is the argument of one writev, pooled: on the stack it would not stay.
type batch struct {
	pair  [2][]byte
	parts net.Buffers // of pair
}

var batches = sync.Pool{New: func() any { return new(batch) }}

func (b *batch) release() {
	clear(b.pair[:])
	b.parts = nil
	batches.Put(b)
}

// flush sends what is gathered.
func (o *output) flush() error {
	if len(o.buf) == 0 {
		return o.err
	}
	err := o.send(o.buf)
	o.buf = o.buf[:0]
	return err
}

// send hands p to the operating system. The time-out rolls: a client that takes
// some bytes within it gets it anew, so that slow readers of long answers live.
func (o *output) send(p []byte) error {
	if o.err == nil && len(p) > 0 {
		n := o.sendRaw(p)
		p = p[n:]
		o.count += int64(n)
	}
	for o.err == nil && len(p) > 0 {
		o.arm(time.Now())
		n, err := o.nc.Write(o.piece(p))
		p = p[n:]
		o.count += int64(n)
		if err != nil && !o.goesOn(int64(n), err) {
			o.fail(err)
		}
	}
	return o.err
}

// goesOn reports whether a write that took n bytes failed only for the time-out, so
// that the client deserves another one.
func (o *output) goesOn(n int64, err error) bool {
	return n > 0 && !o.custom && errors.Is(err, os.ErrDeadlineExceeded)
}

// securePiece is how much is sent over TLS under one deadline. A TLS connection
// cannot be written to after one has passed, so there is no looking at what was
// taken by then.
const securePiece = 64 << 10

// piece is how much of p is sent under one deadline.
func (o *output) piece(p []byte) []byte {
	if _, secure := o.nc.(*tls.Conn); secure {
		return p[:min(len(p), securePiece)]
	}
	return p
}

// fail makes err the end of the output.
func (o *output) fail(err error) {
	if o.err == nil {
		o.err = fmt.Errorf("%w: %w", gateway.ErrGone, err)
	}
}

// arm sets the deadline to the time-out from now on, unless it stands there
// already but for some slack.
func (o *output) arm(now time.Time) {
	by := now.Add(o.timeout)
	if o.custom || by.Sub(o.by) < slack(o.timeout) {
		return
	}
	o.set(by)
}

// set fails only on a closed connection, as the next write then does.
func (o *output) set(by time.Time) {
	o.by = by
	_ = o.nc.SetWriteDeadline(by)
}

// customise sets the application's deadline.
func (o *output) customise(by time.Time) {
	o.custom = true
	o.set(by)
}

// release takes the deadline back from the application at the end of an exchange.
func (o *output) release() {
	if o.custom {
		o.retake()
	}
}

func (o *output) retake() {
	o.custom = false
	o.arm(time.Now())
}

package timeout

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// A guard is the transport of the handler's own exchange. It passes everything on to
// the real one as long as the handler is in time.
//
//	waiting ──WriteHead, Hijack──► started ──end──► ended
//	   ├──end─────────────────────────────────────────┘
//	   └──expire──► late
//
// mu is held for every use of the real exchange by the handler's goroutine but for
// reading its content, which may last and has a lock of its own; the other goroutine
// uses the exchange when it has made the guard late and has both locks, or when the
// handler has ended.
type guard struct {
	outer, inner *gateway.Exchange
	done         chan struct{} // closed when the handler has ended
	err          error         // of the handler, set before
	begun        bool          // the handler has started its response; set before, too

	reading sync.Mutex
	mu      sync.Mutex
	state   state
	by      time.Time
	ctx     context.Context // nil until asked for
	cancel  context.CancelFunc

	// next is the real transport, for the filters that the handler left around this
	// one, once the real exchange sends through them.
	next gateway.Transport
}

type state uint8

const (
	waiting state = iota
	started
	ended
	late
)

func newGuard(x *gateway.Exchange, after time.Duration) *guard {
	return &guard{outer: x, inner: x.Fork(), done: make(chan struct{}), by: time.Now().Add(after)}
}

var _ gateway.Transport = (*guard)(nil)

// expire makes the guard late, unless the handler has started its response or ended.
// noted runs before the handler's end can be. When expire returns true the real
// exchange is nobody else's.
func (g *guard) expire(noted func()) bool {
	g.mu.Lock()
	if g.state != waiting {
		g.mu.Unlock()
		return false
	}
	g.state = late
	noted()
	ctx := g.ctx
	g.mu.Unlock()
	if ctx != nil {
		<-ctx.Done() // at the same time: its cause shall not be that x is over
	}
	// A Read that waits for the client is ended; what is left of the content then
	// costs the connection, and the answer has a while to be taken.
	if !g.reading.TryLock() {
		_ = g.outer.SetDeadlines(time.Unix(1, 0), time.Now().Add(30*time.Second))
		g.reading.Lock()
	}
	g.reading.Unlock()
	return true
}

// lateBy reports whether the handler was answered for. Its goroutine asks at its end.
func (g *guard) lateBy() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state == late
}

// result is the error that the handler left, when it has ended.
func (g *guard) result() error {
	switch {
	case g.err == nil:
		return nil
	case g.begun:
		_ = g.outer.Flush() // what has started inside has started: the error cuts it off
	case errors.Is(g.err, context.DeadlineExceeded) && !time.Now().Before(g.by):
		return errTooLong // it heeded the end of its context before the timer was heard
	}
	return g.err
}

// end is the end of the handler. If it is in time, the real exchange takes over what it
// left, and data reports that this is a response that has not started.
func (g *guard) end() (data bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cancel != nil {
		g.cancel()
	}
	if g.state == late {
		return false
	}
	g.begun, g.state = g.state == started, ended
	return g.outer.Join(g.inner, func(next gateway.Transport) { g.next = next })
}

// with runs f on the real exchange if the handler is in time.
func (g *guard) with(f func(x *gateway.Exchange) error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state == late {
		return ErrLate
	}
	return f(g.outer)
}

func (g *guard) Read(p []byte) (int, error) {
	if g.next != nil {
		return g.next.Read(p)
	}
	g.reading.Lock()
	defer g.reading.Unlock()
	if g.lateBy() {
		return 0, ErrLate
	}
	n, err := g.outer.Read(p)
	if err != nil {
		g.inner.Request.Trailer = g.outer.Request.Trailer
		if g.lateBy() {
			err = ErrLate
		}
	}
	return n, err
}

func (g *guard) Inform(status int, h gateway.Header) error {
	if g.next != nil {
		return g.next.Inform(status, h)
	}
	return g.with(func(x *gateway.Exchange) error { return x.Inform(status, h) })
}

// WriteHead makes the handler's response that of the real exchange, where it is data
// again: the layers outside may still change what does not stream.
func (g *guard) WriteHead(h *gateway.Head) error {
	if g.next != nil {
		return g.next.WriteHead(h)
	}
	return g.with(func(x *gateway.Exchange) error {
		g.state = started
		x.Response.Status, x.Response.Close = h.Status, h.Close
		x.Response.Header = append(x.Response.Header[:0], h.Header...)
		x.Response.Trailer = h.Trailer.Clone()
		x.Response.Body = nil
		// What is not buffered whole needs its length said; HEAD and 304 have no other way.
		if h.Length >= 0 && (h.Empty || h.Length > gateway.BufferSize) && !x.Response.Header.Has("Content-Length") {
			x.Response.Header.Add("Content-Length", strconv.FormatInt(h.Length, 10))
		}
		return nil
	})
}

func (g *guard) Write(p []byte) (int, error) {
	if g.next != nil {
		return g.next.Write(p)
	}
	n := 0
	err := g.with(func(x *gateway.Exchange) (err error) {
		n, err = x.Write(p)
		return err
	})
	return n, err
}

func (g *guard) WriteFile(f *os.File, off, n int64) error {
	if g.next != nil {
		return g.next.WriteFile(f, off, n)
	}
	return g.with(func(x *gateway.Exchange) error { return x.SendFile(f, off, n) })
}

func (g *guard) Flush() error {
	if g.next != nil {
		return g.next.Flush()
	}
	return g.with(func(x *gateway.Exchange) error { return x.Flush() })
}

func (g *guard) Close(trailer gateway.Header) error {
	if g.next != nil {
		return g.next.Close(trailer)
	}
	return g.with(func(x *gateway.Exchange) error {
		x.Response.Trailer = trailer.Clone()
		return nil
	})
}

// Abort leaves it to the error that Serve returns.
func (g *guard) Abort() {
	if g.next != nil {
		g.next.Abort()
	}
}

func (g *guard) Hijack() (conn net.Conn, read []byte, err error) {
	if g.next != nil {
		return g.next.Hijack()
	}
	err = g.with(func(x *gateway.Exchange) error {
		if conn, read, err = x.Hijack(); err == nil {
			g.state = started
		}
		return err
	})
	return conn, read, err
}

// Context is the real one with the handler's time for its deadline.
func (g *guard) Context() context.Context {
	if g.next != nil {
		return g.next.Context()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ctx == nil {
		if g.state == late {
			return expired
		}
		g.ctx, g.cancel = context.WithDeadlineCause(g.outer.Context(), g.by, ErrLate)
	}
	return g.ctx
}

// expired is the context of those who ask when it is too late.
var expired = func() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(ErrLate)
	return ctx
}()

func (g *guard) SetDeadlines(read, write time.Time) error {
	if g.next != nil {
		return g.next.SetDeadlines(read, write)
	}
	return g.with(func(x *gateway.Exchange) error { return x.SetDeadlines(read, write) })
}

// Package timeout answers 503 for a handler that takes too long to begin its answer.
//
//	h := gateway.Chain(app, timeout.New(timeout.Config{After: 10 * time.Second}))
//
// # Its law
//
// A handler cannot be stopped from outside, only told: its context ends. So that the
// client need not wait until the handler heeds it, the handler runs in a goroutine and on
// an Exchange of its own (gateway.Exchange.Fork), behind a guard that lets it at the real
// one as long as it is in time. Once it is late, the guard refuses: whatever it reads or
// writes from then on fails with ErrLate and reaches nobody. Its late answer is dropped;
// that there is no race is the guard's lock.
//
// The time is that to the start of the response. A handler that has started one, by
// Flush or with more than gateway.BufferSize bytes, may take as long as it likes: half an
// answer cannot be taken back. Its context ends all the same, with ErrLate as cause, so
// that a stream that has to go on longer uses another one.
//
// A panic comes out of the middleware as the error *gateway.PanicError, with the stack
// of the goroutine that panicked. After the time is over it is dropped like an answer.
//
// Hooks of OnFinish that were registered inside run at the end of the real exchange; those
// of a late handler at its own, and are told that the answer was aborted.
package timeout

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// ErrLate is what a handler meets that goes on when its time is over, and the cause of
// its context's end. It is also context.DeadlineExceeded.
var ErrLate = fmt.Errorf("timeout: the handler took too long: %w", context.DeadlineExceeded)

// New returns the middleware. It panics if c is impossible.
func New(c Config) gateway.Middleware {
	c = c.withDefaults()
	return func(h gateway.Handler) gateway.Handler { return &handler{Handler: h, config: c} }
}

type handler struct {
	gateway.Handler
	config Config
	late   atomic.Int64   // handlers that still run though they were answered for
	all    sync.WaitGroup // all that run
}

var (
	_ gateway.Lifespan = (*handler)(nil)

	errTooManyLate = &gateway.StatusError{Status: 503, Reason: "too many requests took too long", Section: "RFC 9110 §15.6.4"}
	errTooLong     = &gateway.StatusError{Status: 503, Reason: "the request took too long", Section: "RFC 9110 §15.6.4", Err: ErrLate}
)

// Serve runs the handler beside and waits for it, or for its time to end.
func (h *handler) Serve(x *gateway.Exchange) error {
	if h.late.Load() >= int64(h.config.MaxLate) {
		return errTooManyLate
	}
	g := newGuard(x, h.config.After)
	h.all.Add(1)
	go func() { // ends with the handler; Shutdown waits for it
		defer h.all.Done()
		g.run(h.Handler)
		if g.lateBy() {
			h.late.Add(-1)
		}
	}()
	timer := time.NewTimer(h.config.After)
	defer timer.Stop()
	select {
	case <-g.done:
		return g.result()
	case <-timer.C:
	}
	if g.expire(func() { h.late.Add(1) }) {
		return errTooLong
	}
	<-g.done // it has started, or ended just now: the exchange is its until it ends
	return g.result()
}

// Startup has nothing to do.
func (h *handler) Startup(context.Context, gateway.ServerInfo) error { return nil }

// Shutdown waits for the handlers that still run.
func (h *handler) Shutdown(ctx context.Context) error {
	ended := make(chan struct{})
	go func() { // ends with the last handler
		h.all.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("timeout: %d handlers still run: %w", h.late.Load(), ctx.Err())
	}
}

// run runs the handler on the fork.
func (g *guard) run(h gateway.Handler) {
	defer close(g.done)
	before := g.inner.Response
	out := gateway.Run(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Response = before
		g.err = serve(h, x)
		if g.end() {
			return gateway.ErrAbort // nothing is left to do here
		}
		return g.err
	}), g.inner, g)
	if g.begun && g.err == nil {
		g.err = out.Err // of ending the response
	}
}

// serve makes an error of a panic, with its stack.
func serve(h gateway.Handler, x *gateway.Exchange) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if e, ok := v.(error); ok && errors.Is(e, gateway.ErrAbort) {
			err = e
			return
		}
		err = &gateway.PanicError{Value: v, Stack: debug.Stack()}
	}()
	return h.Serve(x)
}

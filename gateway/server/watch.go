package server

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/dewar-go/dewar/gateway"
)

// A watch notices that the client goes away while a handler is busy with
// something else. It starts with the first call of Context: a handler that never
// asks costs nothing and is never disturbed.
//
// Where the system can tell (hangup_linux.go) it does. Elsewhere only reading
// tells, so a goroutine reads ahead into the connection's input; whoever else
// wants to read pauses it first. It belongs to the exchange, which waits for it.
type watch struct {
	ctx  context.Context
	mu   sync.Mutex              // the notice comes from another goroutine
	stop context.CancelCauseFunc // nil until asked for
	gone error                   // why the client is; stays

	limited deadline // ctx with the handler's

	ahead   bool          // this exchange reads ahead
	reading bool          // the handler reads, maybe beside the goroutine that asks for the context
	done    chan struct{} // closed by the goroutine that reads ahead; nil while none runs
}

// context returns the exchange's context, and begins to watch.
func (w *watch) context(c *conn) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx == nil {
		w.ctx, w.stop = context.WithCancelCause(c.run.base)
		if w.gone != nil {
			w.stop(w.gone)
		}
		w.ahead = !c.fast.open()
		w.start(c)
	}
	return w.limited.of(w.ctx, &c.run.config, c.x, c.called)
}

// hungUp ends the context because the client ended the connection.
func (w *watch) hungUp() { w.cancel(errors.Join(gateway.ErrGone, io.EOF)) }

// cancel ends the context because the client is gone.
func (w *watch) cancel(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone = err
	if w.stop != nil {
		w.stop(err)
	}
}

// interrupt ends the context of this exchange, if it has one, for another reason than the
// client's.
func (w *watch) interrupt(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stop != nil {
		w.stop(err)
	}
}

// end ends the watch of one exchange.
func (w *watch) end(c *conn) {
	if w.ctx != nil { // asked for by this goroutine, or not at all
		w.endContext(c)
	}
}

func (w *watch) endContext(c *conn) {
	w.pause(c)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stop(gateway.ErrFinished)
	w.limited.end()
	w.ctx, w.stop, w.ahead, w.reading = nil, nil, false, false
}

// release leaves the connection to whoever took it. The context goes on until the
// exchange ends: the handler that took the connection still runs.
func (w *watch) release(c *conn) {
	w.pause(c)
	w.ahead = false
	c.run.hangups.forget(c)
}

// forget ends the watch of the connection.
func (w *watch) forget(c *conn) {
	w.end(c)
	c.run.hangups.forget(c)
}

// pause keeps the input for the caller: it ends the goroutine that reads ahead, and
// waits for it.
func (w *watch) pause(c *conn) {
	w.mu.Lock()
	w.reading = true
	done := w.done
	w.mu.Unlock()
	if done == nil {
		return
	}
	c.in.interrupt()
	<-done
	w.mu.Lock()
	w.done = nil
	w.mu.Unlock()
}

// resume gives the input back.
func (w *watch) resume(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reading = false
	w.start(c)
}

// start reads ahead where that is wanted and nobody else reads.
func (w *watch) start(c *conn) {
	if !w.ahead || w.reading || w.done != nil {
		return
	}
	c.in.makeRoom()
	c.in.wait()
	done := make(chan struct{})
	w.done = done
	go func() {
		defer close(done)
		w.read(c)
	}()
}

// read reads until the client is gone, the watch is paused or the input is full:
// a client that sends that much ahead is there.
func (w *watch) read(c *conn) {
	for c.in.w < len(c.in.buf) {
		if err := c.in.fill(); err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				w.cancel(errors.Join(gateway.ErrGone, err))
			}
			return
		}
	}
}

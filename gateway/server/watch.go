package server

import (
	"context"
	"errors"
	"os"

	"github.com/dewar-go/dewar/gateway"
)

// A watch notices that the client goes away while a handler is busy with
// something else. Only reading tells, so a goroutine reads ahead into the
// connection's input; whoever else wants to read pauses the watch first.
//
// It starts with the first call of Context: a handler that never asks costs
// nothing and is never disturbed. Its goroutine belongs to the exchange, which
// waits for it in end.
type watch struct {
	ctx  context.Context // nil until asked for
	stop context.CancelCauseFunc
	done chan struct{} // closed by the goroutine; nil while none runs
}

// context returns the exchange's context, and begins to watch.
func (w *watch) context(c *conn) context.Context {
	if w.ctx == nil {
		w.ctx, w.stop = context.WithCancelCause(c.run.base)
		w.resume(c)
	}
	return w.ctx
}

// resume lets the goroutine read, as long as there is room for what it reads.
func (w *watch) resume(c *conn) {
	if w.ctx == nil || w.done != nil || w.ctx.Err() != nil {
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
				w.stop(errors.Join(gateway.ErrGone, err))
			}
			return
		}
	}
}

// pause ends the goroutine and waits for it; the input is then the caller's.
func (w *watch) pause(c *conn) {
	if w.done == nil {
		return
	}
	c.in.interrupt()
	<-w.done
	w.done = nil
}

// cancel ends the context because the client is gone.
func (w *watch) cancel(err error) {
	if w.ctx != nil {
		w.stop(err)
	}
}

// end ends the watch with its exchange.
func (w *watch) end(c *conn) {
	if w.ctx == nil {
		return
	}
	w.pause(c)
	w.stop(gateway.ErrFinished)
	w.ctx, w.stop = nil, nil
}

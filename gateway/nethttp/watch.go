package nethttp

import (
	"context"

	"github.com/dewar-go/dewar/gateway"
)

// A watch is the exchange's context, made when it is first asked for: net/http's,
// with the cause that net/http does not give. net/http sees the client go away once
// the request's body has been read to its end.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	stop   func() bool
}

// Context ends with the request's.
func (c *carrier) Context() context.Context {
	w := &c.watch
	if w.ctx == nil {
		theirs := c.r.Context()
		ctx, cancel := context.WithCancelCause(context.WithoutCancel(theirs))
		w.ctx, w.cancel = ctx, cancel
		w.stop = context.AfterFunc(theirs, func() { cancel(cause(theirs)) })
	}
	return w.ctx
}

// cause is why net/http ended a request's context: it names no reason when the
// client has gone, and only then while the handler runs.
func cause(ctx context.Context) error {
	if why := context.Cause(ctx); why != context.Canceled {
		return why
	}
	return gateway.ErrGone
}

// end ends the context with the exchange.
func (w *watch) end() {
	if w.ctx != nil {
		w.stop()
		w.cancel(gateway.ErrFinished)
	}
}

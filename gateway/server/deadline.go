package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// ErrHandlerTimeout is the cause of a context that ended for Config.HandlerTimeout. It is
// also context.DeadlineExceeded.
var ErrHandlerTimeout = fmt.Errorf("server: the handler took too long: %w", context.DeadlineExceeded)

// SetHandlerTimeout replaces Config.HandlerTimeout for one exchange: d after its handler
// began, which is behind the queue of Config.MaxInFlight; none where d is 0 or less. It
// counts for whoever calls Exchange.Context from then on: a layer further out that had
// asked before, such as one that queues, keeps the context that it has. Where
// Config.HandlerTimeout is off it does nothing.
func SetHandlerTimeout(x *gateway.Exchange, d time.Duration) { x.SetValue(timeoutKey{}, d) }

type timeoutKey struct{}

// handlerTime is how long the handler of x may take, 0 for ever, and since when: since
// began, or since it was admitted if it has queued. settled is false while it queues:
// inner layers have not spoken.
func (c *Config) handlerTime(x *gateway.Exchange, began time.Time) (since time.Time, d time.Duration, settled bool) {
	if c.HandlerTimeout <= 0 {
		return began, 0, true
	}
	if admitted, ok := x.Value(admittedKey{}).(time.Time); ok {
		if began = admitted; began.IsZero() {
			return began, 0, false
		}
	}
	d, ok := x.Value(timeoutKey{}).(time.Duration)
	if !ok {
		d = c.HandlerTimeout
	}
	return began, max(d, 0), true
}

// A deadline is the context of an exchange with its handler's time. A layer may ask for
// it before an inner one has changed that time (SetHandlerTimeout): then there is
// another context from there on, and the first one stays what it was.
type deadline struct {
	ctx    context.Context    // the latest; nil until it is known
	after  time.Duration      // that ctx has; 0: for ever
	cancel context.CancelFunc // of ctx; nil: none. Earlier ones end with their time, or with their parent
}

// of returns parent with the deadline of x, which was called at began.
func (l *deadline) of(parent context.Context, c *Config, x *gateway.Exchange, began time.Time) context.Context {
	began, after, settled := c.handlerTime(x, began)
	switch {
	case !settled:
		return parent
	case l.ctx != nil && l.after == after:
		return l.ctx
	}
	l.ctx, l.after = parent, after
	if after > 0 {
		l.ctx, l.cancel = context.WithDeadlineCause(parent, began.Add(after), ErrHandlerTimeout)
	}
	return l.ctx
}

// end is called at the end of the exchange.
func (l *deadline) end() {
	if l.cancel != nil {
		l.cancel()
	}
	*l = deadline{}
}

// answering is middleware that answers 503 for a handler that gave up because its time was
// over.
func answering(h gateway.Handler) gateway.Handler {
	return gateway.HandlerFunc(func(x *gateway.Exchange) error {
		err := h.Serve(x)
		if err != nil && errors.Is(err, context.DeadlineExceeded) && !x.Started() && context.Cause(x.Context()) == ErrHandlerTimeout {
			return &gateway.StatusError{Status: 503, Reason: "the request took too long", Section: "RFC 9110 §15.6.4", Err: err}
		}
		return err
	})
}

// limiting is middleware that gives exchanges of HTTP/2 the deadline, which those of
// HTTP/1 have from their watch.
func (c *Config) limiting(h gateway.Handler) gateway.Handler {
	return gateway.HandlerFunc(func(x *gateway.Exchange) error {
		t := &limited{config: c, x: x}
		if err := x.Wrap(t.around); err != nil {
			return err
		}
		defer t.deadline.end()
		return h.Serve(x)
	})
}

// limited is a transport whose context has a deadline. It is asked by one goroutine at a
// time, as the contract has it.
type limited struct {
	gateway.Transport
	config   *Config
	x        *gateway.Exchange
	deadline deadline
}

func (t *limited) around(next gateway.Transport) gateway.Transport {
	t.Transport = next
	return t
}

func (t *limited) Context() context.Context {
	return t.deadline.of(t.Transport.Context(), t.config, t.x, t.x.Request.Time)
}

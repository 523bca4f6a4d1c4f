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
// counts if it comes before the first call of Exchange.Context, so that a layer around a
// handler is the place for it. Where Config.HandlerTimeout is off it does nothing.
func SetHandlerTimeout(x *gateway.Exchange, d time.Duration) { x.SetValue(timeoutKey{}, d) }

type timeoutKey struct{}

// limit gives ctx the deadline of x, which was called at began or, if it has queued, when
// it was admitted. settled is false while it queues: inner layers have not spoken.
func (c *Config) limit(ctx context.Context, x *gateway.Exchange, began time.Time) (limited context.Context, cancel context.CancelFunc, settled bool) {
	if c.HandlerTimeout <= 0 {
		return ctx, nil, true
	}
	if admitted, ok := x.Value(admittedKey{}).(time.Time); ok {
		if began = admitted; began.IsZero() {
			return ctx, nil, false
		}
	}
	d, ok := x.Value(timeoutKey{}).(time.Duration)
	if !ok {
		d = c.HandlerTimeout
	}
	if d <= 0 {
		return ctx, nil, true
	}
	ctx, cancel = context.WithDeadlineCause(ctx, began.Add(d), ErrHandlerTimeout)
	return ctx, cancel, true
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
		defer t.end()
		return h.Serve(x)
	})
}

// limited is a transport whose context has a deadline. It is asked by one goroutine at a
// time, as the contract has it.
type limited struct {
	gateway.Transport
	config *Config
	x      *gateway.Exchange
	ctx    context.Context
	cancel context.CancelFunc
}

func (t *limited) around(next gateway.Transport) gateway.Transport {
	t.Transport = next
	return t
}

func (t *limited) Context() context.Context {
	if t.ctx != nil {
		return t.ctx
	}
	ctx, cancel, settled := t.config.limit(t.Transport.Context(), t.x, t.x.Request.Time)
	if settled {
		t.ctx, t.cancel = ctx, cancel
	}
	return ctx
}

func (t *limited) end() {
	if t.cancel != nil {
		t.cancel()
	}
}

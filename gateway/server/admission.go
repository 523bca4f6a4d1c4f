package server

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// An admission lets so many exchanges run at a time (Config.MaxInFlight). Others queue,
// in the order in which they came; too many, or for too long, and they are 503. What
// runs then runs undisturbed, instead of everything running slowly.
type admission struct {
	gateway.Handler
	slots    chan struct{}
	queue    int64
	patience time.Duration
	waiting  atomic.Int64
	counters *Counters
}

func newAdmission(h gateway.Handler, c *Config) *admission {
	a := &admission{Handler: h, slots: make(chan struct{}, c.MaxInFlight), queue: int64(c.Queue), patience: c.QueueTimeout, counters: c.Counters}
	if c.Queue == 0 {
		a.queue = int64(c.MaxInFlight)
	}
	return a
}

// Serve serves the exchange when there is a slot. hot path
func (a *admission) Serve(x *gateway.Exchange) error {
	select {
	case a.slots <- struct{}{}:
	default:
		if admitted, err := a.wait(x); !admitted {
			return err
		}
	}
	defer func() { <-a.slots }()
	return a.Handler.Serve(x)
}

// wait queues for a slot; a client that goes away gives its place up.
func (a *admission) wait(x *gateway.Exchange) (admitted bool, err error) {
	if a.waiting.Add(1) > a.queue {
		a.waiting.Add(-1)
		return false, a.shed(x)
	}
	a.counters.queueing(1)
	defer func() {
		a.waiting.Add(-1)
		a.counters.queueing(-1)
	}()
	ctx := queueing(x)
	timer := time.NewTimer(a.patience)
	defer timer.Stop()
	select {
	case a.slots <- struct{}{}:
		x.SetValue(admittedKey{}, time.Now())
		return true, nil
	case <-timer.C:
	case <-ctx.Done():
		if errors.Is(context.Cause(ctx), gateway.ErrGone) {
			return false, gateway.ErrAbort
		}
	}
	return false, a.shed(x)
}

// admittedKey is under which an exchange that queued keeps when it was admitted; zero
// while it queues.
type admittedKey struct{}

// queueing is the context of x while it queues. It has no deadline yet: layers inside
// have a say in that (SetHandlerTimeout).
func queueing(x *gateway.Exchange) context.Context {
	x.SetValue(admittedKey{}, time.Time{})
	return x.Context()
}

// shed answers 503: a second later it may be better (RFC 9110 §15.6.4, §10.2.3). It is
// no fault to be reported for each; Stats.Shed counts.
func (a *admission) shed(x *gateway.Exchange) error {
	a.counters.shedding()
	x.Response.Status = 503
	x.Response.Header = append(x.Response.Header[:0], busyHeader...)
	x.Response.Body = busyText
	return nil
}

var (
	busyHeader = append(gateway.Header{{Name: "Retry-After", Value: "1"}}, plainText...)
	busyText   = []byte("503 too many requests are being answered, come back in a second\n")
)

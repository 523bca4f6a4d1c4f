// Package inflight bounds how many requests a handler serves at once. Others wait in
// a queue, in the order in which they came; what the queue has no room for gets 503
// at once. A service that is asked for more than it can do then still does what it can.
//
//	h := gateway.Chain(app, inflight.New(inflight.Config{Limit: 64}))
package inflight

import (
	"container/list"
	"context"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/middleware/internal/paths"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// maxWait is how long a request waits: longer than that few people do.
const maxWait = 10 * time.Second

// Config bounds what runs. Limit must be set.
type Config struct {
	Limit int           // requests at once
	Queue int           // requests that wait; 0 is as many as Limit, negative none
	Wait  time.Duration // at most, for each; 0 is 10 s
	Retry time.Duration // what Retry-After tells the others; 0 is 1 s
	// Except are requests that neither count nor wait: "/livez", "/events/" for long
	// streams that would take a place each.
	Except []string
}

// New returns the middleware. Handlers that it wraps share the bound. It panics at a
// Config without Limit.
func New(c Config) gateway.Middleware {
	except, err := paths.Parse(c.Except)
	if err != nil {
		panic("inflight: Config.Except: " + err.Error())
	}
	if c.Limit <= 0 {
		panic("inflight: Config.Limit is how many requests run at once, and must be set")
	}
	switch {
	case c.Queue == 0:
		c.Queue = c.Limit
	case c.Queue < 0:
		c.Queue = 0
	}
	if c.Wait == 0 {
		c.Wait = maxWait
	}
	if c.Retry == 0 {
		c.Retry = time.Second
	}
	g := &gate{Config: c, retry: semantics.RetryAfter(c.Retry)}
	tell := g.tell // once, so that no request allocates it
	return func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if except.Match(&x.Request) {
				return next.Serve(x)
			}
			if err := g.enter(x); err != nil {
				if err == errFull {
					x.OnStart(tell)
				}
				return err
			}
			defer g.leave()
			return next.Serve(x)
		})
	}
}

var errFull = &gateway.StatusError{Status: 503, Reason: "the server has as much to do as it can; try again later"}

// A gate lets Limit requests in.
type gate struct {
	Config
	retry string

	mu      sync.Mutex
	running int
	queue   list.List // of *waiter, the first to come first
}

// A waiter is a request in the queue.
type waiter struct{ turn chan struct{} }

// enter takes a place, or waits for one. hot path
func (g *gate) enter(x *gateway.Exchange) error {
	g.mu.Lock()
	if g.running < g.Limit && g.queue.Len() == 0 {
		g.running++
		g.mu.Unlock()
		return nil
	}
	if g.queue.Len() >= g.Queue {
		g.mu.Unlock()
		return errFull
	}
	w := &waiter{make(chan struct{})}
	place := g.queue.PushBack(w)
	g.mu.Unlock()

	timer := time.NewTimer(g.Wait)
	defer timer.Stop()
	select {
	case <-w.turn:
		return nil
	case <-timer.C:
		return g.giveUp(w, place, errFull)
	case <-x.Context().Done():
		return g.giveUp(w, place, context.Cause(x.Context()))
	}
}

// giveUp leaves the queue. Where the turn came in the same moment, the place goes to
// the next.
func (g *gate) giveUp(w *waiter, place *list.Element, err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-w.turn:
		g.next()
	default:
		g.queue.Remove(place)
	}
	return err
}

// leave gives the place to the next, or back.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.next()
}

// next hands a place on; the lock is held.
func (g *gate) next() {
	first := g.queue.Front()
	if first == nil {
		g.running--
		return
	}
	close(g.queue.Remove(first).(*waiter).turn)
}

// tell says when to try again.
func (g *gate) tell(x *gateway.Exchange) {
	if !x.Response.Header.Has("Retry-After") {
		x.Response.Header.Set("Retry-After", g.retry)
	}
}

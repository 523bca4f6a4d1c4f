package nethttp

import (
	"context"
	"sync"
)

// A gate counts the exchanges that run, so that a Server knows when the last one
// has left. http.Server does not: it forgets connections that were hijacked, and
// does not wait for handlers whose connection it has closed.
type gate struct {
	mu     sync.Mutex
	inside int
	empty  chan struct{} // closed when inside falls to zero; nil while nobody waits
}

func (g *gate) enter() {
	g.mu.Lock()
	g.inside++
	g.mu.Unlock()
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if g.inside == 0 && g.empty != nil {
		close(g.empty)
		g.empty = nil
	}
}

// wait waits until nobody is inside or ctx ends, and says how many still are.
func (g *gate) wait(ctx context.Context) int {
	g.mu.Lock()
	if g.inside > 0 && g.empty == nil {
		g.empty = make(chan struct{})
	}
	empty := g.empty
	g.mu.Unlock()
	if empty != nil {
		select {
		case <-empty:
		case <-ctx.Done():
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.inside
}

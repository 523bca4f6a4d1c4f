package framework

import "slices"

// Ready reports whether the application shall get requests: false from the moment that
// one of its servers has been told to stop, though it still serves (see
// gateway.ServerInfo.Stopping). A probe for readiness answers 503 then, so that the
// load balancer sends its requests elsewhere. It may be called from any goroutine.
func (a *App) Ready() bool {
	s := a.stopping.Load()
	return s == nil || !slices.ContainsFunc(s.each, closed)
}

// Stopping is closed when Ready becomes false, for what would otherwise go on for
// longer than a server waits: streams without an end, WebSockets. It is nil where no
// server tells. It may be called from any goroutine, once the application has started.
func (a *App) Stopping() <-chan struct{} {
	if s := a.stopping.Load(); s != nil {
		return s.any
	}
	return nil
}

// stops is what tells that servers stop.
type stops struct {
	each []<-chan struct{} // one of each server
	any  <-chan struct{}   // closed when one of them is
	over chan struct{}     // closed when the application has ended
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// watch adds what tells that a server stops. Its caller holds serving.
func (a *App) watch(stopping <-chan struct{}) {
	s := &stops{each: []<-chan struct{}{stopping}, any: stopping, over: make(chan struct{})}
	if others := a.stopping.Load(); others != nil && a.servers > 1 {
		s.each = append(slices.Clone(others.each), stopping)
		s.over = others.over
		s.any = either(others.any, stopping, s.over)
	}
	a.stopping.Store(s)
}

// unwatch ends what watch has begun. Its caller holds serving.
func (a *App) unwatch() {
	if s := a.stopping.Load(); s != nil && !closed(s.over) {
		close(s.over)
	}
}

// either is closed when a or b is. Its goroutine ends then, and with over.
func either(a, b, over <-chan struct{}) <-chan struct{} {
	c := make(chan struct{})
	go func() {
		select {
		case <-a:
		case <-b:
		case <-over:
			return
		}
		close(c)
	}()
	return c
}

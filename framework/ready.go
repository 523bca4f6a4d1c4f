package framework

import "slices"

// Ready reports whether the application shall get requests: false from the moment that
// one of its servers has been told to stop, though it still serves (see
// gateway.ServerInfo.Stopping). A probe for readiness answers 503 then, so that the
// load balancer sends its requests elsewhere. It may be called from any goroutine.
func (a *App) Ready() bool {
	stopping := a.stopping.Load()
	return stopping == nil || !slices.ContainsFunc(*stopping, closed)
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
	var list []<-chan struct{}
	if others := a.stopping.Load(); others != nil && a.servers > 1 {
		list = slices.Clone(*others)
	}
	list = append(list, stopping)
	a.stopping.Store(&list)
}

package framework

import "github.com/dewar-go/dewar/gateway"

// A Probe looks into an application at work, for development: package debug has one.
// It puts itself around the stages when the application is frozen, so that what is not
// looked at costs nothing.
type Probe interface {
	// Exchange stands around what passes exchanges on: StageExchange, StageMiddleware
	// and StageDispatch. It is called at the freeze, for the innermost first. What is
	// returned for StageDispatch, where it is a gateway.Lifespan, starts before and ends
	// after everything around it.
	Exchange(s Stage, h gateway.Handler) gateway.Handler
	// Handler stands around a handler or hook: StageBefore, StageHandler and StageAfter.
	Handler(s Stage, h Handler) Handler
}

// A Stage is a part of an application that a request passes on its way.
type Stage struct {
	Kind StageKind
	Name string // of the function, with its package; of a handler its endpoint
	At   string // file:line where it stands; "" where that is not known
}

// A StageKind says what a Stage is.
type StageKind uint8

// The stages, from the outermost inwards.
const (
	StageExchange   StageKind = iota // everything, the answers to errors of the middleware included
	StageMiddleware                  // one of App.Use, with what is inside of it
	StageDispatch                    // everything inside of the middleware: the router and what follows
	StageBefore                      // one hook of BeforeRequest
	StageHandler                     // the route's handler with its decorators
	StageAfter                       // one hook of AfterRequest
)

// String is the stage in one word.
func (k StageKind) String() string {
	return [...]string{"exchange", "middleware", "dispatch", "before", "handler", "after"}[k]
}

// probed puts the probe, where there is one, around the hooks of a scope. What was
// declared is kept for listings.
func (a *App) probed(h *hooks) *hooks {
	if a.Probe == nil {
		return h
	}
	looked := *h
	looked.declared = h
	looked.before = a.probeHooks(StageBefore, h.before)
	looked.after = a.probeHooks(StageAfter, h.after)
	return &looked
}

func (a *App) probeHooks(kind StageKind, hooks []Handler) []Handler {
	names := labels(hooks)
	around := make([]Handler, len(hooks))
	for i, h := range hooks {
		around[i] = a.Probe.Handler(Stage{kind, names[i], codeOf(h).String()}, h)
	}
	return around
}

// probedHandler puts the probe around the handler of a route.
func (a *App) probedHandler(r *Route, endpoint string) Handler {
	if a.Probe == nil || r.handler == nil {
		return r.handler
	}
	at := r.site
	if r.code != 0 {
		at = r.code
	}
	return a.Probe.Handler(Stage{StageHandler, endpoint, at.String()}, r.handler)
}

// probedLayer is a middleware with the probe around what it made.
func (a *App) probedLayer(l layer) gateway.Middleware {
	if a.Probe == nil {
		return l.middleware
	}
	return func(next gateway.Handler) gateway.Handler {
		made := l.middleware(next)
		around := a.Probe.Exchange(Stage{StageMiddleware, l.name, l.at}, made)
		return withLifespan(around, made)
	}
}

// withLifespan keeps the lifespan of a layer that a probe stands around.
func withLifespan(around, made gateway.Handler) gateway.Handler {
	if life, ok := made.(gateway.Lifespan); ok {
		return struct {
			gateway.Handler
			gateway.Lifespan
		}{around, life}
	}
	return around
}

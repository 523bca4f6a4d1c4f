package nethttp

import (
	"net/http"

	"github.com/dewar-go/dewar/gateway"
)

// Handler makes an http.Handler of h, for any server and middleware of net/http:
// HTTP/1.0 to HTTP/2, with and without TLS. Faults go to log/slog's default
// logger; an [Adapter] has a hook for them.
//
// Below http.StripPrefix the prefix becomes the request's Root, so that h builds
// URLs that are right outside. If h is a gateway.Lifespan, whoever runs the
// server calls gateway.Startup and gateway.Shutdown; [Server] does.
func Handler(h gateway.Handler) http.Handler { return &Adapter{Handler: h} }

// An Adapter is a gateway.Handler as an http.Handler. Set its fields before it
// serves, and do not copy it.
type Adapter struct {
	Handler gateway.Handler

	// Error is told of every fault: a handler's error or panic (a
	// *gateway.PanicError with its stack) and an answer that could not be sent
	// whole. r is borrowed until Error returns. Default:
	// gateway.LogFault. What is no fault, gateway.Outcome.Fault says.
	Error func(r *gateway.Request, err error)

	limits Limits // of the head; zero: whatever the server let through
	waits  waits
	gate   *gate // counts exchanges for a Server; nil where there is none
}

// ServeHTTP runs one exchange. An exchange that was aborted ends in
// panic(http.ErrAbortHandler), net/http's own way to cut a response; it is raised
// here, below all frames of the application.
func (a *Adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.gate != nil {
		a.gate.enter()
		defer a.gate.leave()
	}
	c := carriers.Get().(*carrier)
	c.begin(a, w, r)
	out := gateway.Run(c, c.x, c)
	if err := out.Fault(); err != nil {
		a.report(&c.x.Request, err)
	}
	aborted := c.end()
	carriers.Put(c)
	if aborted {
		panic(http.ErrAbortHandler)
	}
}

func (a *Adapter) report(r *gateway.Request, err error) {
	if a.Error == nil {
		gateway.LogFault(r, err)
		return
	}
	a.Error(r, err)
}

package micro

import (
	"fmt"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v5"

	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

// A probe is what handlers report to: how many bytes of parameters they read.
type probe struct{ calls, bytes int }

func (p *probe) saw(n int) {
	p.calls++
	p.bytes += n
}

// A router builds one peer with allRoutes, whose handlers report to p, and
// returns the call that asks for the i-th of the given routes.
type router func(p *probe, routes []route) (ask func(i int), err error)

// routers are the subjects that dispatch a request for the wanted routes in turn.
func routers(want func(route) bool) map[string]subject {
	subjects := make(map[string]subject)
	for name, build := range map[string]router{
		"dewar": dewarRouter, "nethttp": muxRouter, "gin": ginRouter, "echo": echoRouter, "chi": chiRouter,
		"fasthttp": fasthttpRouter, "fiber": fiberRouter, "hertz": hertzRouter,
	} {
		subjects[name] = func() (func() error, error) { return dispatch(build, asked(want)) }
	}
	return subjects
}

// dispatch checks that every route reaches its handler with its parameters, twice
// since much is reused, and returns the call that asks for them in turn.
func dispatch(build router, routes []route) (func() error, error) {
	p := new(probe)
	ask, err := build(p, routes)
	if err != nil {
		return nil, err
	}
	for i := range 2 * len(routes) {
		r := routes[i%len(routes)]
		before := *p
		ask(i % len(routes))
		if p.calls != before.calls+1 || p.bytes != before.bytes+r.length {
			return nil, fmt.Errorf("%s: %d handlers were called with %d bytes of parameters, want one with %d",
				r.path, p.calls-before.calls, p.bytes-before.bytes, r.length)
		}
	}
	i := 0
	return func() error {
		ask(i)
		if i++; i == len(routes) {
			i = 0
		}
		return nil
	}, nil
}

// standard asks an http.Handler. The requests are used again, as the server's
// cost of making them is not the router's.
func standard(h http.Handler, routes []route) (func(int), error) {
	requests := make([]*http.Request, len(routes))
	for i, r := range routes {
		var err error
		if requests[i], err = http.NewRequest(http.MethodGet, r.path, nil); err != nil {
			return nil, err
		}
	}
	w := &discard{header: make(http.Header)}
	return func(i int) { h.ServeHTTP(w, requests[i]) }, nil
}

// discard is an http.ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

func muxRouter(p *probe, routes []route) (func(int), error) {
	mux := http.NewServeMux()
	for _, r := range allRoutes {
		mux.HandleFunc("GET "+r.pattern, func(w http.ResponseWriter, request *http.Request) {
			n := 0
			for _, name := range r.names {
				n += len(request.PathValue(name))
			}
			p.saw(n)
			w.WriteHeader(http.StatusNoContent)
		})
	}
	return standard(mux, routes)
}

func chiRouter(p *probe, routes []route) (func(int), error) {
	mux := chi.NewRouter()
	for _, r := range allRoutes {
		mux.Get(r.pattern, func(w http.ResponseWriter, request *http.Request) {
			n := 0
			for _, name := range r.names {
				n += len(chi.URLParam(request, name))
			}
			p.saw(n)
			w.WriteHeader(http.StatusNoContent)
		})
	}
	return standard(mux, routes)
}

func ginRouter(p *probe, routes []route) (func(int), error) {
	gin.SetMode(gin.ReleaseMode)
	gin.DefaultWriter = io.Discard
	engine := gin.New()
	for _, r := range allRoutes {
		engine.GET(site.Colon(r.pattern), func(c *gin.Context) {
			n := 0
			for _, name := range r.names {
				n += len(c.Param(name))
			}
			p.saw(n)
			c.Status(http.StatusNoContent)
		})
	}
	return standard(engine, routes)
}

func echoRouter(p *probe, routes []route) (func(int), error) {
	e := echo.New()
	for _, r := range allRoutes {
		e.GET(site.Colon(r.pattern), func(c *echo.Context) error {
			n := 0
			for _, name := range r.names {
				n += len(c.Param(name))
			}
			p.saw(n)
			return c.NoContent(http.StatusNoContent)
		})
	}
	return standard(e, routes)
}

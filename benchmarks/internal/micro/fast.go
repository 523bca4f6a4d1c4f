package micro

import (
	"context"
	"io"
	"net/http"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/app/server"
	"github.com/cloudwego/hertz/pkg/common/hlog"
	fastrouter "github.com/fasthttp/router"
	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"

	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

// fast asks a handler of fasthttp. The contexts are used again, as its server
// uses them.
func fast(h fasthttp.RequestHandler, routes []route) func(int) {
	contexts := make([]*fasthttp.RequestCtx, len(routes))
	for i, r := range routes {
		contexts[i] = new(fasthttp.RequestCtx)
		contexts[i].Request.Header.SetMethod(http.MethodGet)
		contexts[i].Request.SetRequestURI(r.path)
	}
	return func(i int) {
		c := contexts[i]
		c.ResetUserValues()
		c.Response.Reset()
		h(c)
	}
}

func fasthttpRouter(p *probe, routes []route) (func(int), error) {
	mux := fastrouter.New()
	for _, r := range allRoutes {
		mux.GET(r.pattern, func(c *fasthttp.RequestCtx) {
			n := 0
			for _, name := range r.names {
				value, _ := c.UserValue(name).(string)
				n += len(value)
			}
			p.saw(n)
			c.SetStatusCode(http.StatusNoContent)
		})
	}
	return fast(mux.Handler, routes), nil
}

func fiberRouter(p *probe, routes []route) (func(int), error) {
	mux := fiber.New()
	for _, r := range allRoutes {
		mux.Get(site.Colon(r.pattern), func(c fiber.Ctx) error {
			n := 0
			for _, name := range r.names {
				n += len(c.Params(name))
			}
			p.saw(n)
			c.Status(http.StatusNoContent)
			return nil
		})
	}
	return fast(mux.Handler(), routes), nil
}

func hertzRouter(p *probe, routes []route) (func(int), error) {
	hlog.SetOutput(io.Discard)
	h := server.New(server.WithDisablePrintRoute(true))
	for _, r := range allRoutes {
		h.GET(site.Colon(r.pattern), func(_ context.Context, c *app.RequestContext) {
			n := 0
			for _, name := range r.names {
				n += len(c.Param(name))
			}
			p.saw(n)
			c.SetStatusCode(http.StatusNoContent)
		})
	}
	if err := h.Init(); err != nil { // else every request would count as one to a server that is down
		return nil, err
	}
	contexts := make([]*app.RequestContext, len(routes))
	for i, r := range routes {
		contexts[i] = h.NewContext()
		contexts[i].Request.SetMethod(http.MethodGet)
		contexts[i].Request.SetRequestURI(r.path)
	}
	background := context.Background()
	return func(i int) {
		c := contexts[i]
		c.SetIndex(-1)
		c.Params = c.Params[:0]
		c.Response.Reset()
		h.ServeHTTP(background, c)
	}, nil
}

package framework

import (
	"errors"
	"sync"

	"github.com/dewar-go/dewar/gateway"
)

// Wrap makes a decorator of a middleware of the gateway, for single routes:
//
//	app.Get("/report", report, framework.Wrap(compress))
//
// It is put together once, at registration. Errors of the handler pass through it
// as errors and become responses outside of it. A middleware that has a
// gateway.Lifespan belongs into App.Use, where that is run.
func Wrap(m gateway.Middleware) Decorator {
	return func(h Handler) Handler {
		// The gateway's handler knows the exchange alone; this leads back from it.
		var running sync.Map // *gateway.Exchange to *Context
		wrapped := m(gateway.HandlerFunc(func(x *gateway.Exchange) error {
			c, ok := running.Load(x)
			if !ok {
				return errForeignExchange
			}
			return h(c.(*Context))
		}))
		return func(c *Context) error {
			x := c.exchange()
			running.Store(x, c)
			defer running.Delete(x)
			return wrapped.Serve(x)
		}
	}
}

var errForeignExchange = errors.New("framework: a middleware in Wrap passed on another exchange than it was given")

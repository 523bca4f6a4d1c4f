package gateway

import (
	"reflect"
	"slices"
)

// A Handler answers one exchange. It sets x.Response and returns, or writes to x.
//
// An error returned before the response has started is answered with the status
// that it names (StatusError) or with 500; after the start it aborts the
// exchange. Either way the server hears of it.
type Handler interface {
	Serve(x *Exchange) error
}

// A HandlerFunc is a function that is a Handler.
type HandlerFunc func(x *Exchange) error

// Serve calls f.
func (f HandlerFunc) Serve(x *Exchange) error { return f(x) }

// A Middleware wraps a handler in another. It is called once, when the
// application is put together, not for every request.
type Middleware func(Handler) Handler

// Chain wraps h in the middleware, the first outermost: Chain(h, a, b) serves
// a(b(h)). Unlike that expression it keeps the Lifespan of h and of every
// handler that a middleware returned: such a handler starts itself, not what it
// wraps. A middleware may also return what it was given: that is started once.
func Chain(h Handler, middleware ...Middleware) Handler {
	c := &chain{Handler: h, layers: []Handler{h}}
	for i := len(middleware) - 1; i >= 0; i-- {
		c.Handler = middleware[i](c.Handler)
		if !c.has(c.Handler) {
			c.layers = append(c.layers, c.Handler)
		}
	}
	return c
}

type chain struct {
	Handler           // the outermost
	layers  []Handler // from the innermost outwards: the order of start-up
}

// has reports whether h is one of the layers. What cannot be compared, such as a function,
// is taken for another one; hardly any of that is a Lifespan.
func (c *chain) has(h Handler) bool {
	return reflect.ValueOf(h).Comparable() && slices.ContainsFunc(c.layers, func(layer Handler) bool {
		return reflect.ValueOf(layer).Comparable() && layer == h
	})
}

package nethttp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"runtime/debug"

	"github.com/dewar-go/dewar/gateway"
)

// Mount makes a gateway.Handler of h: a router, a file server, net/http/pprof, a
// reverse proxy, a WebSocket library. It runs on every server of the contract.
//
// h sees what it would see under net/http and http.StripPrefix: URL is relative to
// the request's Root, RequestURI is as received. As there, URL.Path is empty where a
// prefix of gateway.Mount is asked for without a slash, and redirects that h makes of
// URL.Path, as http.ServeMux does of "" to / and of /a to /a/, lead out of the prefix:
// examples/mounted has a middleware against the first.
//
// The ResponseWriter of h is a Flusher, Hijacker, io.ReaderFrom (with sendfile for an
// *os.File) and works with http.ResponseController. Up to gateway.BufferSize bytes of
// content are held back, so that middleware outside can still change the response, and
// so that a panic is answered with 500. Panicking with http.ErrAbortHandler is
// returning gateway.ErrAbort.
//
// SetReadDeadline and SetWriteDeadline replace both of the server's time-outs: the
// one that was not named has no limit then.
func Mount(h http.Handler) gateway.Handler { return &Mounted{Handler: h} }

// A Mounted is an http.Handler as a gateway.Handler.
type Mounted struct {
	Handler http.Handler

	// Error is told of mistakes that net/http logs and that change nothing: a
	// second WriteHeader (once for each request), a Content-Length that is no
	// number. r is borrowed until Error returns. Default:
	// gateway.LogFault.
	Error func(r *gateway.Request, err error)
}

// Serve runs the http.Handler.
func (m *Mounted) Serve(x *gateway.Exchange) (err error) {
	r, body, err := newRequest(x)
	if err != nil {
		return err
	}
	w := newWriter(m, x)
	defer func() {
		answer := w.answer
		if v := recover(); v != nil {
			err, answer = panicError(v), func() {}
		} else {
			err = w.finish()
		}
		if body != nil {
			body.leave(answer)
		}
		w.leave()
		if r.MultipartForm != nil {
			_ = r.MultipartForm.RemoveAll()
		}
	}()
	m.Handler.ServeHTTP(w, r)
	return nil
}

// panicError is what a panic of an http.Handler is in the contract.
func panicError(v any) error {
	if err, ok := v.(error); ok && (errors.Is(err, http.ErrAbortHandler) || errors.Is(err, gateway.ErrAbort)) {
		return gateway.ErrAbort
	}
	return &gateway.PanicError{Value: v, Stack: debug.Stack()}
}

func (m *Mounted) report(r *gateway.Request, err error) {
	if m.Error == nil {
		gateway.LogFault(r, err)
		return
	}
	m.Error(r, err)
}

// A hostContext is an exchange's context with the two values that net/http gives
// to its handlers.
type hostContext struct {
	context.Context
	local net.Addr
}

// host stands for the server where no http.Server runs the request. Handlers ask
// for it to know that a server will recover http.ErrAbortHandler: without it
// httputil.ReverseProxy would end a broken response as if it were whole.
var host = new(http.Server)

func newContext(x *gateway.Exchange) context.Context {
	ctx := x.Context()
	if ctx.Value(http.ServerContextKey) != nil {
		return ctx // net/http's own
	}
	return hostContext{ctx, x.Request.Local}
}

// Value answers for net/http's keys what the context itself does not know.
func (c hostContext) Value(key any) any {
	if v := c.Context.Value(key); v != nil {
		return v
	}
	switch {
	case key == http.ServerContextKey:
		return host
	case key == http.LocalAddrContextKey && c.local != nil:
		return c.local
	}
	return nil
}

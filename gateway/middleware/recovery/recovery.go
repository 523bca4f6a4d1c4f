// Package recovery turns a panic into the error that the handler could have returned,
// so that the layers outside of it go on as after any other error.
//
// Without it a panic already costs no more than its own exchange: the server catches
// it, answers 500 and reports it. But on its way there it passes every layer between, and
// what those do after the inner handler has not been done. Put it directly around the
// application, or around one handler:
//
//	h := gateway.Chain(app, log.Middleware(), recovery.New(recovery.Config{}))
package recovery

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/dewar-go/dewar/gateway"
)

// Config says who is told. Its zero value is useful.
type Config struct {
	// Report is told of every panic, before anything is answered; it may set
	// x.Response in place of the plain 500, and then returns nil. The error that it
	// returns is what the layers outside see. Default: they see p, which servers
	// answer with 500 and report.
	// A panic of Report's own is joined to p. x.Response is empty again when it
	// is called, unless the response has started.
	Report func(x *gateway.Exchange, p *gateway.PanicError) error
}

// New returns the middleware. ErrAbort passes as the error that it is: it is control
// flow, not a fault. A goroutine that the handler started is out of its reach, as in
// all of Go: a panic there ends the process.
func New(c Config) gateway.Middleware {
	return func(h gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) (err error) {
			defer func() {
				if v := recover(); v != nil {
					err = c.caught(x, v)
				}
			}()
			return h.Serve(x)
		})
	}
}

// caught makes an error of what panic was called with.
func (c *Config) caught(x *gateway.Exchange, v any) error {
	if err, ok := v.(error); ok && errors.Is(err, gateway.ErrAbort) {
		return err
	}
	p := &gateway.PanicError{Value: v, Stack: debug.Stack()}
	if c.Report == nil {
		return p
	}
	if !x.Started() {
		x.Response = gateway.Response{Header: x.Response.Header[:0]}
	}
	return c.report(x, p)
}

func (c *Config) report(x *gateway.Exchange, p *gateway.PanicError) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = errors.Join(p, fmt.Errorf("recovery: Report panicked: %v", v))
		}
	}()
	if err = c.Report(x, p); err == nil && x.Started() {
		return p // an answer that is cut off is not made whole by a report
	}
	return err
}

package framework

import (
	"errors"
	"runtime/debug"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// serve runs the middleware and what is inside. An error or panic that comes out is
// the middleware's own: what is inside answers its errors itself. hot path
func (f *frozen) serve(x *gateway.Exchange) error {
	if f.bare {
		return f.dispatch(x)
	}
	if f.probed != nil {
		return f.probed.Serve(x)
	}
	return f.surrounded(x)
}

// surrounded is serve where there is middleware. hot path
func (f *frozen) surrounded(x *gateway.Exchange) error {
	err := f.call(x)
	if err == nil || x.Started() || errors.Is(err, gateway.ErrAbort) {
		return err
	}
	c := f.acquire(x)
	err = c.rescue(err, f.root)
	f.release(c)
	return err
}

func (f *frozen) call(x *gateway.Exchange) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicError(v)
		}
	}()
	return f.handler.Serve(x)
}

// dispatch answers one exchange, inside the middleware. Whatever happens, there is
// a response when it returns nil; an error means that the exchange is to be
// aborted. hot path
func (f *frozen) dispatch(x *gateway.Exchange) error {
	c := f.acquire(x)
	signals := &f.app.Signals
	around, cause := c.attempt()
	err := cause
	if err != nil {
		err = c.rescue(err, around)
	}
	if err == nil && (len(around.after)+len(c.after) > 0 || c.session != nil) {
		err = c.finish(around)
	}
	signals.RequestFinished.send(c, &x.Response)
	if len(around.teardown) > 0 {
		c.tearDown(around, cause)
	}
	if len(c.cleanups) > 0 {
		c.clean()
	}
	signals.RequestEnded.send(c, cause)
	f.release(c)
	return err
}

// match finds the route and returns what surrounds it. hot path
func (f *frozen) match(c *Context) *hooks {
	r := &c.x.Request
	if !f.trusts(r.Host) {
		c.match.Status, c.match.Reason = 400, "This server does not answer for that host."
		return f.root
	}
	f.routes.Match(r, &c.match)
	if c.match.Rule == nil {
		return f.around(r.Path)
	}
	c.target = c.match.Rule.Target.(*target)
	c.x.Route = c.match.Rule.Pattern
	return c.target.hooks
}

// around returns what surrounds a path that no rule matches: the hooks of the
// application, and the error handlers of the blueprint whose prefix it stands below.
func (f *frozen) around(path string) *hooks {
	for i := range f.below {
		rest, ok := strings.CutPrefix(path, f.below[i].prefix)
		if ok && (rest == "" || rest[0] == '/') {
			return f.below[i].hooks
		}
	}
	return f.root
}

// attempt finds the route, runs the before hooks and the handler, and turns a panic,
// also one of a converter, into an error. hot path
func (c *Context) attempt() (around *hooks, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicError(v)
		}
	}()
	around = c.app.root // until the match is known
	around = c.app.match(c)
	c.app.app.Signals.RequestStarted.send(c, &c.x.Request)
	for _, hook := range around.before {
		if err := hook(c); err != nil || c.Answered() {
			return around, err
		}
	}
	if c.target == nil {
		return around, c.unmatched()
	}
	if err := c.target.handler(c); err != nil {
		return around, err
	}
	if !c.Answered() {
		return around, errNoAnswer
	}
	return around, nil
}

var errNoAnswer = errors.New("framework: handler returned neither an answer nor an error; c.NoContent() is the answer without content")

// unmatched answers where the router has no handler.
func (c *Context) unmatched() error {
	m, r := &c.match, &c.x.Request
	switch {
	case m.Status == 308:
		return c.Status(308).Redirect(m.Location)
	case r.Method == "OPTIONS" && (m.Options || r.Path == "*" && m.Status == 404):
		if m.Allow != nil {
			c.SetHeader("Allow", commas(m.Allow))
		}
		return c.Status(200).send("", nil)
	case m.Status == 405 && !c.app.methods[r.Method]: // RFC 9110 §9.1
		return &Error{Status: 501}
	case m.Status == 405:
		return &Error{Status: 405, Header: gateway.Header{{Name: "Allow", Value: commas(m.Allow)}}}
	}
	return &Error{Status: m.Status, Description: m.Reason}
}

// finish runs the after hooks and keeps the session. A failure replaces the
// response by 500 and ends them.
func (c *Context) finish(around *hooks) (err error) {
	err = guard(func() error {
		for i := 0; i < len(c.after); i++ { // a hook may add another
			if err := c.after[i](c); err != nil {
				return err
			}
		}
		for _, hook := range around.after {
			if err := hook(c); err != nil {
				return err
			}
		}
		return c.closeSession()
	})
	if err == nil {
		return nil
	}
	return c.plain500(err)
}

// tearDown runs the teardown hooks, all of them.
func (c *Context) tearDown(around *hooks, cause error) {
	for _, hook := range around.teardown {
		err := guard(func() error { hook(c, cause); return nil })
		if err != nil {
			c.report(err)
		}
	}
}

// guard calls f and turns a panic into an error.
func guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicError(v)
		}
	}()
	return f()
}

// panicError keeps what is asked for as it is: ErrAbort, and an *Error, with which
// code that cannot return one leaves the handler. It is called while the panic
// unwinds, so that the stack still shows where it began.
func panicError(v any) error {
	if err, ok := v.(error); ok && errors.Is(err, gateway.ErrAbort) {
		return err
	}
	if err, ok := v.(*Error); ok {
		return err
	}
	return &gateway.PanicError{Value: v, Stack: debug.Stack()}
}

package gatewaytest

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync/atomic"

	"github.com/dewar-go/dewar/gateway"
)

// Lint is middleware that checks both sides of the border while exchanges pass
// through it: the server below and the application above, and, put on both sides
// of a middleware, that one. It changes nothing but the speed. report gets a
// *Violation for every breach, also from several goroutines at once.
//
// Put it around an application with gateway.Chain, which keeps the Lifespan:
//
//	h := gateway.Chain(app, gatewaytest.Lint(func(err error) { t.Error(err) }))
func Lint(report func(error)) gateway.Middleware {
	return func(h gateway.Handler) gateway.Handler { return &lint{h, report} }
}

// A Violation is a breach of the contract. SPEC.md has its rule.
type Violation struct {
	By       Party  // who broke it
	Exchange string // its method and target
	What     string // what was expected and what came
}

// Error gives all of it in one line.
func (v *Violation) Error() string {
	return fmt.Sprintf("gatewaytest: %s broke the contract on %s: %s", v.By, v.Exchange, v.What)
}

// A Party is one side of the contract.
type Party string

// The parties. Middleware is whoever wraps the transport.
const (
	Application Party = "the application"
	Server      Party = "the server"
	Middleware  Party = "a middleware"
)

type lint struct {
	gateway.Handler
	report func(error)
}

// Serve checks the request, watches the transport, and checks what the handler
// leaves.
func (l *lint) Serve(x *gateway.Exchange) error {
	c := &check{lint: l, x: x, name: x.Request.Method + " " + x.Request.Target}
	c.request()
	before := x.Request
	before.Header = x.Request.Header.Clone()
	watched := x.WrapFiles(func(next gateway.Transport) gateway.Transport {
		c.wire = &watchedTransport{next: next, check: c}
		return c.wire
	}) == nil // else a middleware outside has started the response: it is its business
	x.OnFinish(c.finish)
	panicked := true
	defer func() {
		c.returned.Store(true)
		c.restored(&before)
		if watched && !panicked {
			c.left()
		}
	}()
	err := l.Handler.Serve(x)
	panicked = false
	c.err = err
	return err
}

// A check is one exchange under Lint.
type check struct {
	*lint
	x    *gateway.Exchange
	name string
	wire *watchedTransport // nil where it could not be wrapped
	err  error             // of the handler

	returned atomic.Bool // the handler has returned, or panicked
	hijacked bool
	sent     *gateway.Response // what the response was at the start; nil before it
	body     []byte            // of the Response when the handler returned
	sum      uint64            // of body
}

func (c *check) complain(by Party, format string, args ...any) {
	c.report(&Violation{By: by, Exchange: c.name, What: fmt.Sprintf(format, args...)})
}

var seed = maphash.MakeSeed()

// restored checks what the handler must leave as it found it.
func (c *check) restored(before *gateway.Request) {
	r := &c.x.Request
	//spec:application Who changes Request.Root or Request.Path for the handlers inside puts them back, also after a panic: hooks and outer layers see the request as it came.
	if r.Root != before.Root || r.Path != before.Path {
		c.complain(Application, "Root and Path were %q and %q before the handler and are %q and %q after it", before.Root, before.Path, r.Root, r.Path)
	}
	//spec:application Request.Header is shared read-only: whoever changes fields does so on a Clone.
	if len(r.Header) == len(before.Header) && len(r.Header) > 0 && !slices.Equal(r.Header, before.Header) {
		c.complain(Application, "Request.Header was changed in place: %v became %v", before.Header, r.Header)
	}
}

// left checks the response that the handler left, with an error or without.
func (c *check) left() {
	x := c.x
	//spec:application A goroutine that the handler gave the exchange to has ended when the handler returns: the exchange serves the connection's next request.
	if n := c.wire.reading.Load() + c.wire.writing.Load(); n > 0 {
		c.complain(Application, "the handler returned while %d other goroutines still used the exchange", n)
	}
	switch {
	case c.hijacked:
	case c.sent != nil:
		c.unchanged()
	case c.err == nil:
		c.response(&x.Response)
		c.noContent(x.Response.Status, int64(len(x.Response.Body)))
		c.body, c.sum = x.Response.Body, maphash.Bytes(seed, x.Response.Body)
	}
}

// unchanged checks that a started response stayed as it was.
func (c *check) unchanged() {
	now, then := &c.x.Response, c.sent
	//spec:application Once the response has started (Exchange.Started), Response.Status, Header, Body and Close are not changed any more: nobody would see it. Trailer may be filled until the handler returns.
	if now.Status != then.Status || now.Close != then.Close || !slices.Equal(now.Header, then.Header) {
		c.complain(Application, "the response was changed after it had started: %d %v became %d %v", then.Status, then.Header, now.Status, now.Header)
	}
	if len(now.Body) != len(then.Body) || len(now.Body) > 0 && &now.Body[0] != &then.Body[0] {
		c.complain(Application, "Response.Body was replaced after the response had started")
	}
}

// finish is the exchange's first hook, so it runs last.
func (c *check) finish(o gateway.Outcome) {
	//spec:middleware Response.Body is only read, never appended to, changed or recycled: it may be the application's shared constant. Neither middleware nor server writes to its memory.
	if c.body != nil && maphash.Bytes(seed, c.body) != c.sum {
		c.complain(Middleware, "the memory of Response.Body was changed after the handler had returned it: %.40q", c.body)
	}
	//spec:application A declared Content-Length is kept: more bytes fail with ErrLength and are not sent, fewer cut the answer off (RFC 9110 §8.6).
	if errors.Is(o.Err, gateway.ErrLength) {
		c.complain(Application, "%v", o.Err)
	}
	if c.sent != nil && len(c.sent.Body) == 0 {
		c.noContent(o.Status, o.Bytes)
	}
	//spec:application A hook of OnFinish does not panic. If it does, the others run all the same, and the outcome tells of it.
	var p *gateway.PanicError
	if errors.As(o.Err, &p) && bytes.Contains(p.Stack, []byte("gateway.runHook")) {
		c.complain(Application, "a hook of OnFinish panicked: %v", p.Value)
	}
	//spec:application A trailer has valid fields, and none that frames, routes, authenticates or describes the content (RFC 9110 §6.5.1).
	for _, f := range c.x.Response.Trailer {
		c.field(Application, "trailer", f)
		if !gateway.ValidTrailer(f.Name) {
			c.complain(Application, "field %s may not stand in a trailer (RFC 9110 §6.5.1)", f.Name)
		}
	}
}

// field checks the syntax of one field.
func (c *check) field(by Party, where string, f gateway.Field) {
	if !gateway.ValidName(f.Name) {
		c.complain(by, "%s field name %.40q is not a token (RFC 9110 §5.6.2)", where, f.Name)
	}
	if !gateway.ValidValue(f.Value) {
		c.complain(by, "%s field %s has a control byte or outer white space: %.40q (RFC 9110 §5.5)", where, f.Name, f.Value)
	}
}

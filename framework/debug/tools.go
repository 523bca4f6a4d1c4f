package debug

import (
	"cmp"
	"context"
	"os"
	"strings"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
)

// Tools are the debug page, the timeline and the reloading of one application: an
// extension of it, and its probe. Safe for many goroutines.
type Tools struct {
	config Config
	app    *framework.App
	kept   ring
	inlet  inlet
	hub    hub
}

var (
	_ framework.Extension = (*Tools)(nil)
	_ framework.Probe     = (*Tools)(nil)
)

// New returns tools for framework.App.Extend. Attach decides by the environment whether
// there are any.
func New(c Config) *Tools {
	if c.Requests == 0 {
		c.Requests = defaultRequests
	}
	c.Editor = cmp.Or(c.Editor, os.Getenv("DEWAR_EDITOR"))
	t := &Tools{config: c}
	t.hub.open()
	return t
}

// Exchange stands around what passes exchanges on; see framework.Probe.
func (t *Tools) Exchange(s framework.Stage, h gateway.Handler) gateway.Handler {
	switch s.Kind {
	case framework.StageExchange:
		return &outer{t, h}
	case framework.StageDispatch:
		return &inner{t, h}
	}
	return gateway.HandlerFunc(func(x *gateway.Exchange) error {
		r := traceOf(x)
		if r == nil {
			return h.Serve(x)
		}
		end, failed := r.begin(s.Kind.String(), s.Name, s.At), true
		defer func() { end(failed) }() // also where it panics
		err := h.Serve(x)
		failed = err != nil
		return err
	})
}

// Handler stands around a handler or hook; see framework.Probe.
func (t *Tools) Handler(s framework.Stage, h framework.Handler) framework.Handler {
	return func(c *framework.Context) error {
		r := traceOf(c.Exchange())
		if r == nil {
			return h(c)
		}
		end, failed := r.begin(s.Kind.String(), s.Name, s.At), true
		defer func() { end(failed) }()
		err := h(c)
		failed = err != nil
		return err
	}
}

// Prefix is where the debug pages are, below the application's root.
const Prefix = "/_dewar/"

// outer is around everything.
type outer struct {
	tools *Tools
	next  gateway.Handler
}

func (o *outer) Serve(x *gateway.Exchange) error {
	t := o.tools
	if !t.config.Permits(&x.Request) {
		return o.next.Serve(x)
	}
	if strings.HasPrefix(x.Request.Path, Prefix) {
		return t.serve(x)
	}
	r := t.trace(x)
	x.SetValue(traceKey{}, r)
	x.OnFinish(func(out gateway.Outcome) { r.finish(out) })
	x.OnStart(r.prepare) // the outermost: the last to run
	err := o.next.Serve(x)
	if f := r.failure(); f != nil && err == nil && !x.Started() && x.Response.Status >= 500 {
		t.answer(x, r, f)
	}
	return err
}

// trace begins the record of a request.
func (t *Tools) trace(x *gateway.Exchange) *trace {
	q := &x.Request
	r := &trace{nonce: newNonce()}
	r.data = Trace{Method: q.Method, Path: q.Root + q.Path, Query: maskQuery(q.Query), Proto: q.Proto, HeadRead: q.Time}
	if r.data.HeadRead.IsZero() {
		r.data.HeadRead = time.Now()
	}
	if q.Remote != nil {
		r.data.Remote = q.Remote.String()
	}
	if at := t.inlet.take(q.Remote); !at.IsZero() {
		r.data.Accepted = max(r.data.HeadRead.Sub(at), 0)
	}
	t.kept.keep(r, t.config.Requests)
	return r
}

// prepare is the OnStart hook: what stands in the head.
func (r *trace) prepare(x *gateway.Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.started = time.Now()
	r.data.Status = x.Response.Status
	if own, ok := x.Response.Header.Lookup("Server-Timing"); ok && !r.timed {
		r.own = own + ", " // the application's own metrics stay
	}
	r.timed = true // this may run again, on the answer to an error
	x.Response.Header.Set("Server-Timing", r.own+serverTiming(&r.data, r.started.Sub(r.data.HeadRead)))
	r.inject = r.inject && injectable(x)
	if r.inject {
		admit(&x.Response.Header, r.nonce)
	}
}

// inner is inside of the middleware, and has the lifespan of the application.
type inner struct {
	tools *Tools
	next  gateway.Handler
}

func (i *inner) Serve(x *gateway.Exchange) error {
	r := traceOf(x)
	if r == nil {
		return i.next.Serve(x)
	}
	r.mu.Lock()
	r.dispatched = time.Now()
	r.mu.Unlock()
	if wantsPage(&x.Request) {
		f := &injector{trace: r, script: scriptTag(x.Request.Root, i.tools.hub.state(), r.nonce)}
		if x.WrapFiles(func(next gateway.Transport) gateway.Transport { f.Transport = next; return f }) == nil {
			r.mu.Lock()
			r.inject = true
			r.mu.Unlock()
		}
	}
	return i.next.Serve(x)
}

func (i *inner) Startup(_ context.Context, s gateway.ServerInfo) error {
	if s.OnAccept != nil {
		s.OnAccept(i.tools.inlet.accepted)
	}
	i.tools.hub.stopsWith(s.Stopping)
	return nil
}

func (i *inner) Shutdown(context.Context) error {
	i.tools.hub.close()
	return nil
}

// routed follows the match of the route.
func (t *Tools) routed(c *framework.Context, _ *gateway.Request) {
	r := traceOf(c.Exchange())
	if r == nil {
		return
	}
	name := "no route matches"
	if rule := c.Rule(); rule != nil {
		name = rule.Pattern
	}
	r.note("routing", name, r.dispatched, time.Now())
	r.mu.Lock()
	defer r.mu.Unlock()
	r.data.Endpoint, r.data.Route = c.Endpoint(), ""
	if rule := c.Rule(); rule != nil {
		r.data.Route = rule.Pattern
	}
}

func (t *Tools) templateBegins(c *framework.Context, of framework.Rendering) {
	if r := traceOf(c.Exchange()); r != nil {
		r.begin("template", of.Name, "")
	}
}

func (t *Tools) templateEnds(c *framework.Context, of framework.Rendering) {
	if r := traceOf(c.Exchange()); r != nil {
		r.closeLast("template", of.Name)
	}
}

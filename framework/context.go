package framework

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/framework/routing"
	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/middleware/requestid"
	"github.com/dewar-go/dewar/internal/poison"
)

// A Context is one request and its response as a handler sees them. It is a
// context.Context that ends when the client goes away. See the package comment for
// who may use it and how long.
type Context struct {
	app    *frozen
	x      *gateway.Exchange // nil once the request is over
	target *target           // nil where no rule matched
	match  routing.Match     // the memory of its Params is kept between requests
	after  []Handler         // AfterThisRequest
	values []entry           // of Keys
	query  Values
	parsed bool // query is
	log    *slog.Logger

	made     []made   // Dependencies
	cleanups []func() // in order of registration

	cookies       Values
	cookiesParsed bool
	session       *session.Session // nil until asked for
	flashes       []Flash          // taken out of the session
	content       incoming         // of the request
	asked         atomic.Int32     // for Err, by renderers
	agent         *Agent           // nil until asked for

	// lent is set once the Context was used as a context.Context: whoever was
	// given it may hold it for longer, so that it is not used again.
	lent atomic.Bool
	// mu guards values, and the end of x, against goroutines that were given c as a
	// context. Nobody in the request waits for some of them, such as those of
	// database/sql: they may ask for Err or Value when it is over.
	mu sync.Mutex
}

// acquire returns a Context for an exchange. hot path
func (f *frozen) acquire(x *gateway.Exchange) *Context {
	c, ok := x.Kept.(*Context)
	if ok {
		x.Kept = nil // an application inside this one needs another
	} else {
		c = f.spare()
	}
	c.app, c.x = f, x
	return c
}

// spare returns a Context where the exchange has none.
func (f *frozen) spare() *Context {
	if c, ok := f.app.contexts.Get().(*Context); ok {
		return c
	}
	return &Context{}
}

// release ends a Context. It serves another request unless somebody may still
// hold it. hot path
func (f *frozen) release(c *Context) {
	if detectMisuse || c.lent.Load() {
		c.end()
		return
	}
	x := c.x
	c.reset()
	if poison.On {
		clear(c.match.Params[:cap(c.match.Params)])
	}
	if x.Kept == nil {
		x.Kept = c // the next request on the connection finds it without looking
	} else {
		f.app.contexts.Put(c)
	}
}

// end takes the exchange from whoever still holds the Context.
func (c *Context) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.x = nil
}

// reset clears every field but the memory of match.Params, which the next match
// writes over: clearing it as well would cost more than a segment of the path. A test
// holds this list complete.
func (c *Context) reset() {
	c.app, c.x, c.target = nil, nil, nil
	c.match.Reset()
	c.after = nil
	c.values = nil
	c.query, c.parsed = nil, false
	c.log = nil
	c.made, c.cleanups = nil, nil
	c.cookies, c.cookiesParsed = nil, false
	c.session = nil
	c.flashes = nil
	c.content = incoming{}
	c.asked.Store(0)
	c.agent = nil
}

// exchange returns the exchange while the request lasts.
func (c *Context) exchange() *gateway.Exchange {
	if c.x == nil {
		panic("framework: Context used after its request; copy what you need before, take c.Detach() for work in the background, or wait for your goroutines")
	}
	return c.x
}

// Exchange returns the exchange below, for streaming, files and upgrades. Borrowed
// until the handler returns.
func (c *Context) Exchange() *gateway.Exchange { return c.exchange() }

// Request returns the request as the server received it. Borrowed until the
// handler returns; its strings are owned for ever.
func (c *Context) Request() *gateway.Request { return &c.exchange().Request }

// Response returns the response, for hooks that read or change it. Borrowed until
// the handler returns.
func (c *Context) Response() *gateway.Response { return &c.exchange().Response }

// App returns the application that serves the request.
func (c *Context) App() *App {
	c.exchange()
	return c.app.app
}

// Endpoint returns the name of the matched route, with those of its blueprints: ""
// where none matched.
func (c *Context) Endpoint() string {
	c.exchange()
	if c.target == nil {
		return ""
	}
	return c.target.endpoint
}

// Rule returns the matched rule, nil where none matched. Shared read-only.
func (c *Context) Rule() *routing.Rule {
	c.exchange()
	return c.match.Rule
}

// Blueprint returns the dotted name under which the matched route's blueprint is
// registered: "" for the application's own routes and where none matched.
func (c *Context) Blueprint() string {
	c.exchange()
	if c.target == nil {
		return ""
	}
	return c.target.unit.name
}

// Logger returns the application's logger with the request's method, path, endpoint
// and rule, the name that middleware/requestid gave it, and what LogWith added.
// Failures are logged with it.
func (c *Context) Logger() *slog.Logger {
	r := c.Request()
	if c.log == nil {
		c.log = c.app.logger.With("method", r.Method, "path", r.Root+r.Path)
		if c.target != nil {
			c.log = c.log.With("endpoint", c.target.endpoint, "rule", c.match.Rule.Pattern)
		}
		if id := requestid.Of(c.x); id != "" {
			c.log = c.log.With("request_id", id)
		}
	}
	return c.log
}

// LogWith adds attributes, as log/slog takes them, to the request's logger: the user,
// once it is known, so that every line of the request names it.
func (c *Context) LogWith(args ...any) { c.log = c.Logger().With(args...) }

// AfterThisRequest adds a hook that runs before those of AfterRequest, for this
// request alone.
func (c *Context) AfterThisRequest(hook Handler) {
	c.exchange()
	c.after = append(c.after, hook)
}

// context is asked for lazily, since it may make the server watch the connection.
// Unlike other methods those of context.Context do not panic after the request:
// package context calls them from goroutines of its own.
func (c *Context) context() context.Context {
	c.lent.Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.x == nil {
		return finishedContext
	}
	return c.x.Context()
}

var finishedContext = func() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(gateway.ErrFinished)
	return ctx
}()

// Deadline is that of the server for the exchange; see context.Context.
func (c *Context) Deadline() (time.Time, bool) { return c.context().Deadline() }

// Done is closed when the client goes away, the server gives up waiting, or the
// request is over.
func (c *Context) Done() <-chan struct{} { return c.context().Done() }

// Err says why Done is closed; see context.Context.
func (c *Context) Err() error { return c.context().Err() }

// Value returns the value of a Key, or what a middleware kept with the exchange
// (gateway.Exchange.SetValue), or what the server's context holds for key.
func (c *Context) Value(key any) any {
	if v, ok := c.own(key); ok {
		return v
	}
	return c.context().Value(key)
}

// own is what the Context or its exchange has under the key, or the Context itself.
func (c *Context) own(key any) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := lookupEntry(c.values, key); ok {
		return v, true
	}
	if c.x == nil {
		return nil, false
	}
	if v := c.x.Value(key); v != nil {
		return v, true
	}
	return c, key == contextKey{}
}

// Detach returns a context for work that outlives the request: it has the values
// of c as they are now, and neither its cancellation nor its deadline.
func (c *Context) Detach() context.Context {
	c.exchange()
	return detached{context.WithoutCancel(c.x.Context()), c.entries()}
}

// entries are the values of Keys as they are now, owned.
func (c *Context) entries() []entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.values)
}

type detached struct {
	context.Context
	values []entry
}

func (d detached) Value(key any) any {
	if v, ok := lookupEntry(d.values, key); ok {
		return v
	}
	return d.Context.Value(key)
}

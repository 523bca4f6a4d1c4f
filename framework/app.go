package framework

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/framework/binding"
	"github.com/dewar-go/dewar/framework/routing"
	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/middleware/crossorigin"
)

// An App is an application: a gateway.Handler and gateway.Lifespan that any server
// runs. Make it with New, set its fields and declare its routes before it is run;
// then leave it as it is.
type App struct {
	scope

	Renderer Renderer     // of c.Render; nil: there are no templates, or those of Templates
	JSON     JSON         // nil: FastJSON, which is github.com/goccy/go-json
	Logger   *slog.Logger // nil: slog.Default()

	// Templates makes the Renderer when the application is frozen, from what was
	// declared by then; its error is a mistake in the setup. In place of Renderer.
	//
	//	app.Templates = func(t *framework.Templating) (framework.Renderer, error) {
	//		env := templates.New(templates.Config{
	//			Loader:  templates.FS(t.Files(os.DirFS("pages"))),
	//			Filters: t.Filters, Tests: t.Tests, Globals: t.Globals, Variables: t.Variables, Nonce: t.Nonce,
	//		})
	//		return env, env.Check()
	//	}
	Templates func(t *Templating) (Renderer, error)
	// CSRFToken is csrf_token() in templates: whatever protects forms from other
	// sites puts here how it makes a token for the request. nil: that of middleware
	// csrf, and an error where that is not in Use.
	CSRFToken func(c *Context) (string, error)
	// CSPNonce is the nonce of the request's Content-Security-Policy. The script
	// and style tags that stand in templates get it, where App.Templates passes it
	// on. nil: there is none.
	CSPNonce func(c *Context) string

	// Session says how c.Session keeps what it is given; without Keys nothing can
	// be kept. Signed and encrypted cookies use the same keys.
	Session session.Config

	// Limits bound what requests may send.
	Limits Limits

	// CrossOrigin says who else than the application's own pages may make browsers
	// send requests that change something: others get 403. It is in force where
	// Session has Keys, since a session is what such a request would misuse; the
	// middleware stands inside of those of Use. AllowCrossOrigin switches it off.
	CrossOrigin      crossorigin.Config
	AllowCrossOrigin bool

	// Input says how Bind fills and checks structs: limits, and the application's
	// own rules. JSON stands in for its JSON.
	Input binding.Config

	// CheckAnswers makes typed handlers check what they answer by the validate tags of
	// its type, as if it had come as input; what breaks them is an error of the program,
	// 500 and a line of the log. It costs about as much as the answer: for tests and
	// while developing.
	CheckAnswers bool

	// Language chooses the language in which a client is told what is wrong with its
	// input, among those of Input.Languages and "en": the one that the user set, say.
	// nil: the one that Accept-Language asks for.
	Language func(c *Context) string

	// ParseAgent reads the User-Agent field for c.Agent: "" where there is none. It is
	// a library's matter, since it needs lists that grow old. nil: nothing is read.
	ParseAgent func(text string) Agent

	// ServerName is the host under which subdomains stand and with which URLs are
	// built outside a request, with its port where it is not the scheme's own.
	ServerName string
	// Scheme is that of URLs built outside a request; "" means http.
	Scheme string
	// TrustedHosts are the hosts that the application answers for, such as
	// example.com, or .example.com for it and all below it; requests for others get
	// 400. Empty means all. Set it where URLs with the host go into mails or caches:
	// a client chooses the Host field as it likes.
	TrustedHosts  []string
	HostMatching  bool // rules have hosts instead of subdomains
	LooseSlashes  bool // /a and /a/ are the same where a rule does not say otherwise
	KeepSlashes   bool // /a//b is not /a/b where a rule does not say otherwise
	ManualOptions bool // OPTIONS is not answered by itself
	Converters    map[string]routing.ConverterFunc

	// TaskGrace is how long Shutdown waits for background tasks; 0 means 30 s.
	TaskGrace time.Duration
	// MaxTasks is how many background tasks may run at once; 0 means 10,000.
	MaxTasks int

	// Signals tell what happens in the application.
	Signals Signals

	// Probe looks at every stage of every request, for development; see package debug.
	// nil: nobody does, and nothing is there for it.
	Probe Probe

	// Config is whatever the application keeps as its settings, for ConfigOf; see
	// package config.
	Config any

	// Announce is called by Run once the server has bound its addresses. nil
	// prints them on standard error.
	Announce func(gateway.ServerInfo)

	middleware []layer
	startup    []func(context.Context) error
	shutdown   []func(context.Context) error

	extensions []*extended // in order of Extend
	ready      []*extended // in order of Init
	expected   []expectation
	overrides  sync.Map // of dependencies, in tests
	tasks      tasks

	serving sync.Mutex // guards servers, and start and stop
	servers int        // that run the application

	stopping atomic.Pointer[stops] // of its servers; replaced as a whole

	freezing sync.Mutex
	live     atomic.Pointer[frozen]
	running  atomic.Bool // by Run, which announces
	contexts sync.Pool   // of *Context
}

// New returns an application without routes. The name appears in messages.
func New(name string) *App {
	a := &App{}
	a.kind, a.name = "app", name
	return a
}

// Use adds middleware around the whole application, the first outermost. It sees
// a response whatever happened inside, also where no route matched. It is put
// together at the freeze, so its place among the other declarations does not
// matter.
func (a *App) Use(middleware ...gateway.Middleware) {
	a.open("Use")
	for _, m := range middleware {
		if m == nil {
			a.needs("Use", false)
			continue
		}
		a.middleware = append(a.middleware, layer{m, middlewareName(m), callSite().String()})
	}
}

// OnStartup adds a function that runs before the first request, in order of
// registration. An error keeps the server from starting. ctx ends when the server
// is told to stop.
func (a *App) OnStartup(f func(ctx context.Context) error) {
	a.open("OnStartup")
	a.needs("OnStartup", f != nil)
	a.startup = append(a.startup, f)
}

// OnShutdown adds a function that runs after the last request, in reverse order of
// registration; one that fails does not keep the others from running.
func (a *App) OnShutdown(f func(ctx context.Context) error) {
	a.open("OnShutdown")
	a.needs("OnShutdown", f != nil)
	a.shutdown = append(a.shutdown, f)
}

// Serve answers one exchange; it makes App a gateway.Handler. The first call
// freezes the application if Startup has not. hot path
func (a *App) Serve(x *gateway.Exchange) error {
	f := a.live.Load()
	if f == nil {
		var err error
		if f, err = a.freeze(); err != nil {
			a.logger().Error("application cannot serve", "app", a.name, "error", err)
			return err
		}
	}
	return f.serve(x)
}

// Startup freezes the application, reporting all mistakes of its declarations, and
// runs the OnStartup functions; it makes App a gateway.Lifespan. If one of them
// fails, the OnShutdown functions run. An application that several servers run at
// once starts with the first and shuts down with the last.
func (a *App) Startup(ctx context.Context, s gateway.ServerInfo) error {
	f, err := a.freeze()
	if err != nil {
		return err
	}
	a.serving.Lock()
	defer a.serving.Unlock()
	if a.servers == 0 {
		if err := gateway.Startup(ctx, f.handler, s); err != nil {
			return err
		}
		for _, start := range a.startup {
			if err := guard(func() error { return start(ctx) }); err != nil {
				return errors.Join(err, a.stop(ctx))
			}
		}
	}
	a.servers++
	a.watch(s.Stopping)
	if a.running.Load() {
		a.announce(s)
	}
	return nil
}

// Shutdown waits for background tasks, runs the OnShutdown functions and joins
// their errors.
func (a *App) Shutdown(ctx context.Context) error {
	a.serving.Lock()
	defer a.serving.Unlock()
	if a.servers > 1 {
		a.servers--
		return nil
	}
	a.servers = 0
	a.unwatch()
	return a.stop(ctx)
}

func (a *App) stop(ctx context.Context) error {
	errs := []error{a.drainTasks(ctx)}
	for i := len(a.shutdown) - 1; i >= 0; i-- {
		errs = append(errs, guard(func() error { return a.shutdown[i](ctx) }))
	}
	if f := a.live.Load(); f != nil {
		errs = append(errs, gateway.Shutdown(ctx, f.handler))
		for _, end := range f.closers {
			errs = append(errs, end(ctx))
		}
	}
	return errors.Join(errs...)
}

// ConfigOf returns App.Config as T; T's zero value where it is something else.
func ConfigOf[T any](a *App) T {
	t, _ := a.Config.(T)
	return t
}

func (a *App) logger() *slog.Logger {
	if a.Logger != nil {
		return a.Logger
	}
	return slog.Default()
}

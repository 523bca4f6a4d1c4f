package framework

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"

	"github.com/dewar-go/dewar/framework/binding"
	"github.com/dewar-go/dewar/framework/routing"
	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/middleware/hosts"
)

// frozen is an application as it serves: compiled, and never changed.
type frozen struct {
	app       *App
	handler   gateway.Handler // middleware around dispatch, with the lifespans of its layers
	bare      bool            // there is none, nor a probe: dispatch is all
	probed    gateway.Handler // App.Probe around everything; nil: there is none
	routes    *routing.Map
	methods   map[string]bool      // that it knows; see knownMethods
	targets   map[*Route][]*target // one for each registration
	outside   routing.Request      // stands in for a request where URLs are built outside one
	logger    *slog.Logger
	json      JSON
	renderer  Renderer
	sessions  *session.Manager
	tokens    *cookieTokens // nil without keys
	inputs    *binding.Binder
	languages []string // of the messages about input
	hosts     hosts.List
	root      *hooks // where no rule matched
	below     []area // where no rule matched below a blueprint's prefix, the longest first
	commands  []*CommandInfo
	closers   []func(context.Context) error
}

// An area is what stands below a blueprint's prefix.
type area struct {
	prefix string // without a slash at its end
	hooks  *hooks // the application's, but for the error handlers
}

// A target is what a rule leads to.
type target struct {
	route    *Route
	endpoint string // with the blueprints' names
	unit     *unit
	handler  Handler
	hooks    *hooks
}

// hooks are what surrounds a handler, in the order in which it runs.
type hooks struct {
	before   []Handler
	after    []Handler
	teardown []func(*Context, error)
	rescuers [][]rescuer // by scope, the innermost first

	processors []func(*Context) map[string]any // outer ones first

	declared *hooks // those without App.Probe around them; nil: there is none
}

// A SetupError lists everything that is wrong with an application's declarations.
type SetupError struct {
	App      string
	Mistakes []error // each begins with the file and line
}

// Error gives each mistake a line.
func (e *SetupError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "framework: %q cannot start, its declarations have ", e.App)
	if len(e.Mistakes) == 1 {
		b.WriteString("a mistake:")
	} else {
		fmt.Fprintf(&b, "%d mistakes:", len(e.Mistakes))
	}
	for _, m := range e.Mistakes {
		b.WriteString("\n\t" + m.Error())
	}
	return b.String()
}

// Unwrap returns the mistakes.
func (e *SetupError) Unwrap() []error { return e.Mistakes }

// Freeze compiles the declarations and reports all their mistakes as a
// *SetupError. Startup and the first request do it by themselves; a test may call
// it to check an application without serving it. After a success nothing can be
// declared any more.
func (a *App) Freeze() error {
	_, err := a.freeze()
	return err
}

func (a *App) freeze() (*frozen, error) {
	a.freezing.Lock()
	defer a.freezing.Unlock()
	if f := a.live.Load(); f != nil {
		return f, nil
	}
	f := &frozen{app: a, logger: a.logger(), json: a.JSON}
	if f.json == nil {
		f.json = FastJSON{}
	}
	f.outside = routing.Request{Scheme: a.Scheme, Host: a.ServerName}
	if f.outside.Scheme == "" {
		f.outside.Scheme = "http"
	}
	c := compiler{app: a, names: map[string]bool{}, endpoints: map[string]*target{}, words: map[string]string{}}
	c.unit(&unit{scope: &a.scope, path: []*scope{&a.scope}})
	f.root, f.below, f.closers, f.commands = c.root, c.areas, c.closers, c.commands
	slices.SortStableFunc(f.below, func(a, b area) int { return cmp.Compare(len(b.prefix), len(a.prefix)) })
	var err error
	f.routes, err = routing.New(routing.Config{
		LooseSlashes: a.LooseSlashes, KeepSlashes: a.KeepSlashes,
		HostMatching: a.HostMatching, ServerName: a.ServerName, Converters: a.Converters,
	}, c.rules...)
	if err != nil {
		c.mistakes = append(c.mistakes, flatten(err)...)
	}
	f.methods = knownMethods(c.rules)
	f.targets = c.linkable(err == nil)
	c.checkExpected(a)
	if f.sessions, err = session.New(a.Session); err != nil {
		c.mistakes = append(c.mistakes, fmt.Errorf("App.Session: %w", err))
	} else if f.tokens, err = newCookieTokens(a.Session.Keys); err != nil {
		c.mistakes = append(c.mistakes, fmt.Errorf("App.Session: %w", err))
	}
	c.stranded(a)
	f.inputs, f.languages = c.inputs(a.Input, f.json), languages(a.Input)
	f.renderer = c.renderer(a)
	f.hosts = c.trusted(a.TrustedHosts)
	f.handler, f.bare = c.surround(gateway.HandlerFunc(f.dispatch)), len(a.layers()) == 0 && a.Probe == nil
	if a.Probe != nil {
		f.probed = a.Probe.Exchange(Stage{Kind: StageExchange, Name: a.name}, gateway.HandlerFunc(f.surrounded))
	}
	if len(c.mistakes) > 0 {
		return nil, &SetupError{App: a.name, Mistakes: c.mistakes}
	}
	for _, s := range c.scopes {
		s.frozen = true
	}
	a.live.Store(f)
	return f, nil
}

func flatten(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// A compiler turns the tree of scopes into rules.
type compiler struct {
	app       *App
	scopes    []*scope
	rules     []*routing.Rule
	names     map[string]bool    // of blueprints
	endpoints map[string]*target // the first of each
	mistakes  []error
	root      *hooks
	areas     []area
	commands  []*CommandInfo
	words     map[string]string // of the command line, and what they stand for
	closers   []func(context.Context) error
}

// knownMethods are those of RFC 9110 §9, PATCH (RFC 5789), QUERY, and those that a rule
// names. Any other is implemented nowhere here.
func knownMethods(rules []*routing.Rule) map[string]bool {
	known := map[string]bool{}
	for _, method := range strings.Fields("GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY") {
		known[method] = true
	}
	for _, rule := range rules {
		for _, method := range rule.Methods {
			known[method] = true
		}
	}
	return known
}

// unit compiles a scope and those within it.
func (c *compiler) unit(u *unit) {
	if !slices.Contains(c.scopes, u.scope) {
		c.scopes = append(c.scopes, u.scope)
		c.mistakes = append(c.mistakes, u.scope.mistakes...)
		c.closers = append(c.closers, u.scope.closers...)
	}
	h := c.app.probed(gather(u.path))
	if c.root == nil {
		c.root = h
	}
	if prefix := strings.TrimRight(u.prefix, "/"); prefix != "" && u.subdomain == "" && !strings.Contains(prefix, "<") {
		outer := *c.root
		outer.rescuers = h.rescuers
		c.areas = append(c.areas, area{prefix, &outer})
	}
	for _, r := range u.scope.routes {
		c.route(u, r, h)
	}
	c.commandsOf(u)
	for _, m := range u.scope.mounts {
		if slices.Contains(u.path, &m.blueprint.scope) {
			c.mistake(m.site, "blueprint %q is registered within itself", m.name)
			continue
		}
		child := u.child(m)
		switch {
		case m.name == "" || strings.Contains(m.name, "."):
			c.mistake(m.site, "blueprint name %q is empty or has a dot, which separates names", m.name)
		case c.names[child.name]:
			c.mistake(m.site, "a blueprint named %q is registered already; give this registration another name with .Name", child.name)
		}
		c.names[child.name] = true
		c.unit(child)
	}
}

func (c *compiler) mistake(at site, format string, args ...any) {
	c.mistakes = append(c.mistakes, fmt.Errorf("%v: %w", at, fmt.Errorf(format, args...)))
}

// gather collects the hooks along a path of scopes, outer ones first.
func gather(path []*scope) *hooks {
	h := &hooks{}
	for _, s := range path {
		h.before = append(h.before, s.before...)
		h.after = append(h.after, s.after...)
		h.teardown = append(h.teardown, s.teardown...)
		h.rescuers = append(h.rescuers, s.rescuers)
		h.processors = append(h.processors, s.processors...)
	}
	slices.Reverse(h.after)
	slices.Reverse(h.teardown)
	slices.Reverse(h.rescuers)
	return h
}

// route compiles one route of a unit.
func (c *compiler) route(u *unit, r *Route, h *hooks) {
	if r.handler == nil && !r.rule.BuildOnly && r.rule.RedirectTo == "" {
		c.mistake(r.site, "%s", r.missing)
		return
	}
	rule := r.rule
	rule.Pattern = joinPath(u.prefix, rule.Pattern)
	if rule.Host == "" && !c.app.HostMatching {
		rule.Subdomain = join(rule.Subdomain, ".", u.subdomain)
	}
	if rule.Subdomain != "" && !c.app.HostMatching && c.app.ServerName == "" {
		c.mistake(r.site, "rule %q stands under the subdomain %s, of which there is none: App.ServerName is not set", rule.Pattern, rule.Subdomain)
	}
	rule.AutomaticOptions = rule.AutomaticOptions && !c.app.ManualOptions
	rule.Source = r.site.String()
	name := r.name
	if name == "" {
		name = r.rule.Pattern
	}
	t := &target{route: r, endpoint: join(u.name, ".", name), unit: u, handler: c.app.probedHandler(r, join(u.name, ".", name)), hooks: h}
	rule.Endpoint, rule.Target = t.endpoint, t
	c.rules = append(c.rules, &rule)
	first := c.endpoints[t.endpoint]
	if first == nil {
		c.endpoints[t.endpoint] = t
		return
	}
	if first.route.rule.Pattern != r.rule.Pattern && !sameHandler(first.route.handler, r.handler) && r.handler != nil {
		c.mistake(r.site, "endpoint %q stands for another handler at %v; give one of the routes another name with .Name", t.endpoint, first.route.site)
	}
}

// sameHandler compares functions by their code: two closures of one function
// count as the same.
func sameHandler(a, b Handler) bool {
	return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
}

// errUnfrozen is what building a URL gives before the application is frozen.
var errUnfrozen = errors.New("framework: URLs can be built once the application is frozen, by Freeze, its start or its first request")

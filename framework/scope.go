package framework

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
)

// A scope is what App and Blueprint have in common: a list of declarations. It is
// compiled when the application is frozen.
type scope struct {
	kind, name string // "app" or "blueprint", for messages

	routes   []*Route
	mounts   []*Registration // blueprints
	before   []Handler
	after    []Handler
	teardown []func(*Context, error)
	defaults []func(c *Context, endpoint string) []any

	processors    []func(c *Context) map[string]any
	templateFuncs []templateFunc
	templates     fs.FS                         // of a blueprint; nil: it has none
	closers       []func(context.Context) error // of what the routes keep open

	rescuers []rescuer
	commands []declaredCommand

	mistakes []error
	frozen   bool
}

// open panics where the application is frozen already: what was declared now
// would never be used.
func (s *scope) open(what string) {
	if s.frozen {
		panic(fmt.Sprintf("framework: %s of %s %q at %v comes too late: the application was frozen by its start or first request, declare it before",
			what, s.kind, s.name, callSite()))
	}
}

// mistake notes an error to be reported at the freeze.
func (s *scope) mistake(at site, format string, args ...any) {
	s.mistakes = append(s.mistakes, fmt.Errorf("%v: %w", at, fmt.Errorf(format, args...)))
}

// needs notes a mistake where an argument is nil.
func (s *scope) needs(what string, given bool) {
	if !given {
		s.mistake(callSite(), "%s was given nil", what)
	}
}

// add declares a route.
func (s *scope) add(what, rule string, methods []string, h Handler, decorators []Decorator) *Route {
	s.open(what)
	r := &Route{scope: s, site: callSite()}
	r.rule.Pattern, r.rule.Methods = rule, methods
	r.rule.AutomaticOptions = true
	r.missing = fmt.Sprintf("%s(%q) has no handler: nil", what, rule)
	if h != nil {
		r.name = nameOf(h)
		r.plain, r.code = r.name, codeOf(h)
		r.claim(h)
		r.handler, r.decorators = decorate(h, decorators), labels(decorators)
		r.missing = fmt.Sprintf("a decorator of %s(%q) returned nil", what, rule)
	}
	s.routes = append(s.routes, r)
	return r
}

// Redirect declares a rule that sends its requests, of every method, to another
// address with 308. to is a path below the application's root or an absolute URL;
// <name> in it stands for a variable of the rule: Redirect("/u/<name>",
// "/users/<name>"). In the host of a URL, https://<name>.example.org/, text has to follow it.
func (s *scope) Redirect(rule, to string) *Route {
	s.open("Redirect")
	r := &Route{scope: s, site: callSite()}
	r.rule.Pattern, r.rule.RedirectTo = rule, to
	s.routes = append(s.routes, r)
	return r
}

// Get declares the handler of GET, and of HEAD with it. The rule is in the
// language of package routing; decorators wrap the handler, the first outermost.
func (s *scope) Get(rule string, h Handler, decorators ...Decorator) *Route {
	return s.add("Get", rule, []string{"GET"}, h, decorators)
}

// Post declares the handler of POST.
func (s *scope) Post(rule string, h Handler, decorators ...Decorator) *Route {
	return s.add("Post", rule, []string{"POST"}, h, decorators)
}

// Put declares the handler of PUT.
func (s *scope) Put(rule string, h Handler, decorators ...Decorator) *Route {
	return s.add("Put", rule, []string{"PUT"}, h, decorators)
}

// Patch declares the handler of PATCH.
func (s *scope) Patch(rule string, h Handler, decorators ...Decorator) *Route {
	return s.add("Patch", rule, []string{"PATCH"}, h, decorators)
}

// Delete declares the handler of DELETE.
func (s *scope) Delete(rule string, h Handler, decorators ...Decorator) *Route {
	return s.add("Delete", rule, []string{"DELETE"}, h, decorators)
}

// Options declares the handler of OPTIONS, in place of the automatic answer.
func (s *scope) Options(rule string, h Handler, decorators ...Decorator) *Route {
	return s.add("Options", rule, []string{"OPTIONS"}, h, decorators)
}

// Any declares the handler of every method, OPTIONS included.
func (s *scope) Any(rule string, h Handler, decorators ...Decorator) *Route {
	return s.add("Any", rule, nil, h, decorators)
}

// Route declares a rule and returns a decorator that takes its handler and gives
// it back, so that it can stand beside the function and on others:
//
//	var _ = app.Route("/notes", "GET", "POST")(notes)
//
// Without methods it is GET. A route whose decorator is never applied is a mistake
// that the freeze reports.
func (s *scope) Route(rule string, methods ...string) Decorator {
	s.open("Route")
	if len(methods) == 0 {
		methods = []string{"GET"}
	}
	r := &Route{scope: s, site: callSite()}
	r.missing = fmt.Sprintf("the decorator of Route(%q) was never applied: write Route(%q)(handler)", rule, rule)
	r.rule.Pattern, r.rule.Methods = rule, slices.Clone(methods)
	r.rule.AutomaticOptions = true
	s.routes = append(s.routes, r)
	return func(h Handler) Handler {
		r.refine("decorator")
		switch {
		case h == nil:
			s.mistake(r.site, "the decorator of Route(%q) was applied to nil", rule)
		case r.handler != nil:
			s.mistake(r.site, "the decorator of Route(%q) was applied twice, to %s and %s; call Route again for a second handler", rule, r.name, nameOf(h))
		default:
			r.handler, r.name, r.plain, r.code = h, nameOf(h), nameOf(h), codeOf(h)
			r.claim(h)
		}
		return h
	}
}

// BeforeRequest adds a hook that runs before the handler: the application's, then
// those of the blueprints, outer ones first, each in order of registration. The
// application's also run where no rule matches. A hook that answers, or returns an
// error, ends the request: neither further hooks nor the handler run.
func (s *scope) BeforeRequest(hook Handler) {
	s.open("BeforeRequest")
	s.needs("BeforeRequest", hook != nil)
	s.before = append(s.before, hook)
}

// AfterRequest adds a hook that runs once there is a response, even one to an
// error: c.Response() can be read and changed. The inner blueprint's run first,
// the application's last, each in reverse order of registration.
func (s *scope) AfterRequest(hook Handler) {
	s.open("AfterRequest")
	s.needs("AfterRequest", hook != nil)
	s.after = append(s.after, hook)
}

// TeardownRequest adds a hook that runs at the end whatever happened, in the
// order of AfterRequest; err is the error that the handler returned or panicked
// with, before it became a response, or nil.
func (s *scope) TeardownRequest(hook func(c *Context, err error)) {
	s.open("TeardownRequest")
	s.needs("TeardownRequest", hook != nil)
	s.teardown = append(s.teardown, hook)
}

// URLDefaults adds a function that gives arguments, name and value in turns, for
// the URLs that Context.URL builds of endpoints in this scope: a language that is
// part of every path, for one. An argument counts where a rule of the endpoint has
// a variable of that name and the caller gave none.
func (s *scope) URLDefaults(f func(c *Context, endpoint string) []any) {
	s.open("URLDefaults")
	s.needs("URLDefaults", f != nil)
	s.defaults = append(s.defaults, f)
}

package framework

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/dewar-go/dewar/framework/routing"
)

// A Link is a place in an application: a route with its arguments, from which URLs are
// built. Where URL takes the name of an endpoint, a Link comes from the route itself,
// so that a wrong one does not compile:
//
//	var index = notes.Get("/", list).Link()
//	var note  = framework.Link1[int](notes.Get("/<int:id>", show), "id")
//
//	here, err := note(7).URL(c)             // /notes/7
//	there, err := index.With("page", 2).URL(c)
//	return note(7).Redirect(c)
//
// Its zero value leads nowhere. A Link is a value: it may be kept and used by any
// number of goroutines.
type Link struct {
	route    *Route // nil: endpoint
	endpoint string
	pairs    []any // shared read-only
}

// LinkTo returns a Link by the name of its endpoint, with arguments as name and value
// in turns; see Context.URL. It is what generated links are made of: App.WriteLinks.
func LinkTo(endpoint string, pairs ...any) Link { return Link{endpoint: endpoint, pairs: pairs} }

// Link returns the route's Link, with arguments as name and value in turns. Of a
// blueprint that is registered several times it leads into the registration that is
// nearest to the request's own.
func (r *Route) Link(pairs ...any) Link { return Link{route: r, pairs: pairs} }

// With returns the Link with further arguments: see Context.URL for what they may be.
func (l Link) With(pairs ...any) Link {
	l.pairs = append(l.pairs[:len(l.pairs):len(l.pairs)], pairs...)
	return l
}

// A URLBuilder builds URLs: a *Context below the address that was asked for, an *App
// outside of requests.
type URLBuilder interface {
	URL(endpoint string, pairs ...any) (string, error)
	endpointOf(r *Route) (string, error)
}

// URL builds the URL, in c by the rules of Context.URL, in an App by those of App.URL.
func (l Link) URL(in URLBuilder) (string, error) {
	endpoint := l.endpoint
	if l.route != nil {
		var err error
		if endpoint, err = in.endpointOf(l.route); err != nil {
			return "", err
		}
	}
	return in.URL(endpoint, l.pairs...)
}

// Redirect sends the client there, as Context.Redirect does.
func (l Link) Redirect(c *Context) error {
	u, err := l.URL(c)
	if err != nil {
		return err
	}
	return c.Redirect(u)
}

// Link1 returns the function that makes the Links of a route with one argument, whose
// name is given: a variable of the rule. Its type is checked when the link is made, by
// the compiler, and against the rule at the freeze. The variables of prefixes and
// subdomains may be left to URLDefaults, all others have to be named.
func Link1[A any](r *Route, a string) func(A) Link {
	r.links(argument[A](a))
	return func(v A) Link { return r.Link(a, v) }
}

// Link2 is Link1 for two arguments.
func Link2[A, B any](r *Route, a, b string) func(A, B) Link {
	r.links(argument[A](a), argument[B](b))
	return func(v A, w B) Link { return r.Link(a, v, b, w) }
}

// Link3 is Link1 for three arguments.
func Link3[A, B, C any](r *Route, a, b, c string) func(A, B, C) Link {
	r.links(argument[A](a), argument[B](b), argument[C](c))
	return func(v A, w B, x C) Link { return r.Link(a, v, b, w, c, x) }
}

// Link4 is Link1 for four arguments.
func Link4[A, B, C, D any](r *Route, a, b, c, d string) func(A, B, C, D) Link {
	r.links(argument[A](a), argument[B](b), argument[C](c), argument[D](d))
	return func(v A, w B, x C, y D) Link { return r.Link(a, v, b, w, c, x, d, y) }
}

// A linked is what a function of links was declared to take.
type linked struct {
	arguments []linkArgument
	site      site
}

type linkArgument struct {
	name string
	of   reflect.Type
}

func argument[T any](name string) linkArgument { return linkArgument{name, reflect.TypeFor[T]()} }

func (r *Route) links(arguments ...linkArgument) {
	r.refine("Link")
	r.linked = append(r.linked, linked{arguments, callSite()})
}

// linkable are the targets of each route, once the rules are compiled; sound says that
// they are without mistakes, so that links can be held against them.
func (c *compiler) linkable(sound bool) map[*Route][]*target {
	targets := map[*Route][]*target{}
	for _, rule := range c.rules {
		t := rule.Target.(*target)
		targets[t.route] = append(targets[t.route], t)
		if sound {
			c.checkLinks(rule)
		}
	}
	return targets
}

// checkLinks compares what the links of a rule take with its variables.
func (c *compiler) checkLinks(rule *routing.Rule) {
	t := rule.Target.(*target)
	for _, l := range t.route.linked {
		for _, a := range l.arguments {
			i := slices.IndexFunc(rule.Variables(), func(v routing.Variable) bool { return v.Name == a.name })
			if i < 0 {
				c.mistake(l.site, "link to %q: the rule has no variable %q", rule.Pattern, a.name)
			} else if v := rule.Variables()[i]; !fits(a.of, v.Converter) {
				c.mistake(l.site, "link to %q: <%s:%s> is not built from a %v", rule.Pattern, v.Converter, v.Name, a.of)
			}
		}
		for _, v := range rule.Variables() {
			named := func(a linkArgument) bool { return a.name == v.Name }
			if !slices.ContainsFunc(l.arguments, named) && !t.unit.defaulted(v.Name) {
				c.mistake(l.site, "link to %q: nothing gives <%s:%s> a value", rule.Pattern, v.Converter, v.Name)
			}
		}
	}
}

// defaulted reports whether a variable stands in a prefix or subdomain of the unit,
// and may come from URLDefaults.
func (u *unit) defaulted(name string) bool {
	around := u.prefix + u.subdomain
	if !strings.Contains(around, "<"+name+">") && !strings.Contains(around, ":"+name+">") {
		return false
	}
	return slices.ContainsFunc(u.path, func(s *scope) bool { return len(s.defaults) > 0 })
}

// fits reports whether a converter can build from a type. Those of the application
// take what they take.
func fits(t reflect.Type, converter string) bool {
	if t.Kind() == reflect.Interface {
		return true // what is in it is known when the URL is built
	}
	v := reflect.Zero(t)
	switch converter {
	case "int":
		return v.CanInt() || v.CanUint()
	case "float":
		return v.CanInt() || v.CanUint() || v.CanFloat()
	case "string", "path", "any", "uuid":
		return t.Kind() == reflect.String || t.Implements(textMarshaler) || t.Implements(stringer) ||
			converter != "uuid" && (v.CanInt() || v.CanUint())
	}
	return true
}

var (
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	stringer      = reflect.TypeFor[fmt.Stringer]()
)

// endpointOf names the route's endpoint: of several registrations that nearest to the
// request's blueprint.
func (c *Context) endpointOf(r *Route) (string, error) {
	c.exchange()
	return c.app.endpointOf(r, c.Blueprint())
}

func (a *App) endpointOf(r *Route) (string, error) {
	f := a.live.Load()
	if f == nil {
		return "", errUnfrozen
	}
	return f.endpointOf(r, "")
}

func (f *frozen) endpointOf(r *Route, blueprint string) (string, error) {
	targets := f.targets[r]
	if len(targets) == 0 {
		return "", fmt.Errorf("framework: link to %q, declared at %v, which is no route of %q: its blueprint is not registered there", r.rule.Pattern, r.site, f.app.name)
	}
	best, shared := targets[0], -1
	for _, t := range targets {
		if n := sharedNames(t.unit.name, blueprint); n > shared {
			best, shared = t, n
		}
	}
	return best.endpoint, nil
}

// sharedNames counts the names with which two dotted names begin alike.
func sharedNames(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	n := 0
	for n < min(len(x), len(y)) && x[n] == y[n] {
		n++
	}
	return n
}

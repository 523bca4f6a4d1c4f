package framework

import (
	"fmt"
	"reflect"
	"strings"
)

// The methods of a view, one for each method of HTTP that it serves.
type (
	getter   interface{ Get(*Context) error }
	header   interface{ Head(*Context) error }
	poster   interface{ Post(*Context) error }
	putter   interface{ Put(*Context) error }
	patcher  interface{ Patch(*Context) error }
	deleter  interface{ Delete(*Context) error }
	optioner interface{ Options(*Context) error }
)

// verbs are the names of those methods. The order is that of Route.Methods.
var verbs = []struct {
	method, name string
	of           func(view any) Handler
}{
	{"GET", "Get", func(v any) Handler {
		if g, ok := v.(getter); ok {
			return g.Get
		}
		return nil
	}},
	{"HEAD", "Head", func(v any) Handler {
		if h, ok := v.(header); ok {
			return h.Head
		}
		return nil
	}},
	{"POST", "Post", func(v any) Handler {
		if p, ok := v.(poster); ok {
			return p.Post
		}
		return nil
	}},
	{"PUT", "Put", func(v any) Handler {
		if p, ok := v.(putter); ok {
			return p.Put
		}
		return nil
	}},
	{"PATCH", "Patch", func(v any) Handler {
		if p, ok := v.(patcher); ok {
			return p.Patch
		}
		return nil
	}},
	{"DELETE", "Delete", func(v any) Handler {
		if d, ok := v.(deleter); ok {
			return d.Delete
		}
		return nil
	}},
	{"OPTIONS", "Options", func(v any) Handler {
		if o, ok := v.(optioner); ok {
			return o.Options
		}
		return nil
	}},
}

// View declares a class-based view: a value whose methods Get, Head, Post, Put,
// Patch, Delete and Options serve the methods of HTTP that they are named after,
// each a Handler. HEAD is served by Get where there is no Head. The value is shared
// by all requests; see ViewOf for one of its own for each. The endpoint is the
// type's name.
//
//	app.View("/notes/<int:id>", &NoteView{db})
func (s *scope) View(rule string, view any, decorators ...Decorator) *Route {
	serve := map[string]Handler{}
	for _, verb := range verbs {
		if h := verb.of(view); h != nil {
			serve[verb.method] = h
		}
	}
	return s.view("View", rule, view, decorators, func(c *Context) error {
		return serve[methodOf(c, serve["HEAD"] != nil)](c)
	})
}

// ViewOf is View with a new value for each request, which make returns: its fields
// may hold what belongs to the request.
func (s *scope) ViewOf(rule string, make func() any, decorators ...Decorator) *Route {
	sample := make()
	_, hasHead := sample.(header)
	return s.view("ViewOf", rule, sample, decorators, func(c *Context) error {
		view, method := make(), methodOf(c, hasHead)
		for i := range verbs {
			if verbs[i].method == method {
				return verbs[i].of(view)(c)
			}
		}
		return Abort(405)
	})
}

// methodOf is the method whose handler serves the request.
func methodOf(c *Context, hasHead bool) string {
	if method := c.x.Request.Method; method != "HEAD" || hasHead {
		return method
	}
	return "GET"
}

// view declares the route of a view.
func (s *scope) view(what, rule string, view any, decorators []Decorator, h Handler) *Route {
	var methods []string
	for _, verb := range verbs {
		if verb.of(view) != nil {
			methods = append(methods, verb.method)
		}
	}
	r := s.add(what, rule, methods, h, decorators)
	r.name = viewName(view)
	r.plain, r.code = r.name, 0
	if methods == nil {
		s.mistake(r.site, "%s(%q): %T has no method Get, Post, ... of the form func(*framework.Context) error", what, rule, view)
		r.rule.Methods = []string{"GET"}
	}
	for _, problem := range misfits(view) {
		s.mistake(r.site, "%s(%q): %s", what, rule, problem)
	}
	return r
}

// viewName is the name of a view's type.
func viewName(view any) string {
	t := reflect.TypeOf(view)
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil {
		return ""
	}
	name, _, _ := strings.Cut(t.Name(), "[") // of a generic type, without its arguments
	return name
}

// misfits finds methods that are named like a verb and are no Handler: they would
// silently serve nothing.
func misfits(view any) []string {
	var problems []string
	v := reflect.ValueOf(view)
	for _, verb := range verbs {
		if !v.IsValid() || verb.of(view) != nil {
			continue
		}
		if m := v.MethodByName(verb.name); m.IsValid() {
			problems = append(problems, fmt.Sprintf("method %s of %T is a %v; it serves requests as func(*framework.Context) error", verb.name, view, m.Type()))
		} else if v.Kind() == reflect.Struct && hasPointerMethod(v.Type(), verb.name) {
			problems = append(problems, fmt.Sprintf("method %s of %T has a pointer receiver; pass &%s{...}", verb.name, view, viewName(view)))
		}
	}
	return problems
}

func hasPointerMethod(t reflect.Type, name string) bool {
	_, ok := reflect.PointerTo(t).MethodByName(name)
	return ok
}

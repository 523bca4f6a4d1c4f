package framework

import (
	"fmt"
	"net/url"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/dewar-go/dewar/framework/routing"
)

// URL builds the URL of an endpoint, with arguments as name and value in turns:
//
//	c.URL("note", "id", 7)                    // /notes/7
//	c.URL(".stats", "page", 2)                // of the same blueprint: /admin/stats?page=2
//	c.URL("note", "id", 7, "_anchor", "end")  // /notes/7#end
//
// Arguments that the rule does not know become the query: slices repeat, nil is
// left out. Names with an underscore are instructions: _anchor, _external (true:
// absolute), _scheme (of an absolute URL) and _method (of the rule to choose). The
// URL is relative to the host unless the rule stands under another one.
func (c *Context) URL(endpoint string, pairs ...any) (string, error) {
	r := c.Request()
	if strings.HasPrefix(endpoint, ".") {
		endpoint = join(c.Blueprint(), ".", endpoint[1:])
	}
	values, err := pairsOf(pairs)
	if err == nil {
		values, err = c.defaults(endpoint, values)
	}
	if err != nil {
		return "", fmt.Errorf("framework: URL of %q: %w", endpoint, err)
	}
	return c.app.url(r, false, endpoint, values)
}

// defaults completes values by what URLDefaults gives for the endpoint, that of
// inner blueprints before that of outer ones.
func (c *Context) defaults(endpoint string, values []routing.Value) ([]routing.Value, error) {
	for rule := range c.app.routes.Endpoint(endpoint) {
		for _, s := range slices.Backward(rule.Target.(*target).unit.path) {
			for _, f := range s.defaults {
				given, err := pairsOf(f(c, endpoint))
				if err != nil {
					return nil, fmt.Errorf("URLDefaults: %w", err)
				}
				for _, v := range given {
					known := func(w routing.Value) bool { return w.Name == v.Name }
					if slices.Contains(rule.Names(), v.Name) && !slices.ContainsFunc(values, known) {
						values = append(values, v)
					}
				}
			}
		}
	}
	return values, nil
}

// URL builds a URL outside of a request: absolute unless _external is false, under
// App.ServerName. See Context.URL.
func (a *App) URL(endpoint string, pairs ...any) (string, error) {
	f := a.live.Load()
	if f == nil {
		return "", errUnfrozen
	}
	values, err := pairsOf(pairs)
	if err != nil {
		return "", fmt.Errorf("framework: URL of %q: %w", endpoint, err)
	}
	return f.url(&f.outside, true, endpoint, values)
}

// url reads the instructions among the arguments and builds.
func (f *frozen) url(r *routing.Request, external bool, endpoint string, values []routing.Value) (string, error) {
	o := routing.Options{External: external}
	anchor := ""
	kept := values[:0]
	for _, v := range values {
		ok := true
		switch v.Name {
		case "_anchor":
			anchor, ok = v.Value.(string)
		case "_external":
			o.External, ok = v.Value.(bool)
		case "_scheme":
			o.Scheme, ok = v.Value.(string)
			o.External = true
		case "_method":
			o.Method, ok = v.Value.(string)
		default:
			kept = append(kept, v)
		}
		if !ok {
			return "", fmt.Errorf("framework: URL of %q: %s has the wrong type: %T", endpoint, v.Name, v.Value)
		}
	}
	built, err := f.routes.Build(r, endpoint, kept, o)
	if err != nil || anchor == "" {
		return built, err
	}
	return built + "#" + (&url.URL{Fragment: anchor}).EscapedFragment(), nil
}

// Routes returns the rules of the frozen application in order of declaration, for
// listings; nil before the freeze. Shared read-only.
func (a *App) Routes() []RouteInfo {
	f := a.live.Load()
	if f == nil {
		return nil
	}
	var list []RouteInfo
	for rule := range f.routes.Rules() {
		t := rule.Target.(*target)
		info := RouteInfo{Rule: rule, Endpoint: t.endpoint, Blueprint: t.unit.name, Function: t.route.plain, Source: rule.Source}
		for _, l := range a.layers() {
			info.Middleware = append(info.Middleware, l.name)
		}
		info.Middleware = append(info.Middleware, t.route.decorators...)
		h := t.hooks
		if h.declared != nil {
			h = h.declared
		}
		info.Before, info.After = labels(h.before), labels(h.after)
		if d := t.route.input; d != nil {
			info.Input, info.Output = d.input, d.output
		}
		if t.route.code != 0 {
			info.FunctionSource = t.route.code.String()
		}
		list = append(list, info)
	}
	return list
}

// Router returns the compiled rules of the frozen application, which explain what they
// make of a request; nil before the freeze. Shared read-only.
func (a *App) Router() *routing.Map {
	f := a.live.Load()
	if f == nil {
		return nil
	}
	return f.routes
}

// A RouteInfo describes a rule of an application.
type RouteInfo struct {
	Rule      *routing.Rule // shared read-only
	Endpoint  string        // with the names of its blueprints
	Blueprint string        // dotted; "" for the application's own routes
	Function  string        // name of the handler without its decorators, or of a view's type; "" for a closure
	Source    string        // file:line of the declaration

	FunctionSource string // file:line of the handler; "" where there is none

	// Input and Output are the types of the function that Bind made the handler of; nil
	// where it did not.
	Input, Output reflect.Type

	// What is around the handler, by the names of the functions with their packages, in
	// the order in which it runs: the middleware of App.Use and the route's decorators,
	// the outermost first, and the hooks before and after it.
	Middleware, Before, After []string
}

// labels are the names of functions for listings: limit.New for a closure that New
// made, limit.Check for a method of any type.
func labels[F any](functions []F) []string {
	var list []string
	for _, f := range functions {
		name := outOfLine(runtime.FuncForPC(reflect.ValueOf(f).Pointer()))
		parts := strings.Split(strings.TrimSuffix(name, "-fm"), ".")
		for len(parts) > 2 && anonymous(parts[len(parts)-1]) {
			parts = parts[:len(parts)-1]
		}
		list = append(list, parts[0]+"."+parts[len(parts)-1])
	}
	return list
}

package framework

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/middleware/csrf"
)

// TemplateGlobals returns Flask's functions for templates, for the globals of an
// environment that is made without App.Templates:
//
//	url_for("note", id=7, _anchor="end")
//	get_flashed_messages(with_categories=true, category_filter=["error"])
//	csrf_token(), which is App.CSRFToken
func TemplateGlobals() map[string]any {
	return map[string]any{"url_for": urlFor, "get_flashed_messages": flashedMessages, "csrf_token": csrfToken}
}

// TemplateVariables returns Flask's variables for templates. Each is made when a
// template uses it, and costs nothing where none does:
//
//   - request: method, path, full_path, url, base_url, url_root, host, host_url,
//     scheme, is_secure, query_string, remote_addr, endpoint, blueprint, view_args,
//     args, form, cookies and headers
//   - session: what is in it, by name
//   - g: the values of Keys, by the names that NewKey was given
//   - config: App.Config
func TemplateVariables() map[string]func(context.Context) any {
	return map[string]func(context.Context) any{
		"request": variable(func(c *Context) any { return requestView{c} }),
		"session": variable(func(c *Context) any { return sessionView(c) }),
		"g":       variable(func(c *Context) any { return keysView(c) }),
		"config":  variable(func(c *Context) any { return c.app.app.Config }),
	}
}

// variable is nil outside of a request.
func variable(of func(c *Context) any) func(context.Context) any {
	return func(ctx context.Context) any {
		c, ok := FromContext(ctx)
		if !ok {
			return nil
		}
		return of(c)
	}
}

var errNoCSRF = errors.New("framework: csrf_token needs App.CSRFToken, or middleware csrf in App.Use")

func csrfToken(ctx context.Context) (string, error) {
	c, ok := FromContext(ctx)
	switch {
	case !ok:
		return "", errNoContext
	case c.app.app.CSRFToken != nil:
		return c.app.app.CSRFToken(c)
	}
	token, err := csrf.Token(c)
	if err != nil {
		return "", errNoCSRF
	}
	return token, nil
}

// sessionView is a copy, as templates do not change the session.
func sessionView(c *Context) map[string]any {
	s := c.Session()
	view := make(map[string]any, s.Len())
	for _, key := range s.Keys() {
		view[key] = s.Get(key)
	}
	return view
}

// keysView gives the values of Keys by name; where two Keys have one name, that of
// the one set last.
func keysView(c *Context) map[string]any {
	entries := c.entries()
	view := make(map[string]any, len(entries))
	for _, e := range entries {
		if k, ok := e.key.(interface{ label() string }); ok {
			view[k.label()] = e.value
		}
	}
	return view
}

// A requestView is the variable request. Package templates asks it for what it is
// asked for, by the name in the template.
type requestView struct{ c *Context }

// String is what a template prints for request, as in Werkzeug.
func (v requestView) String() string {
	r := v.c.Request()
	return "<Request '" + r.URL() + "' [" + r.Method + "]>"
}

// Attribute returns what Flask's request has under that name.
func (v requestView) Attribute(name string) (any, bool) {
	c, r := v.c, v.c.Request()
	switch name {
	case "method":
		return r.Method, true
	case "path":
		return unescape(r.Path), true
	case "full_path":
		return unescape(r.Path) + "?" + r.Query, true
	case "query_string":
		return r.Query, true
	case "url":
		return r.URL(), true
	case "base_url":
		return r.BaseURL(), true
	case "url_root", "root_url":
		return r.RootURL(), true
	case "host_url":
		return r.HostURL(), true
	case "host":
		return r.Host, true
	case "scheme":
		return r.Scheme, true
	case "is_secure":
		return r.Scheme == "https", true
	case "remote_addr":
		return remoteHost(r), true
	case "endpoint":
		return c.Endpoint(), true
	case "blueprint":
		return c.Blueprint(), true
	case "view_args":
		return c.argsView(), true
	case "args":
		return pairsView{c.Query()}, true
	case "form":
		return pairsView{c.Form()}, true
	case "cookies":
		return pairsView{c.Cookies()}, true
	case "headers":
		return headersView{c}, true
	}
	return nil, false
}

// remoteHost is the client's address without its port; "" where it has none.
func remoteHost(r *gateway.Request) string {
	if r.Remote == nil {
		return ""
	}
	host, _, err := net.SplitHostPort(r.Remote.String())
	if err != nil { // of a unix socket
		return ""
	}
	return host
}

func (c *Context) argsView() map[string]any {
	view := map[string]any{}
	for _, p := range c.match.Params {
		view[p.Name] = c.Arg(p.Name)
	}
	return view
}

// A pairsView is request.args, request.form or request.cookies: request.args.page,
// request.args.get("page", 1), request.args.getlist("tag"); for and in see the names.
type pairsView struct{ values Values }

// Attribute returns the first value of that name.
func (v pairsView) Attribute(name string) (any, bool) {
	s, ok := v.values.Lookup(name)
	if ok {
		return s, true
	}
	return nil, false
}

// Keys returns the names, each once, in the order in which they came.
func (v pairsView) Keys() []string {
	var names []string
	seen := map[string]bool{}
	for _, p := range v.values {
		if !seen[p.Name] {
			seen[p.Name], names = true, append(names, p.Name)
		}
	}
	return names
}

// Get returns the first value of that name, otherwise or nothing.
func (v pairsView) Get(name string, otherwise ...any) any {
	if s, ok := v.values.Lookup(name); ok {
		return s
	}
	if len(otherwise) > 0 {
		return otherwise[0]
	}
	return nil
}

// Getlist returns all values of that name.
func (v pairsView) Getlist(name string) []string {
	list := []string{}
	for s := range v.values.All(name) {
		list = append(list, s)
	}
	return list
}

// A headersView is request.headers: request.headers["User-Agent"].
type headersView struct{ c *Context }

// Attribute returns the field of that name; user_agent is User-Agent as well.
func (v headersView) Attribute(name string) (any, bool) {
	if s, ok := v.c.Request().Header.Lookup(strings.ReplaceAll(name, "_", "-")); ok {
		return s, true
	}
	return nil, false
}

// Keys returns the names of the fields, each once, as they came.
func (v headersView) Keys() []string {
	var names []string
	for _, f := range v.c.Request().Header {
		if !slices.ContainsFunc(names, func(known string) bool { return strings.EqualFold(known, f.Name) }) {
			names = append(names, f.Name)
		}
	}
	return names
}

// Get returns the field of that name, otherwise or nothing.
func (v headersView) Get(name string, otherwise ...any) any {
	if s, ok := v.Attribute(name); ok {
		return s
	}
	if len(otherwise) > 0 {
		return otherwise[0]
	}
	return nil
}

package routing

import (
	"errors"
	"fmt"
	"iter"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// Options of Build.
type Options struct {
	Method      string // prefer rules that take it; "" means GET, then any
	Scheme      string // of an absolute URL; "" means the request's
	External    bool   // build an absolute URL even within the request's host
	DropUnknown bool   // do not add values that the rule does not know as query
}

// ErrNoHost is returned where an absolute URL is asked for and no host is known:
// no request, and no Config.ServerName.
var ErrNoHost = errors.New("routing: an absolute URL needs a request or Config.ServerName")

// Build returns the URL of an endpoint: escaped, below r.Root, and relative to the
// request's host unless the rule stands under another host. Of the endpoint's
// rules it takes the first one for which all arguments are there and no default
// is contradicted, those with more arguments first. Values that the rule does not
// know become the query: slices repeat, nil is left out.
//
// The error is a *BuildError, or a *ValueError where a converter refuses a value.
func (m *Map) Build(r *Request, endpoint string, values []Value, o Options) (string, error) {
	values = present(values)
	method := o.Method
	if method == "" {
		method = "GET"
	}
	b, err := m.choose(r, endpoint, values, method, o)
	if b == nil && err == nil && o.Method == "" {
		b, err = m.choose(r, endpoint, values, "", o)
	}
	if err != nil {
		return "", err
	}
	if b == nil {
		return "", m.buildError(endpoint, values, o.Method)
	}
	return m.assemble(r, b, o)
}

// A built is a rule's URL in parts.
type built struct {
	rule   *Rule
	domain string
	path   string // with the query
}

// choose builds with the first rule that suits, nil where there is none. With
// host matching a rule of the request's own host goes before.
func (m *Map) choose(r *Request, endpoint string, values []Value, method string, o Options) (*built, error) {
	var first *built
	for _, rule := range m.byEndpoint[endpoint] {
		if !rule.suits(values, method) {
			continue
		}
		b, err := rule.build(values, m.config.SortParameters, o.DropUnknown)
		if err != nil {
			return nil, err
		}
		if !m.config.HostMatching || b.domain == m.domain(r) {
			return b, nil
		}
		if first == nil {
			first = b
		}
	}
	return first, nil
}

// assemble puts scheme, host and root before a built path.
func (m *Map) assemble(r *Request, b *built, o Options) (string, error) {
	path := r.Root + "/" + strings.TrimLeft(b.path, "/")
	if !o.External && !b.rule.WebSocket && b.domain == m.domain(r) {
		return path, nil
	}
	host := m.authority(r, b.domain)
	if host == "" {
		return "", fmt.Errorf("%w (endpoint %q)", ErrNoHost, b.rule.Endpoint)
	}
	scheme := o.Scheme
	if scheme == "" {
		scheme = r.Scheme
	}
	if scheme == "" {
		scheme = "http"
	}
	if secure := scheme == "https" || scheme == "wss"; b.rule.WebSocket {
		scheme = choice(secure, "wss", "ws")
	} else if scheme == "ws" || scheme == "wss" {
		scheme = choice(secure, "https", "http")
	}
	return scheme + "://" + trimPort(scheme, host) + path, nil
}

func choice(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// present leaves out nil values.
func present(values []Value) []Value {
	absent := func(v Value) bool { return isNil(v.Value) }
	if !slices.ContainsFunc(values, absent) {
		return values
	}
	return slices.DeleteFunc(slices.Clone(values), absent)
}

func isNil(value any) bool {
	v := reflect.ValueOf(value)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// suits reports whether the rule can be built from the values: none is missing,
// and none differs from a default.
func (r *Rule) suits(values []Value, method string) bool {
	if method != "" && !r.allows(method) {
		return false
	}
	for _, name := range r.names {
		if _, ok := lookup(values, name); !ok {
			return false
		}
	}
	for _, d := range r.Defaults {
		if v, ok := lookup(values, d.Name); ok && !same(v, d.Value) {
			return false
		}
	}
	return true
}

// lookup returns the last value of that name.
func lookup(values []Value, name string) (any, bool) {
	for i := len(values) - 1; i >= 0; i-- {
		if values[i].Name == name {
			return values[i].Value, true
		}
	}
	return nil, false
}

// same compares a value with a default: numbers by value, whatever their type.
func same(a, b any) bool {
	if isNumber(a) && isNumber(b) {
		x, errX := floatOf(a)
		y, errY := floatOf(b)
		return errX == nil && errY == nil && x == y
	}
	return reflect.DeepEqual(a, b)
}

func isNumber(value any) bool {
	v := reflect.ValueOf(value)
	return v.CanInt() || v.CanUint() || v.CanFloat()
}

// build writes host, path and query of the rule.
func (r *Rule) build(values []Value, sorted, dropUnknown bool) (*built, error) {
	domain, err := r.write(&r.host, values, func(s string) string { return s })
	if err != nil {
		return nil, err
	}
	path, err := r.write(&r.path, values, escape)
	if err != nil {
		return nil, err
	}
	if !dropUnknown {
		path += r.queryOf(values, sorted)
	}
	return &built{rule: r, domain: domain, path: path}, nil
}

func (r *Rule) write(p *pattern, values []Value, escape func(string) string) (string, error) {
	var b strings.Builder
	for i := range p.pieces {
		piece := &p.pieces[i]
		if piece.name == "" {
			b.WriteString(escape(piece.literal))
			continue
		}
		value, _ := lookup(values, piece.name)
		text, err := piece.conv.build(value)
		if err == nil && p == &r.host && !inHost(text, r.Host != "") {
			err = fmt.Errorf("%q cannot stand in the name of a host", text)
		}
		if err != nil {
			return "", &ValueError{Endpoint: r.Endpoint, Rule: r, Name: piece.name, Value: value, Err: err}
		}
		b.WriteString(escape(text))
	}
	return b.String(), nil
}

// queryOf encodes the values that the rule does not know, as a form does, with
// their question mark.
func (r *Rule) queryOf(values []Value, sorted bool) string {
	if sorted {
		values = slices.Clone(values)
		slices.SortStableFunc(values, func(a, b Value) int { return strings.Compare(a.Name, b.Name) })
	}
	var b strings.Builder
	for _, v := range values {
		if _, known := slices.BinarySearch(r.args, v.Name); known {
			continue
		}
		for text := range elements(v.Value) {
			b.WriteString(choice(b.Len() == 0, "?", "&"))
			b.WriteString(url.QueryEscape(v.Name) + "=" + url.QueryEscape(text))
		}
	}
	return b.String()
}

// elements yields the texts of a slice's elements, or of the value itself.
func elements(value any) iter.Seq[string] {
	return func(yield func(string) bool) {
		v := reflect.ValueOf(value)
		_, isBytes := value.([]byte)
		if kind := v.Kind(); isBytes || kind != reflect.Slice && kind != reflect.Array || hasText(value) {
			yield(textOf(value))
			return
		}
		for i := range v.Len() {
			if e := v.Index(i).Interface(); !isNil(e) && !yield(textOf(e)) {
				return
			}
		}
	}
}

// canonical returns where a match is redirected to: to the rule that an alias
// stands for, or to an earlier rule whose defaults say the same. "" means nowhere.
func (m *Map) canonical(r *Request, rule *Rule, params []Param) string {
	values := valuesOf(params)
	for _, other := range rule.better {
		if !other.suits(values, r.Method) {
			continue
		}
		if b, err := other.build(values, false, true); err == nil {
			if url, err := m.assemble(r, b, Options{}); err == nil {
				return url + query(r)
			}
		}
	}
	return ""
}

// prefer sets the rules that canonical tries: those that are built before it, and
// of these, unless it is an alias, those that have the same arguments, some of
// them as defaults.
func (m *Map) prefer(rule *Rule) {
	if m.config.KeepDefaults {
		return
	}
	for _, other := range m.byEndpoint[rule.Endpoint] {
		if other == rule {
			return
		}
		defaults := !other.BuildOnly && len(other.Defaults) > 0 && slices.Equal(other.args, rule.args)
		if !other.Alias && (rule.Alias || defaults) {
			rule.better = append(rule.better, other)
		}
	}
}

func valuesOf(params []Param) []Value {
	values := make([]Value, len(params))
	for i := range params {
		values[i] = Value{params[i].Name, params[i].Value()}
	}
	return values
}

package routing

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Config holds what is common to the rules of a Map. The zero value is Werkzeug's
// default: strict slashes, slashes merged, redirects to defaults, no hosts.
type Config struct {
	LooseSlashes bool // /a and /a/ are the same for rules that do not say otherwise
	KeepSlashes  bool // /a//b is not /a/b for rules that do not say otherwise
	KeepDefaults bool // do not redirect /all/page/1 to /all/ where that has page=1 as default

	// HostMatching matches the rules' Host instead of their Subdomain.
	HostMatching bool
	// ServerName is the host under which subdomains stand, with its port where
	// that is not the scheme's own. It is needed for URLs outside a request.
	ServerName string
	// DefaultSubdomain is that of rules and requests without one of their own: a
	// request for another host than ServerName's has it as well.
	DefaultSubdomain string

	SortParameters bool // order the query of built URLs by name
	Converters     map[string]ConverterFunc
}

// A Map is a set of rules, compiled.
type Map struct {
	config     Config
	rules      []*Rule
	byEndpoint map[string][]*Rule // in the order in which building tries them
	root       *node
	sole       *node // the only domain; nil: hosts are looked at
	sockets    bool  // there are rules for WebSocket
}

// New compiles the rules. It reports all mistakes at once, each with the Source of
// its rule: errors of the language, and rules that can answer the same request.
func New(c Config, rules ...*Rule) (*Map, error) {
	m := &Map{config: c, rules: rules, byEndpoint: map[string][]*Rule{}, root: &node{}}
	var errs []error
	for i, r := range rules {
		r.order = i
		if err := m.compile(r); err != nil {
			errs = append(errs, located(r, err))
			continue
		}
		m.byEndpoint[r.Endpoint] = append(m.byEndpoint[r.Endpoint], r)
		if r.BuildOnly {
			continue
		}
		m.sockets = m.sockets || r.WebSocket
		end := m.root.insert(r)
		for _, other := range end.rules[:len(end.rules)-1] {
			if err := conflict(other, r); err != nil {
				errs = append(errs, located(r, err))
			}
		}
	}
	m.root.sort()
	if !c.HostMatching && c.ServerName == "" && len(m.root.dynamic) == 0 {
		m.sole = m.root.static.find(c.DefaultSubdomain)
	}
	for _, rules := range m.byEndpoint {
		slices.SortStableFunc(rules, buildOrder)
		for _, r := range rules {
			m.prefer(r)
			r.special = r.fixed != nil || r.better != nil || r.RedirectTo != "" || r.RedirectFunc != nil
		}
	}
	return m, errors.Join(errs...)
}

// Rules yields the rules in order of registration.
func (m *Map) Rules() iter.Seq[*Rule] { return slices.Values(m.rules) }

// Endpoint yields the rules of an endpoint.
func (m *Map) Endpoint(name string) iter.Seq[*Rule] { return slices.Values(m.byEndpoint[name]) }

func located(r *Rule, err error) error {
	if r.Source == "" {
		return fmt.Errorf("routing: %w", err)
	}
	return fmt.Errorf("%s: routing: %w", r.Source, err)
}

// compile fills the unexported fields of a rule.
func (m *Map) compile(r *Rule) error {
	r.strict = r.StrictSlashes.or(!m.config.LooseSlashes)
	r.merge = r.MergeSlashes.or(!m.config.KeepSlashes)
	r.methods = methodSet(r.Methods)
	r.common = methodBits(r.methods)
	host := r.Host
	if !m.config.HostMatching {
		if r.Host != "" {
			return fmt.Errorf("rule %q has a Host, but HostMatching is off", r.Pattern)
		}
		host = cmp.Or(r.Subdomain, m.config.DefaultSubdomain)
	} else if r.Subdomain != "" {
		return fmt.Errorf("rule %q has a Subdomain, but HostMatching is on", r.Pattern)
	}
	var hostErr, pathErr error
	r.host, hostErr = compileHost(host, m.config.Converters)
	r.path, pathErr = compilePath(r.Pattern, m.config.Converters, r.merge)
	if err := errors.Join(hostErr, pathErr, m.checkMethods(r)); err != nil {
		return err
	}
	r.names = append(r.host.names(), r.path.names()...)
	r.args = slices.Clone(r.names)
	r.fixed, r.better = nil, nil
	for _, d := range r.Defaults {
		r.args = append(r.args, d.Name)
		p := Param{Name: d.Name, Text: textOf(d.Value)}
		p.setAny(d.Value)
		r.fixed = append(r.fixed, p)
	}
	slices.Sort(r.args)
	if twice := len(r.args) - len(slices.Compact(slices.Clone(r.args))); twice > 0 {
		return fmt.Errorf("rule %q has an argument twice, in host, path or defaults: %s", r.Pattern, strings.Join(r.args, ", "))
	}
	return r.checkRedirect()
}

func (m *Map) checkMethods(r *Rule) error {
	if r.WebSocket {
		for _, method := range r.methods {
			if method != "GET" && method != "HEAD" && method != "OPTIONS" {
				return fmt.Errorf("rule %q is for WebSocket, which begins with GET, and not with %s (RFC 6455 §4.1)", r.Pattern, method)
			}
		}
	}
	for _, method := range r.Methods {
		if method == "" || strings.ToUpper(method) != method {
			return fmt.Errorf("rule %q has method %q; methods are upper case", r.Pattern, method)
		}
	}
	return nil
}

// conflict returns an error where both rules answer the same request. They end at
// one node, so that only their methods can keep them apart.
func conflict(first, second *Rule) error {
	if first.WebSocket != second.WebSocket {
		return nil
	}
	methods := "every method"
	switch {
	case first.methods != nil && second.methods != nil:
		var both []string
		for _, method := range first.methods {
			if second.allows(method) {
				both = append(both, method)
			}
		}
		if both == nil {
			return nil
		}
		methods = strings.Join(both, ", ")
	case first.methods != nil:
		methods = strings.Join(first.methods, ", ")
	case second.methods != nil:
		methods = strings.Join(second.methods, ", ")
	}
	return fmt.Errorf("rule %q is a duplicate of %q at %s: both match %s for %s",
		second.Pattern, first.Pattern, cmp.Or(first.Source, "an earlier place"), first.host.sample()+first.path.sample(), methods)
}

// buildOrder puts the rules first that take the most arguments, as Werkzeug does.
func buildOrder(a, b *Rule) int {
	alias := 0
	if a.Alias != b.Alias {
		alias = 1
		if b.Alias {
			alias = -1
		}
	}
	return cmp.Or(alias, cmp.Compare(len(b.args), len(a.args)), cmp.Compare(len(b.Defaults), len(a.Defaults)), cmp.Compare(a.order, b.order))
}

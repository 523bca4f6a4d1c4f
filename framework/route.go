package framework

import (
	"strings"

	"github.com/dewar-go/dewar/framework/routing"
)

// A Route is a rule with its handler, as it was declared. Its methods refine it
// and return it, so that they chain: app.Get(...).Name("note").
type Route struct {
	scope      *scope
	rule       routing.Rule // Pattern, Methods and switches; host and endpoint are completed at the freeze
	handler    Handler      // decorated; nil until a decorator of App.Route was applied
	decorators []string     // their names, for listings
	missing    string       // the mistake, where handler is nil at the freeze
	name       string       // given or the function's; "": the rule's pattern stands in
	plain      string       // name of the function without its decorators, for listings
	code       site         // of that function
	site       site
	linked     []linked     // what functions of its links take
	input      *declaration // what Bind noted of the handler; nil: it binds nothing
}

// Name sets the endpoint, the name for building URLs. Without it the endpoint is
// the name of the handler function; that of a closure is its rule. A blueprint's
// name and a dot are put before it.
func (r *Route) Name(endpoint string) *Route {
	r.refine("Name")
	if strings.Contains(endpoint, ".") {
		r.scope.mistake(r.site, "endpoint %q has a dot, which separates the names of blueprints", endpoint)
	}
	r.name = endpoint
	return r
}

// Defaults gives arguments that the rule does not hold, as name and value in
// turns: Defaults("page", 1).
func (r *Route) Defaults(pairs ...any) *Route {
	r.refine("Defaults")
	values, err := pairsOf(pairs)
	if err != nil {
		r.scope.mistake(r.site, "Defaults: %v", err)
	}
	r.rule.Defaults = append(r.rule.Defaults, values...)
	return r
}

// Host sets the host pattern that the rule stands under; App.HostMatching must be
// on.
func (r *Route) Host(pattern string) *Route {
	r.refine("Host")
	r.rule.Host = pattern
	return r
}

// Subdomain sets the subdomain pattern below App.ServerName.
func (r *Route) Subdomain(pattern string) *Route {
	r.refine("Subdomain")
	r.rule.Subdomain = pattern
	return r
}

// StrictSlashes overrides App.LooseSlashes: off, /a and /a/ are the same.
func (r *Route) StrictSlashes(on bool) *Route {
	r.refine("StrictSlashes")
	r.rule.StrictSlashes = option(on)
	return r
}

// MergeSlashes overrides App.KeepSlashes: off, /a//b is not /a/b.
func (r *Route) MergeSlashes(on bool) *Route {
	r.refine("MergeSlashes")
	r.rule.MergeSlashes = option(on)
	return r
}

// Alias marks the rule as another address of its endpoint: it redirects to the
// endpoint's first rule.
func (r *Route) Alias() *Route {
	r.refine("Alias")
	r.rule.Alias = true
	return r
}

// BuildOnly makes the rule build URLs and match nothing, as for files that a
// server in front of the application delivers. Its handler may be nil.
func (r *Route) BuildOnly() *Route {
	r.refine("BuildOnly")
	r.rule.BuildOnly = true
	return r
}

// WebSocket makes the rule match only requests for an upgrade to WebSocket, and
// lets it build ws and wss URLs.
func (r *Route) WebSocket() *Route {
	r.refine("WebSocket")
	r.rule.WebSocket = true
	return r
}

// AutomaticOptions switches the automatic answer to OPTIONS for this rule; it is
// on unless App.ManualOptions is set.
func (r *Route) AutomaticOptions(on bool) *Route {
	r.refine("AutomaticOptions")
	r.rule.AutomaticOptions = on
	return r
}

func (r *Route) refine(what string) { r.scope.open("Route." + what) }

func option(on bool) routing.Option {
	if on {
		return routing.On
	}
	return routing.Off
}

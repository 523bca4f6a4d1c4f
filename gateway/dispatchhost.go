package gateway

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// DispatchHosts combines applications under one server by the host that a request is
// for: "example.com" is that name, ".example.com" all below it, of which the longest
// that matches counts; others go to h, which may be nil: 421, so that the client asks
// on another connection (RFC 9110 §15.5.20). Ports do not count, nor a dot at the end
// of a name. A handler may be a Dispatch of its own, by prefix.
//
// The handlers' Lifespans are kept: they start in the order of their names, then h,
// and end in reverse. DispatchHosts panics at what is no host name.
func DispatchHosts(h Handler, hosts map[string]Handler) Handler {
	d := &hostDispatcher{rest: h, exact: map[string]Handler{}}
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		name := strings.ToLower(host)
		if bare := strings.TrimPrefix(name, "."); bare == "" || strings.HasSuffix(bare, ".") || strings.ContainsAny(bare, "/*: ") && bare[0] != '[' {
			panic(fmt.Sprintf("gateway: DispatchHosts: %q is no host name; write example.com, or .example.com for all below it, without a port", host))
		}
		_, twice := d.exact[name]
		if name[0] == '.' {
			twice = slices.ContainsFunc(d.below, func(b hostSuffix) bool { return b.suffix == name })
			d.below = append(d.below, hostSuffix{name, hosts[host]})
		} else {
			d.exact[name] = hosts[host]
		}
		if twice {
			panic(fmt.Sprintf("gateway: DispatchHosts: %q is there twice", name))
		}
		d.layers = append(d.layers, hosts[host])
	}
	slices.SortStableFunc(d.below, func(a, b hostSuffix) int { return cmp.Compare(len(b.suffix), len(a.suffix)) })
	if h != nil {
		d.layers = append(d.layers, h)
	}
	return d
}

type hostDispatcher struct {
	exact  map[string]Handler
	below  []hostSuffix // the longest first
	rest   Handler
	layers []Handler // all of them, in the order of start-up
}

// A hostSuffix is ".example.com" with what serves all names below it.
type hostSuffix struct {
	suffix  string
	handler Handler
}

// Serve looks for the host.
func (d *hostDispatcher) Serve(x *Exchange) error {
	if h := d.match(x.Request.Host); h != nil {
		return h.Serve(x)
	}
	return &StatusError{Status: 421, Reason: "this server does not answer for that host"}
}

func (d *hostDispatcher) match(host string) Handler {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.Contains(host[i:], "]") {
		host = host[:i]
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if h := d.exact[host]; h != nil {
		return h
	}
	for i := range d.below {
		if b := &d.below[i]; len(host) > len(b.suffix) && strings.HasSuffix(host, b.suffix) {
			return b.handler
		}
	}
	return d.rest
}

// Startup and Shutdown are those of all handlers.

func (d *hostDispatcher) Startup(ctx context.Context, s ServerInfo) error {
	return startup(ctx, s, d.layers)
}
func (d *hostDispatcher) Shutdown(ctx context.Context) error { return shutdown(ctx, d.layers) }

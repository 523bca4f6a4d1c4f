package gateway

import (
	"cmp"
	"context"
	"maps"
	"slices"
)

// Dispatch combines applications under one server: a request goes to the mount
// with the longest prefix that matches its path, as with [Mount], else to h; h may
// be nil, which is 404. The mounts' own Lifespans are kept: they start in the
// order of their prefixes, then h, and end in reverse.
//
// Dispatch panics if a prefix is not one for Mount, or if two are the same once
// they are unescaped.
func Dispatch(h Handler, mounts map[string]Handler) Handler {
	d := &dispatcher{rest: h}
	for _, prefix := range slices.Sorted(maps.Keys(mounts)) {
		m := newMount(prefix, mounts[prefix])
		for _, other := range d.mounts {
			if slices.Equal(other.segments, m.segments) {
				panic("gateway: Dispatch: two mounts match the prefix " + prefix)
			}
		}
		d.mounts = append(d.mounts, m)
		d.layers = append(d.layers, m)
	}
	// More segments first: a mount inside another's prefix is the longer one.
	slices.SortStableFunc(d.mounts, func(a, b *mount) int { return cmp.Compare(len(b.segments), len(a.segments)) })
	if h != nil {
		d.layers = append(d.layers, h)
	}
	return d
}

type dispatcher struct {
	mounts []*mount
	rest   Handler
	layers []Handler // all of them, in the order of start-up
}

// Serve looks for the mount. A handful of prefixes is compared one by one: a
// router with thousands of routes is the framework's business.
func (d *dispatcher) Serve(x *Exchange) error {
	for _, m := range d.mounts {
		if n, ok := m.match(x.Request.Path); ok {
			return m.serve(x, n)
		}
	}
	if d.rest == nil {
		return &StatusError{Status: 404}
	}
	return d.rest.Serve(x)
}

// Startup and Shutdown are those of all handlers.

func (d *dispatcher) Startup(ctx context.Context, s ServerInfo) error {
	return startup(ctx, s, d.layers)
}
func (d *dispatcher) Shutdown(ctx context.Context) error { return shutdown(ctx, d.layers) }

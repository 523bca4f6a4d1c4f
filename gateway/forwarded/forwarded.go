package forwarded

import (
	"fmt"

	"github.com/dewar-go/dewar/gateway"
)

// Middleware sets Request.Remote, Scheme, Host and Root to what c's trusted proxies
// say of the client, and Request.Via to what the request said by itself. Put it
// outermost. Root is as it was again when the handler has returned; the others stay,
// for the logs outside. It panics where c.Validate finds mistakes, and does nothing
// where c trusts nobody.
func Middleware(c Config) gateway.Middleware {
	if err := c.Validate(); err != nil {
		panic(err.Error())
	}
	return func(h gateway.Handler) gateway.Handler { return &handler{h, c} }
}

type handler struct {
	gateway.Handler
	config Config
}

// Serve resolves the request and serves it.
func (h *handler) Serve(x *gateway.Exchange) error {
	r := &x.Request
	root := r.Root
	if err := h.config.Resolve(r); err != nil {
		return err
	}
	if r.Root == root {
		return h.Handler.Serve(x)
	}
	defer func() { r.Root = root }() // also after a panic: the contract asks for it
	return h.Handler.Serve(x)
}

// Resolve is what Middleware does to a request. It returns a *gateway.StatusError of
// status 400 for fields that make no sense, and has then changed nothing. It costs one
// allocation where something is replaced, none otherwise. hot path
func (c *Config) Resolve(r *gateway.Request) error {
	if !c.Trusting() || !c.trustsPeer(peer(r.Remote)) {
		return nil
	}
	var f facts
	var err error
	if c.Standard {
		f, err = c.standard(r.Header)
	} else {
		f, err = c.customary(r.Header)
	}
	if err == nil {
		err = f.check()
	}
	if err != nil || f == (facts{}) {
		return err
	}
	f.replace(r)
	return nil
}

// facts are what trusted proxies say; empty where they say nothing.
type facts struct {
	found  bool // the client's address
	client node
	scheme string
	host   string
	port   string
	prefix string
}

// customary reads the X-Forwarded fields.
func (c *Config) customary(h gateway.Header) (f facts, err error) {
	place := 0 // of the client, from the right
	list := fromRight(h, "X-Forwarded-For")
	for element := list.next(); element != ""; element = list.next() {
		place++
		var ok bool
		if f.client, ok = parseNode(element); !ok {
			return f, refusal("X-Forwarded-For names %.40q where an address belongs", element)
		}
		if c.reached(f.client, place) {
			break
		}
	}
	f.found = place > 0
	if err := c.complete(place); err != nil {
		return f, err
	}
	of := count(h, "X-Forwarded-For")
	var values [4]string
	for i, name := range [...]string{"X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix"} {
		if believed := [...]bool{true, c.Host, c.Port, c.Prefix}; believed[i] {
			if values[i], err = pick(h, name, place, of); err != nil {
				return f, err
			}
		}
	}
	f.scheme, f.host, f.port, f.prefix = values[0], values[1], values[2], values[3]
	return f, f.otherSchemes(h)
}

// standard reads Forwarded.
func (c *Config) standard(h gateway.Header) (f facts, err error) {
	var memory [8]element
	list, err := parseStandard(memory[:0], h)
	if err != nil {
		return f, err
	}
	place := 0
	for i := len(list) - 1; i >= 0; i-- {
		place++
		e := &list[i]
		ok := true
		if f.client = (node{text: "unknown"}); e.told {
			f.client, ok = parseNode(e.client)
		}
		if !ok {
			return f, refusal("Forwarded names %.40q where a node belongs", e.client)
		}
		f.scheme, f.host = e.proto, ""
		if c.Host {
			f.host = e.host
		}
		if c.reached(f.client, place) {
			break
		}
	}
	f.found = place > 0
	return f, c.complete(place)
}

// reached reports whether n, which stands in that place from the right, is the client.
func (c *Config) reached(n node, place int) bool {
	if c.Hops > 0 {
		return place == c.Hops
	}
	return !c.trusts(n)
}

// complete checks that all proxies have written. A request without the field is the
// last proxy's own, such as a health check.
func (c *Config) complete(place int) error {
	if c.Hops > 0 && place > 0 && place < c.Hops {
		return refusal("%d proxies have forwarded this request, of %d", place, c.Hops)
	}
	return nil
}

// replace writes f into r.
func (f *facts) replace(r *gateway.Request) {
	m := new(client)
	if r.Via == nil {
		m.via = gateway.Via{Remote: r.Remote, Scheme: r.Scheme, Host: r.Host, Root: r.Root}
		r.Via = &m.via
	}
	if f.found {
		r.Remote = m.netAddr(f.client)
	}
	if f.scheme != "" {
		r.Scheme = f.scheme
	}
	if f.host != "" {
		r.Host = f.host
	}
	if f.port != "" && r.Host != "" {
		r.Host = withPort(r.Host, f.port)
	}
	if f.prefix != "" && len(r.Path) > 0 && r.Path[0] == '/' { // OPTIONS * and CONNECT are below no path
		r.Root = f.prefix + r.Root
	}
}

// refusal is the answer to fields that make no sense. A client behind trusted proxies
// can bring it about for itself only.
func refusal(format string, args ...any) error {
	return &gateway.StatusError{Status: 400, Reason: fmt.Sprintf(format, args...), Section: "RFC 7239 §8.1"}
}

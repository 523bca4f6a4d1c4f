package forwarded

import (
	"errors"
	"fmt"
	"net/netip"
)

// Config says who is trusted and what is believed. The zero value trusts nobody and
// changes nothing.
type Config struct {
	// Proxies are the addresses of proxies that write the fields, shared read-only.
	// Default: none (Gunicorn's forwarded_allow_ips: 127.0.0.1 and ::1, from which
	// any process of the machine can then lie).
	Proxies []netip.Prefix

	// Hops is how many proxies stand in front, for those whose addresses are not
	// known beforehand (Werkzeug's ProxyFix, x_for). The client is then the element
	// with that number from the right, and fewer elements are 400: the request came
	// past a proxy. Without Proxies and Unix every peer counts as the last proxy, so
	// that nobody else may be able to connect. Default 0: Proxies decide.
	Hops int

	// Unix trusts peers on unix sockets: whoever may open the socket file.
	Unix bool

	// Standard believes Forwarded (RFC 7239) instead of the X-Forwarded fields. Never
	// both: a proxy that writes one passes the other on as the client sent it.
	Standard bool

	// Host, Port and Prefix believe X-Forwarded-Host (or Forwarded's host),
	// X-Forwarded-Port and X-Forwarded-Prefix. Each must be written by the proxy, or
	// removed: many pass on what the client sent, so the default is no, as in
	// Werkzeug. The address and the scheme are always believed.
	Host, Port, Prefix bool
}

// Validate lists all that is impossible in c together.
func (c *Config) Validate() error {
	var errs []error
	if c.Hops < 0 {
		errs = append(errs, fmt.Errorf("forwarded: Hops is %d, wants 0 (go by Proxies) or more", c.Hops))
	}
	for _, p := range c.Proxies {
		if !p.IsValid() {
			errs = append(errs, errors.New("forwarded: Proxies holds a prefix that is none: make them with netip.ParsePrefix"))
		}
		if p.Addr().Is4In6() {
			errs = append(errs, fmt.Errorf("forwarded: Proxies holds %v: write the IPv4 prefix, addresses are compared as such", p))
		}
	}
	if c.Standard && (c.Port || c.Prefix) {
		errs = append(errs, errors.New("forwarded: Forwarded has no Port of its own and no Prefix (RFC 7239 §5)"))
	}
	return errors.Join(errs...)
}

// Trusting reports whether c trusts anybody; if not, nothing has to be resolved.
func (c *Config) Trusting() bool { return len(c.Proxies) > 0 || c.Hops > 0 || c.Unix }

// trusts reports whether n is one of the operator's proxies.
func (c *Config) trusts(n node) bool {
	switch n.kind {
	case unixNode:
		return c.Unix
	case addressNode:
		for _, p := range c.Proxies {
			if p.Contains(n.addr) {
				return true
			}
		}
	}
	return false
}

// trustsPeer is trusts for who connected, where a number of hops may stand for names.
func (c *Config) trustsPeer(n node) bool {
	return c.trusts(n) || c.Hops > 0 && len(c.Proxies) == 0 && !c.Unix
}

package debug

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// Permits reports whether a client may see what is inside of the program: it is on this
// machine, it asks for a name of this machine, and no proxy speaks for it.
//
// The name counts because of DNS rebinding: a page of example.com whose address becomes
// 127.0.0.1 reads what this server answers, as one of its own pages, but its browser says
// Host: example.com.
func (c *Config) Permits(r *gateway.Request) bool {
	if !c.Remote && (!loopback(r.Remote) || r.Via != nil && !loopback(r.Via.Remote)) {
		return false
	}
	if !c.Remote && (r.Header.Has("X-Forwarded-For") || r.Header.Has("Forwarded")) {
		return false // somebody on this machine speaks for somebody who may be elsewhere
	}
	return LocalHost(r.Host) || slices.ContainsFunc(c.Hosts, func(name string) bool {
		return gateway.EqualFold(name, withoutPort(r.Host))
	})
}

// LocalHost reports whether the value of a Host field can only mean this machine:
// localhost and names below it (RFC 6761 §6.3), and the loopback addresses.
func LocalHost(host string) bool {
	name := strings.ToLower(strings.TrimSuffix(withoutPort(host), "."))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(name)
	return err == nil && a.Unmap().IsLoopback()
}

func withoutPort(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

// loopback is false for unix sockets: who listens there stands behind a proxy.
func loopback(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}

// ownPage reports whether a request for a debug address comes from the user or from a
// page of this server, and not from another site's.
func ownPage(r *gateway.Request) bool {
	switch r.Header.Value("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return true
	}
	return false
}

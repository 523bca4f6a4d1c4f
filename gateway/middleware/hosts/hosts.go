// Package hosts answers for named hosts alone. A client chooses the Host field as it
// likes; an application that builds links from it, for mails or behind a cache, then
// sends its users wherever somebody else wants.
//
//	h := gateway.Chain(app, hosts.New("example.com", ".example.org"))
package hosts

import (
	"fmt"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// New returns middleware that answers 400 to requests for other hosts: see Parse for
// how they are written. It panics at one that is none, and where there is none.
func New(allowed ...string) gateway.Middleware {
	list, err := Parse(allowed)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("no host is allowed")
	}
	if err != nil {
		panic("hosts: " + err.Error())
	}
	return func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if !list.Has(x.Request.Host) {
				return errForeign
			}
			return next.Serve(x)
		})
	}
}

var errForeign = &gateway.StatusError{Status: 400, Reason: "this server does not answer for that host", Section: "RFC 9112 §3.2"}

// A List is of hosts, as Parse read it. Shared read-only.
type List []string

// Parse reads hosts: "example.com" is that name, ".example.com" also all below it,
// "[::1]" an address. They have no port: one name stands for all ports of it.
func Parse(hosts []string) (List, error) {
	for _, host := range hosts {
		if name := strings.TrimPrefix(host, "."); name == "" || strings.ContainsAny(name, "/*: ") && !strings.HasPrefix(name, "[") {
			return nil, fmt.Errorf("%q is no host name; write example.com, or .example.com for it and all below it, without a port", host)
		}
	}
	return List(hosts), nil
}

// Has reports whether host, which may have a port, is in the list. The dot that may
// end a name (RFC 3986 §3.2.2) does not make it another. What stands before a name of
// which all below are allowed must be labels itself: evil.example/.example.org leads
// elsewhere. hot path
func (l List) Has(host string) bool {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.Contains(host[i:], "]") {
		host = host[:i]
	}
	host = strings.TrimSuffix(host, ".")
	for _, allowed := range l {
		if allowed[0] != '.' {
			if gateway.EqualFold(host, allowed) {
				return true
			}
			continue
		}
		below := len(host) - len(allowed)
		if gateway.EqualFold(host, allowed[1:]) || below > 0 && gateway.EqualFold(host[below:], allowed) && areLabels(host[:below]) {
			return true
		}
	}
	return false
}

// areLabels reports whether s can be labels of a host name.
func areLabels(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}

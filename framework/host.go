package framework

import (
	"fmt"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// trusts reports whether the application answers for a host: App.TrustedHosts,
// each a name, or a dot and the end of names. Ports do not count.
func (f *frozen) trusts(host string) bool {
	if len(f.app.TrustedHosts) == 0 {
		return true
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.Contains(host[i:], "]") {
		host = host[:i]
	}
	for _, trusted := range f.app.TrustedHosts {
		suffix := len(host) - len(trusted)
		switch {
		case gateway.EqualFold(host, trusted):
			return true
		case strings.HasPrefix(trusted, ".") && suffix > 0 && gateway.EqualFold(host[suffix:], trusted):
			return true
		case strings.HasPrefix(trusted, ".") && gateway.EqualFold(host, trusted[1:]):
			return true
		}
	}
	return false
}

// checkHosts reports patterns that could never match, or would match everything.
func checkHosts(hosts []string) error {
	for _, host := range hosts {
		if name := strings.TrimPrefix(host, "."); name == "" || strings.ContainsAny(name, "/*: ") && !strings.HasPrefix(name, "[") {
			return fmt.Errorf("App.TrustedHosts: %q is no host name; write example.com, or .example.com for it and all below it, without a port", host)
		}
	}
	return nil
}

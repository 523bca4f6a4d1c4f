package framework

import (
	"fmt"

	"github.com/dewar-go/dewar/gateway/middleware/hosts"
)

// trusts reports whether the application answers for a host: App.TrustedHosts, read
// as package hosts reads them.
func (f *frozen) trusts(host string) bool { return len(f.hosts) == 0 || f.hosts.Has(host) }

// trusted compiles App.TrustedHosts.
func (c *compiler) trusted(names []string) hosts.List {
	list, err := hosts.Parse(names)
	if err != nil {
		c.mistakes = append(c.mistakes, fmt.Errorf("App.TrustedHosts: %w", err))
	}
	return list
}

package server

import (
	"crypto/tls"
	"strings"
)

// A keyring finds the certificate for a client.
type keyring struct {
	all    []*tls.Certificate // in the order of configuration
	byName map[string][]*tls.Certificate
}

func newKeyring() *keyring { return &keyring{byName: make(map[string][]*tls.Certificate)} }

func (k *keyring) add(c *tls.Certificate) {
	k.all = append(k.all, c)
	for _, name := range c.Leaf.DNSNames {
		name = strings.ToLower(name)
		k.byName[name] = append(k.byName[name], c)
	}
}

// choose prefers the exact name to a wildcard, which stands for one label (RFC 9525
// §6.3), and that to any certificate; among those the first that the client supports.
func (k *keyring) choose(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	wildcard := name
	if _, domain, ok := strings.Cut(name, "."); ok {
		wildcard = "*." + domain
	}
	for _, list := range [][]*tls.Certificate{k.byName[name], k.byName[wildcard], k.all} {
		for _, c := range list {
			if hello.SupportsCertificate(c) == nil {
				return c, nil
			}
		}
	}
	return k.all[0], nil // crypto/tls or the client says what is wrong with it
}

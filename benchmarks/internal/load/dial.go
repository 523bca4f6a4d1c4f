package load

import (
	"crypto/tls"
	"fmt"
	"net"
)

// dial opens a connection of the plan, with TLS where it says so. protocol is
// what ALPN has to agree on (RFC 7301).
func dial(p Plan, protocol string) (net.Conn, error) {
	if !p.TLS {
		c, err := net.Dial("tcp", p.Address)
		if err != nil {
			return nil, fmt.Errorf("load: %w", err)
		}
		return c, nil
	}
	// The certificate is the suite's own, made for the run: there is nobody to ask.
	c, err := tls.Dial("tcp", p.Address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{protocol}})
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	if got := c.ConnectionState().NegotiatedProtocol; got != protocol && !(got == "" && protocol == "http/1.1") {
		_ = c.Close()
		return nil, fmt.Errorf("load: the server speaks %q, want %s", got, protocol)
	}
	return c, nil
}

// Package proxyproto tells a server who its clients are when a proxy that does not speak
// HTTP stands in front: HAProxy, AWS's network load balancer, nginx's stream module. They
// send the addresses ahead of each connection (PROXY protocol, versions 1 and 2,
// haproxy.org/download/3.2/doc/proxy-protocol.txt).
//
//	proxies := proxyproto.Config{From: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}}
//	s := server.New(server.Config{Addr: ":8000", Wrap: proxies.Wrap})
//
// Its law: whether a header comes is configured, never guessed (§2 of the protocol), or a
// client could write one itself. Peers in Config.From must send it; all others are refused,
// or passed as clients of their own, whose header then is no request. A header is awaited
// in the connection's own goroutine, for a bounded time, so that nobody keeps others from
// being accepted.
//
// The header itself is github.com/pires/go-proxyproto's to understand. The package is a
// module of its own, so that applications without such a proxy do not have it.
package proxyproto

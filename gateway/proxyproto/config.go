package proxyproto

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	protocol "github.com/pires/go-proxyproto"
)

// Config says from whom headers come, and what becomes of everybody else. The zero value
// refuses everybody.
type Config struct {
	// From are the peers that send a header ahead of every connection. A connection
	// without one, or with one that cannot be understood, is closed unanswered.
	From []netip.Prefix

	// Unix counts peers on unix sockets among them.
	Unix bool

	// Pass lets other peers in, as the clients that they are. Default: they are refused.
	Pass bool

	// Version is the only version that is understood, 1 or 2. Default 0: both.
	Version int

	// Timeout bounds the wait for a header. The server's HeaderTimeout, which begins with
	// the connection, holds beside it. Default 5 s: proxies send it at once (HAProxy's
	// tcp-request connection expect-proxy has the client timeout).
	Timeout time.Duration
}

// Wrap is for server.Config.Wrap and server.Listener.Wrap. Connections that it gives have
// the client's address as RemoteAddr and the one that it asked for as LocalAddr, unless
// the proxy speaks for itself (LOCAL, UNKNOWN), such as for its health checks. It panics
// where Version is none.
func (c Config) Wrap(l net.Listener) net.Listener {
	if c.Version < 0 || c.Version > 2 {
		panic(fmt.Sprintf("proxyproto: Version is %d, want 1, 2, or 0 for both", c.Version))
	}
	return listener{&protocol.Listener{
		Listener:          l,
		ConnPolicy:        c.policy,
		ValidateHeader:    c.validate,
		ReadHeaderTimeout: cmp.Or(c.Timeout, 5*time.Second),
	}}
}

// policy decides by the peer.
func (c Config) policy(o protocol.ConnPolicyOptions) (protocol.Policy, error) {
	switch {
	case c.sends(o.Upstream):
		return protocol.REQUIRE, nil
	case c.Pass:
		return protocol.SKIP, nil
	}
	return 0, protocol.ErrInvalidUpstream // closes the connection, and goes on accepting
}

func (c Config) sends(peer net.Addr) bool {
	tcp, ok := peer.(*net.TCPAddr)
	if !ok {
		return c.Unix
	}
	ip := tcp.AddrPort().Addr().Unmap()
	return slices.ContainsFunc(c.From, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// validate refuses what no stream of HTTP can come from.
func (c Config) validate(h *protocol.Header) error {
	if c.Version != 0 && int(h.Version) != c.Version {
		return fmt.Errorf("proxyproto: version %d of the header, want %d", h.Version, c.Version)
	}
	if h.TransportProtocol.IsDatagram() {
		return errors.New("proxyproto: the header tells of datagrams")
	}
	return nil
}

// A listener gives connections that can end their sending side.
type listener struct{ *protocol.Listener }

func (l listener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if c, ok := nc.(*protocol.Conn); ok {
		return conn{c}, err
	}
	return nc, err
}

type conn struct{ *protocol.Conn }

// CloseWrite lets the server end its side and read on, so that its last answer is not lost
// (RFC 9112 §9.6).
func (c conn) CloseWrite() error {
	if half, ok := c.Raw().(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

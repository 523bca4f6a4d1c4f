package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/dewar-go/dewar/gateway/internal/listen"
)

// A Listener is one of several places where a Server listens.
type Listener struct {
	// Addr is as Config.Addr.
	Addr string

	// TLS is as Config.TLS, for this place only. Default: plain HTTP.
	TLS *tls.Config

	// Wrap may replace the bound listener by one around it, such as one that reads a
	// PROXY protocol header from each connection (gateway/proxyproto). Accept must not
	// wait for one client while others are there; RemoteAddr of a connection may, for
	// HeaderTimeout. Connections that are no *net.TCPConn take the plain path.
	Wrap func(net.Listener) net.Listener
}

// listeners are all places where c says to listen.
func (c Config) listeners() []Listener {
	if c.Addr == "" && len(c.Listeners) > 0 {
		return c.Listeners
	}
	return append([]Listener{{Addr: c.Addr, TLS: c.TLS, Wrap: c.Wrap}}, c.Listeners...)
}

// validate lists all that is impossible in l together.
func (l Listener) validate() error {
	var errs []error
	if err := listen.Check(l.Addr); err != nil {
		errs = append(errs, fmt.Errorf("server: %w", err))
	}
	if t := l.TLS; t != nil && len(t.Certificates) == 0 && t.GetCertificate == nil && t.GetConfigForClient == nil {
		errs = append(errs, errors.New("server: TLS has no certificate: set Certificates, GetCertificate or GetConfigForClient"))
	}
	return errors.Join(errs...)
}

// A port is one bound socket of a run, with what holds for its connections.
type port struct {
	net.Listener
	tls    *tls.Config // nil: plain
	scheme string
	slot   chan struct{} // of one connection, whatever other ports are busy with
}

// bind binds all addresses, or none.
func bind(listeners []Listener) (ports []*port, err error) {
	for _, l := range listeners {
		sockets, err := listen.All(l.Addr)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("server: %w", err), closePorts(ports))
		}
		config, scheme := tlsConfig(l.TLS), "http"
		if config != nil {
			scheme = "https"
		}
		for _, s := range sockets {
			if l.Wrap != nil {
				s = l.Wrap(s)
			}
			ports = append(ports, &port{s, config, scheme, nil})
		}
	}
	return ports, nil
}

func closePorts(ports []*port) error {
	var errs []error
	for _, p := range ports {
		if err := p.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// identify waits until the connection knows who is at its other end. One of Listener.Wrap
// may have to read before it does: that wait is bounded as that for a head is, and
// shortened when the server stops.
func (c *conn) identify() {
	if _, plain := c.socket.(*net.TCPConn); !plain {
		c.waitForAddress()
	}
	c.remote, c.local = c.socket.RemoteAddr(), c.socket.LocalAddr()
}

func (c *conn) waitForAddress() {
	c.idle.Store(true)
	defer c.idle.Store(false)
	patience := c.run.config.HeaderTimeout
	if c.run.draining.Load() {
		patience = min(patience, lastCall)
	}
	_ = c.socket.SetReadDeadline(time.Now().Add(patience))
	defer c.socket.SetReadDeadline(time.Time{})
	_ = c.socket.RemoteAddr()
}

package nethttp

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// Config says where a Server listens and how long it waits. The zero value is
// safe to face the internet with. A duration of zero means the default, a
// negative one no limit.
type Config struct {
	// Addr is where to listen: "host:port", ":port" for all interfaces, port 0
	// for any free one, "unix:" and a path, with "|0660" behind it for a mode,
	// "fd://3" or "systemd:name" for one inherited socket. Default 127.0.0.1:8000, as
	// in Gunicorn. A stale socket file is replaced; one that answers is an error.
	Addr string

	// TLS makes the server speak TLS, with HTTP/2 where the client offers
	// it. It needs Certificates, GetCertificate or GetConfigForClient. It is cloned
	// and not changed. Without a MinVersion that is crypto/tls's default, TLS 1.2.
	// Default: plain HTTP.
	TLS *tls.Config

	// UnencryptedHTTP2 lets clients that know beforehand speak HTTP/2 without TLS
	// (RFC 9113 §3.3). Default: HTTP/1 only, unless over TLS.
	UnencryptedHTTP2 bool

	// HeaderTimeout bounds the wait for a whole request head, and for a TLS
	// handshake. Default 10 s (nginx client_header_timeout: 60 s). Too late closes
	// the connection.
	HeaderTimeout time.Duration

	// BodyTimeout bounds each wait for more of a request's body: it rolls, so that
	// a slow upload that moves is not cut. Default 30 s (nginx
	// client_body_timeout: 60 s). Too late is 408.
	BodyTimeout time.Duration

	// WriteTimeout bounds each wait for the client to take more of a response, up
	// to 256 KiB at a time: it rolls, so that streams live for ever. Default 30 s
	// (nginx send_timeout: 60 s).
	WriteTimeout time.Duration

	// IdleTimeout bounds the wait for the next request on a kept connection.
	// Default 75 s, as in nginx (keepalive_timeout); it should exceed that of a
	// load balancer in front, or requests are lost in the race to close.
	IdleTimeout time.Duration

	// Grace bounds the wait for running exchanges when the server stops; then
	// their contexts end, and a second later their connections are cut. Default
	// 30 s, as in Gunicorn (graceful_timeout).
	Grace time.Duration

	// Limits bound the head of a request.
	Limits Limits

	// Streams is how many exchanges one connection of HTTP/2 may have at a time.
	// Default 100, the least that RFC 9113 §6.5.2 recommends.
	Streams int

	// Error is told of every fault: what an Adapter reports, and with r nil what
	// net/http's server has to say, such as a failure to accept. r is borrowed
	// until Error returns. Default: gateway.LogFault.
	// Handshakes that fail and frames that break HTTP/2 are not reported: any client can
	// bring them about.
	Error func(r *gateway.Request, err error)
}

// withDefaults returns c with every zero replaced, and with zero for no limit,
// which is net/http's own word for it.
func (c Config) withDefaults() Config {
	c.Addr = cmp.Or(c.Addr, "127.0.0.1:8000")
	c.HeaderTimeout = timeout(c.HeaderTimeout, 10*time.Second)
	c.BodyTimeout = timeout(c.BodyTimeout, 30*time.Second)
	c.WriteTimeout = timeout(c.WriteTimeout, 30*time.Second)
	c.IdleTimeout = timeout(c.IdleTimeout, 75*time.Second)
	c.Grace = timeout(c.Grace, 30*time.Second)
	c.Limits = c.Limits.withDefaults()
	c.Streams = cmp.Or(c.Streams, 100)
	if c.Error == nil {
		c.Error = gateway.LogFault
	}
	return c
}

func timeout(d, byDefault time.Duration) time.Duration {
	if d < 0 {
		return 0
	}
	return cmp.Or(d, byDefault)
}

// validate lists all that is impossible in c together.
func (c Config) validate() error {
	var errs []error
	for _, limit := range []struct {
		name string
		n    int
	}{
		{"Limits.Line", c.Limits.Line}, {"Limits.Field", c.Limits.Field},
		{"Limits.Fields", c.Limits.Fields}, {"Limits.Header", c.Limits.Header},
		{"Streams", c.Streams},
	} {
		if limit.n < 0 {
			errs = append(errs, fmt.Errorf("nethttp: %s is %d, wants 0 (default) or more", limit.name, limit.n))
		}
	}
	if t := c.TLS; t != nil && len(t.Certificates) == 0 && t.GetCertificate == nil && t.GetConfigForClient == nil {
		errs = append(errs, errors.New("nethttp: TLS has no certificate: Certificates, GetCertificate or GetConfigForClient expected"))
	}
	return errors.Join(errs...)
}

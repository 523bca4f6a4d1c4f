package server

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/http1"
)

// Config says where a Server listens and how long it waits. The zero value is
// safe to face the internet with. A duration of zero means the default, a
// negative one no limit.
type Config struct {
	// Addr is where to listen: "host:port", ":port" for all interfaces, port 0
	// for any free one, or "unix:" and a path. Default 127.0.0.1:8000, as in
	// Gunicorn. A stale socket file is replaced; one that answers is an error.
	Addr string

	// TLS makes the server speak TLS, with HTTP/2 for clients that offer it unless
	// NextProtos says otherwise. It needs Certificates, GetCertificate or
	// GetConfigForClient; it is cloned and not changed. Without a MinVersion that is
	// crypto/tls's default, TLS 1.2. Default: plain HTTP.
	TLS *tls.Config

	// UnencryptedHTTP2 lets clients that know beforehand speak HTTP/2 without TLS
	// (RFC 9113 §3.3), such as a proxy in front. Default: HTTP/1 only, unless over
	// TLS.
	UnencryptedHTTP2 bool

	// HandshakeTimeout bounds the TLS handshake. Default 10 s, as in net/http
	// (Transport.TLSHandshakeTimeout; nginx takes client_header_timeout, 60 s). Too
	// late closes the connection.
	HandshakeTimeout time.Duration

	// HeaderTimeout bounds the wait for a whole request head, from its first byte
	// on, and for the first byte of a new connection. Default 10 s (nginx
	// client_header_timeout: 60 s). Too late is 408.
	HeaderTimeout time.Duration

	// BodyTimeout bounds each wait for more of a request's body: it rolls, so that
	// a slow upload that moves is not cut. Default 30 s (nginx
	// client_body_timeout: 60 s). Too late is 408.
	BodyTimeout time.Duration

	// WriteTimeout bounds each wait for the client to take more of a response: it
	// rolls, so that streams live for ever. Default 30 s (nginx send_timeout: 60 s).
	WriteTimeout time.Duration

	// IdleTimeout bounds the wait for the next request on a kept connection.
	// Default 75 s, as in nginx (keepalive_timeout); it should exceed that of a
	// load balancer in front, or requests are lost in the race to close.
	IdleTimeout time.Duration

	// Grace bounds the wait for running exchanges when the server stops; then
	// their contexts end, and a moment later their connections are cut. Default
	// 30 s, as in Gunicorn (graceful_timeout).
	Grace time.Duration

	// Streams is how many exchanges one connection of HTTP/2 may have at a time.
	// Default 100, the least that RFC 9113 §6.5.2 recommends.
	Streams int

	// MaxConnections is how many connections are open at a time. More wait in the
	// system's queue until one ends; none is refused. Default 32768 (fasthttp
	// Concurrency: 262144; Gunicorn worker_connections: 1000 a worker). A
	// connection that was hijacked still counts until its handler returns.
	MaxConnections int

	// Limits bound what a request may hold: see http1.Limits for the defaults.
	Limits http1.Limits

	// DrainLimit is how many bytes of a body that the handler left unread are
	// read and thrown away so that the connection can be kept; beyond, it is
	// closed. Default 256 KiB, as in net/http.
	DrainLimit int64

	// Plain keeps all connections off the fast path that TCP has on Linux, for
	// comparison and for finding faults. Nothing else changes with it.
	Plain bool

	// Error is told of every fault: a handler's error or panic (a
	// *gateway.PanicError with its stack), an answer that could not be sent whole,
	// a failure to accept. r is borrowed until Error returns, and nil where no
	// request was read. Default: gateway.LogFault.
	// Requests that break the protocol and clients that leave are not faults.
	Error func(r *gateway.Request, err error)
}

// withDefaults returns c with every zero replaced.
func (c Config) withDefaults() Config {
	c.Addr = cmp.Or(c.Addr, "127.0.0.1:8000")
	c.HandshakeTimeout = timeout(c.HandshakeTimeout, 10*time.Second)
	c.HeaderTimeout = timeout(c.HeaderTimeout, 10*time.Second)
	c.BodyTimeout = timeout(c.BodyTimeout, 30*time.Second)
	c.WriteTimeout = timeout(c.WriteTimeout, 30*time.Second)
	c.IdleTimeout = timeout(c.IdleTimeout, 75*time.Second)
	c.Grace = timeout(c.Grace, 30*time.Second)
	c.DrainLimit = cmp.Or(c.DrainLimit, 256<<10)
	c.MaxConnections = cmp.Or(c.MaxConnections, 32<<10)
	if c.Error == nil {
		c.Error = gateway.LogFault
	}
	return c
}

// forever stands for "no limit" once defaults are filled in: far enough that no
// deadline computed from it is ever reached.
const forever = 100 * 365 * 24 * time.Hour

func timeout(d, byDefault time.Duration) time.Duration {
	switch {
	case d == 0:
		return byDefault
	case d < 0:
		return forever
	}
	return d
}

// validate lists all that is impossible in c together.
func (c Config) validate() error {
	var errs []error
	if t := c.TLS; t != nil && len(t.Certificates) == 0 && t.GetCertificate == nil && t.GetConfigForClient == nil {
		errs = append(errs, errors.New("server: TLS has no certificate: set Certificates, GetCertificate or GetConfigForClient"))
	}
	for _, limit := range []struct {
		name string
		n    int64
	}{
		{"DrainLimit", c.DrainLimit}, {"MaxConnections", int64(c.MaxConnections)}, {"Streams", int64(c.Streams)},
		{"Limits.Line", int64(c.Limits.Line)}, {"Limits.Field", int64(c.Limits.Field)},
		{"Limits.Fields", int64(c.Limits.Fields)}, {"Limits.Header", int64(c.Limits.Header)},
		{"Limits.Trailers", int64(c.Limits.Trailers)}, {"Limits.Trailer", int64(c.Limits.Trailer)},
		{"Limits.ChunkLine", int64(c.Limits.ChunkLine)}, {"Limits.Extensions", int64(c.Limits.Extensions)},
	} {
		if limit.n < 0 {
			errs = append(errs, fmt.Errorf("server: %s is %d, wants 0 (default) or more", limit.name, limit.n))
		}
	}
	return errors.Join(errs...)
}

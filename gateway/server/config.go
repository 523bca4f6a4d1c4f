package server

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/accesslog"
	"github.com/dewar-go/dewar/gateway/forwarded"
	"github.com/dewar-go/dewar/gateway/http1"
)

// Config says where a Server listens and how long it waits. The zero value is
// safe to face the internet with. A duration of zero means the default, a
// negative one no limit.
type Config struct {
	// Addr is where to listen. Default 127.0.0.1:8000, as in Gunicorn, unless
	// Listeners says otherwise. It is one of
	//
	//	host:port, [::]:port, :port  TCP; port 0 is any free one
	//	unix:path, unix:path|0660    a socket file, and its mode (default: by the umask)
	//	fd://3                       a listening socket that the process has inherited
	//	systemd:name, systemd:       what systemd passed under a name, or all of it
	//
	// A stale socket file is replaced; one that answers is an error.
	Addr string

	// Listeners are further places to listen, each with TLS of its own; all count
	// together for MaxConnections. Where Addr is empty they are the only ones.
	Listeners []Listener

	// Wrap is Listener.Wrap for Addr.
	Wrap func(net.Listener) net.Listener

	// TLS makes the server speak TLS, with HTTP/2 for clients that offer it unless
	// NextProtos says otherwise. It needs Certificates, GetCertificate or
	// GetConfigForClient; it is cloned and not changed. Without a MinVersion that is
	// crypto/tls's default, TLS 1.2. Default: plain HTTP.
	TLS *tls.Config

	// UnencryptedHTTP2 lets clients that know beforehand speak HTTP/2 without TLS
	// (RFC 9113 §3.3), such as a proxy in front, where UnencryptedHTTP2From allows
	// them. Default: HTTP/1 only, unless over TLS.
	UnencryptedHTTP2 bool

	// UnencryptedHTTP2From are the peers that may. Peers on a unix socket always may.
	// Default: those on this machine, 127.0.0.0/8 and ::1.
	UnencryptedHTTP2From []netip.Prefix

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

	// Lameduck is how long the server goes on as before after it was told to stop,
	// while the application knows (gateway.ServerInfo.Stopping) and probes for
	// readiness fail, so that load balancers send their requests elsewhere before
	// connections are refused. It should exceed the time that they take to notice.
	// Default none (CoreDNS has a lameduck, of 5 s; Kubernetes' users sleep in
	// preStop).
	Lameduck time.Duration

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
	// connection that was hijacked still counts until its handler returns. With
	// several listeners there may be one more for each further one.
	MaxConnections int

	// Limits bound what a request may hold: see http1.Limits for the defaults.
	Limits http1.Limits

	// TrustedProxies says whose word on the client's address, scheme and host counts,
	// for HTTP/1 and HTTP/2 alike. Default: nobody's. See gateway/forwarded.
	TrustedProxies forwarded.Config

	// DrainLimit is how many bytes of a body that the handler left unread are
	// read and thrown away so that the connection can be kept; beyond, it is
	// closed. Default 256 KiB, as in net/http.
	DrainLimit int64

	// MaxInFlight is how many exchanges run at a time; the one after waits, in order. It
	// keeps an overloaded server fast for those that it serves. A hijacked connection
	// counts until its handler returns, and probes for health count like all others.
	// Default: no limit but MaxConnections and Streams
	// (Apache MaxRequestWorkers: 256; Gunicorn: threads a worker).
	MaxInFlight int

	// Queue is how many exchanges wait for MaxInFlight; further ones are answered with
	// 503 and Retry-After. Default: as many as MaxInFlight; negative: none.
	Queue int

	// QueueTimeout bounds their wait; then they are 503, too. Default 1 s: a client
	// that waits longer asks again, which makes it worse.
	QueueTimeout time.Duration

	// MaxRequests is how many requests one connection of HTTP/1 may bring; the last
	// answer says that it is closed. Connections that end now and then spread over the
	// servers behind a load balancer anew. Default: no limit (nginx keepalive_requests:
	// 1000).
	MaxRequests int

	// HandlerTimeout ends an exchange's context, with ErrHandlerTimeout as its cause; a
	// wait for MaxInFlight does not count. A handler that gives up then, by returning an
	// error that wraps context.DeadlineExceeded before its response has started, is
	// answered with 503, which is a fault. One that does not heed its context goes on: see
	// gateway/middleware/timeout for an answer all the same. It costs nothing to
	// exchanges that do not ask for their context. SetHandlerTimeout changes it for one.
	// Default: none.
	HandlerTimeout time.Duration

	// Watchdog tells Error of a handler that has run for so long and still does, once
	// for each request: a *StuckError with the stack of its goroutine, and a Request
	// without its fields. WatchdogCancel then also ends its context, with ErrStuck as
	// cause, where it has asked for one. Default: nobody looks (Gunicorn timeout: 30 s,
	// after which it kills the worker). See watchdog.go for the cost.
	Watchdog       time.Duration
	WatchdogCancel bool

	// Hooks are told of the server's life and of its connections'.
	Hooks Hooks

	// AccessLog gets a line for every exchange, and for every request that was refused
	// before it was one. The server writes out what it gathered when Serve ends; whoever
	// made it closes it. Default: none.
	AccessLog *accesslog.Log

	// Counters counts what the server does; several servers may share one. Default:
	// none, which costs nothing; with them an exchange looks at the clock once more.
	Counters *Counters

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
	if len(c.Listeners) == 0 {
		c.Addr = cmp.Or(c.Addr, "127.0.0.1:8000")
	}
	if len(c.UnencryptedHTTP2From) == 0 {
		c.UnencryptedHTTP2From = sameMachine
	}
	c.HandshakeTimeout = timeout(c.HandshakeTimeout, 10*time.Second)
	c.HeaderTimeout = timeout(c.HeaderTimeout, 10*time.Second)
	c.BodyTimeout = timeout(c.BodyTimeout, 30*time.Second)
	c.WriteTimeout = timeout(c.WriteTimeout, 30*time.Second)
	c.IdleTimeout = timeout(c.IdleTimeout, 75*time.Second)
	c.Grace = timeout(c.Grace, 30*time.Second)
	c.QueueTimeout = timeout(c.QueueTimeout, time.Second)
	c.DrainLimit = cmp.Or(c.DrainLimit, 256<<10)
	c.MaxConnections = cmp.Or(c.MaxConnections, 32<<10)
	if c.Error == nil {
		c.Error = gateway.LogFault
	}
	return c
}

// sameMachine are the loopback addresses (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3).
var sameMachine = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

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
	errs := []error{c.TrustedProxies.Validate()}
	if c.TLS != nil && c.Addr == "" && len(c.Listeners) > 0 {
		errs = append(errs, errors.New("server: TLS is that of Addr, which is empty: set the TLS of Listeners"))
	}
	for _, l := range c.withDefaults().listeners() {
		errs = append(errs, l.validate())
	}
	if c.Lameduck < 0 {
		errs = append(errs, fmt.Errorf("server: Lameduck is %v, wants 0 (none) or more", c.Lameduck))
	}
	for _, limit := range []struct {
		name string
		n    int64
	}{
		{"DrainLimit", c.DrainLimit}, {"MaxConnections", int64(c.MaxConnections)},
		{"MaxInFlight", int64(c.MaxInFlight)}, {"MaxRequests", int64(c.MaxRequests)}, {"Streams", int64(c.Streams)},
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

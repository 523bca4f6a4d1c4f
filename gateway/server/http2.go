package server

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/nethttp"
)

// An http2 serves the connections that negotiated HTTP/2. Their frames are net/http's
// to speak (golang.org/x/net/http2 is deprecated in its favour), their exchanges our
// adapter's. A connection stays under its conn, which counts it, and cuts it when
// the server has waited long enough.
type http2 struct {
	handover
	server *nethttp.Server
	stop   context.CancelCauseFunc
	ended  chan error
}

// startHTTP2 begins to wait for connections; drain ends it.
func startHTTP2(c Config, h gateway.Handler) *http2 {
	ctx, stop := context.WithCancelCause(context.Background())
	s := &http2{
		handover: handover{conns: make(chan net.Conn), closed: make(chan struct{})},
		server: nethttp.New(nethttp.Config{
			HeaderTimeout:    c.HeaderTimeout,
			BodyTimeout:      c.BodyTimeout,
			WriteTimeout:     c.WriteTimeout,
			IdleTimeout:      c.IdleTimeout,
			Grace:            c.Grace,
			Streams:          c.Streams,
			UnencryptedHTTP2: c.UnencryptedHTTP2,
			Limits:           nethttp.Limits{Line: c.Limits.Line, Field: c.Limits.Field, Fields: c.Limits.Fields, Header: c.Limits.Header},
			Error:            c.Error,
		}),
		stop:  stop,
		ended: make(chan error, 1),
	}
	// Ends with stop, when the connections have finished or were cut.
	go func() { s.ended <- s.server.ServeAccepted(ctx, &s.handover, h) }()
	return s
}

// drain asks the connections to end (GOAWAY), and waits for them as the server
// waits for its own. why is the cause of the end.
func (s *http2) drain(why error) error {
	if s == nil {
		return nil
	}
	s.stop(why)
	return <-s.ended
}

// serveHTTP2 hands the connection over and returns when it has ended.
func (c *conn) serveHTTP2(conn net.Conn, socket *watched) {
	if n := c.run.config.Counters; n != nil {
		n.http2.Add(1)
		defer n.http2.Add(-1)
	}
	c.run.http2.serve(conn, socket)
}

// serve hands a connection over and returns when its socket has been closed.
func (s *http2) serve(conn net.Conn, socket *watched) {
	select {
	case s.conns <- conn:
		<-socket.closed
	case <-s.handover.closed:
	}
}

// preface begins every connection of HTTP/2 (RFC 9113 §3.4). Its first line is a
// request that HTTP/1.1 does not have.
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// mayBeginAsHTTP2 reports whether this client may speak HTTP/2 without TLS. A peer
// without an IP address is on this machine.
func (c *conn) mayBeginAsHTTP2() bool {
	if !c.run.config.UnencryptedHTTP2 {
		return false
	}
	tcp, ok := c.socket.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return true
	}
	ip := tcp.AddrPort().Addr().Unmap()
	return slices.ContainsFunc(c.run.config.UnencryptedHTTP2From, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// begunAsHTTP2 reports whether the client speaks HTTP/2 by prior knowledge (RFC 9113
// §3.3), and has served it then. It reads as far as that is open.
func (c *conn) begunAsHTTP2() bool {
	for len(c.in.unread()) < len(preface) {
		if got := string(c.in.unread()); got != preface[:len(got)] {
			return false
		}
		c.setHeadDeadline()
		err := c.in.fill()
		c.tick() // they may be a whole request of HTTP/1
		c.idle.Store(false)
		if err != nil {
			return false // whoever reads next meets the error again
		}
	}
	if string(c.in.unread()[:len(preface)]) != preface {
		return false
	}
	c.in.until(time.Time{})
	socket := &watched{Conn: c.socket, closed: make(chan struct{})}
	c.serveHTTP2(&rewound{Conn: socket, unread: c.in.unread()}, socket)
	return true
}

// A rewound is a connection that gives bytes again that were read from it.
type rewound struct {
	net.Conn
	unread []byte
}

func (r *rewound) Read(p []byte) (int, error) {
	if len(r.unread) == 0 {
		return r.Conn.Read(p)
	}
	n := copy(p, r.unread)
	r.unread = r.unread[n:]
	return n, nil
}

// A handover is a listener whose connections were accepted elsewhere.
type handover struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

// Accept waits for the next connection that is handed over.
func (h *handover) Accept() (net.Conn, error) {
	select {
	case conn := <-h.conns:
		return conn, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (h *handover) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

// Addr is that of no socket.
func (h *handover) Addr() net.Addr { return &net.TCPAddr{} }

// A watched is a socket that tells when it was closed.
type watched struct {
	net.Conn
	once   sync.Once
	closed chan struct{}
}

func (w *watched) Close() error {
	w.once.Do(func() { close(w.closed) })
	return w.Conn.Close()
}

// CloseWrite ends the sending side, where the socket can.
func (w *watched) CloseWrite() error {
	if tcp, ok := w.Conn.(*net.TCPConn); ok {
		return tcp.CloseWrite()
	}
	return net.ErrClosed
}

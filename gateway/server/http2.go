package server

import (
	"context"
	"crypto/tls"
	"net"
	"sync"

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
	stop   context.CancelFunc
	ended  chan error
}

// startHTTP2 begins to wait for connections; drain ends it.
func startHTTP2(c Config, h gateway.Handler) *http2 {
	ctx, stop := context.WithCancel(context.Background())
	s := &http2{
		handover: handover{conns: make(chan net.Conn), closed: make(chan struct{})},
		server: nethttp.New(nethttp.Config{
			HeaderTimeout: c.HeaderTimeout,
			BodyTimeout:   c.BodyTimeout,
			WriteTimeout:  c.WriteTimeout,
			IdleTimeout:   c.IdleTimeout,
			Grace:         c.Grace,
			Streams:       c.Streams,
			Limits:        nethttp.Limits{Line: c.Limits.Line, Field: c.Limits.Field, Fields: c.Limits.Fields, Header: c.Limits.Header},
			Error:         c.Error,
		}),
		stop:  stop,
		ended: make(chan error, 1),
	}
	// Ends with stop, when the connections have finished or were cut.
	go func() { s.ended <- s.server.ServeAccepted(ctx, &s.handover, h) }()
	return s
}

// drain asks the connections to end (GOAWAY), and waits for them as the server
// waits for its own.
func (s *http2) drain() error {
	if s == nil {
		return nil
	}
	s.stop()
	return <-s.ended
}

// serve hands a connection over and returns when it has been closed.
func (s *http2) serve(t *tls.Conn, socket *watched) {
	select {
	case s.conns <- t:
		<-socket.closed
	case <-s.handover.closed:
	}
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

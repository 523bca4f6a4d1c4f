package server

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

// secure makes TLS of the connection. It reports false where the client cannot,
// which any client can bring about, and which is therefore no fault.
func (c *conn) secure(config *tls.Config) bool {
	t := tls.Server(c.nc, config)
	_ = c.nc.SetDeadline(time.Now().Add(c.run.config.HandshakeTimeout))
	if err := t.HandshakeContext(c.run.base); err != nil {
		answerPlain(err)
		return false
	}
	_ = c.nc.SetDeadline(time.Time{})
	state := t.ConnectionState()
	c.tls = &state
	c.nc, c.in.nc, c.out.nc = t, t, t
	return true
}

// answerPlain tells a client that speaks HTTP without TLS what is wrong, as nginx
// and net/http do.
func answerPlain(err error) {
	e, ok := errors.AsType[tls.RecordHeaderError](err)
	if !ok || e.Conn == nil {
		return
	}
	switch string(e.RecordHeader[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "OPTIO", "DELET", "PATCH", "TRACE", "CONNE":
		_, _ = io.WriteString(e.Conn, "HTTP/1.1 400 Bad Request\r\n"+
			"Content-Type: text/plain; charset=utf-8\r\n"+
			"Connection: close\r\n\r\n"+
			"400 this port speaks TLS: use https\n")
		if tcp, ok := e.Conn.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
			_ = tcp.SetReadDeadline(time.Now().Add(lastCall))
			_, _ = io.Copy(io.Discard, io.LimitReader(tcp, lingerBytes))
		}
	}
}

// tlsConfig is the server's own copy of what it was configured with.
func tlsConfig(c *tls.Config) *tls.Config {
	if c == nil {
		return nil
	}
	c = c.Clone()
	if len(c.NextProtos) == 0 {
		c.NextProtos = []string{"http/1.1"}
	}
	return c
}

package server

import (
	"crypto/tls"
	"errors"
	"io"
	"time"
)

// secure makes TLS of the connection. It reports false where there is nothing left
// to do: the client cannot speak it, which any client can bring about and is no
// fault, or it chose HTTP/2 and was served.
func (c *conn) secure(config *tls.Config) bool {
	socket := &watched{Conn: c.socket, closed: make(chan struct{})}
	t := tls.Server(socket, config)
	_ = socket.SetDeadline(time.Now().Add(c.run.config.HandshakeTimeout))
	if err := t.HandshakeContext(c.run.base); err != nil {
		answerPlain(err)
		return false
	}
	_ = socket.SetDeadline(time.Time{})
	state := t.ConnectionState()
	c.tls = &state
	c.nc, c.in.nc, c.out.nc = t, t, t
	if state.NegotiatedProtocol == "h2" {
		c.serveHTTP2(t, socket)
		return false
	}
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
		if w, ok := e.Conn.(*watched); ok && w.CloseWrite() == nil {
			_ = w.SetReadDeadline(time.Now().Add(lastCall))
			_, _ = io.Copy(io.Discard, io.LimitReader(w, lingerBytes))
		}
	}
}

// bothVersions are offered unless the configuration says otherwise.
var bothVersions = []string{"h2", "http/1.1"}

// tlsConfig is the server's own copy of what it was configured with. It offers
// HTTP/2 unless NextProtos says otherwise.
func tlsConfig(c *tls.Config) *tls.Config {
	if c == nil {
		return nil
	}
	c = c.Clone()
	if len(c.NextProtos) == 0 {
		c.NextProtos = bothVersions
	}
	return c
}

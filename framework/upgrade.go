package framework

import (
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// Upgrade answers 101 Switching Protocols and hands over the connection, which the
// caller then owns and closes, with what the client has sent behind its request (owned).
// The answer has the fields that were set so far, the session's cookie, and those of h,
// among them Upgrade with the protocol (RFC 9110 §7.8). It is for those who implement a
// protocol, such as that of WebSockets.
//
// What is changed of the session or of c.Response afterwards goes nowhere; hooks of
// AfterRequest still run, when the handler has returned. The error is gateway.ErrStarted,
// or wraps errors.ErrUnsupported where the exchange has no connection of its own, as in
// HTTP/2; after such an error the handler can still answer.
func (c *Context) Upgrade(h gateway.Header) (conn net.Conn, early []byte, err error) {
	x := c.exchange()
	if x.Started() {
		return nil, nil, gateway.ErrStarted
	}
	fields, session := x.Response.Header.Clone(), c.session
	head, err := c.switching(h)
	if err == nil {
		conn, early, err = x.Hijack()
	}
	if err != nil {
		x.Response.Header, c.session = fields, session // for whatever is answered instead
		return nil, nil, err
	}
	if _, err := conn.Write(head); err != nil {
		_ = conn.Close()
		return nil, nil, fmt.Errorf("%w: %w", gateway.ErrGone, err)
	}
	return conn, early, nil
}

// parkSession keeps the session, and opens it anew: what is changed from then on is
// reported as too late.
func (c *Context) parkSession() error {
	kept, err := c.keepSession()
	if err != nil || kept == nil {
		return err
	}
	s, err := c.app.sessions.Open(c, kept.Value, time.Now())
	c.session = s
	return err
}

// switching is the head of the 101.
func (c *Context) switching(h gateway.Header) ([]byte, error) {
	if c.session != nil {
		if err := c.parkSession(); err != nil {
			return nil, err
		}
	}
	b := []byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n")
	for _, list := range [...]gateway.Header{c.x.Response.Header, h} {
		for _, f := range list {
			if !gateway.ValidName(f.Name) || !gateway.ValidValue(f.Value) {
				return nil, fmt.Errorf("framework: field %q cannot be sent with the value %q (RFC 9110 §5.1, §5.5)", f.Name, f.Value)
			}
			if !framing(f.Name) {
				b = append(append(append(append(b, f.Name...), ": "...), f.Value...), "\r\n"...)
			}
		}
	}
	return append(b, "\r\n"...), nil
}

// framing reports whether a field is none that a 101 may have from the application: it
// has no content, and Connection is here already (RFC 9110 §8.6, RFC 9112 §6.1).
func framing(name string) bool {
	switch strings.ToLower(name) {
	case "connection", "content-length", "transfer-encoding":
		return true
	}
	return false
}

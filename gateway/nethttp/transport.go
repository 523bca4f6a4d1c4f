package nethttp

import (
	"errors"
	"maps"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

var _ gateway.Transport = (*carrier)(nil)

// Read reads the request's body.
func (c *carrier) Read(p []byte) (int, error) { return c.body.read(c, p) }

// Inform sends an interim response. net/http sends whatever the header map holds
// then, so the map holds h for that moment. HTTP/1.0 has none (RFC 9110 §15.2).
func (c *carrier) Inform(status int, h gateway.Header) error {
	if !c.r.ProtoAtLeast(1, 1) {
		return errors.ErrUnsupported
	}
	header := c.w.Header()
	kept := maps.Clone(header)
	clear(header)
	for i := range h {
		header.Add(h[i].Name, h[i].Value)
	}
	c.w.WriteHeader(status)
	clear(header)
	maps.Copy(header, kept)
	return nil
}

// WriteHead gives the head to net/http, which keeps it until content, Flush or the
// end comes.
func (c *carrier) WriteHead(h *gateway.Head) error {
	c.stage, c.left, c.bare = started, h.Length, h.Empty
	if err := c.body.answered(c); err != nil {
		return err
	}
	c.setHeader(h)
	c.w.WriteHeader(h.Status)
	return nil
}

// setHeader fills net/http's header map. hot path: one allocation holds the values
// of all names that come once.
func (c *carrier) setHeader(h *gateway.Head) {
	header := c.w.Header()
	if len(header) > 0 {
		replace(header, h.Header)
	}
	values := make([]string, 0, len(h.Header)+3)
	set := func(name, value string) {
		if old := header[name]; len(old) > 0 {
			header[name] = append(old, value)
			return
		}
		values = append(values, value)
		header[name] = values[len(values)-1 : len(values) : len(values)]
	}
	for i := range h.Header {
		if name := textproto.CanonicalMIMEHeaderKey(h.Header[i].Name); name != "Content-Length" {
			set(name, h.Header[i].Value)
		}
	}
	if h.Length >= 0 && !c.chunked(h) {
		set("Content-Length", strconv.FormatInt(h.Length, 10))
	}
	if len(h.Trailer) > 0 && len(header["Trailer"]) == 0 && !h.Empty {
		set("Trailer", trailerNames(h.Trailer))
	}
	c.announced = len(header["Trailer"]) > 0
	if h.Close || c.refused != nil {
		header["Connection"] = []string{"close"}
	}
	if _, ok := header["Content-Type"]; !ok {
		header["Content-Type"] = nil // net/http would guess one; see http.ResponseWriter
	}
}

// chunked reports whether HTTP/1.1 has to frame content of known length in chunks,
// because fields follow it (RFC 9112 §7.1.2).
func (c *carrier) chunked(h *gateway.Head) bool {
	return len(h.Trailer) > 0 && !h.Empty && c.r.ProtoMajor == 1 && c.r.ProtoMinor > 0
}

// replace removes from header what h sets anew. What middleware of net/http has
// set stays where a field is a list, to which every layer adds its part.
func replace(header http.Header, h gateway.Header) {
	for i := range h {
		switch name := textproto.CanonicalMIMEHeaderKey(h[i].Name); name {
		case "Set-Cookie", "Vary", "Link", "Server-Timing", "Www-Authenticate":
		default:
			delete(header, name)
		}
	}
	delete(header, "Content-Length")
}

func trailerNames(h gateway.Header) string {
	names := make([]string, len(h))
	for i := range h {
		names[i] = h[i].Name
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

// Write sends content. hot path
func (c *carrier) Write(p []byte) (n int, err error) {
	for len(p) > 0 && err == nil {
		part := p[:min(len(p), piece)]
		c.awaitWrite(len(part))
		var k int
		k, err = c.w.Write(part)
		c.wrote(int64(k))
		n, p = n+k, p[k:]
	}
	return n, gone(err)
}

// wrote counts content.
func (c *carrier) wrote(n int64) {
	if c.left > 0 {
		c.left -= n
	}
	c.restWrite()
}

// Flush sends what net/http has gathered. Where a layer between here and the
// server keeps the whole response back, such as http.TimeoutHandler, that is
// errors.ErrUnsupported, and of no account once the response is complete.
func (c *carrier) Flush() error {
	c.armWrite()
	err := http.NewResponseController(c.w).Flush()
	c.held = 0
	c.restWrite()
	if c.bare && c.r.ProtoMajor > 1 {
		return nil // the head has ended the stream, of which net/http complains
	}
	if c.stage == closed && errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return gone(err)
}

// Close leaves the last bytes to net/http, which sends them when ServeHTTP has
// returned, and says nothing if they fail.
func (c *carrier) Close(trailer gateway.Header) error {
	if len(trailer) > 0 && !c.bare && c.r.ProtoAtLeast(1, 1) {
		if err := c.setTrailer(trailer); err != nil {
			return err
		}
	}
	c.stage = closed
	c.armWrite()
	return nil
}

// setTrailer hands the trailer over. Without an announcement net/http chooses
// chunks, which alone can carry it, only if the head is sent before the handler
// ends: hence the flush.
func (c *carrier) setTrailer(trailer gateway.Header) error {
	if !c.announced && c.r.ProtoMajor == 1 {
		if err := c.Flush(); err != nil {
			return err
		}
	}
	header := c.w.Header()
	for i := range trailer {
		delete(header, textproto.CanonicalMIMEHeaderKey(trailer[i].Name)) // the head's, sent long ago
	}
	for i := range trailer {
		name := http.TrailerPrefix + textproto.CanonicalMIMEHeaderKey(trailer[i].Name)
		header[name] = append(header[name], trailer[i].Value)
	}
	return nil
}

// Abort makes ServeHTTP panic with http.ErrAbortHandler. What is gathered goes out
// before: a client that has seen part of an answer does not ask again by itself, as
// it may where the connection ended without a word (RFC 9112 §9.3.1). But the last
// byte of a promised length is kept back, since with it the answer would look
// whole; and so does one whose end is the connection's end, which is reset instead.
func (c *carrier) Abort() {
	began := c.stage == started
	c.stage = aborted
	if !began || c.bare || c.left == 0 {
		return
	}
	_ = c.Flush()
	if c.left < 0 && !c.r.ProtoAtLeast(1, 1) {
		c.cut()
	}
}

// cut resets the connection, for a response that only the connection's end ends.
func (c *carrier) cut() {
	conn, _, err := http.NewResponseController(c.w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// Hijack gives the connection away; HTTP/2 has none to give.
func (c *carrier) Hijack() (net.Conn, []byte, error) {
	conn, both, err := http.NewResponseController(c.w).Hijack()
	if err != nil {
		return nil, nil, err
	}
	c.stage = hijacked
	read := make([]byte, both.Reader.Buffered())
	_, err = both.Reader.Read(read)
	if len(read) > 0 && err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	return conn, read, nil
}

// SetDeadlines replaces the time-outs of a Server, or those of the http.Server.
func (c *carrier) SetDeadlines(read, write time.Time) error {
	c.custom.Store(true)
	control := http.NewResponseController(c.w)
	return errors.Join(control.SetReadDeadline(read), control.SetWriteDeadline(write))
}

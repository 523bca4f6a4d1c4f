package framework

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/dewar-go/dewar/gateway"
)

// The media types of the answering methods.
const (
	textType = "text/plain; charset=utf-8"
	htmlType = "text/html; charset=utf-8"
	jsonType = "application/json"
)

// Status sets the status of the response and returns c, so that it stands before
// the answer: return c.Status(201).JSON(note).
func (c *Context) Status(status int) *Context {
	c.exchange().Response.Status = status
	return c
}

// Answered reports whether there is a response: a status or content, or a start.
// A header alone is none.
func (c *Context) Answered() bool {
	x := c.exchange()
	return x.Response.Status != 0 || x.Response.Body != nil || x.Started()
}

// SetHeader gives a field of the response one value.
func (c *Context) SetHeader(name, value string) { c.exchange().Response.Header.Set(name, value) }

// AddHeader adds a field to the response; others of that name stay.
func (c *Context) AddHeader(name, value string) { c.exchange().Response.Header.Add(name, value) }

// Text answers with plain text. hot path
func (c *Context) Text(s string) error {
	// A response's content is only read, so that the string's bytes can be lent.
	return c.send(textType, unsafe.Slice(unsafe.StringData(s), len(s)))
}

// HTML answers with HTML that is complete and safe: the output of a template, or a
// constant. Use Render for anything that holds values.
func (c *Context) HTML(s string) error {
	return c.send(htmlType, unsafe.Slice(unsafe.StringData(s), len(s)))
}

// Bytes answers with content of that media type. body is borrowed until the
// response was sent, after the handler returned; it is only read.
func (c *Context) Bytes(mediaType string, body []byte) error { return c.send(mediaType, body) }

// JSON answers with v as App.JSON encodes it.
func (c *Context) JSON(v any) error {
	c.exchange()
	body, err := c.app.json.Marshal(v)
	if err != nil {
		return fmt.Errorf("framework: JSON of %T: %w", v, err)
	}
	return c.send(jsonType, body)
}

// NoContent answers 204, or the status that was set, without content.
func (c *Context) NoContent() error {
	x := c.exchange()
	if x.Response.Status == 0 {
		x.Response.Status = 204
	}
	x.Response.Body = nil
	return nil
}

// Redirect sends the client to another URL, with 303 See Other: it asks there with
// GET. Status before it chooses another one of 301, 302, 303, 307 and 308. A URL
// that came from the client must be checked before: it may lead anywhere. What a URL
// cannot hold, such as letters outside of ASCII, is escaped.
func (c *Context) Redirect(url string) error {
	x := c.exchange()
	switch x.Response.Status {
	case 0:
		x.Response.Status = 303
	case 301, 302, 303, 307, 308:
	default:
		return fmt.Errorf("framework: status %d is no redirect, which are 301, 302, 303, 307 and 308 (RFC 9110 §15.4)", x.Response.Status)
	}
	c.SetHeader("Location", escapeURL(url))
	return c.send("", nil)
}

// send makes body the response's content. hot path
func (c *Context) send(mediaType string, body []byte) error {
	x := c.exchange()
	if x.Started() {
		return gateway.ErrStarted
	}
	if x.Response.Status == 0 {
		x.Response.Status = 200
	}
	if mediaType != "" {
		x.Response.Header.Set("Content-Type", mediaType)
	}
	x.Response.Body = body
	return nil
}

// escapeURL escapes what RFC 3986 §2 leaves out: all that is not printable ASCII, and
// what clients read differently. % stays, since the rest is escaped already.
func escapeURL(url string) string {
	bad := func(b byte) bool { return b <= ' ' || b >= 0x7f || strings.IndexByte("\"<>\\^`{|}", b) >= 0 }
	n := 0
	for i := 0; i < len(url); i++ {
		if bad(url[i]) {
			n++
		}
	}
	if n == 0 {
		return url
	}
	b := make([]byte, 0, len(url)+2*n)
	for i := 0; i < len(url); i++ {
		if c := url[i]; bad(c) {
			b = fmt.Appendf(b, "%%%02X", c)
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

func commas(list []string) string { return strings.Join(list, ", ") }

func unescape(s string) string { return gateway.Unescape(s) }

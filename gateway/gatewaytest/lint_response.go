package gatewaytest

import (
	"strconv"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// response checks a response as data, when it starts or when the handler returns,
// whichever comes first.
func (c *check) response(r *gateway.Response) {
	//spec:application A handler that returns nil has answered: it set something in the Response, wrote, or took the connection.
	if c.sent == nil && r.Status == 0 && len(r.Header) == 0 && len(r.Body) == 0 && len(r.Trailer) == 0 && !r.Close {
		c.complain(Application, "the handler returned nil and answered nothing; say so with Status 200 if that is meant")
	}
	//spec:application Status is 200 to 599, or 0, which means 200 (RFC 9110 §15). Interim responses go through Inform, and 101 through Hijack.
	if r.Status != 0 && (r.Status < 200 || r.Status > 599) {
		c.complain(Application, "Status %d is not 200 to 599 (RFC 9110 §15)", r.Status)
	}
	for _, f := range r.Header {
		//spec:application Field names are tokens; values hold visible ASCII, SP, HTAB and bytes from 0x80 on, with no white space at either end (RFC 9110 §5.5). Anything else becomes 500: never a split response.
		c.field(Application, "response", f)
		//spec:application Connection, Keep-Alive, Proxy-Connection, TE and Transfer-Encoding are the server's (RFC 9110 §7.6.1); Response.Close asks for the connection's end.
		if hopByHop(f.Name) {
			c.complain(Application, "field %s belongs to the connection, which is the server's (RFC 9110 §7.6.1)", f.Name)
		}
	}
	c.singletons(r.Header)
	c.obligations(r)
	c.tunnel(r)
	c.etag(r.Header)
	c.notModified(r)
}

func hopByHop(name string) bool {
	for _, own := range [...]string{"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Transfer-Encoding"} {
		if gateway.EqualFold(name, own) {
			return true
		}
	}
	return false
}

// singletons checks fields that are no lists.
func (c *check) singletons(h gateway.Header) {
	//spec:application Fields that are no lists come once: Content-Length, Content-Type, Content-Location, Content-Range, Date, ETag, Expires, Last-Modified, Location, Retry-After (RFC 9110 §5.3).
	for _, name := range [...]string{"Content-Length", "Content-Type", "Content-Location", "Content-Range",
		"Date", "ETag", "Expires", "Last-Modified", "Location", "Retry-After"} {
		n := 0
		for range h.Values(name) {
			n++
		}
		if n > 1 {
			c.complain(Application, "%d fields %s (RFC 9110 §5.3)", n, name)
		}
	}
	//spec:application Content-Length is one decimal number, and the length of the content (RFC 9110 §8.6). Where it is left out, the gateway finds it or streams.
	if v, ok := h.Lookup("Content-Length"); ok {
		if _, err := strconv.ParseUint(v, 10, 63); err != nil {
			c.complain(Application, "Content-Length %.40q is not a decimal number (RFC 9110 §8.6)", v)
		}
	}
}

// obligations checks fields that a status must have.
func (c *check) obligations(r *gateway.Response) {
	//spec:application 401 has WWW-Authenticate, 405 Allow, 407 Proxy-Authenticate and 426 Upgrade (RFC 9110 §15.5).
	field := map[int]string{401: "WWW-Authenticate", 405: "Allow", 407: "Proxy-Authenticate", 426: "Upgrade"}[r.Status]
	if field != "" && !r.Header.Has(field) {
		c.complain(Application, "%d without %s (RFC 9110 §15.5)", r.Status, field)
	}
}

// tunnel checks an answer to CONNECT.
func (c *check) tunnel(r *gateway.Response) {
	//spec:application A 2xx to CONNECT begins a tunnel, which has no content: in HTTP/1 only Hijack can serve it (RFC 9110 §9.3.6).
	if q := &c.x.Request; q.Method == "CONNECT" && q.Proto != "HTTP/2.0" && r.Status < 300 {
		c.complain(Application, "%d to CONNECT without Hijack (RFC 9110 §9.3.6)", r.Status)
	}
}

// etag checks the form of an entity tag.
func (c *check) etag(h gateway.Header) {
	//spec:application An ETag is quoted, with W/ and not w/ before it where it is weak (RFC 9110 §8.8.3).
	tag, ok := h.Lookup("ETag")
	if !ok {
		return
	}
	opaque := strings.TrimPrefix(tag, "W/")
	if len(opaque) < 2 || opaque[0] != '"' || opaque[len(opaque)-1] != '"' || strings.ContainsAny(opaque[1:len(opaque)-1], "\" ") {
		c.complain(Application, `ETag %.40q is not of the form "tag" or W/"tag" (RFC 9110 §8.8.3)`, tag)
	}
}

// notModified checks the header of answers without content.
func (c *check) notModified(r *gateway.Response) {
	//spec:application 304 describes no content: it has no Content-Type, Content-Encoding, Content-Language or Content-Range (RFC 9110 §15.4.5).
	if r.Status == 304 {
		for _, name := range [...]string{"Content-Type", "Content-Encoding", "Content-Language", "Content-Range"} {
			if r.Header.Has(name) {
				c.complain(Application, "304 with %s (RFC 9110 §15.4.5)", name)
			}
		}
	}
	//spec:application 204 has no Content-Length (RFC 9110 §8.6).
	if r.Status == 204 && r.Header.Has("Content-Length") {
		c.complain(Application, "204 with Content-Length (RFC 9110 §8.6)")
	}
}

// noContent checks that nothing is written which would be dropped.
func (c *check) noContent(status int, n int64) {
	//spec:application 204, 205 and 304 have no content (RFC 9110 §§15.3.5, 15.3.6, 15.4.5): what is written is dropped. On HEAD an application answers as on GET, and the server leaves the content out.
	if n > 0 && (status == 204 || status == 205 || status == 304) {
		c.complain(Application, "%d with %d bytes of content, which are dropped (RFC 9110 §6.4.1)", status, n)
	}
}

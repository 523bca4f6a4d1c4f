package gateway

import (
	"fmt"
	"strconv"
)

// A Response is the answer as data, until the exchange has started.
type Response struct {
	Status int    // 200 to 599; 0 means 200
	Header Header // Date, Connection and the framing are the server's
	// Body is the content. It is only read: never appended to, changed or
	// recycled, so that it may be the application's shared constant. Write
	// appends to a copy.
	Body    []byte
	Trailer Header // sent after the content where the protocol has trailers (RFC 9110 §6.5)
	Close   bool   // the connection is not used again, where it is one (RFC 9112 §9.6)
}

// validate checks everything that will be sent before the first byte of it, once
// for every server, and fills the head. length is the content's length where it
// is known, else -1; c is what was checked before.
func (r *Response) validate(h *Head, q *Request, c *checked, length int64) error {
	// Field by field: a literal would be built elsewhere and copied in larger words
	// than it was written in, for which a processor has to wait.
	h.Status, h.Header, h.Trailer = r.Status, r.Header, r.Trailer
	h.Length, h.Empty, h.Close = length, false, r.Close
	if h.Status == 0 {
		h.Status = 200
	}
	if h.Status < 200 || h.Status > 599 {
		return fmt.Errorf("gateway: status %d is not a final status, 200 to 599 (RFC 9110 §15)", h.Status)
	}
	if q.Method == "CONNECT" && h.Status < 300 && q.Proto != "HTTP/2.0" {
		return fmt.Errorf("gateway: %d to CONNECT begins a tunnel, which only Hijack can serve (RFC 9110 §9.3.6)", h.Status)
	}
	declared, err := c.validate(r.Header)
	if err != nil {
		return err
	}
	if err := r.Trailer.validateTrailer(); err != nil {
		return err
	}
	return h.frame(q.Method, declared)
}

// frame settles how much content follows (RFC 9110 §8.6, RFC 9112 §6.3).
// declared is the Content-Length that the application gave, or -1.
func (h *Head) frame(method string, declared int64) error {
	known := h.Length
	switch {
	case h.Status == 204:
		h.Empty, h.Length = true, -1
	case h.Status == 304:
		h.Empty, h.Length = true, declared
	case h.Status == 205: // no content, and HTTP/1.1 must say so (RFC 9110 §15.3.6)
		h.Empty, h.Length = false, 0
	case method == "HEAD" && known == 0: // the handler left the content out: GET's length is not known
		h.Length = declared
	case declared >= 0 && known >= 0 && declared != known:
		return fmt.Errorf("%w: declared %d, body has %d", ErrLength, declared, known)
	case declared >= 0:
		h.Length = declared
	}
	h.Empty = h.Empty || method == "HEAD"
	return nil
}

// drops reports whether content that is written goes nowhere.
func (h *Head) drops() bool { return h.Empty || h.Status == 205 }

// validate checks every field and returns the Content-Length among them, or -1.
func (h Header) validate() (length int64, err error) { return new(checked).validate(h) }

// validateTrailer checks the fields that follow the content.
func (h Header) validateTrailer() error {
	if len(h) == 0 { // nearly always
		return nil
	}
	return h.validateTrailerFields()
}

func (h Header) validateTrailerFields() error {
	if _, err := h.validate(); err != nil {
		return fmt.Errorf("%w, in the trailer", err)
	}
	for i := range h {
		if !ValidTrailer(h[i].Name) {
			return fmt.Errorf("gateway: field %s may not stand in a trailer (RFC 9110 §6.5.1)", h[i].Name)
		}
	}
	return nil
}

// hopByHop reports whether a field is about one connection, so that only a server
// can say it (RFC 9110 §7.6.1). Upgrade and Trailer are left to the application:
// both announce something about the answer, and 426 must name a protocol.
func hopByHop(name string) bool {
	switch len(name) {
	case len("TE"):
		return EqualFold(name, "TE")
	case len("Connection"): // and Keep-Alive
		return EqualFold(name, "Connection") || EqualFold(name, "Keep-Alive")
	case len("Proxy-Connection"):
		return EqualFold(name, "Proxy-Connection")
	case len("Transfer-Encoding"):
		return EqualFold(name, "Transfer-Encoding")
	}
	return false
}

// plainText heads the gateway's own error answers. Shared, so that refusing costs
// no allocation; a response that carries it has been validated and sent.
var plainText = Header{
	{"Content-Type", "text/plain; charset=utf-8"},
	{"X-Content-Type-Options", "nosniff"},
}

// refusal is the answer to an error: the status and one line, nothing of what the
// handler had prepared.
func refusal(err error) Response {
	status, text := statusOf(err)
	return Response{
		Status: status,
		Header: plainText,
		Body:   []byte(strconv.Itoa(status) + " " + text + "\n"),
	}
}

package nethttp

import (
	"cmp"
	"fmt"

	"github.com/dewar-go/dewar/gateway"
)

// Limits bound the head of a request that a Server lets through. A zero stands for
// the default. Each is the largest value that still passes. net/http itself reads
// up to 4096 bytes more than Line and Header together before it says 431, so the
// memory is bounded too.
type Limits struct {
	// Line is the length of a request line in bytes without its CRLF: 414.
	// Default 8190, as in Apache (LimitRequestLine); RFC 9112 §3 asks for at
	// least 8000.
	Line int

	// Field is the length of one field line in bytes without its CRLF: 431.
	// Default 8190, as in Apache (LimitRequestFieldSize).
	Field int

	// Fields is the number of field lines: 431. Default 100, as in Apache
	// (LimitRequestFields) and Gunicorn (limit_request_fields).
	Fields int

	// Header is the length of the header section in bytes, with the CRLF of each
	// line: 431. Default 64 KiB; nginx comes to 32 KiB
	// (large_client_header_buffers), net/http to 1 MiB (MaxHeaderBytes).
	Header int
}

// withDefaults returns l with every zero replaced.
func (l Limits) withDefaults() Limits {
	return Limits{
		Line:   cmp.Or(l.Line, 8190),
		Field:  cmp.Or(l.Field, 8190),
		Fields: cmp.Or(l.Fields, 100),
		Header: cmp.Or(l.Header, 64<<10),
	}
}

// check holds a request to l; the zero Limits let everything through. It counts
// what net/http made of the head, which is what it would be in HTTP/1.1.
func (l Limits) check(q *gateway.Request) error {
	if l == (Limits{}) {
		return nil
	}
	if n := len(q.Method) + len(q.Target) + len(" ") + len(" HTTP/1.1"); n > l.Line {
		return &gateway.StatusError{Status: 414, Section: "RFC 9112 §3", Reason: fmt.Sprintf("request line of at most %d bytes expected, got %d", l.Line, n)}
	}
	if len(q.Header) > l.Fields {
		return tooLarge("at most %d header fields expected, got %d", l.Fields, len(q.Header))
	}
	total := 0
	for i := range q.Header {
		n := len(q.Header[i].Name) + len(": ") + len(q.Header[i].Value)
		if n > l.Field {
			return tooLarge("header field of at most %d bytes expected, got %d", l.Field, n)
		}
		total += n + len("\r\n")
	}
	if total > l.Header {
		return tooLarge("header of at most %d bytes expected, got %d", l.Header, total)
	}
	return nil
}

func tooLarge(format string, limit, got int) error {
	return &gateway.StatusError{Status: 431, Section: "RFC 6585 §5", Reason: fmt.Sprintf(format, limit, got)}
}

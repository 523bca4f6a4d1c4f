package http1

import (
	"bytes"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// A trailer is a trailer section on its way in. Its bytes are kept, since they may
// come in parts and a body's source is not asked to keep them.
type trailer struct {
	raw     []byte
	spans   []span
	section section
}

func newTrailer(l *Limits) *trailer {
	return &trailer{section: section{maxField: l.Field, maxFields: l.Trailers, maxBytes: l.Trailer, trailer: true}}
}

// read takes bytes up to the end of the section; n is how many. The section is
// whole where its state is atEnd.
func (t *trailer) read(src []byte) (n int, err error) {
	for n < len(src) && t.section.state != atEnd {
		line := src[n:]
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i+1] // a line at a time: what is behind the section stays
		}
		line = line[:min(len(line), t.section.maxBytes+len("\r\n")+1)] // so much is a fault for sure
		t.raw = append(t.raw, line...)
		n += len(line)
		if err := t.advance(); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (t *trailer) advance() error {
	for {
		f, ok, err := t.section.next(t.raw)
		if !ok {
			return err
		}
		if name := t.raw[f.name:f.colon]; forbiddenTrailer(name) {
			return fault(400, "RFC 9110 §6.5.1", "trailer field without a meaning for framing, routing, authentication or content expected, got %s", quote(name))
		}
		t.spans = append(t.spans, f)
	}
}

// header returns the fields; they own their memory.
func (t *trailer) header() gateway.Header {
	h := make(gateway.Header, len(t.spans))
	fill(h, t.spans, string(t.raw), 0)
	return h
}

// forbiddenTrailer reports whether a field of that name must not stand in a trailer
// section: it is needed before the body is read, and a recipient that merged it
// into the header would be deceived (RFC 9110 §6.5.1). Content-Digest alone of the
// content fields is made for trailers (RFC 9530 §2).
func forbiddenTrailer(name []byte) bool {
	lower := strings.ToLower(string(name))
	if strings.HasPrefix(lower, "content-") {
		return lower != "content-digest"
	}
	return strings.HasPrefix(lower, "if-") || forbiddenTrailers[lower]
}

var forbiddenTrailers = map[string]bool{
	// framing and connection
	"transfer-encoding": true, "te": true, "trailer": true, "connection": true,
	"keep-alive": true, "proxy-connection": true, "upgrade": true, "http2-settings": true,
	// routing
	"host": true, "forwarded": true, "via": true, "x-forwarded-for": true, "x-forwarded-host": true,
	"x-forwarded-port": true, "x-forwarded-proto": true, "x-real-ip": true,
	// request modifiers and conditions (those with If- are matched by prefix)
	"cache-control": true, "expect": true, "max-forwards": true, "pragma": true, "range": true,
	// authentication
	"authorization": true, "proxy-authorization": true, "www-authenticate": true,
	"proxy-authenticate": true, "authentication-info": true, "proxy-authentication-info": true,
	"cookie": true, "set-cookie": true,
	// response control
	"age": true, "date": true, "expires": true, "location": true, "retry-after": true,
	"vary": true, "warning": true,
}

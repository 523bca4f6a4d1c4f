package http1

import "github.com/dewar-go/dewar/gateway"

// previous is the last head of a connection: its bytes, and all that was made of
// them. Everything in it is shared read-only with the requests that carried it.
type previous struct {
	line   string         // request line with its CRLF
	header gateway.Header // base, or a revision of it

	section   string // the header section that was read last, with its empty line
	base      gateway.Header
	facts     facts
	revisions uint8 // of the section, since it was read
	changed   int   // the first line that the last revision changed; 0: any

	method, target, proto, host, path, query string
	message                                  Message
}

// repeats reports whether buf begins with the same head. A head ends in itself, so
// bytes behind it do not matter.
func (l *previous) repeats(buf []byte) bool {
	return l != nil && hasPrefix(buf, l.line) && hasPrefix(buf[len(l.line):], l.section)
}

// repeatsSection reports whether buf begins with the same header section.
func (l *previous) repeatsSection(buf []byte) bool {
	return l != nil && hasPrefix(buf, l.section)
}

func hasPrefix(b []byte, s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }

// conclude cuts the request's strings from line and header.
func (l *previous) conclude(w *reading) {
	start := w.method + 1 - w.begin
	l.method = l.line[:start-1]
	l.target = l.line[start : w.end-w.begin]
	l.proto = "HTTP/1.1"
	if w.minor == 0 {
		l.proto = "HTTP/1.0"
	}
	l.host = ""
	if i := l.facts.hostAt; i > 0 {
		l.host = l.header[i-1].Value
	}
	t := w.target
	l.path = l.target[t.path:t.query]
	l.query = l.target[min(t.query+1, len(l.target)):]
	l.message.Scheme = ""
	switch t.form {
	case absoluteForm: // its authority is the request's, whatever Host says (RFC 9112 §3.2.2)
		l.host = l.target[t.host:t.path]
		l.message.Scheme = "http"
		if t.host == len("https://") {
			l.message.Scheme = "https"
		}
		if l.path == "" {
			l.path = emptyPath(l.method, t.query < len(l.target))
		}
	case authorityForm:
		l.host = l.target
	}
}

// emptyPath is what a URI without a path asks for: the root, or with OPTIONS and no
// query the server itself (RFC 9112 §3.2.4).
func emptyPath(method string, hasQuery bool) string {
	if method == "OPTIONS" && !hasQuery {
		return "*"
	}
	return "/"
}

// fill hands the head to the application.
func (l *previous) fill(r *gateway.Request, m *Message) {
	r.Method, r.Target, r.Proto, r.Host = l.method, l.target, l.proto, l.host
	r.Root, r.Path, r.Query = "", l.path, l.query
	r.Header, r.Trailer = l.header, nil
	r.Length = l.message.Length
	*m = l.message
}

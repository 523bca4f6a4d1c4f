package gateway

import (
	"context"
	"strings"
)

// Mount serves h below a prefix of the path, such as "/admin": it moves the
// prefix from Path to Root while h runs, so that h sees the paths it would see at
// the root and still builds URLs that are right outside (PEP 3333, SCRIPT_NAME).
// A path outside the prefix is 404.
//
// The prefix matches whole segments, compared after unescaping, so that /%61dmin
// is /admin here as it is for a router; an escaped slash (%2F) separates nothing.
// The bytes that move keep the spelling they came with. Mount panics if prefix
// does not begin with a slash, ends with one, or has an empty or dot segment.
func Mount(prefix string, h Handler) Handler { return newMount(prefix, h) }

func newMount(prefix string, h Handler) *mount {
	m := &mount{Handler: h}
	if !strings.HasPrefix(prefix, "/") {
		panic("gateway: Mount: prefix " + prefix + " does not begin with a slash")
	}
	for segment := range strings.SplitSeq(prefix[1:], "/") {
		segment = Unescape(segment)
		if segment == "" || segment == "." || segment == ".." {
			panic("gateway: Mount: prefix " + prefix + " has an empty or dot segment")
		}
		m.segments = append(m.segments, segment)
	}
	return m
}

type mount struct {
	Handler
	segments []string // of the prefix, unescaped
}

// Serve serves what lies below the prefix.
func (m *mount) Serve(x *Exchange) error {
	n, ok := m.match(x.Request.Path)
	if !ok {
		return &StatusError{Status: 404}
	}
	return m.serve(x, n)
}

// serve runs the inner handler with n bytes of the path moved, and moves them back,
// after a panic too: whoever recovers from it outside sees the request as it was.
func (m *mount) serve(x *Exchange, n int) error {
	r := &x.Request
	root, path := r.Root, r.Path
	defer func() { r.Root, r.Path = root, path }()
	r.Root, r.Path = root+path[:n], path[n:]
	return m.Handler.Serve(x)
}

// match returns how many bytes of path the prefix covers.
func (m *mount) match(path string) (n int, ok bool) {
	for _, segment := range m.segments {
		if n >= len(path) || path[n] != '/' {
			return 0, false
		}
		end := len(path)
		if i := strings.IndexByte(path[n+1:], '/'); i >= 0 {
			end = n + 1 + i
		}
		if Unescape(path[n+1:end]) != segment {
			return 0, false
		}
		n = end
	}
	return n, true
}

// Startup and Shutdown are the inner handler's.

func (m *mount) Startup(ctx context.Context, s ServerInfo) error { return Startup(ctx, m.Handler, s) }
func (m *mount) Shutdown(ctx context.Context) error              { return Shutdown(ctx, m.Handler) }

// Unescape decodes the percent-encoded bytes of one path segment (RFC 3986 §2.1).
// A % that no two hex digits follow stays as it is, as browsers and Werkzeug have
// it; + is no space in a path. Without a % it returns s itself.
func Unescape(s string) string {
	i := strings.IndexByte(s, '%')
	if i < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	b = append(b, s[:i]...)
	for ; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi >= 0 && lo >= 0 {
				b = append(b, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// unhex is the value of a hexadecimal digit, -1 for any other byte.
func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

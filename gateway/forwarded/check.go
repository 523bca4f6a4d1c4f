package forwarded

import (
	"net/netip"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// check holds every fact to its grammar, and puts it in the form that a Request has.
func (f *facts) check() error {
	var ok bool
	if f.scheme, ok = scheme(f.scheme); !ok {
		return refusal("the forwarded scheme is neither http nor https")
	}
	if f.host != "" && !validAuthority(f.host) {
		return refusal("the forwarded host is %.60q, not host or host:port", f.host)
	}
	if f.port != "" {
		if _, ok := parsePort(f.port); !ok || f.port[0] == '_' {
			return refusal("the forwarded port is %.10q, not 1 to 65535", f.port)
		}
	}
	if f.prefix != "" {
		if f.prefix = strings.TrimRight(f.prefix, "/"); !validPrefix(f.prefix) {
			return refusal("the forwarded prefix is %.60q, not an absolute path", f.prefix)
		}
	}
	return nil
}

// scheme folds the schemes of WebSockets, which Traefik sends, into those of HTTP that
// they begin as (RFC 6455 §4.1).
func scheme(s string) (string, bool) {
	switch {
	case s == "":
		return "", true
	case gateway.EqualFold(s, "https"), gateway.EqualFold(s, "wss"):
		return "https", true
	case gateway.EqualFold(s, "http"), gateway.EqualFold(s, "ws"):
		return "http", true
	}
	return "", false
}

// otherSchemes refuses a request whose older fields contradict X-Forwarded-Proto, as
// Gunicorn does (secure_scheme_headers). Alone they are not believed.
func (f *facts) otherSchemes(h gateway.Header) error {
	told, ok := scheme(f.scheme)
	if told == "" || !ok {
		return nil
	}
	for i := range h {
		var secure bool
		switch name := h[i].Name; {
		case gateway.EqualFold(name, "X-Forwarded-Protocol"):
			secure = gateway.EqualFold(h[i].Value, "https") || gateway.EqualFold(h[i].Value, "ssl")
		case gateway.EqualFold(name, "X-Forwarded-Ssl"), gateway.EqualFold(name, "Front-End-Https"):
			secure = gateway.EqualFold(h[i].Value, "on")
		default:
			continue
		}
		if secure != (told == "https") {
			return refusal("X-Forwarded-Proto and %s conflict", h[i].Name)
		}
	}
	return nil
}

// validAuthority reports whether s is host [ ":" port ] with a host, without user
// information, and with nothing that would end the authority in a URL (RFC 3986
// §3.2). Percent-encoded bytes are not let in: no registered name needs them.
func validAuthority(s string) bool {
	host, port, ok := cutAuthority(s)
	if !ok || port == ":" {
		return false
	}
	if port != "" {
		if _, ok := parsePort(port[1:]); !ok || port[1] == '_' {
			return false
		}
	}
	if strings.HasPrefix(host, "[") {
		a, err := netip.ParseAddr(host[1 : len(host)-1])
		return err == nil && a.Is6() && a.Zone() == ""
	}
	for i := 0; i < len(host); i++ {
		if c := host[i]; !alphanumeric(c) && strings.IndexByte("-._~!$&'()*+,;=", c) < 0 {
			return false
		}
	}
	return host != ""
}

// cutAuthority splits the port off, with its colon.
func cutAuthority(s string) (host, port string, ok bool) {
	end := 0
	if strings.HasPrefix(s, "[") {
		if end = strings.IndexByte(s, ']') + 1; end == 0 {
			return "", "", false
		}
	} else if end = strings.IndexByte(s, ':'); end < 0 {
		end = len(s)
	}
	host, port = s[:end], s[end:]
	return host, port, port == "" || port[0] == ':'
}

// withPort is host with another port.
func withPort(host, port string) string {
	name, _, _ := cutAuthority(host)
	return name + ":" + port
}

// validPrefix reports whether s can stand before a path: segments of pchar (RFC 3986
// §3.3), none of them empty or made of dots, compared as a router will see them.
func validPrefix(s string) bool {
	if s == "" {
		return true // it was a slash
	}
	if s[0] != '/' {
		return false
	}
	for segment := range strings.SplitSeq(s[1:], "/") {
		if plain := gateway.Unescape(segment); plain == "" || plain == "." || plain == ".." {
			return false
		}
		for i := 0; i < len(segment); i++ {
			c := segment[i]
			if !alphanumeric(c) && strings.IndexByte("-._~!$&'()*+,;=:@%", c) < 0 {
				return false
			}
			if c == '%' && len(gateway.Unescape(segment[i:min(i+3, len(segment))])) != 1 {
				return false // no two hexadecimal digits behind it
			}
		}
	}
	return true
}

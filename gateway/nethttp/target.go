package nethttp

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// fillTarget sets Target, Root, Path and Query.
//
// Two places tell the path: RequestURI, as the client sent it, and URL, which
// middleware may have changed. URL decides, since a check that stands before the
// application looked at it, and what was checked must be what is served. Where
// URL's path is the end of RequestURI's, what stands before it was stripped, and
// is Root:
//
//	RequestURI       URL            Root     Path
//	/a/b%2Fc?q       /a/b%2Fc       ""       /a/b%2Fc
//	/a/b%2Fc?q       /b%2Fc         /a       /b%2Fc      http.StripPrefix("/a")
//	/a/b             /other         ""       /other      rewritten
//	http://h?q       (none)         ""       /
//	*                *              ""       *
//	h:443            (none)         ""       (none)      CONNECT
func fillTarget(q *gateway.Request, r *http.Request) error {
	q.Target = r.RequestURI
	if q.Target == "" { // no server read this request: a test put it together
		q.Target = r.URL.RequestURI()
	}
	q.Query = r.URL.RawQuery
	if isAuthority(r) && r.RequestURI != r.URL.Host {
		return targetError("RFC 9112 §3.2.3", "request target host:port expected with CONNECT, and nothing else")
	}
	if r.Method == "CONNECT" && r.URL.Path == "" {
		if r.URL.Host == "" {
			return targetError("RFC 9112 §3.2.3", "request target host:port expected with CONNECT, got none")
		}
		q.Path = ""
		return nil
	}
	if err := checkTarget(r, q.Target); err != nil {
		return err
	}
	q.Root, q.Path = split(pathOf(q.Target), escapedPath(r.URL))
	if q.Path == "" && q.Root == "" {
		q.Path = "/" // RFC 9110 §4.2.3
		if r.Method == "OPTIONS" && q.Query == "" {
			q.Path = "*" // RFC 9112 §3.2.4
		}
	}
	return nil
}

// isAuthority reports whether the target was read as an authority: net/http lets paths pass
// with CONNECT, as net/rpc sends them.
func isAuthority(r *http.Request) bool {
	return r.Method == "CONNECT" && r.RequestURI != "" && r.RequestURI[0] != '/'
}

// checkTarget refuses what net/http lets through and has no meaning for an origin
// server.
func checkTarget(r *http.Request, target string) error {
	u := r.URL
	switch {
	case u.Opaque != "":
		return targetError("RFC 9112 §3.2", "request target expected that begins with / or http://")
	case u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https":
		return targetError("RFC 9110 §4.2", "scheme http or https expected in the request target")
	case u.Scheme != "" && u.Host == "":
		return targetError("RFC 9110 §4.2.1", "request target with a host expected")
	case u.User != nil:
		return targetError("RFC 9110 §4.2.4", "request target without user information expected, got an @ in its authority")
	case strings.IndexByte(target, '#') >= 0:
		return targetError("RFC 9112 §3.2", "request target without a fragment expected, got a #")
	case u.Path == "*" && r.Method != "OPTIONS":
		return targetError("RFC 9112 §3.2.4", "request target * expected with OPTIONS only")
	}
	return nil
}

func targetError(section, reason string) error {
	return &gateway.StatusError{Status: 400, Section: section, Reason: reason}
}

// pathOf is the path in a request target, as received (RFC 9112 §3.2).
func pathOf(target string) string {
	if i := strings.IndexByte(target, '?'); i >= 0 {
		target = target[:i]
	}
	if strings.HasPrefix(target, "/") {
		return target
	}
	_, rest, ok := strings.Cut(target, "://")
	if !ok {
		return target
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return ""
}

// escapedPath is the path of u as it was received where that is known. It is not
// u.EscapedPath: RawPath decides whenever it is an encoding of Path at all, even
// one that net/url itself would not choose.
func escapedPath(u *url.URL) string {
	if u.RawPath != "" {
		if path, err := url.PathUnescape(u.RawPath); err == nil && path == u.Path {
			return u.RawPath
		}
	}
	return u.EscapedPath()
}

// split finds Root and Path where full was received and path is what middleware
// has left of it.
func split(full, path string) (root, rest string) {
	root, ok := strings.CutSuffix(full, path)
	if ok && strings.HasSuffix(root, "/") { // "/a/" was stripped: the slash is the path's
		return root[:len(root)-1], full[len(root)-1:]
	}
	if path != "" && path[0] != '/' && path != "*" { // no path of the contract
		return "", "/" + path
	}
	if !ok { // rewritten
		return "", path
	}
	return root, path
}

package gateway

import (
	"crypto/tls"
	"net"
	"strings"
	"time"
)

// A Request is what came in: filled by the server before the handler is called,
// PEP 3333's environ with names of its own.
//
// Every string owns its memory and stays as it is for ever: keep it, put it in a
// map, hand it to another goroutine. Header and Trailer are shared read-only, and stay
// as they are, too.
type Request struct {
	Method string // case-sensitive token: GET, POST, ... (RFC 9110 §9.1)
	Target string // the request target as received (RFC 9112 §3.2)
	Proto  string // HTTP/1.0, HTTP/1.1 or HTTP/2.0
	Scheme string // http or https
	Host   string // the effective authority, host or host:port; "" where HTTP/1.0 sent none

	// Root and Path are PEP 3333's SCRIPT_NAME and PATH_INFO, still escaped, so
	// that %2F never forges a separator. Root is "" or begins with a slash and
	// does not end with one. Path begins with a slash, except that it is "" for
	// a mount asked for without a trailing slash and "*" for OPTIONS *.
	// Root+Path is the path as received. Mount moves bytes from Path to Root.
	Root, Path string
	Query      string // after the ?, still escaped; "" also where there is no ?

	Header  Header // shared read-only, in the order received where the protocol keeps it
	Trailer Header // shared read-only, filled when Read has returned io.EOF
	Length  int64  // of the body in bytes; 0: none; -1: unknown until its end

	Remote, Local net.Addr             // of the connection; unix addresses are possible
	TLS           *tls.ConnectionState // shared read-only; nil on a plain connection
	Time          time.Time            // when the server had read the head

	// Via is what the request said by itself, where the word of a trusted proxy has
	// replaced it (see gateway/forwarded); nil where nothing was replaced.
	Via *Via // shared read-only
}

// A Via is how a request came from the last proxy.
type Via struct {
	Remote             net.Addr // of the proxy
	Scheme, Host, Root string
}

// HostURL is the scheme and authority: "http://example.com:8080". A default port
// (80 for http, 443 for https) is left out (RFC 9110 §4.2.3).
func (r *Request) HostURL() string {
	host := r.Host
	if host == "" {
		host = localHost(r.Local)
	}
	return r.Scheme + "://" + trimDefaultPort(r.Scheme, host)
}

// RootURL is the URL of the application's root, with a trailing slash.
func (r *Request) RootURL() string { return r.HostURL() + r.Root + "/" }

// BaseURL is the request's URL without its query.
func (r *Request) BaseURL() string {
	if r.Path == "*" { // RFC 9112 §3.2.4: the authority's URI without a path
		return r.HostURL()
	}
	return r.HostURL() + r.Root + r.Path
}

// URL is the request's URL as the client meant it: scheme, authority, root, path
// and query (PEP 3333, URL reconstruction; RFC 9112 §3.3).
func (r *Request) URL() string {
	if r.Query == "" {
		return r.BaseURL()
	}
	return r.BaseURL() + "?" + r.Query
}

func trimDefaultPort(scheme, host string) string {
	switch scheme {
	case "http":
		return strings.TrimSuffix(host, ":80")
	case "https":
		return strings.TrimSuffix(host, ":443")
	}
	return host
}

// localHost stands in for a missing Host field: the address that was connected to.
func localHost(a net.Addr) string {
	if t, ok := a.(*net.TCPAddr); ok {
		return t.String()
	}
	return "localhost"
}

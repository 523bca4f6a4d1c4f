package gatewaytest

import (
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// request checks what the server filled in.
func (c *check) request() {
	r := &c.x.Request
	//spec:server Method is a token, case-sensitive and as received (RFC 9110 §9.1).
	if !gateway.ValidName(r.Method) {
		c.complain(Server, "Method %q is not a token (RFC 9110 §9.1)", r.Method)
	}
	//spec:server Target is the request target as received, never empty (RFC 9112 §3.2).
	if r.Target == "" {
		c.complain(Server, "Target is empty (RFC 9112 §3.2)")
	}
	//spec:server Proto is HTTP/1.0, HTTP/1.1 or HTTP/2.0.
	if r.Proto != "HTTP/1.0" && r.Proto != "HTTP/1.1" && r.Proto != "HTTP/2.0" {
		c.complain(Server, "Proto is %q, not HTTP/1.0, HTTP/1.1 or HTTP/2.0", r.Proto)
	}
	//spec:server Scheme is http or https.
	if r.Scheme != "http" && r.Scheme != "https" {
		c.complain(Server, "Scheme is %q, not http or https", r.Scheme)
	}
	//spec:server Host is the effective authority, from an absolute target or the Host field. It is empty only with HTTP/1.0 (RFC 9112 §3.3) and holds no delimiter of a URL's other parts.
	if r.Host == "" && r.Proto != "HTTP/1.0" || strings.ContainsAny(r.Host, " /?#@\\\"<>") || !gateway.ValidValue(r.Host) {
		c.complain(Server, "Host is %q with %s (RFC 9110 §7.2)", r.Host, r.Proto)
	}
	c.path(r)
	//spec:server Length is the content's length in bytes: 0 for none, -1 where only its end will tell.
	if r.Length < -1 {
		c.complain(Server, "Length is %d", r.Length)
	}
	//spec:server Header has the fields in the order received, under the names they came with: X-A and X_A stay two fields. Names and values are valid.
	for _, f := range r.Header {
		c.field(Server, "request", f)
	}
	//spec:server Trailer is empty until Read has returned io.EOF.
	if len(r.Trailer) > 0 && r.Length != 0 {
		c.complain(Server, "Trailer is there before the content was read: %v", r.Trailer)
	}
	//spec:server Remote and Local are the connection's addresses, never nil; unix addresses are possible.
	if r.Remote == nil || r.Local == nil {
		c.complain(Server, "Remote is %v, Local %v", r.Remote, r.Local)
	}
	//spec:server Via is nil, or what Remote, Scheme, Host and Root were before the word of a trusted proxy replaced them.
	if v := r.Via; v != nil && (v.Remote == nil || v.Scheme != "http" && v.Scheme != "https") {
		c.complain(Server, "Via is %+v: its Remote must be there, its Scheme be http or https", *v)
	}
	//spec:server Time is when the head had been read.
	if r.Time.IsZero() {
		c.complain(Server, "Time is zero")
	}
}

// path checks the three parts of the target that URLs are built from.
func (c *check) path(r *gateway.Request) {
	//spec:server Root (PEP 3333's SCRIPT_NAME) is empty, or begins with a slash and does not end with one.
	if r.Root != "" && (r.Root[0] != '/' || r.Root[len(r.Root)-1] == '/') {
		c.complain(Server, "Root is %q: it must be empty, or begin with a slash and not end with one", r.Root)
	}
	//spec:server Path (PATH_INFO) begins with a slash; it is empty for a mount asked for without a trailing slash, and * for OPTIONS * (RFC 9112 §3.2.4).
	switch {
	case strings.HasPrefix(r.Path, "/"):
	case r.Path == "" && (r.Root != "" || r.Method == "CONNECT"):
	case r.Path == "*" && r.Method == "OPTIONS" && r.Root == "":
	default:
		c.complain(Server, "Path is %q below Root %q: it must begin with a slash", r.Path, r.Root)
	}
	//spec:server Root, Path and Query are still escaped, so that %2F never forges a separator. They hold no white space, no control byte and no #, and Root and Path no ?.
	if strings.ContainsAny(r.Root+r.Path, "?# \t\r\n\x00") || strings.ContainsAny(r.Query, "# \t\r\n\x00") {
		c.complain(Server, "Root %q, Path %q or Query %q holds a byte that ends it or that must be escaped (RFC 3986 §3)", r.Root, r.Path, r.Query)
	}
}

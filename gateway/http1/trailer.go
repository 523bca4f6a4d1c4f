package http1

import "strings"

// forbiddenTrailer reports whether a field of that name must not stand in a
// trailer section: it is needed before the body is read, and a recipient that
// merged it into the header would be deceived (RFC 9110 §6.5.1). Content-Digest
// alone of the content fields is made for trailers (RFC 9530 §2).
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

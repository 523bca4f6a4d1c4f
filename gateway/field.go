package gateway

import "github.com/dewar-go/dewar/gateway/internal/octet"

// ValidName reports whether s is a token, the only form a field name or a method
// may have (RFC 9110 §5.6.2).
func ValidName(s string) bool {
	for i := 0; i < len(s); i++ {
		if !IsTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

// IsTokenByte reports whether c is a tchar (RFC 9110 §5.6.2).
func IsTokenByte(c byte) bool { return octets[c]&octetToken != 0 }

// IsValueByte reports whether c may stand in a field value: visible ASCII, SP,
// HTAB and obs-text, so no CR, LF, NUL or other control (RFC 9110 §5.5).
func IsValueByte(c byte) bool { return octets[c]&octetValue != 0 }

// ValidValue reports whether s can be sent as a field value: only bytes for which
// IsValueByte holds, and no white space at either end, which a recipient would
// strip (RFC 9110 §5.5).
func ValidValue(s string) bool {
	if s == "" {
		return true
	}
	if isBlank(s[0]) || isBlank(s[len(s)-1]) {
		return false
	}
	if last := len(s) - 8; last >= 0 {
		found := octet.Controls(octet.Load(s, last)) // what the steps leave, and some of it twice
		for i := 0; i < last; i += 8 {
			found |= octet.Controls(octet.Load(s, i))
		}
		if found == 0 {
			return true
		}
	}
	for i := range len(s) { // HTAB is a control that may stand
		if octets[s[i]]&octetValue == 0 {
			return false
		}
	}
	return true
}

// ValidTrailer reports whether a field may stand in a trailer section. Those that
// frame, route, authenticate or describe the content may not, since they are
// needed before it: a recipient that merged them would be led astray (RFC 9110
// §6.5.1).
func ValidTrailer(name string) bool {
	for _, forbidden := range notInTrailers {
		if EqualFold(name, forbidden) {
			return false
		}
	}
	return true
}

var notInTrailers = [...]string{
	"Transfer-Encoding", "Content-Length", "Connection", "Keep-Alive", "Upgrade", "Trailer", "TE", // framing
	"Host", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", // routing
	"Max-Forwards", "Expect", "Range", "If-Range", "Cache-Control", "Pragma", // request modifiers and controls
	"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", // conditions
	"Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate", "Cookie", "Set-Cookie", // authentication
	"Age", "Date", "Expires", "Location", "Retry-After", "Vary", "Warning", // response control data
	"Content-Encoding", "Content-Type", "Content-Range", "Content-Location", "Content-Language", // how to process the content
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

const (
	octetToken = 1 << iota
	octetValue
)

// octets classifies every byte once, so that a check is one load.
var octets = func() (t [256]uint8) {
	for c := range t {
		if c >= 0x20 && c != 0x7f || c == '\t' {
			t[c] |= octetValue
		}
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			t[c] |= octetToken
		}
	}
	for _, c := range []byte("!#$%&'*+-.^_`|~") {
		t[c] |= octetToken
	}
	return t
}()

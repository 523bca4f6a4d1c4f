package semantics

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/dewar-go/dewar/gateway"
)

// Credentials are what Authorization or Proxy-Authorization holds (RFC 9110 §11.4).
type Credentials struct {
	Scheme string // in lower case: basic, bearer, digest
	Token  string // token68, as of Basic and Bearer; "" where there are Params
	Params Params // as of Digest, in the order in which they came
}

// ParseCredentials reads the value of an Authorization field. It is false where that
// is malformed.
func ParseCredentials(s string) (c Credentials, ok bool) {
	scheme, rest, _ := strings.Cut(strings.Trim(s, " \t"), " ")
	if !gateway.ValidName(scheme) {
		return c, false
	}
	c.Scheme, rest = strings.ToLower(scheme), strings.TrimLeft(rest, " ")
	if token68(rest) {
		c.Token = rest
		return c, true
	}
	for element := range (gateway.Header{{Name: "A", Value: rest}}).List("A") {
		name, value, after, ok := cutParam(element)
		if !ok || after != "" || len(c.Params) == maxParams {
			return Credentials{}, false
		}
		c.Params = append(c.Params, Param{strings.ToLower(name), value})
	}
	return c, rest == "" || len(c.Params) > 0
}

// token68 reports whether s is one (RFC 9110 §11.2).
func token68(s string) bool {
	body := strings.TrimRight(s, "=")
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '-', c == '.', c == '_', c == '~', c == '+', c == '/':
		default:
			return false
		}
	}
	return body != ""
}

// Basic returns the name and password of Basic authentication (RFC 7617). It is false
// where the client sent none, or sent something that is not UTF-8 or has no colon.
func Basic(h gateway.Header) (user, password string, ok bool) {
	c, ok := ParseCredentials(h.Value("Authorization"))
	if !ok || c.Scheme != "basic" {
		return "", "", false
	}
	decoded, err := base64.StdEncoding.DecodeString(c.Token)
	if err != nil || !utf8.Valid(decoded) {
		return "", "", false
	}
	return strings.Cut(string(decoded), ":")
}

// Bearer returns the token of Bearer authentication (RFC 6750 §2.1). It is false
// where the client sent none.
func Bearer(h gateway.Header) (token string, ok bool) {
	c, ok := ParseCredentials(h.Value("Authorization"))
	return c.Token, ok && c.Scheme == "bearer" && c.Token != ""
}

// A Challenge asks for credentials: an element of WWW-Authenticate (RFC 9110 §11.3).
type Challenge struct {
	Scheme string // Basic, Bearer, Digest
	Params Params // realm first, by custom
}

// BasicChallenge asks for a name and password, in UTF-8 (RFC 7617 §2.1).
func BasicChallenge(realm string) Challenge {
	return Challenge{"Basic", Params{{"realm", realm}, {"charset", "UTF-8"}}}
}

// BearerChallenge asks for a token. code and description say what is wrong with the
// one that came, as invalid_token; both may be "" (RFC 6750 §3).
func BearerChallenge(realm, code, description string) Challenge {
	c := Challenge{"Bearer", Params{{"realm", realm}}}
	if code != "" {
		c.Params = append(c.Params, Param{"error", code})
	}
	if description != "" {
		c.Params = append(c.Params, Param{"error_description", description})
	}
	return c
}

// unquoted are the parameters that are tokens: Digest's break clients when they are
// quoted (RFC 7616 §3.3).
var unquoted = [...]string{"algorithm", "stale"}

// String is the value of the field. Bytes that no quoted string can hold become ?.
func (c Challenge) String() string {
	var b strings.Builder
	b.WriteString(c.Scheme)
	for i, p := range c.Params {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(" " + p.Name + "=")
		bare := gateway.ValidName(p.Value) && (p.Name == unquoted[0] || p.Name == unquoted[1])
		if bare {
			b.WriteString(p.Value)
			continue
		}
		quote(&b, strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f || r == utf8.RuneError {
				return '?'
			}
			return r
		}, p.Value))
	}
	return b.String()
}

package framework

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// A Cookie is what SetCookie asks the client to keep (RFC 6265 §4.1).
type Cookie struct {
	Name  string // a token
	Value string // any text; what a cookie cannot hold is quoted, as Werkzeug does

	Path   string // "" means /
	NoPath bool   // send no Path: the cookie is for the request's folder
	Domain string // "" means the host alone; a leading dot is dropped

	// MaxAge is how long the client keeps it, and Expires says the same for old
	// ones. 0 means until the browser ends; negative: not at all.
	MaxAge  time.Duration
	Expires time.Time // overrides what MaxAge gives; rarely needed

	Secure      bool   // over https only
	HTTPOnly    bool   // hidden from scripts
	SameSite    string // Strict, Lax or None, in any case; "" sends none
	Partitioned bool   // a jar for each top-level site; brings Secure with it
}

// maxCookie is what browsers keep of one cookie, name and attributes included, in
// bytes (RFC 6265 §6.1 asks for 4096; Werkzeug warns from 4093 on).
const maxCookie = 4093

// SetCookie adds a cookie to the response. The error says what is wrong with it. One
// that is larger than browsers keep, 4093 bytes, is sent and logged.
func (c *Context) SetCookie(cookie Cookie) error {
	value, err := cookie.header(time.Now())
	if err != nil {
		return err
	}
	if len(value) > maxCookie {
		c.Logger().Warn("cookie is larger than browsers keep", "cookie", cookie.Name, "bytes", len(value), "limit", maxCookie)
	}
	c.AddHeader("Set-Cookie", value)
	return nil
}

// DeleteCookie asks the client to forget a cookie. Path, Domain and the flags are
// to be those with which it was set.
func (c *Context) DeleteCookie(cookie Cookie) error {
	cookie.Value, cookie.MaxAge, cookie.Expires = "", -1, time.Unix(0, 0)
	return c.SetCookie(cookie)
}

// Cookies returns the request's cookies, parsed at the first call. More than 1000
// end the request with 400. They do not say Vary: Cookie, as Session does: many are read
// for records, or for an answer that no cache keeps. Where it is needed: c.Vary("Cookie").
func (c *Context) Cookies() Values {
	r := c.Request()
	if !c.cookiesParsed {
		values, err := parseCookies(r.Header)
		if err != nil {
			panic(err)
		}
		c.cookies, c.cookiesParsed = values, true
	}
	return c.cookies
}

// header is the field value that sets the cookie.
func (k Cookie) header(now time.Time) (string, error) {
	if err := k.check(); err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(k.Name + "=" + quoteCookie(k.Value))
	if k.Domain != "" {
		b.WriteString("; Domain=" + k.Domain)
	}
	if k.Expires.IsZero() && k.MaxAge > 0 {
		k.Expires = now.Add(k.MaxAge)
	}
	if !k.Expires.IsZero() {
		b.WriteString("; Expires=" + semantics.FormatDate(k.Expires))
	}
	if k.MaxAge != 0 {
		b.WriteString("; Max-Age=" + strconv.FormatInt(max(int64(k.MaxAge/time.Second), 0), 10))
	}
	if k.Secure {
		b.WriteString("; Secure")
	}
	if k.HTTPOnly {
		b.WriteString("; HttpOnly")
	}
	if k.Path != "" {
		b.WriteString("; Path=" + k.Path)
	}
	if k.SameSite != "" {
		b.WriteString("; SameSite=" + k.SameSite)
	}
	if k.Partitioned {
		b.WriteString("; Partitioned")
	}
	return b.String(), nil
}

// check completes the cookie and refuses what browsers would drop.
func (k *Cookie) check() error {
	if !gateway.ValidName(k.Name) {
		return fmt.Errorf("framework: cookie name %.40q is not a token (RFC 6265 §4.1.1)", k.Name)
	}
	if k.Path == "" && !k.NoPath {
		k.Path = "/"
	}
	k.Domain = strings.ToLower(strings.TrimPrefix(k.Domain, "."))
	for _, attribute := range []string{k.Path, k.Domain} {
		if strings.ContainsFunc(attribute, func(r rune) bool { return r < ' ' || r >= 0x7f || r == ';' || r == ',' }) {
			return fmt.Errorf("framework: cookie %s has an attribute with characters that end it: %.40q (RFC 6265 §4.1.1)", k.Name, attribute)
		}
	}
	k.Secure = k.Secure || k.Partitioned || hasCookiePrefix(k.Name, "__Secure-") || hasCookiePrefix(k.Name, "__Host-")
	if hasCookiePrefix(k.Name, "__Host-") && (k.Path != "/" || k.Domain != "") {
		return fmt.Errorf("framework: cookie %s needs Path / and no Domain, which its prefix promises (RFC 6265bis §4.1.3.2)", k.Name)
	}
	switch same := strings.ToLower(k.SameSite); same {
	case "":
	case "strict", "lax", "none":
		k.SameSite = strings.ToUpper(same[:1]) + same[1:]
	default:
		return fmt.Errorf("framework: cookie %s has SameSite %q; there are Strict, Lax and None", k.Name, k.SameSite)
	}
	if k.SameSite == "None" && !k.Secure {
		return fmt.Errorf("framework: cookie %s has SameSite None without Secure, which browsers drop (RFC 6265bis §5.7)", k.Name)
	}
	return nil
}

// hasCookiePrefix reports whether a name makes the promise of a prefix, to which
// browsers hold it in whatever case (RFC 6265bis §5.7).
func hasCookiePrefix(name, prefix string) bool {
	return len(name) >= len(prefix) && gateway.EqualFold(name[:len(prefix)], prefix)
}

// quoteCookie writes a value: as it is where it is all cookie-octets (RFC 6265
// §4.1.1), else quoted with octal escapes.
func quoteCookie(s string) string {
	plain := true
	for i := 0; i < len(s); i++ {
		plain = plain && cookieOctet(s[i])
	}
	if plain {
		return s
	}
	b := []byte{'"'}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c == ',' || c == ';' || c >= 0x7f:
			b = append(b, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}

func cookieOctet(c byte) bool {
	return c > ' ' && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\'
}

// parseCookies reads the Cookie fields, leniently, as browsers and proxies write
// them in many ways (RFC 6265 §5.4).
func parseCookies(h gateway.Header) (Values, error) {
	var values Values
	for line := range h.Values("Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(pair, "=")
			name = strings.Trim(name, " \t")
			if name == "" {
				continue
			}
			if len(values) == maxPairs {
				return nil, Abort(400, fmt.Sprintf("The request has more than %d cookies.", maxPairs))
			}
			values = append(values, Pair{Name: name, Value: unquoteCookie(strings.Trim(value, " \t"))})
		}
	}
	return values, nil
}

// unquoteCookie reverses quoteCookie.
func unquoteCookie(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	s = s[1 : len(s)-1]
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\' || i+1 == len(s):
			b = append(b, s[i])
		case i+3 < len(s) && octal(s[i+1], '3') && octal(s[i+2], '7') && octal(s[i+3], '7'):
			b = append(b, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
		default:
			i++
			b = append(b, s[i])
		}
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

func octal(c, most byte) bool { return c >= '0' && c <= most }

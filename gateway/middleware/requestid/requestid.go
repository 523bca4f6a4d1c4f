// Package requestid gives every exchange a name: on the answer, in the logs, for the
// handler. A name from outside is taken over only from whom it is trusted, and only if
// it is one.
//
//	h := gateway.Chain(app, log.Middleware(), requestid.New(requestid.Config{}))
//
// Names are random, 128 bits of them: they meet by chance as seldom as UUIDs, and tell
// nothing of how many requests there were. They are no secrets.
package requestid

import (
	"cmp"
	"math/rand/v2"
	"unsafe"

	"github.com/dewar-go/dewar/gateway"
)

// Config says where the name stands. Its zero value is useful.
type Config struct {
	// Header is the field's name, on requests and answers. Default: X-Request-Id, as
	// in nginx's and Heroku's customs; the access log's JSON looks for it there.
	Header string

	// Trust reports whether the request's own name may be kept. Default: where it came
	// through a trusted proxy (Request.Via is set); anybody else could pass its
	// requests off as those of others in the logs.
	Trust func(r *gateway.Request) bool

	// MaxLength is how long a name from outside may be, in bytes. Default 128 (Heroku:
	// 200). Longer ones are replaced.
	MaxLength int

	// Generate makes a name. Default: 32 hexadecimal digits.
	Generate func() string
}

// New returns the middleware. It panics if Header is no field name.
func New(c Config) gateway.Middleware {
	c.Header = cmp.Or(c.Header, "X-Request-Id")
	c.MaxLength = cmp.Or(c.MaxLength, 128)
	if !gateway.ValidName(c.Header) {
		panic("requestid: " + c.Header + " is no field name (RFC 9110 §5.1)")
	}
	if c.Trust == nil {
		c.Trust = func(r *gateway.Request) bool { return r.Via != nil }
	}
	return func(h gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			x.SetValue(key{}, c.name(&x.Request))
			x.OnStart(tell)
			return h.Serve(x)
		})
	}
}

// Of is the name of the exchange, "" where there is none.
func Of(x *gateway.Exchange) string {
	if n, ok := x.Value(key{}).(*name); ok {
		return n.text
	}
	return ""
}

type key struct{}

// A name is the name of an exchange, with the memory for its text, so that making it
// is one allocation.
type name struct {
	text   string
	header string
	digits [32]byte
}

// name takes the request's own name over, or makes one. hot path
func (c *Config) name(r *gateway.Request) *name {
	n := &name{header: c.Header}
	if theirs, ok := c.theirs(r); ok {
		n.text = theirs
		return n
	}
	if c.Generate != nil {
		n.text = c.Generate()
		return n
	}
	const hex = "0123456789abcdef"
	for half := range 2 {
		bits := rand.Uint64()
		for i := range 16 {
			n.digits[16*half+i] = hex[bits>>(4*i)&15]
		}
	}
	n.text = unsafe.String(&n.digits[0], len(n.digits)) // digits is not written again
	return n
}

// theirs is the request's own name where it is trusted and one. Two are none.
func (c *Config) theirs(r *gateway.Request) (s string, ok bool) {
	for i := range r.Header {
		if !gateway.EqualFold(r.Header[i].Name, c.Header) {
			continue
		}
		if ok || !Valid(r.Header[i].Value, c.MaxLength) {
			return "", false
		}
		s, ok = r.Header[i].Value, true
	}
	return s, ok && c.Trust(r)
}

// Valid reports whether s can name a request: 1 to most bytes that need no escaping in a
// log, in JSON, in a URL or in a shell: letters, digits and - _ . ~ + / = : @, which has
// UUIDs, base64, ULIDs, W3C trace ids and AWS's X-Amzn-Trace-Id but for its semicolons.
func Valid(s string, most int) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z':
		case c == '-' || c == '_' || c == '.' || c == '~' || c == '+' || c == '/' || c == '=' || c == ':' || c == '@':
		default:
			return false
		}
	}
	return s != "" && len(s) <= most
}

// tell sets the field on the answer, whatever answers. It exists once, so that
// registering it allocates nothing.
func tell(x *gateway.Exchange) {
	if n, ok := x.Value(key{}).(*name); ok {
		x.Response.Header.Set(n.header, n.text)
	}
}

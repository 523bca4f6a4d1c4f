// Package csrf refuses requests without a token that only the site's own pages have.
// Package crossorigin does without tokens, and is what to begin with; tokens are for
// clients that say neither Sec-Fetch-Site nor Origin, and for rules that ask for them.
//
//	h := gateway.Chain(app, csrf.New(csrf.Config{}))
//
//	<form method="post"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
//
// The theory: a cookie has a secret that foreign pages can make a browser send and
// cannot read; a form repeats it, and both are compared (double submit). What the page
// shows is masked: random bytes, and the secret XOR those. It differs in every answer,
// so that one who sees only the length of compressed answers cannot guess it letter by
// letter (BREACH), as in Django and Tornado. A sibling host or a clear-text connection
// could plant a cookie; over https its name begins with __Host-, which browsers accept
// from this host and https alone.
package csrf

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/middleware/internal/form"
	"github.com/dewar-go/dewar/gateway/middleware/internal/paths"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// Config names where things are. Its zero value is useful.
type Config struct {
	Cookie string   // "csrf"; over https __Host- stands before it
	Header string   // that scripts send the token in: "X-CSRF-Token"
	Field  string   // that forms send it in: "csrf_token"; within the first 256 KiB of the form
	Bypass []string // requests that need none: "/hooks/" for all below it, "POST /hooks/github"
}

// New returns the middleware. Requests that are not GET, HEAD or OPTIONS get 403
// without the token. It panics at a name or pattern that is none.
func New(c Config) gateway.Middleware {
	bypass, err := paths.Parse(c.Bypass)
	for _, d := range []struct {
		field *string
		value string
	}{{&c.Cookie, "csrf"}, {&c.Header, "X-CSRF-Token"}, {&c.Field, "csrf_token"}} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	if err == nil && (!gateway.ValidName(c.Cookie) || !gateway.ValidName(c.Header)) {
		err = fmt.Errorf("Config.Cookie and Header are tokens, not %q and %q", c.Cookie, c.Header)
	}
	if err != nil {
		panic("csrf: " + err.Error())
	}
	return func(next gateway.Handler) gateway.Handler {
		return &guard{next: next, config: c, bypass: bypass}
	}
}

type guard struct {
	next   gateway.Handler
	config Config
	bypass paths.Set
}

// Serve lets through what has the token, or needs none.
func (g *guard) Serve(x *gateway.Exchange) error {
	r := &x.Request
	s := &state{cookie: g.cookie(r)}
	s.known = s.read(&r.Header)
	x.SetValue(key{}, s)
	x.OnStart(setCookie)
	switch {
	case r.Method == "GET" || r.Method == "HEAD" || r.Method == "OPTIONS": // RFC 9110 §9.2.1
	case g.bypass.Match(r):
	case !s.known:
		return refusal("the cookie " + s.cookie + " is missing")
	default:
		if err := g.check(x, s); err != nil {
			return err
		}
	}
	return g.next.Serve(x)
}

// check compares the token of the field or form with the cookie's secret.
func (g *guard) check(x *gateway.Exchange, s *state) error {
	token, ok := x.Request.Header.Lookup(g.config.Header)
	if !ok {
		var err error
		if token, ok, err = form.Field(x, g.config.Field); err != nil {
			return err
		}
	}
	switch {
	case !ok:
		return refusal("the token is missing, in the field " + g.config.Header + " and in the form as " + g.config.Field)
	case !s.verify(token):
		return refusal("the token is not that of the cookie")
	}
	return nil
}

func refusal(why string) error {
	return &gateway.StatusError{Status: 403, Reason: "refused as a request that may come from another site: " + why + "; reload the page and try again"}
}

// cookie is the name of the cookie under the request's scheme.
func (g *guard) cookie(r *gateway.Request) string {
	if r.Scheme == "https" {
		return "__Host-" + g.config.Cookie
	}
	return g.config.Cookie
}

// key is what an exchange keeps its state under.
type key struct{}

const size = 32 // bytes of a secret

// state is one visitor's secret.
type state struct {
	cookie string // its name
	secret [size]byte
	known  bool // there is a secret
	fresh  bool // that the visitor does not have yet
	asked  bool // the answer depends on it
}

// read takes the secret out of the Cookie fields (RFC 6265 §4.2.1).
func (s *state) read(h *gateway.Header) bool {
	for line := range h.Values("Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if name != s.cookie || base64.RawURLEncoding.DecodedLen(len(value)) != size {
				continue
			}
			if _, err := base64.RawURLEncoding.Strict().Decode(s.secret[:], []byte(value)); err == nil {
				return true
			}
		}
	}
	return false
}

// renew makes a secret.
func (s *state) renew() {
	rand.Read(s.secret[:]) // cannot fail, as of Go 1.24
	s.known, s.fresh, s.asked = true, true, true
}

// token is the secret, masked anew.
func (s *state) token() string {
	if !s.known {
		s.renew()
	}
	s.asked = true
	var b [2 * size]byte
	rand.Read(b[:size])
	subtle.XORBytes(b[size:], b[:size], s.secret[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// verify reports whether a token is a mask of the secret, in a time that does not
// depend on how much of it is right.
func (s *state) verify(token string) bool {
	var b [2 * size]byte
	if base64.RawURLEncoding.DecodedLen(len(token)) != len(b) {
		return false
	}
	if _, err := base64.RawURLEncoding.Strict().Decode(b[:], []byte(token)); err != nil {
		return false
	}
	subtle.XORBytes(b[:size], b[:size], b[size:])
	return subtle.ConstantTimeCompare(b[:size], s.secret[:]) == 1
}

// setCookie gives the visitor a secret that is new, and tells caches that the answer
// is this visitor's.
func setCookie(x *gateway.Exchange) {
	s := x.Value(key{}).(*state)
	h := &x.Response.Header
	if s.asked {
		semantics.AddVary(h, "Cookie")
	}
	if !s.fresh {
		return
	}
	cookie := s.cookie + "=" + base64.RawURLEncoding.EncodeToString(s.secret[:]) + "; Path=/; HttpOnly; SameSite=Lax"
	if x.Request.Scheme == "https" {
		cookie += "; Secure"
	}
	h.Add("Set-Cookie", cookie)
}

// Token returns a token for a form of the answer that ctx belongs to, masked anew at
// every call. ctx is a framework.Context or derived from one; templates get it as
// csrf_token(). Ask before the response starts, since a new visitor needs a cookie.
func Token(ctx context.Context) (string, error) {
	if s, ok := ctx.Value(key{}).(*state); ok {
		return s.token(), nil
	}
	return "", ErrMissing
}

// Of is Token for handlers without a framework.
func Of(x *gateway.Exchange) (string, error) {
	if s, ok := x.Value(key{}).(*state); ok {
		return s.token(), nil
	}
	return "", ErrMissing
}

// Rotate gives the visitor a new secret, as Django does at a login: tokens that
// somebody saw before are worth nothing. Pages that are open have to be reloaded.
func Rotate(x *gateway.Exchange) error {
	s, ok := x.Value(key{}).(*state)
	if !ok {
		return ErrMissing
	}
	s.renew()
	return nil
}

// ErrMissing says that a token was asked for outside of the middleware.
var ErrMissing = errors.New("csrf: a token needs csrf.New around the handler")

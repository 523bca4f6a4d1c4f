// Package basicauth asks for a name and password (RFC 7617).
//
//	h := gateway.Chain(app, basicauth.New(basicauth.Config{Realm: "admin", Users: map[string]string{"ada": secret}}))
//
// The password goes over the wire as it is: use it over https alone.
package basicauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dewar-go/dewar/gateway"
)

// Config says who may enter: Users, or Verify, must be set.
type Config struct {
	Realm string // that the browser shows; "" is "restricted"
	// Users are passwords by name, none of them empty. A comparison takes the same time
	// whatever is wrong, the name included.
	Users map[string]string
	// Verify decides instead of Users: by a hash of the password in a database, for
	// instance. It should take as long for a name that there is not.
	Verify func(ctx context.Context, user, password string) bool
}

// New returns the middleware. Requests without the right password get 401. It panics
// where nobody could enter, at a name that cannot be sent, and at an empty password,
// with which everybody could: it is a variable that was not set, mostly.
func New(c Config) gateway.Middleware {
	if c.Realm == "" {
		c.Realm = "restricted"
	}
	if !gateway.ValidValue(c.Realm) || strings.ContainsAny(c.Realm, `"\`) {
		panic(fmt.Sprintf("basicauth: Config.Realm cannot be %q: it stands in a field between quotes", c.Realm))
	}
	if (len(c.Users) == 0) == (c.Verify == nil) {
		panic("basicauth: Config needs Users or Verify, and not both")
	}
	d := &door{challenge: `Basic realm="` + c.Realm + `", charset="UTF-8"`}
	if c.Verify == nil {
		known := newUsers(c.Users)
		d.knows = func(_ *gateway.Exchange, user, password string) bool { return known.verify(user, password) }
	} else {
		d.knows = func(x *gateway.Exchange, user, password string) bool { return c.Verify(x.Context(), user, password) }
	}
	ask := d.ask // once, so that no request allocates it
	return func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			user, password, ok := credentials(x.Request.Header)
			if !ok || !d.knows(x, user, password) {
				x.OnStart(ask)
				return errUnknown
			}
			x.SetValue(key{}, user)
			return next.Serve(x)
		})
	}
}

var errUnknown = &gateway.StatusError{Status: 401, Reason: "a name and password are needed", Section: "RFC 7617 §2"}

type door struct {
	knows     func(x *gateway.Exchange, user, password string) bool
	challenge string
}

// ask adds the challenge, which 401 must have (RFC 9110 §15.5.2).
func (d *door) ask(x *gateway.Exchange) {
	if x.Response.Status == 401 && !x.Response.Header.Has("WWW-Authenticate") {
		x.Response.Header.Set("WWW-Authenticate", d.challenge)
	}
}

// credentials reads Authorization: the scheme in any case, base64, and a name up to
// the first colon (RFC 7617 §2). A field that is repeated is none: two readers could
// take one each.
func credentials(h gateway.Header) (user, password string, ok bool) {
	n := 0
	var field string
	for v := range h.Values("Authorization") {
		field = v
		n++
	}
	scheme, text, found := strings.Cut(field, " ")
	if n != 1 || !found || !gateway.EqualFold(scheme, "Basic") {
		return "", "", false
	}
	b, err := base64.StdEncoding.DecodeString(strings.TrimLeft(text, " "))
	if err != nil || !utf8.Valid(b) {
		return "", "", false
	}
	return strings.Cut(string(b), ":")
}

// users are digests, so that all comparisons are of one length.
type users map[[32]byte][32]byte

func newUsers(passwords map[string]string) users {
	u := users{}
	for name, password := range passwords {
		if strings.Contains(name, ":") {
			panic(fmt.Sprintf("basicauth: Config.Users: %q has a colon, which ends a name (RFC 7617 §2)", name))
		}
		if password == "" {
			panic(fmt.Sprintf("basicauth: Config.Users: the password of %q is empty, as of a variable that is not set", name))
		}
		u[sha256.Sum256([]byte(name))] = sha256.Sum256([]byte(password))
	}
	return u
}

// verify looks at every user, whoever it is: neither a name that there is nor the
// place of it shows in the time.
func (u users) verify(name, password string) bool {
	n, p := sha256.Sum256([]byte(name)), sha256.Sum256([]byte(password))
	found := 0
	for known, digest := range u {
		found |= subtle.ConstantTimeCompare(known[:], n[:]) & subtle.ConstantTimeCompare(digest[:], p[:])
	}
	return found == 1
}

// key is what an exchange keeps the name under.
type key struct{}

// User returns the name of whom the answer that ctx belongs to is for, "" where
// nobody was asked. ctx is a framework.Context or derived from one.
func User(ctx context.Context) string {
	name, _ := ctx.Value(key{}).(string)
	return name
}

// Of is User for handlers without a framework.
func Of(x *gateway.Exchange) string {
	name, _ := x.Value(key{}).(string)
	return name
}

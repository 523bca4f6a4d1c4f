package framework

import (
	"encoding/base64"
	"errors"
	"time"

	"github.com/dewar-go/dewar/framework/signing"
)

// cookieTokens make the values of cookies that clients cannot change, under the keys
// of App.Session, all of which are accepted while the last one is used.
type cookieTokens struct {
	signer *signing.Signer
	box    *signing.Box
}

// cookieSalt keeps these tokens apart from those of sessions.
const cookieSalt = "dewar-cookie"

var errNoCookieKeys = errors.New("framework: App.Session.Keys has no key for signed and encrypted cookies; `openssl rand -hex 32` makes a good one")

// newCookieTokens returns nil where there are no keys.
func newCookieTokens(keys []string) (*cookieTokens, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	c := signing.Config{Keys: keys, Salt: cookieSalt}
	signer, err := signing.New(c)
	if err != nil {
		return nil, err
	}
	box, err := signing.NewBox(c)
	return &cookieTokens{signer, box}, err
}

// SetSignedCookie is SetCookie with a value that the client can read and not change:
// c.SignedCookie reads it. The token is good under the cookie's name alone. It needs
// App.Session.Keys.
func (c *Context) SetSignedCookie(cookie Cookie) error {
	c.exchange()
	t := c.app.tokens
	if t == nil {
		return errNoCookieKeys
	}
	// The name is signed with the value and not sent a second time.
	prefix := cookie.Name + "="
	text := base64.RawURLEncoding.AppendEncode([]byte(prefix), []byte(cookie.Value))
	cookie.Value = string(t.signer.SignAt(text, time.Now())[len(prefix):])
	return c.SetCookie(cookie)
}

// SignedCookie returns the value of a cookie that SetSignedCookie set up to maxAge
// ago; 0 means at any time, as a client may keep a cookie for longer than it was told
// to. It is false where there is none, or one that was changed.
func (c *Context) SignedCookie(name string, maxAge time.Duration) (string, bool) {
	sent, ok := c.Cookies().Lookup(name)
	t := c.app.tokens
	if !ok || t == nil {
		return "", false
	}
	prefix := name + "="
	text, _, err := t.signer.VerifyAt([]byte(prefix+sent), time.Now(), maxAge)
	if err != nil || len(text) < len(prefix) {
		return "", false
	}
	value, err := base64.RawURLEncoding.AppendDecode(nil, text[len(prefix):])
	return string(value), err == nil
}

// SetEncryptedCookie is SetCookie with a value that the client can neither read nor
// change: c.EncryptedCookie reads it. It is sealed in a signing.Box for the cookie's
// name. It needs App.Session.Keys.
func (c *Context) SetEncryptedCookie(cookie Cookie) error {
	c.exchange()
	t := c.app.tokens
	if t == nil {
		return errNoCookieKeys
	}
	cookie.Value = string(t.box.Seal(cookie.Name, []byte(cookie.Value), time.Now()))
	return c.SetCookie(cookie)
}

// EncryptedCookie is SignedCookie for those that SetEncryptedCookie set.
func (c *Context) EncryptedCookie(name string, maxAge time.Duration) (string, bool) {
	sent, ok := c.Cookies().Lookup(name)
	t := c.app.tokens
	if !ok || t == nil {
		return "", false
	}
	value, err := t.box.Open(name, []byte(sent), time.Now(), maxAge)
	return string(value), err == nil
}

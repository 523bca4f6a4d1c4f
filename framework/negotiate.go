package framework

import (
	"net/url"
	"strings"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// Accepts returns the media type among offers that the client likes best, the first
// where it does not care; it is false where the client takes none of them, which 406
// says. Since the answer depends on it, Vary names Accept.
//
//	switch best, _ := c.Accepts("text/html", "application/json"); best {
func (c *Context) Accepts(offers ...string) (string, bool) {
	c.Vary("Accept")
	return semantics.AcceptMedia(c.x.Request.Header).Best(offers...)
}

// AcceptsLanguage is Accepts for languages, such as "en" and "de-AT".
func (c *Context) AcceptsLanguage(offers ...string) (string, bool) {
	c.Vary("Accept-Language")
	return semantics.AcceptLanguage(c.x.Request.Header).Best(offers...)
}

// Vary says that the answer depends on those fields of the request, so that a cache
// keeps it for requests that are alike in them (RFC 9110 §12.5.5).
func (c *Context) Vary(names ...string) {
	semantics.AddVary(&c.exchange().Response.Header, names...)
}

// CacheControl says what caches may do with the answer: see semantics.CacheControl.
func (c *Context) CacheControl(control semantics.CacheControl) {
	if value := control.String(); value != "" {
		c.SetHeader("Cache-Control", value)
	} else {
		c.Response().Header.Del("Cache-Control")
	}
}

// ETag sets the answer's entity tag; "" sets none. Conditional sets it too.
func (c *Context) ETag(tag semantics.ETag) {
	if tag != "" {
		c.SetHeader("ETag", string(tag))
	}
}

// LastModified sets when what the answer shows was changed.
func (c *Context) LastModified(t time.Time) {
	if !t.IsZero() {
		c.SetHeader("Last-Modified", semantics.FormatDate(t))
	}
}

// Conditional sets the validators of what the request is about, and heeds the
// request's conditions: it is called before anything is done or read that is not
// needed for that (RFC 9110 §13).
//
//	if done, err := c.Conditional(semantics.Validators{Modified: note.Changed}); done {
//		return err
//	}
//
// done says that the request is answered: 304, the client has it already, or, as an
// error, 412, it is not in the state that the client demands.
func (c *Context) Conditional(v semantics.Validators) (done bool, err error) {
	c.ETag(v.ETag)
	c.LastModified(v.Modified)
	switch semantics.Evaluate(&c.x.Request, v) {
	case 304:
		semantics.NotModified(&c.x.Response)
		return true, nil
	case 412:
		return true, Abort(412)
	}
	return false, nil
}

// BasicAuth returns the name and password of Basic authentication (RFC 7617), and
// whether the client sent any. Compare the password in constant time.
func (c *Context) BasicAuth() (user, password string, ok bool) {
	return semantics.Basic(c.Request().Header)
}

// BearerToken returns the token of Bearer authentication (RFC 6750), and whether the
// client sent one.
func (c *Context) BearerToken() (string, bool) { return semantics.Bearer(c.Request().Header) }

// Unauthorized returns the error that asks for credentials: 401 with a challenge, or
// several among which the client chooses (RFC 9110 §11.6.1).
func Unauthorized(challenges ...semantics.Challenge) *Error {
	e := Abort(401)
	for _, challenge := range challenges {
		e.Header.Add("WWW-Authenticate", challenge.String())
	}
	return e
}

// SafeRedirect is Redirect to a URL that came from the client, such as the page to
// return to after logging in: where that leads to another site, or is no URL, it goes
// to fallback instead.
func (c *Context) SafeRedirect(next, fallback string) error {
	if !c.isLocal(next) {
		next = fallback
	}
	return c.Redirect(next)
}

// isLocal reports whether a URL stays on this site, as browsers read it: they drop
// control characters, take a backslash for a slash, and // for the beginning of a
// host.
func (c *Context) isLocal(next string) bool {
	for i := 0; i < len(next); i++ {
		if next[i] <= ' ' || next[i] == '\\' || next[i] >= 0x7f {
			return false
		}
	}
	if strings.HasPrefix(next, "/") {
		return !strings.HasPrefix(next, "//")
	}
	u, err := url.Parse(next)
	if err != nil || u.User != nil || u.Opaque != "" || u.Host == "" {
		return false
	}
	here, err := url.Parse(c.Request().HostURL())
	return err == nil && gateway.EqualFold(u.Scheme, here.Scheme) && gateway.EqualFold(u.Host, here.Host)
}

package framework

import (
	"errors"
	"slices"
	"time"

	"github.com/dewar-go/dewar/framework/session"
)

// Session returns the visitor's session, opened at the first call; it is kept when
// the after hooks have run. What has been asked for depends on the cookie, so that
// the response says Vary: Cookie. Where a store fails, the session is empty and the
// failure is logged.
func (c *Context) Session() *session.Session {
	c.exchange()
	if c.session != nil {
		return c.session
	}
	m := c.app.sessions
	cookie, _ := c.Cookies().Lookup(m.Config().Name)
	s, err := m.Open(c, cookie, time.Now())
	if err != nil {
		c.report(err)
		s, _ = m.Open(c, "", time.Now()) // without a cookie the store is not asked
	}
	c.session = s
	return s
}

var errSessionLate = errors.New("framework: the session was changed after the response had started, too late for its cookie; change it before the first Flush or 16 KiB of content")

// closeSession keeps the session and sets its cookie.
func (c *Context) closeSession() error {
	if c.session == nil {
		return nil
	}
	if c.x.Started() {
		if c.session.Modified() {
			c.report(errSessionLate)
		}
		return nil
	}
	_, err := c.keepSession()
	return err
}

// keepSession stores the session and sets its cookie, which it returns; nil where
// nothing was to be kept.
func (c *Context) keepSession() (*session.Cookie, error) {
	c.Vary("Cookie")
	m := c.app.sessions
	kept, err := m.Close(c, c.session, time.Now())
	if err != nil || kept == nil {
		return nil, err
	}
	config := m.Config()
	r := &c.x.Request
	cookie := Cookie{
		Name: config.Name, Value: kept.Value, Path: config.Path, Domain: config.Domain,
		MaxAge: kept.MaxAge, HTTPOnly: true, SameSite: config.SameSite,
		Secure: r.Scheme == "https" && !config.Insecure,
	}
	if cookie.Path == "" && r.Root != "" {
		cookie.Path = r.Root
	}
	if kept.MaxAge < 0 {
		return kept, c.DeleteCookie(cookie)
	}
	return kept, c.SetCookie(cookie)
}

// A Flash is a message for the visitor's next page.
type Flash struct {
	Category string // "message" where none was given
	Message  string
}

const flashKey = "_flashes" // Flask's name

// Flash keeps a message until a page shows it, usually that of the next request:
// c.Flash("Saved."), c.Flash("No such file.", "error").
func (c *Context) Flash(message string, category ...string) {
	f := "message"
	if len(category) > 0 {
		f = category[0]
	}
	list, _ := c.Session().Get(flashKey).([]any)
	c.session.Set(flashKey, append(list, session.Tuple{f, message}))
	c.app.app.Signals.MessageFlashed.send(c, Flash{f, message})
}

// Flashes returns the messages, those of the given categories or all, and removes
// them from the session: they are shown once. Within the request they can be
// asked for again.
func (c *Context) Flashes(categories ...string) []Flash {
	list, _ := c.Session().Pop(flashKey).([]any)
	for _, item := range list {
		var pair []any
		switch item := item.(type) {
		case session.Tuple:
			pair = item
		case []any:
			pair = item
		}
		if len(pair) != 2 {
			continue
		}
		category, ok1 := pair[0].(string)
		message, ok2 := pair[1].(string)
		if ok1 && ok2 {
			c.flashes = append(c.flashes, Flash{category, message})
		}
	}
	if len(categories) == 0 {
		return slices.Clone(c.flashes)
	}
	var chosen []Flash
	for _, f := range c.flashes {
		if slices.Contains(categories, f.Category) {
			chosen = append(chosen, f)
		}
	}
	return chosen
}

package framework

import (
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// UserAgent returns what the client calls itself, "" where it does not. It is for
// records: a client may say anything. Agent is what App.ParseAgent makes of it.
func (c *Context) UserAgent() string { return c.Request().Header.Value("User-Agent") }

// An Agent is what is known of the program that sent a request, as Werkzeug's UserAgent
// has it; "" where it is not known.
type Agent struct {
	Text     string // as it came
	Platform string // such as linux or iphone
	Browser  string // such as firefox
	Version  string // of the browser
	Language string
	Details  any // whatever else the parser knows
}

// Agent returns what the client is, as App.ParseAgent reads the User-Agent field, once
// for each request; without a parser nothing but its Text is known.
func (c *Context) Agent() Agent {
	text := c.UserAgent()
	parse := c.app.app.ParseAgent
	if parse == nil {
		return Agent{Text: text}
	}
	if c.agent == nil {
		agent := parse(text)
		c.agent = &agent
	}
	return *c.agent
}

// SecFetch returns what a browser says of how the request came about; see
// semantics.Fetch.
func (c *Context) SecFetch() semantics.Fetch { return semantics.ParseFetch(c.Request().Header) }

// Expires sets until when caches may use the answer; CacheControl with a MaxAge goes
// before it (RFC 9111 §5.3).
func (c *Context) Expires(t time.Time) { c.SetHeader("Expires", semantics.FormatDate(t)) }

// Age sets for how long the answer has been in a cache, in whole seconds (RFC 9111
// §5.1): for one that the program keeps itself.
func (c *Context) Age(d time.Duration) { c.SetHeader("Age", semantics.FormatAge(d)) }

// RetryAfter tells the client how long to wait, in whole seconds rounded up, with
// 503, 429 or a redirect (RFC 9110 §10.2.3). In an error it is a field of
// Error.Header: semantics.RetryAfter.
func (c *Context) RetryAfter(d time.Duration) { c.SetHeader("Retry-After", semantics.RetryAfter(d)) }

// RetryAt is RetryAfter for a moment.
func (c *Context) RetryAt(t time.Time) { c.SetHeader("Retry-After", semantics.FormatDate(t)) }

// ContentLanguage sets for whom the answer is: tags such as "en" and "de-AT" (RFC
// 9110 §8.5). Without tags it is for everybody.
func (c *Context) ContentLanguage(tags ...string) { c.setList("Content-Language", tags) }

// Allow sets the methods that the resource takes (RFC 9110 §10.2.1). An answer of 405
// has it already.
func (c *Context) Allow(methods ...string) { c.setList("Allow", methods) }

func (c *Context) setList(name string, list []string) {
	if len(list) == 0 && name != "Allow" { // no methods at all can be said
		c.Response().Header.Del(name)
		return
	}
	c.SetHeader(name, commas(list))
}

// CSP gives this answer a policy of its own, which goes before that of middleware
// secure (CSP Level 3). The error says what is wrong with it.
//
//	err := c.CSP(policy.Allow("script-src", semantics.SourceNonce(c.CSPNonce())))
func (c *Context) CSP(policy semantics.CSP) error {
	if err := policy.Check(); err != nil {
		return err
	}
	c.SetHeader("Content-Security-Policy", policy.String())
	return nil
}

// CSPNonce returns the nonce of this request's policy, as App.CSPNonce gives it; ""
// where that is nil.
func (c *Context) CSPNonce() string {
	c.exchange()
	if nonce := c.app.app.CSPNonce; nonce != nil {
		return nonce(c)
	}
	return ""
}

// CrossOrigin gives this answer policies of its own, which go before those of
// middleware secure; what is "" stays as it is.
func (c *Context) CrossOrigin(p semantics.CrossOrigin) {
	for _, f := range [...]gateway.Field{
		{Name: "Cross-Origin-Opener-Policy", Value: p.Opener},
		{Name: "Cross-Origin-Embedder-Policy", Value: p.Embedder},
		{Name: "Cross-Origin-Resource-Policy", Value: p.Resource},
	} {
		if f.Value != "" {
			c.SetHeader(f.Name, f.Value)
		}
	}
}

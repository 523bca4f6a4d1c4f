// Package crossorigin refuses requests that another site's page made a browser
// send: cross-site request forgery, CSRF. The browser itself says where a request
// comes from, so that no token is needed.
//
//	h := gateway.Chain(app, crossorigin.New(crossorigin.Config{}))
//
// It decides as net/http's CrossOriginProtection does (as of Go 1.25). Package csrf
// adds tokens, for browsers older than 2020 that send neither field.
package crossorigin

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/middleware/internal/paths"
)

// Config says who else may send requests that change something. Its zero value
// trusts no other origin.
type Config struct {
	// Trusted are origins whose pages may: "https://example.com", "https://example.com:8443".
	Trusted []string
	// Bypass are requests that are not looked at, since something else protects
	// them: "/hooks/" for all below it, "POST /hooks/github" for one. Every one of
	// them must be safe from forgery by itself, as a signed webhook is.
	Bypass []string
}

// New returns the middleware. Refused requests get 403. It panics at an origin or
// pattern that is none.
func New(c Config) gateway.Middleware {
	if err := c.Check(); err != nil {
		panic("crossorigin: " + err.Error())
	}
	bypass, _ := paths.Parse(c.Bypass)
	trusted := make(map[string]bool, len(c.Trusted))
	for _, origin := range c.Trusted {
		trusted[strings.ToLower(origin)] = true
	}
	return func(next gateway.Handler) gateway.Handler {
		return &protection{next: next, trusted: trusted, bypass: bypass}
	}
}

// Check reports the mistake at which New panics, nil where there is none.
func (c Config) Check() error {
	if _, err := paths.Parse(c.Bypass); err != nil {
		return fmt.Errorf("Config.Bypass: %w", err)
	}
	for _, origin := range c.Trusted {
		if err := check(origin); err != nil {
			return fmt.Errorf("Config.Trusted: %w", err)
		}
	}
	return nil
}

// check reports what is no origin as browsers write it (RFC 6454 §6.2).
func check(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme == "" || u.Host == "" || strings.Contains(origin, "*") || origin != u.Scheme+"://"+u.Host || hostOf(origin) != strings.ToLower(u.Host) {
		return fmt.Errorf("%q is no origin; write scheme and host, and the port where it is not the scheme's own: https://example.com", origin)
	}
	return nil
}

type protection struct {
	next    gateway.Handler
	trusted map[string]bool
	bypass  paths.Set
}

// Serve lets through what may pass. hot path
func (p *protection) Serve(x *gateway.Exchange) error {
	if err := p.judge(&x.Request); err != nil {
		return err
	}
	return p.next.Serve(x)
}

// judge returns why a request is refused. The rules, in order: safe methods change
// nothing (RFC 9110 §9.2.1); Sec-Fetch-Site, which pages cannot forge, decides where
// it is there (Fetch Metadata §2.3; browsers since 2023 send it to secure origins);
// else Origin does, which they send with every POST since 2020; a request with neither is
// no browser's, and nobody can be made to send it.
func (p *protection) judge(r *gateway.Request) error {
	switch r.Method {
	case "GET", "HEAD", "OPTIONS":
		return nil
	}
	origin, hasOrigin := r.Header.Lookup("Origin")
	switch site, ok := r.Header.Lookup("Sec-Fetch-Site"); {
	case site == "same-origin" || site == "none":
		return nil
	case ok && site != "":
		if p.excepted(r, origin) {
			return nil
		}
		return refusal("Sec-Fetch-Site says " + known(site))
	case !hasOrigin || origin == "":
		return nil
	case sameHost(origin, r.Host) || p.excepted(r, origin):
		return nil
	}
	return refusal("its Origin is not this host")
}

func (p *protection) excepted(r *gateway.Request, origin string) bool {
	return p.trusted[origin] || p.bypass.Match(r)
}

// known keeps a client's own words out of the answer.
func known(site string) string {
	if site == "same-site" || site == "cross-site" {
		return site
	}
	return "something unknown"
}

func refusal(why string) error {
	return &gateway.StatusError{Status: 403, Reason: "refused as a request that another site made the browser send: " + why}
}

// sameHost compares an origin's host and port with those that were asked for. The
// scheme does not count: behind a proxy that ends TLS the server does not know it,
// and a page of http on the same host is HSTS's matter.
func sameHost(origin, host string) bool {
	scheme, authority, ok := strings.Cut(origin, "://")
	if !ok || scheme == "" || authority == "" {
		return false // null, or no origin at all
	}
	return gateway.EqualFold(authority, trimPort(scheme, host))
}

// hostOf is an origin's host and port, without the scheme's own port.
func hostOf(origin string) string {
	scheme, authority, _ := strings.Cut(strings.ToLower(origin), "://")
	return trimPort(scheme, authority)
}

func trimPort(scheme, host string) string {
	switch scheme {
	case "http":
		return strings.TrimSuffix(host, ":80")
	case "https":
		return strings.TrimSuffix(host, ":443")
	}
	return host
}

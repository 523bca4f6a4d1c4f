// Package cors lets pages of other origins read answers, which browsers do not allow
// by themselves (Fetch, §3.2: CORS protocol).
//
//	h := gateway.Chain(app, cors.New(cors.Config{Origins: []string{"https://app.example.com"}}))
//
// It opens a door and closes none: a request of a foreign page is served all the
// same, only its answer cannot be read there. Package crossorigin refuses requests.
package cors

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
	"golang.org/x/net/publicsuffix"
)

// Config says who may do what. Its zero value allows no origin anything.
type Config struct {
	// Origins may read answers: "https://example.com", "https://*.example.com" for
	// all names below that one, which must be somebody's own ("https://*.co.uk" is
	// everybody's) or localhost, or "*" for every page there is, which New refuses
	// together with Credentials.
	Origins []string
	// Allow decides where Origins does not: by a database, for instance. It gets an
	// origin as the client wrote it. What it allows depends on the origin alone.
	Allow func(origin string) bool
	// Credentials lets the pages send cookies and read what comes back.
	Credentials bool
	// Methods may be used beyond GET, HEAD and POST; nil is PUT, PATCH and DELETE.
	Methods []string
	// Headers are fields that requests may have beyond those that every form can
	// send; "*" allows all but Authorization, and nothing with Credentials.
	Headers []string
	// Expose are fields of the answer that pages may read beyond Fetch's six.
	Expose []string
	// MaxAge is how long a browser may keep the answer to its preflight request; 0
	// is ten minutes, negative not at all. Chromium keeps none for more than two hours.
	MaxAge time.Duration
	// PrivateNetwork lets pages of the internet reach this server in a private
	// network (Private Network Access, a draft that Chromium implements in part).
	PrivateNetwork bool
}

// New returns the middleware. It panics at a configuration that opens more than it
// says or can never match: "*" or "null" with Credentials, an origin with a path, a
// name that is no token.
func New(c Config) gateway.Middleware {
	p, err := c.compile()
	if err != nil {
		panic("cors: " + err.Error())
	}
	answer, vary := p.answer, p.vary // once, so that no request allocates them
	return func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			r := &x.Request
			origin, present := originOf(r.Header)
			if r.Method == "OPTIONS" && present && r.Header.Has("Access-Control-Request-Method") {
				p.preflight(x, origin)
				return nil
			}
			if origin != "" && p.allows(origin) {
				x.OnStart(answer)
			} else if !p.any {
				x.OnStart(vary)
			}
			return next.Serve(x)
		})
	}
}

// originOf returns the Origin of a request, "" where there are two: a client has one
// (RFC 6454 §7.3), and which of them a layer behind looks at is not known. hot path
func originOf(h gateway.Header) (origin string, present bool) {
	for i := range h {
		if !gateway.EqualFold(h[i].Name, "Origin") {
			continue
		}
		if present {
			return "", true
		}
		origin, present = h[i].Value, true
	}
	return origin, present
}

// A policy is a Config in the form in which it is sent. Shared read-only.
type policy struct {
	any         bool
	exact       map[string]bool
	below       []wildcard
	allow       func(string) bool
	credentials bool
	private     bool
	methods     string
	headers     string
	expose      string
	maxAge      string
}

// A wildcard is "https://*.example.com:8443", cut at its star.
type wildcard struct{ scheme, suffix string }

// allows reports whether pages of that origin may read answers. Origins are compared
// as a whole and never by a part: example.com.evil.example has been taken for
// example.com before (gin-contrib/cors, CVE-2019-25211). hot path
func (p *policy) allows(origin string) bool {
	if p.any || p.exact[origin] {
		return true
	}
	for _, w := range p.below {
		name, ok := strings.CutPrefix(origin, w.scheme)
		if ok && len(name) > len(w.suffix) && strings.HasSuffix(name, w.suffix) && isName(name[:len(name)-len(w.suffix)]) {
			return true
		}
	}
	return p.allow != nil && p.allow(origin)
}

// isName reports whether s can be labels of a host name: nothing that would end the
// host of a URL.
func isName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_', c == '.' && i > 0:
		default:
			return false
		}
	}
	return s != ""
}

// answer lets the page read an answer, an error's too: it would not learn otherwise
// what went wrong. A policy that a layer inside has applied stays. hot path
func (p *policy) answer(x *gateway.Exchange) {
	h := &x.Response.Header
	if !h.Has("Access-Control-Allow-Origin") {
		p.open(h, x.Request.Header.Value("Origin"))
		if p.expose != "" {
			h.Add("Access-Control-Expose-Headers", p.expose)
		}
	}
	p.vary(x)
}

// open names the origin: itself and not *, unless all are allowed.
func (p *policy) open(h *gateway.Header, origin string) {
	if p.any {
		origin = "*"
	}
	h.Add("Access-Control-Allow-Origin", origin)
	if p.credentials {
		h.Add("Access-Control-Allow-Credentials", "true")
	}
}

// vary tells caches that the answer depends on the origin, also where that is not
// allowed: the next one may be (Fetch, §3.2.7: CORS protocol and HTTP caches).
func (p *policy) vary(x *gateway.Exchange) {
	if !p.any {
		semantics.AddVary(&x.Response.Header, "Origin")
	}
}

// preflight answers a browser's question whether it may send a request, without the
// handler. The answer is the same whatever method and fields it asks for: the browser
// compares, and nothing of a request is parsed here (rs/cors, GHSA-mh55-gqvf-xfwm, let
// a long Access-Control-Request-Headers cost memory).
func (p *policy) preflight(x *gateway.Exchange, origin string) {
	h := x.Response.Header[:0]
	if origin != "" && p.allows(origin) {
		p.open(&h, origin)
		h.Add("Access-Control-Allow-Methods", p.methods)
		if p.headers != "" {
			h.Add("Access-Control-Allow-Headers", p.headers)
		}
		if p.private && x.Request.Header.Value("Access-Control-Request-Private-Network") == "true" {
			h.Add("Access-Control-Allow-Private-Network", "true")
		}
		if p.maxAge != "" {
			h.Add("Access-Control-Max-Age", p.maxAge)
		}
	}
	h.Add("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
	if p.private {
		h.Add("Vary", "Access-Control-Request-Private-Network")
	}
	x.Response = gateway.Response{Status: 204, Header: h}
}

// compile checks a Config and writes its fields out once.
func (c Config) compile() (*policy, error) {
	p := &policy{exact: map[string]bool{}, allow: c.Allow, credentials: c.Credentials, private: c.PrivateNetwork}
	for _, origin := range c.Origins {
		if err := p.add(origin); err != nil {
			return nil, err
		}
	}
	methods := c.Methods
	if methods == nil {
		methods = []string{"PUT", "PATCH", "DELETE"}
	}
	methods = append([]string{"GET", "HEAD", "POST"}, methods...)
	for _, list := range []struct {
		name string
		from []string
		to   *string
	}{{"Methods", methods, &p.methods}, {"Headers", c.Headers, &p.headers}, {"Expose", c.Expose, &p.expose}} {
		for _, name := range list.from {
			if !gateway.ValidName(name) || name == "*" && c.Credentials {
				return nil, fmt.Errorf("in Config.%s, %q is no name; with Credentials the * stands for itself", list.name, name)
			}
		}
		*list.to = strings.Join(list.from, ", ")
	}
	switch {
	case c.MaxAge == 0:
		p.maxAge = "600"
	case c.MaxAge > 0:
		p.maxAge = strconv.FormatInt(int64(c.MaxAge/time.Second), 10)
	default:
		p.maxAge = "0"
	}
	return p, nil
}

// add reads one of Config.Origins.
func (p *policy) add(origin string) error {
	switch {
	case origin == "*" && p.credentials:
		return fmt.Errorf(`Config.Origins has "*" with Credentials: every page there is could act as your users and read what they may; name the origins`)
	case origin == "*":
		p.any = true
		return nil
	case origin == "null" && p.credentials:
		return fmt.Errorf(`Config.Origins has "null" with Credentials: any page can have that origin, in a sandboxed frame`)
	case origin == "null":
		p.exact[origin] = true
		return nil
	}
	scheme, authority, ok := strings.Cut(strings.ToLower(origin), "://")
	name, wild := strings.CutPrefix(authority, "*.")
	if !ok || !gateway.ValidName(scheme) || !isAuthority(name) || defaultPort(scheme, name) {
		return fmt.Errorf("Config.Origins: %q is no origin; write https://example.com, https://example.com:8443 or https://*.example.com", origin)
	}
	host, _, _ := strings.Cut(name, ":")
	if host = strings.TrimSuffix(host, "."); wild && isShared(host) {
		return fmt.Errorf("Config.Origins: %q is everybody who registers a name there; write https://*.example.%s, or decide in Config.Allow", origin, host)
	}
	if wild {
		p.below = append(p.below, wildcard{scheme + "://", "." + name})
	} else {
		p.exact[scheme+"://"+name] = true
	}
	return nil
}

// isShared reports whether the names below host belong to different people: host is a
// public suffix, such as com, co.uk or github.io, or all names below it are. The list
// is publicsuffix.org's as the Go project compiles it in; what it does not know counts as
// its last label does. localhost, which it does not know either, is this machine (RFC
// 6761 §6.3).
func isShared(host string) bool {
	suffix, _ := publicsuffix.PublicSuffix("a." + host)
	return len(suffix) >= len(host) && host != "localhost"
}

// isAuthority reports whether s can be the host and port of an origin.
func isAuthority(s string) bool {
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		if port, err := strconv.ParseUint(s[i+1:], 10, 16); err != nil || port == 0 {
			return false
		}
		s = s[:i]
	}
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		return len(s) > 3 && strings.Trim(s[1:len(s)-1], "0123456789abcdef:.") == ""
	}
	return isName(s)
}

// defaultPort reports a port that browsers leave out, so that it never matches.
func defaultPort(scheme, authority string) bool {
	return scheme == "https" && strings.HasSuffix(authority, ":443") || scheme == "http" && strings.HasSuffix(authority, ":80")
}

// Package redirect sends clients to the one scheme and host that an application has.
//
//	h := gateway.Chain(app, redirect.HTTPS(redirect.Config{}), redirect.WithoutWWW(redirect.Config{}))
//
// A client chooses the Host field and so where it is sent: put package hosts outside
// where answers may be cached for others.
package redirect

import (
	"net"
	"strconv"
	"strings"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/middleware/internal/paths"
)

// Config says how to redirect. Its zero value is safe.
type Config struct {
	// Temporary answers 307, which nobody keeps, instead of 308. Both keep method
	// and content (RFC 9110 §§15.4.8, 15.4.9); 301 would make GET of a POST.
	Temporary bool
	// Port is where https is, for HTTPS; 0 is 443.
	Port int
	// Except are requests to serve as they come: "/livez", or
	// "/.well-known/acme-challenge/" for all below it.
	Except []string
}

// HTTPS redirects requests of http to https. Behind a proxy that ends TLS the scheme
// must come from the proxy, or the redirect never ends: put the middleware that
// reads it outside. Requests without a host are 400: there is nowhere to send them.
func HTTPS(c Config) gateway.Middleware {
	port := ""
	if c.Port != 0 && c.Port != 443 {
		port = ":" + strconv.Itoa(c.Port)
	}
	return c.middleware("HTTPS", func(r *gateway.Request) (string, bool) {
		return "https://" + bare(r.Host) + port, r.Scheme == "http"
	})
}

// WWW redirects example.com to www.example.com. Addresses, and names without a dot,
// stay as they are. Around WithoutWWW, or in it, it panics: neither would end.
func WWW(c Config) gateway.Middleware {
	return c.middleware("WWW", func(r *gateway.Request) (string, bool) {
		host := bare(r.Host)
		return r.Scheme + "://www." + r.Host, !prefixed(host) && isDomain(host)
	})
}

// WithoutWWW redirects www.example.com to example.com. What would not be a name with a
// dot without it, such as www.com, stays as it is.
func WithoutWWW(c Config) gateway.Middleware {
	return c.middleware("WithoutWWW", func(r *gateway.Request) (string, bool) {
		if !prefixed(r.Host) || !isDomain(bare(r.Host)[len("www."):]) {
			return "", false
		}
		return r.Scheme + "://" + r.Host[len("www."):], true
	})
}

func prefixed(host string) bool {
	return len(host) >= len("www.") && gateway.EqualFold(host[:4], "www.")
}

// isDomain reports whether a host without its port is a name below another.
func isDomain(host string) bool {
	return strings.Contains(strings.TrimSuffix(host, "."), ".") && net.ParseIP(strings.Trim(host, "[]")) == nil
}

// bare is a host without its port.
func bare(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.Contains(host[i:], "]") {
		return host[:i]
	}
	return host
}

// middleware redirects where to says so: to the origin that it gives, with the path
// and query that came. The path cannot leave that origin: the server has it begin
// with a slash, and it stands behind a host.
func (c Config) middleware(name string, to func(r *gateway.Request) (origin string, ok bool)) gateway.Middleware {
	except, err := paths.Parse(c.Except)
	if err != nil {
		panic("redirect: " + name + ": Config.Except: " + err.Error())
	}
	status := 308
	if c.Temporary {
		status = 307
	}
	return func(next gateway.Handler) gateway.Handler {
		circle(name, next)
		serve := func(x *gateway.Exchange) error {
			r := &x.Request
			origin, ok := to(r)
			if !ok || except.Match(r) {
				return next.Serve(x)
			}
			if bare(r.Host) == "" {
				return errHostless
			}
			location := origin
			if r.Path != "*" {
				location += r.Root + r.Path
			}
			if r.Query != "" {
				location += "?" + r.Query
			}
			x.Response = gateway.Response{Status: status, Header: append(x.Response.Header[:0], gateway.Field{Name: "Location", Value: location})}
			return nil
		}
		return &redirector{serve, name, next}
	}
}

// A redirector is known to those directly around it.
type redirector struct {
	gateway.HandlerFunc
	name string
	next gateway.Handler
}

// circle panics where a redirect within this one leads back: clients would go in
// circles until they give up.
func circle(name string, next gateway.Handler) {
	for r, ok := next.(*redirector); ok; r, ok = r.next.(*redirector) {
		if name == "WWW" && r.name == "WithoutWWW" || name == "WithoutWWW" && r.name == "WWW" {
			panic("redirect: WWW and WithoutWWW send clients to each other; use one of them")
		}
	}
}

var errHostless = &gateway.StatusError{Status: 400, Reason: "the request has no host, so that it cannot be redirected", Section: "RFC 9112 §3.2"}

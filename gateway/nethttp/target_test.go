package nethttp

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/dewar-go/dewar/gateway"
)

func TestFillTarget(t *testing.T) {
	for _, c := range []struct {
		method, target    string
		strip             string // by middleware outside
		rewrite           string // by middleware outside
		root, path, query string
		status            int // of the refusal; 0: none
	}{
		// RFC 9112 §3.2.1 origin-form
		{target: "/", path: "/"},
		{target: "/a/b?c=d&e", path: "/a/b", query: "c=d&e"},
		{target: "/a%2Fb/%63?x%2F", path: "/a%2Fb/%63", query: "x%2F"},
		{target: "//a//b", path: "//a//b"},
		{target: "/a?", path: "/a"},
		{target: "/a?b?c", path: "/a", query: "b?c"},
		{target: `/a"<>^{|}é`, path: `/a"<>^{|}é`},
		{target: "/*", path: "/*"},
		{target: "/a:b://c", path: "/a:b://c"},
		{target: "/a#b", status: 400},
		{target: "/a?b#c", status: 400},
		// §3.2.2 absolute-form
		{target: "http://h/a%2Fb?c", path: "/a%2Fb", query: "c"},
		{target: "http://h", path: "/"},
		{target: "http://h?q", path: "/", query: "q"},
		{target: "https://h:1/", path: "/"},
		{target: "ftp://h/", status: 400},
		{target: "http://user@h/", status: 400},
		{target: "http:a/b", status: 400},
		{target: "http:", status: 400},
		{target: "http:///a", status: 400},
		// §3.2.3 authority-form
		{method: "CONNECT", target: "h:443", path: ""},
		{method: "CONNECT", target: "", status: 400},
		{method: "CONNECT", target: "h/", status: 400},
		{method: "CONNECT", target: "h:443/a", status: 400},
		{method: "CONNECT", target: "h?q", status: 400},
		{method: "CONNECT", target: "user@h:443", status: 400},
		// §3.2.4 asterisk-form
		{method: "OPTIONS", target: "*", path: "*"},
		{method: "OPTIONS", target: "http://h", path: "*"},
		{method: "OPTIONS", target: "http://h/", path: "/"},
		{method: "GET", target: "*", status: 400},
		// http.StripPrefix
		{target: "/a/b%2Fc?q", strip: "/a", root: "/a", path: "/b%2Fc", query: "q"},
		{target: "/a", strip: "/a", root: "/a", path: ""},
		{target: "/a/", strip: "/a", root: "/a", path: "/"},
		{target: "/a/b", strip: "/a/", root: "/a", path: "/b"},
		{target: "/a/", strip: "/a/", root: "/a", path: "/"},
		{target: "/", strip: "/", root: "", path: "/"},
		{target: "/a/a", strip: "/a", root: "/a", path: "/a"},
		{target: "/admin", strip: "/adm", root: "", path: "/in"},
		{target: "http://h/a/b", strip: "/a", root: "/a", path: "/b"},
		// URL decides
		{target: "/a", rewrite: "/other", path: "/other"},
		{target: "/a%2Fb", rewrite: "/x y", path: "/x%20y"},
	} {
		r := parse(t, c.method, c.target)
		if c.strip != "" {
			r = strip(r, c.strip)
		}
		if c.rewrite != "" {
			r.URL.Path = c.rewrite // and leaves RawPath behind, as careless middleware does
		}
		var q gateway.Request
		err := fillTarget(&q, r)
		var refused *gateway.StatusError
		if errors.As(err, &refused) || c.status != 0 {
			if refused == nil || refused.Status != c.status || refused.Section == "" {
				t.Errorf("%s %s: %v, want status %d", c.method, c.target, err, c.status)
			}
			continue
		}
		if q.Target != c.target || q.Root != c.root || q.Path != c.path || q.Query != c.query {
			t.Errorf("%s %s: target %q root %q path %q query %q, want root %q path %q query %q",
				c.method, c.target, q.Target, q.Root, q.Path, q.Query, c.root, c.path, c.query)
		}
	}
}

// parse makes of a target what net/http's server makes of it.
func parse(t *testing.T, method, target string) *http.Request {
	t.Helper()
	if method == "" {
		method = "GET"
	}
	raw := target
	if method == "CONNECT" {
		raw = "http://" + target
	}
	u, err := url.ParseRequestURI(raw)
	if err != nil {
		t.Fatalf("%s: %v", target, err)
	}
	if method == "CONNECT" {
		u.Scheme = ""
	}
	return &http.Request{Method: method, RequestURI: target, URL: u}
}

func strip(r *http.Request, prefix string) (stripped *http.Request) {
	http.StripPrefix(prefix, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { stripped = r })).ServeHTTP(nil, r)
	return stripped
}

func TestLimitsAtNAndOneMore(t *testing.T) {
	limits := Limits{Line: 30, Field: 12, Fields: 2, Header: 24}
	for _, c := range []struct {
		name   string
		q      gateway.Request
		status int
	}{
		{"line", gateway.Request{Method: "GET", Target: "/34567890123456789"[:17]}, 0}, // GET␠ + 17 + ␠HTTP/1.1 = 30
		{"line", gateway.Request{Method: "GET", Target: "/34567890123456789"}, 414},
		{"field", gateway.Request{Header: gateway.Header{{Name: "X-A", Value: "1234567"}}}, 0},
		{"field", gateway.Request{Header: gateway.Header{{Name: "X-A", Value: "12345678"}}}, 431},
		{"fields", gateway.Request{Header: gateway.Header{{Name: "A"}, {Name: "B"}}}, 0},
		{"fields", gateway.Request{Header: gateway.Header{{Name: "A"}, {Name: "B"}, {Name: "C"}}}, 431},
		{"header", gateway.Request{Header: gateway.Header{{Name: "X-A", Value: "12345"}, {Name: "X-B", Value: "12345"}}}, 0},
		{"header", gateway.Request{Header: gateway.Header{{Name: "X-A", Value: "12345"}, {Name: "X-B", Value: "123456"}}}, 431},
	} {
		status := 0
		if s, ok := errors.AsType[*gateway.StatusError](limits.check(&c.q)); ok {
			status = s.Status
		}
		if status != c.status {
			t.Errorf("%s: status %d, want %d for %+v", c.name, status, c.status, c.q)
		}
		if err := (Limits{}).check(&c.q); err != nil {
			t.Errorf("%s: no limits: %v", c.name, err)
		}
	}
}

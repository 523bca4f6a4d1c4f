package cors_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/cors"
)

var ok = gateway.HandlerFunc(func(x *gateway.Exchange) error {
	x.Response.Body = []byte("ok")
	return nil
})

func Example() {
	h := gateway.Chain(ok, cors.New(cors.Config{Origins: []string{"https://*.example.com"}, Credentials: true}))
	res := gatewaytest.Do(h, from("https://app.example.com"))
	fmt.Println(res.Header.Value("Access-Control-Allow-Origin"), res.Header.Value("Access-Control-Allow-Credentials"))
	// Output: https://app.example.com true
}

func from(origin string) gatewaytest.Request {
	return gatewaytest.Request{Header: gateway.Header{{Name: "Origin", Value: origin}}}
}

func preflight(origin string, more ...gateway.Field) gatewaytest.Request {
	h := gateway.Header{{Name: "Origin", Value: origin}, {Name: "Access-Control-Request-Method", Value: "PUT"}}
	return gatewaytest.Request{Method: "OPTIONS", Header: append(h, more...)}
}

// The fields of an answer that are about CORS.
func corsFields(h gateway.Header) (lines []string) {
	for _, f := range h {
		if strings.HasPrefix(f.Name, "Access-Control-") || f.Name == "Vary" {
			lines = append(lines, f.Name+": "+f.Value)
		}
	}
	return lines
}

// The zero Config gives nobody anything; and where nothing is given nothing is said
// that another layer could take for it.
func TestDeniesByDefault(t *testing.T) {
	h := cors.New(cors.Config{})(ok)
	for _, origin := range []string{"https://example.com", "null", "*", "http://localhost"} {
		res := gatewaytest.Do(h, from(origin))
		if got := corsFields(res.Header); res.Status != 200 || !slices.Equal(got, []string{"Vary: Origin"}) {
			t.Errorf("%s: %d %q", origin, res.Status, got)
		}
		res = gatewaytest.Do(h, preflight(origin))
		if got := corsFields(res.Header); res.Status != 204 || !slices.Equal(got, []string{"Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"}) {
			t.Errorf("preflight of %s: %d %q", origin, res.Status, got)
		}
	}
}

func TestOrigins(t *testing.T) {
	h := cors.New(cors.Config{
		Origins: []string{"https://example.com", "HTTPS://Upper.example", "https://*.example.org", "http://[::1]:3000", "https://*.ports.example:8443"},
		Allow:   func(origin string) bool { return origin == "https://function.example" },
	})(ok)
	for origin, want := range map[string]bool{
		"https://example.com": true, "https://upper.example": true, "https://function.example": true, "http://[::1]:3000": true,
		"https://a.example.org": true, "https://a.b.example.org": true, "https://a.ports.example:8443": true,
		// What has been taken for an origin before: gin-contrib/cors CVE-2019-25211,
		// and the list of PortSwigger's study of 2016.
		"http://example.com": false, "https://example.com:444": false, "https://example.com.evil.example": false, "https://evilexample.com": false,
		"https://example.org": false, "https://.example.org": false, "https://evilexample.org": false, "https://a.example.org.evil.example": false,
		"https://evil.example/.example.org": false, "https://evil.example?.example.org": false, "https://evil.example#.example.org": false,
		"https://evil.example`.example.org": false, "https://u@evil.example:1.example.org": false, "https://a.example.org:8443": false, "https://a.ports.example": false,
		"null": false, "*": false, "https://EXAMPLE.com": false, "https://example.com/": false, "https://a,b.example.org": false, "https://a b.example.org": false,
	} {
		res := gatewaytest.Do(h, from(origin))
		got, present := res.Header.Lookup("Access-Control-Allow-Origin")
		if present != want || want && got != origin {
			t.Errorf("%s: allowed %q, want %v", origin, got, want)
		}
		if !res.Header.HasToken("Vary", "Origin") {
			t.Errorf("%s: no Vary", origin)
		}
	}
}

func TestPreflight(t *testing.T) {
	reached := false
	inner := gateway.HandlerFunc(func(x *gateway.Exchange) error { reached = true; return nil })
	h := cors.New(cors.Config{
		Origins: []string{"https://example.com"}, Credentials: true, Headers: []string{"Content-Type", "X-CSRF-Token"}, MaxAge: time.Hour, PrivateNetwork: true,
	})(inner)
	res := gatewaytest.Do(h, preflight("https://example.com", gateway.Field{Name: "Access-Control-Request-Private-Network", Value: "true"}))
	want := []string{
		"Access-Control-Allow-Origin: https://example.com",
		"Access-Control-Allow-Credentials: true",
		"Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE",
		"Access-Control-Allow-Headers: Content-Type, X-CSRF-Token",
		"Access-Control-Allow-Private-Network: true",
		"Access-Control-Max-Age: 3600",
		"Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
		"Vary: Access-Control-Request-Private-Network",
	}
	if got := corsFields(res.Header); res.Status != 204 || !slices.Equal(got, want) {
		t.Errorf("%d %q", res.Status, got)
	}
	if res := gatewaytest.Do(h, preflight("https://example.com")); res.Header.Has("Access-Control-Allow-Private-Network") {
		t.Error("the private network is opened without being asked for")
	}
	if reached {
		t.Error("a preflight request reached the handler")
	}
	// OPTIONS that is no preflight belongs to the handler (Fetch §4.9: both fields).
	for _, header := range []gateway.Header{nil, {{Name: "Origin", Value: "https://example.com"}}, {{Name: "Access-Control-Request-Method", Value: "PUT"}}} {
		reached = false
		gatewaytest.Do(h, gatewaytest.Request{Method: "OPTIONS", Header: header})
		if !reached {
			t.Errorf("OPTIONS with %v did not reach the handler", header)
		}
	}
}

func TestPrivateNetworkIsClosedByDefault(t *testing.T) {
	h := cors.New(cors.Config{Origins: []string{"*"}})(ok)
	res := gatewaytest.Do(h, preflight("https://example.com", gateway.Field{Name: "Access-Control-Request-Private-Network", Value: "true"}))
	if res.Header.Value("Access-Control-Allow-Origin") != "*" || res.Header.Has("Access-Control-Allow-Private-Network") {
		t.Errorf("%q", corsFields(res.Header))
	}
}

func TestMaxAge(t *testing.T) {
	for age, want := range map[time.Duration]string{0: "600", time.Minute: "60", -1: "0"} {
		res := gatewaytest.Do(cors.New(cors.Config{Origins: []string{"*"}, MaxAge: age})(ok), preflight("https://a.example"))
		if got := res.Header.Value("Access-Control-Max-Age"); got != want {
			t.Errorf("%v: %q, want %q", age, got, want)
		}
	}
}

// * stands for every page, so that caches need not tell them apart.
func TestEverybody(t *testing.T) {
	res := gatewaytest.Do(cors.New(cors.Config{Origins: []string{"*"}, Expose: []string{"X-Total"}})(ok), from("https://a.example"))
	if got := corsFields(res.Header); !slices.Equal(got, []string{"Access-Control-Allow-Origin: *", "Access-Control-Expose-Headers: X-Total"}) {
		t.Errorf("%q", got)
	}
}

// A client has one origin (RFC 6454 §7.3): with two nothing is allowed, whichever
// comes first.
func TestTwoOriginsAreNone(t *testing.T) {
	second := gateway.Field{Name: "origin", Value: "https://a.example"}
	for _, origins := range [][]string{{"https://a.example"}, {"*"}} {
		h := cors.New(cors.Config{Origins: origins})(ok)
		for _, first := range []string{"https://a.example", "https://evil.example", ""} {
			q := from(first)
			q.Header = append(q.Header, second)
			for _, q := range []gatewaytest.Request{q, preflight(first, second)} {
				if res := gatewaytest.Do(h, q); res.Header.Has("Access-Control-Allow-Origin") || res.Header.Has("Access-Control-Allow-Methods") {
					t.Errorf("%v, %q first: %q", origins, first, corsFields(res.Header))
				}
			}
		}
	}
}

// Names below somebody's own belong to one, also behind a public suffix of two labels, or
// of a company's; *.localhost is the machine itself (RFC 6761 §6.3).
func TestWildcardBelowOnesOwnName(t *testing.T) {
	for wildcard, origin := range map[string]string{
		"http://*.localhost:3000":      "http://app.localhost:3000",
		"https://*.example.co.uk":      "https://app.example.co.uk",
		"https://*.ada.github.io":      "https://notes.ada.github.io",
		"https://*.city.kawasaki.jp":   "https://www.city.kawasaki.jp",
		"https://*.office.internal:99": "https://wiki.office.internal:99",
	} {
		h := cors.New(cors.Config{Origins: []string{wildcard}})(ok)
		if res := gatewaytest.Do(h, from(origin)); res.Header.Value("Access-Control-Allow-Origin") != origin {
			t.Errorf("%s, %s: %q", wildcard, origin, corsFields(res.Header))
		}
	}
}

// A page must be able to read an error, and the start of a stream.
func TestEveryAnswer(t *testing.T) {
	h := cors.New(cors.Config{Origins: []string{"https://a.example"}})(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		switch x.Request.Path {
		case "/error":
			return errors.New("no")
		case "/stream":
			return x.Flush()
		case "/own":
			x.Response.Header = gateway.Header{{Name: "Access-Control-Allow-Origin", Value: "https://own.example"}, {Name: "Vary", Value: "Accept, origin"}}
		}
		return nil
	}))
	for path, want := range map[string]string{"/error": "https://a.example", "/stream": "https://a.example", "/": "https://a.example", "/own": "https://own.example"} {
		q := from("https://a.example")
		q.Target = path
		res := gatewaytest.Do(h, q)
		if got := slices.Collect(res.Header.Values("Access-Control-Allow-Origin")); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q", path, got)
		}
		if n := len(slices.Collect(res.Header.Values("Vary"))); n != 1 {
			t.Errorf("%s: %d fields Vary", path, n)
		}
	}
}

// Fiber's CVE-2024-25124 was * with credentials; here such a process does not start.
func TestNewPanicsAtMistakes(t *testing.T) {
	for _, c := range []cors.Config{
		{Origins: []string{"*"}, Credentials: true}, {Origins: []string{"https://a.example", "*"}, Credentials: true}, {Origins: []string{"null"}, Credentials: true},
		{Origins: []string{"example.com"}}, {Origins: []string{""}}, {Origins: []string{"https://"}}, {Origins: []string{"https://example.com/"}}, {Origins: []string{"https://example.com:443"}},
		{Origins: []string{"http://example.com:80"}}, {Origins: []string{"https://example.com*"}}, {Origins: []string{"https://*example.com"}}, {Origins: []string{"https://*"}},
		{Origins: []string{"https://*.com"}}, {Origins: []string{"https://*.com:8443"}}, {Origins: []string{"https://*.com."}}, {Origins: []string{"https://*.com.:8443"}},
		{Origins: []string{"https://*.co.uk"}}, {Origins: []string{"https://*.CO.UK:8443"}}, {Origins: []string{"https://*.co.uk."}}, {Origins: []string{"https://*.github.io"}},
		{Origins: []string{"https://*.kawasaki.jp"}}, {Origins: []string{"https://*.internal"}}, {Origins: []string{"https://*.xn--p1ai"}},
		{Origins: []string{"https://a.*.example.com"}}, {Origins: []string{"https://example.com:x"}}, {Origins: []string{"https://a.example, https://b.example"}}, {Origins: []string{"*://a.example:"}},
		{Methods: []string{"GE T"}}, {Headers: []string{"X-A\r\n"}}, {Headers: []string{"*"}, Credentials: true}, {Expose: []string{"*"}, Credentials: true},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is taken", c)
				}
			}()
			cors.New(c)
		}()
	}
}

package crossorigin_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/crossorigin"
)

var ok = gateway.HandlerFunc(func(x *gateway.Exchange) error {
	x.Response.Body = []byte("ok")
	return nil
})

func Example() {
	h := gateway.Chain(ok, crossorigin.New(crossorigin.Config{Trusted: []string{"https://app.example.com"}}))
	for _, origin := range []string{"https://app.example.com", "https://evil.example"} {
		res := gatewaytest.Do(h, gatewaytest.Request{Method: "POST", Host: "example.com", Header: gateway.Header{{Name: "Origin", Value: origin}}})
		fmt.Println(origin, res.Status)
	}
	// Output:
	// https://app.example.com 200
	// https://evil.example 403
}

// A row of the table is a request to example.com.
type row struct {
	method, site, origin string
	path                 string
	want                 int
}

var rows = []row{
	// Safe methods pass whoever asks (RFC 9110 §9.2.1).
	{"GET", "cross-site", "https://evil.example", "/", 200}, {"HEAD", "cross-site", "", "/", 200}, {"OPTIONS", "cross-site", "null", "/", 200},
	// Sec-Fetch-Site decides.
	{"POST", "same-origin", "https://evil.example", "/", 200}, {"POST", "none", "", "/", 200},
	{"POST", "same-site", "", "/", 403}, {"POST", "cross-site", "", "/", 403}, {"POST", "cross-site", "https://example.com", "/", 403},
	{"PUT", "cross-site", "", "/", 403}, {"DELETE", "cross-site", "", "/", 403}, {"PATCH", "cross-site", "", "/", 403}, {"BREW", "cross-site", "", "/", 403},
	{"POST", "nonsense", "", "/", 403}, {"POST", "Same-Origin", "", "/", 403},
	// Without it Origin does.
	{"POST", "", "", "/", 200}, {"POST", "", "https://example.com", "/", 200}, {"POST", "", "http://example.com", "/", 200},
	{"POST", "", "https://example.com:8443", "/", 403}, {"POST", "", "https://evil.example", "/", 403}, {"POST", "", "null", "/", 403},
	{"POST", "", "https://example.com.evil.example", "/", 403}, {"POST", "", "https://evilexample.com", "/", 403}, {"POST", "", "example.com", "/", 403},
	{"POST", "", "https://", "/", 403}, {"POST", "", "://example.com", "/", 403},
	// Trusted origins and what is left out.
	{"POST", "cross-site", "https://trusted.example", "/", 200}, {"POST", "", "https://trusted.example", "/", 200},
	{"POST", "", "http://trusted.example", "/", 403}, {"POST", "same-site", "https://trusted.example:444", "/", 403},
	{"POST", "cross-site", "https://evil.example", "/hooks/a", 200}, {"POST", "cross-site", "https://evil.example", "/hooks", 403},
	{"POST", "cross-site", "https://evil.example", "/hooks/../account", 403},
}

func (r row) header() (h gateway.Header) {
	if r.site != "" {
		h.Add("Sec-Fetch-Site", r.site)
	}
	if r.origin != "" {
		h.Add("Origin", r.origin)
	}
	return h
}

func TestTable(t *testing.T) {
	h := crossorigin.New(crossorigin.Config{Trusted: []string{"https://trusted.example"}, Bypass: []string{"/hooks/"}})(ok)
	for _, r := range rows {
		res := gatewaytest.Do(h, gatewaytest.Request{Method: r.method, Target: r.path, Host: "example.com", Header: r.header()})
		if res.Status != r.want {
			t.Errorf("%+v: %d", r, res.Status)
		}
	}
}

// The reference is net/http's, as of Go 1.25. They differ where it is written.
func TestDecidesAsTheStandardLibrary(t *testing.T) {
	ours := crossorigin.New(crossorigin.Config{Trusted: []string{"https://trusted.example"}})(ok)
	reference := http.NewCrossOriginProtection()
	if err := reference.AddTrustedOrigin("https://trusted.example"); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "get", "TRACE"} {
		for _, site := range []string{"", "same-origin", "none", "same-site", "cross-site", "x"} {
			for _, origin := range []string{"", "null", "https://example.com", "http://example.com", "https://example.com:444", "https://trusted.example", "https://evil.example", "x"} {
				r := row{method: method, site: site, origin: origin}
				q := httptest.NewRequest(method, "http://example.com/", nil)
				for _, f := range r.header() {
					q.Header.Set(f.Name, f.Value)
				}
				want := 200
				if reference.Check(q) != nil {
					want = 403
				}
				res := gatewaytest.Do(ours, gatewaytest.Request{Method: method, Host: "example.com", Header: r.header()})
				if res.Status != want {
					t.Errorf("%+v: %d, net/http says %d", r, res.Status, want)
				}
			}
		}
	}
}

// A browser leaves the scheme's own port out of Origin; a Host field may have it.
func TestDefaultPorts(t *testing.T) {
	h := crossorigin.New(crossorigin.Config{})(ok)
	for host, want := range map[string]int{"example.com:443": 200, "EXAMPLE.com": 200, "example.com:80": 403, "example.com:8443": 403} {
		res := gatewaytest.Do(h, gatewaytest.Request{Method: "POST", Host: host, Header: gateway.Header{{Name: "Origin", Value: "https://example.com"}}})
		if res.Status != want {
			t.Errorf("%s: %d, want %d", host, res.Status, want)
		}
	}
}

func TestNewPanicsAtMistakes(t *testing.T) {
	for _, c := range []crossorigin.Config{
		{Trusted: []string{"example.com"}}, {Trusted: []string{"https://example.com/"}}, {Trusted: []string{"null"}}, {Trusted: []string{"*"}},
		{Trusted: []string{"https://example.com:443"}}, {Trusted: []string{"https://u@example.com"}}, {Trusted: []string{"https://*.example.com"}}, {Bypass: []string{"hooks"}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is taken", c)
				}
			}()
			crossorigin.New(c)
		}()
	}
}

func TestServeAllocatesNothing(t *testing.T) {
	h := crossorigin.New(crossorigin.Config{})(ok)
	r := gatewaytest.Recorder{Handler: h}
	plain := gatewaytest.Recorder{Handler: ok}
	q := gatewaytest.Request{Method: "POST", Host: "example.com", Header: gateway.Header{{Name: "Origin", Value: "https://example.com"}}}
	with := testing.AllocsPerRun(100, func() { r.Do(q) })
	without := testing.AllocsPerRun(100, func() { plain.Do(q) })
	if with > without {
		t.Errorf("%v allocations, %v without", with, without)
	}
}

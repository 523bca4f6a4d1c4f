package gateway_test

import (
	"net"
	"net/url"
	"testing"

	"github.com/dewar-go/dewar/gateway"
)

// PEP 3333, URL reconstruction; RFC 9112 §3.3; RFC 9110 §4.2.3.
func TestRequestURL(t *testing.T) {
	tcp := func(host string, port int) net.Addr { return &net.TCPAddr{IP: net.ParseIP(host), Port: port} }
	unix := &net.UnixAddr{Name: "/run/app.sock", Net: "unix"}
	for _, c := range []struct {
		r                    gateway.Request
		host, root, base, of string
	}{
		{gateway.Request{Scheme: "http", Host: "example.org", Path: "/"},
			"http://example.org", "http://example.org/", "http://example.org/", "http://example.org/"},
		{gateway.Request{Scheme: "http", Host: "example.org:80", Root: "/app", Path: "/a%2Fb", Query: "x=1&y"},
			"http://example.org", "http://example.org/app/", "http://example.org/app/a%2Fb", "http://example.org/app/a%2Fb?x=1&y"},
		{gateway.Request{Scheme: "https", Host: "example.org:80", Path: "/"},
			"https://example.org:80", "https://example.org:80/", "https://example.org:80/", "https://example.org:80/"},
		{gateway.Request{Scheme: "https", Host: "example.org:443", Path: "/"},
			"https://example.org", "https://example.org/", "https://example.org/", "https://example.org/"},
		{gateway.Request{Scheme: "http", Host: "example.org:443", Path: "/"},
			"http://example.org:443", "http://example.org:443/", "http://example.org:443/", "http://example.org:443/"},
		{gateway.Request{Scheme: "http", Host: "example.org:8080", Root: "/app", Path: ""},
			"http://example.org:8080", "http://example.org:8080/app/", "http://example.org:8080/app", "http://example.org:8080/app"},
		{gateway.Request{Scheme: "http", Host: "[::1]:80", Path: "/"}, "http://[::1]", "http://[::1]/", "http://[::1]/", "http://[::1]/"},
		{gateway.Request{Scheme: "http", Host: "[::80]", Path: "/"}, "http://[::80]", "http://[::80]/", "http://[::80]/", "http://[::80]/"},
		{gateway.Request{Scheme: "http", Local: tcp("127.0.0.1", 8000), Path: "/"},
			"http://127.0.0.1:8000", "http://127.0.0.1:8000/", "http://127.0.0.1:8000/", "http://127.0.0.1:8000/"},
		{gateway.Request{Scheme: "http", Local: tcp("::1", 80), Path: "/"}, "http://[::1]", "http://[::1]/", "http://[::1]/", "http://[::1]/"},
		{gateway.Request{Scheme: "http", Local: unix, Path: "/"}, "http://localhost", "http://localhost/", "http://localhost/", "http://localhost/"},
		{gateway.Request{Scheme: "http", Path: "/"}, "http://localhost", "http://localhost/", "http://localhost/", "http://localhost/"},
		{gateway.Request{Scheme: "http", Host: "a", Path: "*"}, "http://a", "http://a/", "http://a", "http://a"},
	} {
		r := &c.r
		for _, u := range [][2]string{{r.HostURL(), c.host}, {r.RootURL(), c.root}, {r.BaseURL(), c.base}, {r.URL(), c.of}} {
			if u[0] != u[1] {
				t.Errorf("%+v: got %s, want %s", c.r, u[0], u[1])
			}
			if _, err := url.Parse(u[0]); err != nil {
				t.Error(err)
			}
		}
	}
}

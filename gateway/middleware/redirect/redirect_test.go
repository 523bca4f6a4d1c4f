package redirect_test

import (
	"fmt"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/redirect"
)

var ok = gateway.HandlerFunc(func(x *gateway.Exchange) error { return nil })

func Example() {
	h := gateway.Chain(ok, redirect.HTTPS(redirect.Config{}))
	res := gatewaytest.Do(h, gatewaytest.Request{Target: "/a?b", Host: "example.com"})
	fmt.Println(res.Status, res.Header.Value("Location"))
	// Output: 308 https://example.com/a?b
}

func TestRedirects(t *testing.T) {
	for _, c := range []struct {
		name             string
		m                gateway.Middleware
		scheme           string
		host, target     string
		status           int
		location, method string
	}{
		{"https", redirect.HTTPS(redirect.Config{}), "http", "example.com:8080", "/a%2Fb/?q=%20", 308, "https://example.com/a%2Fb/?q=%20", "GET"},
		{"https keeps POST", redirect.HTTPS(redirect.Config{}), "http", "example.com", "/", 308, "https://example.com/", "POST"},
		{"https with a port", redirect.HTTPS(redirect.Config{Port: 8443, Temporary: true}), "http", "example.com", "/", 307, "https://example.com:8443/", "GET"},
		{"https of an address", redirect.HTTPS(redirect.Config{}), "http", "[::1]:80", "/", 308, "https://[::1]/", "GET"},
		{"https already", redirect.HTTPS(redirect.Config{}), "https", "example.com", "/", 200, "", "GET"},
		{"two slashes stay on the host", redirect.HTTPS(redirect.Config{}), "http", "example.com", "//evil.example/", 308, "https://example.com//evil.example/", "GET"},
		{"excepted", redirect.HTTPS(redirect.Config{Except: []string{"/.well-known/acme-challenge/"}}), "http", "example.com", "/.well-known/acme-challenge/x", 200, "", "GET"},
		{"not excepted", redirect.HTTPS(redirect.Config{Except: []string{"/livez"}}), "http", "example.com", "/livez2", 308, "https://example.com/livez2", "GET"},
		{"www", redirect.WWW(redirect.Config{}), "http", "example.com:81", "/a", 308, "http://www.example.com:81/a", "GET"},
		{"www already", redirect.WWW(redirect.Config{}), "https", "WWW.example.com", "/a", 200, "", "GET"},
		{"www of an address", redirect.WWW(redirect.Config{}), "https", "127.0.0.1:80", "/a", 200, "", "GET"},
		{"www of an address of six", redirect.WWW(redirect.Config{}), "https", "[2001:db8::1]", "/a", 200, "", "GET"},
		{"www of localhost", redirect.WWW(redirect.Config{}), "https", "localhost:5000", "/a", 200, "", "GET"},
		{"without www", redirect.WithoutWWW(redirect.Config{}), "https", "www.example.com", "/a", 308, "https://example.com/a", "GET"},
		{"without www already", redirect.WithoutWWW(redirect.Config{}), "https", "wwwexample.com", "/a", 200, "", "GET"},
		{"without www, with a port", redirect.WithoutWWW(redirect.Config{}), "http", "www.example.com:81", "/a", 308, "http://example.com:81/a", "GET"},
		{"without www no host is left, but a port", redirect.WithoutWWW(redirect.Config{}), "http", "www.:80", "/", 200, "", "GET"},
		{"without www no domain is left", redirect.WithoutWWW(redirect.Config{}), "http", "www.com", "/", 200, "", "GET"},
		{"without www no domain is left, but a port", redirect.WithoutWWW(redirect.Config{}), "http", "www.com.:80", "/", 200, "", "GET"},
		{"without www an address is left", redirect.WithoutWWW(redirect.Config{}), "http", "www.127.0.0.1", "/", 200, "", "GET"},
		{"www of nothing", redirect.WWW(redirect.Config{}), "http", "www.:80", "/", 200, "", "GET"},
		{"https of a port alone", redirect.HTTPS(redirect.Config{}), "http", ":80", "/", 400, "", "GET"},
		{"without anything but www", redirect.WithoutWWW(redirect.Config{}), "https", "www.", "/a", 200, "", "GET"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := gatewaytest.Recorder{Handler: c.m(ok), Scheme: c.scheme}
			res := r.Do(gatewaytest.Request{Method: c.method, Target: c.target, Host: c.host})
			if res.Status != c.status || res.Header.Value("Location") != c.location {
				t.Errorf("%d to %q, want %d to %q", res.Status, res.Header.Value("Location"), c.status, c.location)
			}
		})
	}
}

// A mount keeps its prefix, and HTTP/1.0 may have no host.
func TestMountAndNoHost(t *testing.T) {
	h := gateway.Mount("/app", redirect.HTTPS(redirect.Config{})(ok))
	if res := gatewaytest.Do(h, gatewaytest.Request{Target: "/app/a", Host: "h"}); res.Header.Value("Location") != "https://h/app/a" {
		t.Errorf("to %q", res.Header.Value("Location"))
	}
	if res := gatewaytest.Do(h, gatewaytest.Request{Target: "/app/a", Proto: "HTTP/1.0"}); res.Status != 400 {
		t.Errorf("%d without a host", res.Status)
	}
}

// With and without, a client would be sent to and fro.
func TestCirclesAreRefused(t *testing.T) {
	www, without, https := redirect.WWW(redirect.Config{}), redirect.WithoutWWW(redirect.Config{}), redirect.HTTPS(redirect.Config{})
	for _, c := range []struct {
		name  string
		stack []gateway.Middleware
		want  bool
	}{
		{"www, without", []gateway.Middleware{www, without}, true}, {"without, www", []gateway.Middleware{without, www}, true},
		{"another between", []gateway.Middleware{www, https, without}, true}, {"https, www", []gateway.Middleware{https, www}, false},
		{"www twice", []gateway.Middleware{www, www}, false},
	} {
		func() {
			defer func() {
				if got := recover() != nil; got != c.want {
					t.Errorf("%s: refused %v, want %v", c.name, got, c.want)
				}
			}()
			gateway.Chain(ok, c.stack...)
		}()
	}
}

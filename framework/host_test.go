package framework_test

import (
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

func TestTrustedHosts(t *testing.T) {
	app, _ := newApp(t)
	app.TrustedHosts = []string{"example.com", ".example.org", "[::1]"}
	app.Get("/", hello)
	for host, want := range map[string]int{
		"example.com": 200, "EXAMPLE.com:8080": 200, "www.example.com": 400, "example.org": 200, "a.b.example.org": 200,
		"evilexample.org": 400, "example.org.evil.com": 400, "[::1]:5000": 200, "[::2]": 400, "localhost": 400,
	} {
		if r := gatewaytest.Do(app, gatewaytest.Request{Host: host, Target: "/"}); r.Status != want {
			t.Errorf("%s: %d, want %d", host, r.Status, want)
		}
	}
	for _, bad := range []string{"", ".", "*.example.com", "example.com:80", "http://example.com"} {
		app, _ := newApp(t)
		app.TrustedHosts = []string{bad}
		if err := app.Freeze(); err == nil || !strings.Contains(err.Error(), "is no host name") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

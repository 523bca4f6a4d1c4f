package nethttp

import (
	"errors"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
)

// RFC 9110 §7.2, RFC 3986 §3.2.2
func TestCheckHost(t *testing.T) {
	for host, want := range map[string]bool{
		"": true, "example.org": true, "EXAMPLE.org:80": true, "example.org:": true, "a_b.example": true, "127.0.0.1:65535": true, "a%2Db": true, "a!$&'()*+,;=~b": true,
		"[::1]": true, "[::1]:80": true, "example.org.": true,
		"evil.example/.example.org": false, "evil.example#.example.org": false, "evil.example?.example.org": false, `evil.example\.example.org`: false,
		"ada@example.org": false, "evil.example:80@example.org": false, "a b": false, "a\tb": false, "a\x00b": false, "é.example": false,
		":80": false, "a:b": false, "a:65536": false, "a:+1": false, "a:1:2": false, "::1": false, "a%2": false, "a%zz": false,
		"[::1": false, "::1]": false, "[]": false, "[::1]a": false, "[::1%25lo]": false, "[127.0.0.1]": false, "a[::1]": false, "[::1]:x": false,
		"a:" + strings.Repeat("9", 100): false,
	} {
		err := checkHost(host)
		var refused *gateway.StatusError
		if (err == nil) != want || err != nil && (!errors.As(err, &refused) || refused.Status != 400 || refused.Section == "") {
			t.Errorf("%q: %v", host, err)
		}
	}
	for _, host := range []string{"www.example.org", "www.example.org:8080", "[::1]:80"} {
		if n := testing.AllocsPerRun(100, func() { _ = checkHost(host) }); n > 0 {
			t.Errorf("%s: %v allocations", host, n)
		}
	}
}

package cors_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/cors"
)

// Whatever is allowed below example.org is a host below example.org to whoever
// parses URLs.
func FuzzWildcard(f *testing.F) {
	for _, seed := range []string{"https://a.example.org", "https://evil.example#.example.org", "https://a\\.example.org", "https://a@b.example.org"} {
		f.Add(seed)
	}
	h := cors.New(cors.Config{Origins: []string{"https://*.example.org"}})(ok)
	f.Fuzz(func(t *testing.T, origin string) {
		if !gateway.ValidValue(origin) {
			return
		}
		res := gatewaytest.Do(h, from(origin))
		if !res.Header.Has("Access-Control-Allow-Origin") {
			return
		}
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "https" || !strings.HasSuffix(u.Host, ".example.org") || u.User != nil || u.Path+u.RawQuery+u.Fragment != "" {
			t.Fatalf("%q is allowed, and is %+v, %v", origin, u, err)
		}
	})
}

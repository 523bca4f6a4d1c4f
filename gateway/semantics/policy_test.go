package semantics

import (
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// CSP Level 3 §2.2
func TestCSP(t *testing.T) {
	policy := ParseCSP("default-src 'self' ;; Object-Src 'none'; upgrade-insecure-requests; object-src *")
	for _, c := range []struct {
		got  CSP
		want string
	}{
		{policy, "default-src 'self'; object-src 'none'; upgrade-insecure-requests"},
		{policy.With("default-src", SourceNone), "default-src 'none'; object-src 'none'; upgrade-insecure-requests"},
		{policy.Allow("object-src", "https://a.example"), "default-src 'self'; object-src https://a.example; upgrade-insecure-requests"},
		{policy.Allow("default-src", "data:", SourceSelf, ""), "default-src 'self' data:; object-src 'none'; upgrade-insecure-requests"},
		{policy.Allow("script-src", SourceNonce("x1")), "default-src 'self'; object-src 'none'; upgrade-insecure-requests; script-src 'self' 'nonce-x1'"},
		{policy.Allow("frame-ancestors", "https://a.example"), "default-src 'self'; object-src 'none'; upgrade-insecure-requests"}, // all may already
		{ParseCSP("script-src 'self'").Allow("img-src", "data:"), "script-src 'self'"},
		{ParseCSP("default-src 'none'; script-src 'self'").Allow("worker-src", "blob:"), "default-src 'none'; script-src 'self'; worker-src 'self' blob:"},
		{ParseCSP("default-src 'none'").Allow("style-src-elem", "data:"), "default-src 'none'; style-src-elem data:"},
		{policy.With("script-src", SourceNonce("")), "default-src 'self'; object-src 'none'; upgrade-insecure-requests; script-src"},
		{policy.Without("object-src").Without("none"), "default-src 'self'; upgrade-insecure-requests"},
		{policy, "default-src 'self'; object-src 'none'; upgrade-insecure-requests"}, // nothing of it has changed
		{nil, ""},
	} {
		if s := c.got.String(); s != c.want {
			t.Errorf("%s, want %s", s, c.want)
		}
		if err := c.got.Check(); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []CSP{
		CSP(nil).With("img-src", "a; script-src *"), CSP(nil).With("img-src", "a,b"), CSP(nil).With("img-src", "a b"), CSP(nil).With("img-src", "a\r\n"),
		CSP(nil).With("img-src", "ü"), CSP(nil).With("", "a"), CSP(nil).With("img-src;x"), CSP(nil).With("IMG-SRC"),
	} {
		if bad.Check() == nil {
			t.Errorf("%q passes", bad.String())
		}
	}
}

// Fetch Metadata §2
func TestFetch(t *testing.T) {
	got := ParseFetch(gateway.Header{{Name: "Sec-Fetch-Site", Value: "cross-site"}, {Name: "sec-fetch-mode", Value: "navigate"}, {Name: "Sec-Fetch-Dest", Value: "document"}, {Name: "Sec-Fetch-User", Value: "?1"}})
	if want := (Fetch{CrossSite, "navigate", "document", true}); got != want {
		t.Errorf("%+v", got)
	}
	if got := ParseFetch(one("Sec-Fetch-User", "?0")); got != (Fetch{}) {
		t.Errorf("%+v", got)
	}
}

// RFC 9110 §10.2.3, RFC 9111 §5.1 and §5.3
func TestDelays(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for s, want := range map[string]time.Duration{
		"0": 0, "120": 2 * time.Minute, "2147483648": maxAge * time.Second, "2147483649": maxAge * time.Second,
		"999999999999999999999999":      maxAge * time.Second, // RFC 9111 §1.2.2: as much as can be told
		"Fri, 02 Jan 2026 03:05:05 GMT": time.Minute, "Fri, 02 Jan 2026 03:00:00 GMT": 0,
		"": -1, "-1": -1, "1.5": -1, "soon": -1,
	} {
		d, ok := ParseRetryAfter(s, now)
		if ok != (want >= 0) || ok && d != want {
			t.Errorf("Retry-After %q: %v, %v", s, d, ok)
		}
	}
	for d, want := range map[time.Duration]string{-1: "0", 0: "0", 1: "1", time.Minute: "60", time.Minute + 1: "61"} {
		if s := RetryAfter(d); s != want {
			t.Errorf("Retry-After for %v: %s, want %s", d, s, want)
		}
	}
	if s := FormatAge(61*time.Second + 999*time.Millisecond); s != "61" {
		t.Errorf("Age: %s", s)
	}
	if d, ok := ParseAge("61"); !ok || d != 61*time.Second {
		t.Errorf("Age: %v, %v", d, ok)
	}
	if got := ParseExpires(FormatDate(now)); !got.Equal(now) {
		t.Errorf("Expires: %v", got)
	}
	if got := ParseExpires("0"); !got.Equal(time.Unix(0, 0)) {
		t.Errorf("Expires: 0 is %v", got)
	}
}

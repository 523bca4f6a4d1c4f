package framework

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// jarCases are cookies that an address sets, and what another one is sent then (RFC
// 6265 §§5.1 to 5.4).
var jarCases = []struct {
	name, at string
	set      []string
	to, want string
}{
	{"host only", "http://a.example/", []string{"x=1"}, "http://b.a.example/", ""},
	{"domain below", "http://a.example/", []string{"x=1; Domain=a.example"}, "http://b.a.example/", "x=1"},
	{"domain with dot", "http://a.example/", []string{"x=1; domain=.A.example"}, "http://a.example/", "x=1"},
	{"parent domain", "http://b.a.example/", []string{"x=1; Domain=a.example"}, "http://c.a.example/", "x=1"},
	{"foreign domain", "http://a.example/", []string{"x=1; Domain=b.example"}, "http://b.example/", ""},
	{"child domain", "http://a.example/", []string{"x=1; Domain=b.a.example"}, "http://b.a.example/", ""},
	{"end of a name is no domain", "http://a.example/", []string{"x=1; Domain=a.example"}, "http://ba.example/", ""},
	{"address", "http://127.0.0.1:8000/", []string{"x=1"}, "http://127.0.0.1:9000/", "x=1"},
	{"default path", "http://a.example/p/q?r", []string{"x=1"}, "http://a.example/p/z", "x=1"},
	{"default path elsewhere", "http://a.example/p/q", []string{"x=1"}, "http://a.example/pz", ""},
	{"path", "http://a.example/", []string{"x=1; Path=/p"}, "http://a.example/p/q", "x=1"},
	{"path itself", "http://a.example/", []string{"x=1; Path=/p"}, "http://a.example/p", "x=1"},
	{"beginning of a path", "http://a.example/", []string{"x=1; Path=/p"}, "http://a.example/pq", ""},
	{"path with slash", "http://a.example/", []string{"x=1; Path=/p/"}, "http://a.example/p", ""},
	{"relative path", "http://a.example/", []string{"x=1; Path=p"}, "http://a.example/q", "x=1"},
	{"secure", "https://a.example/", []string{"x=1; Secure"}, "https://a.example/", "x=1"},
	{"secure over http", "https://a.example/", []string{"x=1; Secure"}, "http://a.example/", ""},
	{"replaced", "http://a.example/", []string{"x=1", "y=2", "x=3"}, "http://a.example/", "x=3; y=2"},
	{"deleted", "http://a.example/", []string{"x=1", "y=2", "x=; Max-Age=0"}, "http://a.example/", "y=2"},
	{"expired", "http://a.example/", []string{"x=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, "http://a.example/", ""},
	{"old date", "http://a.example/", []string{"x=1; Expires=Thu, 01-Jan-1970 00:00:00 GMT"}, "http://a.example/", ""},
	{"age before date", "http://a.example/", []string{"x=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, "http://a.example/", "x=1"},
	{"no date", "http://a.example/", []string{"x=1; Expires=soon"}, "http://a.example/", "x=1"},
	{"no name", "http://a.example/", []string{"=1", "x"}, "http://a.example/", ""},
	{"value with =", "http://a.example/", []string{"x=a=b; a; b=c"}, "http://a.example/", "x=a=b"},
	{"longer paths first", "http://a.example/p/", []string{"x=1; Path=/", "y=2; Path=/p"}, "http://a.example/p", "y=2; x=1"},
}

func give(j *jar, at string, set []string) *url.URL {
	u, _ := url.Parse(at)
	for _, line := range set {
		j.store(u, gateway.Header{{Name: "set-cookie", Value: line}})
	}
	return u
}

// TestJar compares with net/http/cookiejar too.
func TestJar(t *testing.T) {
	for _, test := range jarCases {
		var j jar
		u := give(&j, test.at, test.set)
		to, _ := url.Parse(test.to)
		if got := j.header(to); got != test.want {
			t.Errorf("%s: sent %q, want %q", test.name, got, test.want)
		}
		reference, _ := cookiejar.New(nil)
		for _, line := range test.set {
			reference.SetCookies(u, (&http.Response{Header: http.Header{"Set-Cookie": {line}}}).Cookies())
		}
		sent := ""
		for _, c := range reference.Cookies(to) {
			sent = join(sent, "; ", c.Name+"="+c.Value)
		}
		if sent != test.want {
			t.Errorf("%s: net/http/cookiejar sends %q, want %q", test.name, sent, test.want)
		}
	}
}

// What browsers refuse beyond RFC 6265, and cookiejar takes (RFC 6265bis §5.7).
func TestJarRefuses(t *testing.T) {
	for line, want := range map[string]string{
		"x=1; Secure": "", "__Secure-x=1": "", "__Host-x=1; Secure; Path=/": "",
	} {
		var j jar
		u := give(&j, "http://a.example/", []string{line})
		if got := j.header(u); got != want {
			t.Errorf("%s over http: %q", line, got)
		}
	}
	for line, want := range map[string]string{
		"__Secure-x=1": "", "__Secure-x=1; Secure": "__Secure-x=1", "__Host-x=1; Secure; Path=/": "__Host-x=1",
		"__Host-x=1; Secure": "", "__Host-x=1; Secure; Path=/; Domain=a.example": "", "__SECURE-x=1": "", "__host-x=1; Secure": "",
	} {
		var j jar
		u := give(&j, "https://a.example/", []string{line})
		if got := j.header(u); got != want {
			t.Errorf("%s over https: %q, want %q", line, got, want)
		}
	}
}

func FuzzJar(f *testing.F) {
	for _, test := range jarCases {
		for _, line := range test.set {
			f.Add(line)
		}
	}
	u, _ := url.Parse("https://a.example/p/q")
	f.Fuzz(func(t *testing.T, line string) {
		k, ok := parseSetCookie(line, u, time.Now())
		if ok && (k.name == "" || k.path[0] != '/' || !domainMatches("a.example", k.domain)) {
			t.Errorf("%q gives %+v", line, k)
		}
	})
}

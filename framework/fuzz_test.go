package framework

import (
	"net/url"
	"path"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dewar-go/dewar/gateway"
)

// FuzzQuery compares with net/url where that reads the query at all: it refuses
// semicolons and malformed escapes, which browsers send.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"a=1&b=2&a=3", "a", "=", "&&a=+%20b", "%zz=%", "a;b=c", "ü=%FF", "a=b=c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		values, err := parseQuery(s)
		if err != nil {
			if strings.Count(s, "&") < maxPairs {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		for _, p := range values {
			if !utf8.ValidString(p.Name) || !utf8.ValidString(p.Value) {
				t.Fatalf("%q gave %q", s, p)
			}
		}
		want, err := url.ParseQuery(s)
		if err != nil || !utf8.ValidString(s) {
			return
		}
		n := 0
		for name, list := range want {
			if !utf8.ValidString(name + strings.Join(list, "")) {
				return
			}
			n += len(list)
			i := 0
			for v := range values.All(name) {
				if i == len(list) || v != list[i] {
					t.Fatalf("%q: %q is %q, and %q to net/url", s, name, values, list)
				}
				i++
			}
		}
		if n != len(values) {
			t.Fatalf("%q: %d values, and %d to net/url", s, len(values), n)
		}
	})
}

// FuzzAccept: no Accept field does harm, and a weight of 0 to 1 is read as one.
func FuzzAccept(f *testing.F) {
	for _, s := range []string{"text/html, application/json;q=0.5", "*/*;q=nan", ";;;q=", "a/b;q=1e9", `text/html;a="q=0,";q=0.1`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		prefersJSON(gateway.Header{{Name: "Accept", Value: s}})
		if q := quality(s); !(q >= 0 && q <= 1) {
			t.Fatalf("%q has the weight %v", s, q)
		}
	})
}

// FuzzPaths: what a client names stays in its folder, and a name that is made safe is
// one name, again safe.
func FuzzPaths(f *testing.F) {
	for _, s := range []string{"a/b", "../a", "a//b", ".", "..", "a/../../b", "/etc", "My cool movie.mov", "é\\..\\x", "a\x00b", "..."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if joined, ok := SafeJoin("/srv", s); ok {
			if clean := path.Clean(joined); clean != "/srv" && !strings.HasPrefix(clean, "/srv/") {
				t.Fatalf("%q leads to %q", s, joined)
			}
		}
		name := SecureFilename(s)
		if strings.ContainsAny(name, "/\\\x00 ") || strings.HasPrefix(name, ".") || SecureFilename(name) != name {
			t.Fatalf("%q became %q", s, name)
		}
	})
}

// FuzzLocal: a URL to which SafeRedirect goes is one of this site, as net/url reads it
// and after what browsers drop and replace.
func FuzzLocal(f *testing.F) {
	for _, s := range []string{"/a", "//evil", "/\\evil", "http://localhost/a", "http://evil@localhost", "http:/evil", "\t//evil", "/a?b#c"} {
		f.Add(s)
	}
	c := &Context{x: &gateway.Exchange{}}
	c.x.Request = gateway.Request{Scheme: "http", Host: "localhost"}
	base, _ := url.Parse("http://localhost/x/y")
	f.Fuzz(func(t *testing.T, s string) {
		if !c.isLocal(s) {
			return
		}
		browser := strings.NewReplacer("\t", "", "\n", "", "\r", "", "\\", "/").Replace(strings.TrimSpace(s))
		for _, read := range []string{s, browser} {
			u, err := url.Parse(read)
			if err != nil {
				continue // a browser goes nowhere either
			}
			if to := base.ResolveReference(u); !strings.EqualFold(to.Host, "localhost") || !strings.EqualFold(to.Scheme, "http") {
				t.Fatalf("%q leads to %v", s, to)
			}
		}
	})
}

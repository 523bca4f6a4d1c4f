package gateway_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// where answers with Root and Path.
var where = handler(func(x *gateway.Exchange) error {
	return joinError(x.WriteString(x.Request.Root + " " + x.Request.Path))
})

func TestMount(t *testing.T) {
	for _, c := range []struct{ prefix, target, want string }{
		{"/admin", "/admin/users", "/admin /users"},
		{"/admin", "/admin/", "/admin /"},
		{"/admin", "/admin", "/admin "},
		{"/admin", "/admin?q", "/admin "},
		{"/admin", "/%61dmin/x", "/%61dmin /x"},
		{"/%61dmin", "/admin/x", "/admin /x"},
		{"/admin", "/admin//x", "/admin //x"},
		{"/admin", "/admin/%2e%2e/x", "/admin /%2e%2e/x"},
		{"/a b", "/a%20b/x", "/a%20b /x"},
		{"/ä", "/%C3%A4/x", "/%C3%A4 /x"},
		{"/100%", "/100%25/x", "/100%25 /x"},
		{"/a%2Fb", "/a%2fb/c", "/a%2fb /c"},
		{"/a/b", "/a/b/c", "/a/b /c"},
		{"/admin", "/administrator", ""},
		{"/admin", "/admin%2Fusers", ""},
		{"/admin", "/Admin", ""},
		{"/admin", "//admin", ""},
		{"/admin", "/x/admin", ""},
		{"/admin", "/", ""},
		{"/a/b", "/a%2Fb/c", ""},
		{"/a/b", "/a", ""},
		{"/a/b", "/a/", ""},
		{"/admin", "*", ""},
	} {
		q := gatewaytest.Request{Target: c.target}
		if c.target == "*" {
			q.Method = "OPTIONS"
		}
		res := gatewaytest.Do(gateway.Mount(c.prefix, where), q)
		switch {
		case c.want == "" && res.Status != 404:
			t.Errorf("Mount(%q) of %s: %d %s, want 404", c.prefix, c.target, res.Status, res.Body)
		case c.want != "" && string(res.Body) != c.want:
			t.Errorf("Mount(%q) of %s: %d %s, want %s", c.prefix, c.target, res.Status, res.Body, c.want)
		}
	}
}

func TestMountNested(t *testing.T) {
	inner := gateway.Mount("/b", where)
	outer := gateway.Mount("/a", handler(func(x *gateway.Exchange) error {
		err := inner.Serve(x)
		x.WriteString(" | " + x.Request.Root + " " + x.Request.Path)
		return err
	}))
	for target, want := range map[string]string{"/a/b/c": "/a/b /c | /a /b/c", "/a/b": "/a/b  | /a /b", "/%61/%62/": "/%61/%62 / | /%61 /%62/"} {
		var after string
		res := gatewaytest.Do(handler(func(x *gateway.Exchange) error {
			err := outer.Serve(x)
			after = x.Request.Root + " " + x.Request.Path
			return err
		}), gatewaytest.Request{Target: target})
		if string(res.Body) != want || after != " "+target {
			t.Errorf("%s: %s, then %q", target, res.Body, after)
		}
	}
	for _, target := range []string{"/a", "/a/", "/a/c", "/b"} {
		if res := gatewaytest.Do(outer, gatewaytest.Request{Target: target}); res.Status != 404 {
			t.Errorf("%s: %d", target, res.Status)
		}
	}
}

func TestMountMovesBackAfterAPanic(t *testing.T) {
	m := gateway.Mount("/a", handler(func(x *gateway.Exchange) error { panic("boom") }))
	gatewaytest.Do(handler(func(x *gateway.Exchange) error {
		defer func() {
			if recover() == nil || x.Request.Root != "" || x.Request.Path != "/a/b" {
				t.Errorf("Root %q, Path %q", x.Request.Root, x.Request.Path)
			}
		}()
		return m.Serve(x)
	}), gatewaytest.Request{Target: "/a/b"})
}

func TestMountRefusesPrefixes(t *testing.T) {
	for _, prefix := range []string{"", "a", "/", "/a/", "//a", "/a//b", "/.", "/a/..", "/%2e%2E/a", "/%2e"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Mount took %q", prefix)
				}
			}()
			gateway.Mount(prefix, nil)
		}()
	}
}

// FuzzMount compares with the definition: the first segments, unescaped one by
// one, are the prefix's.
func FuzzMount(f *testing.F) {
	for _, path := range []string{"/a/b", "/a/b/c", "/%61/b", "/a%2Fb", "/a/bc", "/a//b", "//", "", "/a", "/%", "/a/%62/"} {
		f.Add(path)
	}
	prefix := []string{"a", "b"}
	var seen gateway.Request
	m := gateway.Mount("/a/b", handler(func(x *gateway.Exchange) error { seen = x.Request; return nil }))
	f.Fuzz(func(t *testing.T, path string) {
		segments := strings.Split(path, "/")
		want := len(segments) > len(prefix) && segments[0] == ""
		for i := 0; want && i < len(prefix); i++ {
			want = gateway.Unescape(segments[i+1]) == prefix[i]
		}
		var x gateway.Exchange
		x.Request.Path, seen = path, gateway.Request{}
		err := m.Serve(&x)
		if got := err == nil; got != want {
			t.Fatalf("%q: served %v, want %v", path, got, want)
		}
		if x.Request.Path != path || x.Request.Root != "" {
			t.Fatalf("%q: left Root %q, Path %q", path, x.Request.Root, x.Request.Path)
		}
		if !want {
			return
		}
		if seen.Root+seen.Path != path || strings.HasSuffix(seen.Root, "/") || seen.Path != "" && seen.Path[0] != '/' || strings.Count(seen.Root, "/") != 2 {
			t.Fatalf("%q: Root %q, Path %q", path, seen.Root, seen.Path)
		}
	})
}

func TestUnescape(t *testing.T) { // RFC 3986 §2.1
	for in, want := range map[string]string{
		"": "", "abc": "abc", "%61": "a", "%2F": "/", "%2f": "/", "a%20b": "a b", "a+b": "a+b", "%": "%", "%2": "%2", "%2g": "%2g", "%g2": "%g2",
		"%%41": "%A", "%41%": "A%", "%25%34%31": "%41", "%00": "\x00", "%C3%A4": "ä", "%ff": "\xff", "ä": "ä",
	} {
		if got := gateway.Unescape(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	s := "a segment without a per cent sign"
	if n := testing.AllocsPerRun(10, func() { gateway.Unescape(s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzUnescape holds Unescape against net/url where that is sure of itself.
func FuzzUnescape(f *testing.F) {
	for _, s := range []string{"", "%", "%2", "%41", "%zz", "a%2Fb", "%%41", "%C3%A4", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := gateway.Unescape(s)
		if want, err := url.PathUnescape(s); err == nil && got != want {
			t.Errorf("%q: %q, net/url has %q", s, got, want)
		}
		if len(got) > len(s) || !strings.Contains(s, "%") && got != s {
			t.Errorf("%q became %q", s, got)
		}
		if again := gateway.Unescape(url.PathEscape(s)); again != s {
			t.Errorf("%q came back as %q", s, again)
		}
	})
}

package routing

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// FuzzRule compiles any text as a rule. One that compiles matches the path that it
// gives as its witness, and builds it again from what it matched.
func FuzzRule(f *testing.F) {
	for _, s := range []string{
		"/", "/a/<b>/", "/<int(min=1, max=12, fixed_digits=2):m>.<any(a, 'b c'):x>", "/<path:p>/edit", "/<path:a>/x/<path:b>/",
		"/<string(length=3):s>-<uuid:u>", "/<float(signed=True):f>", "/<", "/<x(", "//a//", "/<int(min=-5,signed=True):x>x<x2>", "/é/<ü>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		r := &Rule{Pattern: pattern, Endpoint: "e"}
		m, err := New(Config{}, r)
		if err != nil {
			return
		}
		if strings.Contains(pattern, "length") || strings.Contains(pattern, "digits") || strings.Contains(pattern, ".") {
			return // a witness may be cut short, or bounds contradict the digits, or it is a dot segment
		}
		path := r.path.sample()
		var out Match
		m.Match(&Request{Method: "GET", Path: path}, &out)
		if out.Status == 308 || strings.Contains(pattern, "//") {
			return
		}
		if out.Rule != r {
			t.Fatalf("rule %q does not match its witness %q: %d", pattern, path, out.Status)
		}
		built, err := m.Build(&Request{Method: "GET"}, "e", valuesOf(out.Params), Options{})
		if err != nil || built != path {
			t.Fatalf("rule %q matched %q as %v and builds %q, %v", pattern, path, out.Params, built, err)
		}
	})
}

// sameWay fails where stride, the short way for plain paths, leads elsewhere than walk.
func sameWay(t *testing.T, m *Map, path string) {
	plain, ends := survey(path)
	if !plain || !strings.HasPrefix(path, "/") {
		return
	}
	short := search{Match: &Match{}, path: path, ends: ends, method: "GET", bit: methodBit("GET"), plain: true}
	long := search{Match: &Match{}, path: path, method: "GET", bit: methodBit("GET"), plain: true}
	root := m.root.static.find("")
	a, b := short.stride(root, 1), long.walk(root, path[1:], true)
	if a != b || short.Rule != long.Rule || a == hit && !reflect.DeepEqual(short.Params, long.Params) {
		t.Fatalf("%q: stride gives %d %v %v, walk %d %v %v", path, a, short.Rule, short.Params, b, long.Rule, long.Params)
	}
}

// FuzzMatch asks a map of all kinds of rules for any path. Whatever it redirects to
// is a path of the same host, and asking there does not redirect again.
func FuzzMatch(f *testing.F) {
	m := mustMap(f, Config{}, "/", "/a/", "/a/<x>", "/a/<int:n>/", "/a/<x>.<y>", "/<x>-<y>/", "/<path:p>.html", "/a/b/<path:p>/", "/<path:p>/x/<path:q>", "/é/", "/<x>/c")
	for _, s := range []string{"/", "/a", "//a//b//", "/%2F%2f", "/a/%zz", "/a/%ff.%FF", "/1-2", "/x/x/x", "/..", "/%2e%2e/", "/a/b/c//", "//evil.com", "/a/...html", "/\\evil", "/a\r\nb"} {
		f.Add(s, "q=1")
	}
	f.Fuzz(func(t *testing.T, path, query string) {
		ask := func(path string) *Match {
			out := &Match{}
			m.Match(&Request{Method: "GET", Path: path, Query: query}, out)
			return out
		}
		sameWay(t, m, path)
		out := ask(path)
		if out.Status == 0 {
			if p, ok := out.Rule.path.sample(), len(out.Params) > 0; ok && strings.Contains(p, "x/y") && hasDotSegment(out.Params[0].Text) {
				t.Fatalf("%q matched %s with %q", path, out.Rule, out.Params[0].Text)
			}
			return
		}
		if out.Status != 308 {
			return
		}
		location, _, _ := strings.Cut(out.Location, "?")
		if !strings.HasPrefix(location, "/") || strings.HasPrefix(location, "//") || strings.ContainsAny(out.Location, "\r\n\\ ") {
			t.Fatalf("%q leads to %q", path, out.Location)
		}
		if again := ask(location); again.Status != 0 {
			t.Fatalf("%q leads to %q, which gives %d %s", path, location, again.Status, again.Location)
		}
	})
}

// FuzzBuild builds a URL from any values and matches it: what went in comes out.
func FuzzBuild(f *testing.F) {
	m := mustMap(f, Config{}, "/s/<s>", "/p/<path:p>/end", "/i/<int(signed=True):n>/<float(signed=True):x>", "/two/<a>/<b>")
	f.Add("a b", "c/d", 7, 1.5)
	f.Add("%2F..", "é\xff", -7, -1.5)
	f.Add("?#", "x/../y", 0, 1e300)
	f.Fuzz(func(t *testing.T, text, path string, n int, x float64) {
		check := func(endpoint string, values ...Value) {
			url, err := m.Build(&Request{Method: "GET"}, endpoint, values, Options{})
			if err != nil {
				if strings.Contains(err.Error(), "finite") {
					return
				}
				t.Fatal(err)
			}
			var out Match
			m.Match(&Request{Method: "GET", Path: url}, &out)
			if out.Rule == nil || out.Rule.Endpoint != endpoint || !reflect.DeepEqual(fmt.Sprint(valuesOf(out.Params)), fmt.Sprint(values)) {
				t.Fatalf("%v built %q, which gave %d %v %v", values, url, out.Status, out.Rule, valuesOf(out.Params))
			}
		}
		text = strings.ToValidUTF8(text, "")
		path = strings.ToValidUTF8(path, "")
		if text != "" && !strings.Contains(text, "/") && !isDot(text) {
			check("/s/<s>", Value{"s", text})
			check("/two/<a>/<b>", Value{"a", text}, Value{"b", text})
		}
		if path != "" && path[0] != '/' && !hasDotSegment(path) {
			check("/p/<path:p>/end", Value{"p", path})
		}
		check("/i/<int(signed=True):n>/<float(signed=True):x>", Value{"n", n}, Value{"x", x})
	})
}

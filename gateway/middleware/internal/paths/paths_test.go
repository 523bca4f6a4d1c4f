package paths

import (
	"testing"

	"github.com/dewar-go/dewar/gateway"
)

func TestMatch(t *testing.T) {
	s, err := Parse([]string{"/livez", "/hooks/", "POST /in", "/"})
	if err != nil {
		t.Fatal(err)
	}
	s.patterns = s.patterns[:3] // "/" is all; below it is tested by itself
	for _, c := range []struct {
		method, path string
		want         bool
	}{
		{"GET", "/livez", true}, {"POST", "/livez", true}, {"GET", "/livez/", false}, {"GET", "/livezx", false}, {"GET", "/%6civez", false},
		{"GET", "/hooks/", true}, {"GET", "/hooks/a/b", true}, {"GET", "/hooks", false}, {"GET", "/hooksa", false},
		{"POST", "/hooks/../admin", false}, {"POST", "/hooks/%2e%2E/admin", false}, {"POST", "/hooks/./a", false},
		{"POST", "/hooks/..%2fadmin", false}, {"POST", `/hooks/..%5cadmin`, false}, {"POST", "/hooks/a..b", true},
		{"POST", "/in", true}, {"PUT", "/in", false}, {"post", "/in", false},
		{"OPTIONS", "*", false}, {"GET", "", false},
	} {
		if got := s.Match(&gateway.Request{Method: c.method, Path: c.path}); got != c.want {
			t.Errorf("%s %s: %v, want %v", c.method, c.path, got, c.want)
		}
	}
	all, _ := Parse([]string{"/"})
	if !all.Match(&gateway.Request{Method: "GET", Path: "/any"}) || (Set{}).Match(&gateway.Request{Path: "/any"}) {
		t.Error("/ is all, and no pattern none")
	}
}

func TestParseRefuses(t *testing.T) {
	for _, bad := range []string{"", "livez", "GET", "GET  /", "/a?b", "/*", "/a/../b", "G(T /"} {
		if _, err := Parse([]string{bad}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	s, _ := Parse([]string{"/livez", "/hooks/", "POST /in"})
	r := &gateway.Request{Method: "POST", Path: "/hooks/a%20b"}
	if n := testing.AllocsPerRun(100, func() { s.Match(r) }); n > 1 { // one for the escape
		t.Errorf("%v allocations", n)
	}
}

package routing

import (
	"strings"
	"testing"
)

func githubMap(tb testing.TB) *Map {
	var rules []*Rule
	for _, line := range github {
		method, pattern, _ := strings.Cut(line, " ")
		rules = append(rules, &Rule{Pattern: pattern, Endpoint: line, Methods: []string{method}})
	}
	m, err := New(Config{}, rules...)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// TestGitHub asks for every rule with a path of its own.
func TestGitHub(t *testing.T) {
	m := githubMap(t)
	for _, line := range github {
		method, pattern, _ := strings.Cut(line, " ")
		path := strings.NewReplacer("<", "", ">", "", ":", "").Replace(pattern)
		var got Match
		m.Match(&Request{Method: method, Path: path}, &got)
		if got.Rule == nil || got.Rule.Endpoint != line {
			t.Errorf("%s %s gave %v (%d), want %s", method, path, got.Rule, got.Status, line)
		}
	}
}

var requests = []struct{ name, method, path string }{
	{"Static", "GET", "/user/repos"},
	{"OneParam", "GET", "/users/octocat"},
	{"TwoParams", "GET", "/repos/dewar-go/dewar/stargazers"},
	{"FourParams", "GET", "/legacy/issues/search/dewar-go/dewar/open/router"},
	{"Path", "GET", "/repos/dewar-go/dewar/contents/framework/routing/match.go"},
	{"NotFound", "GET", "/repos/dewar-go/dewar/nothing"},
}

func BenchmarkMatch(b *testing.B) {
	m := githubMap(b)
	for _, r := range requests {
		b.Run(r.name, func(b *testing.B) {
			b.ReportAllocs()
			q := &Request{Method: r.method, Path: r.path}
			var out Match
			for b.Loop() {
				m.Match(q, &out)
			}
		})
	}
}

func BenchmarkMatchSeveralInSegment(b *testing.B) {
	m, _ := New(Config{}, &Rule{Pattern: "/<int:y>-<int:m>-<int:d>/<slug>.html", Endpoint: "post"})
	q := &Request{Method: "GET", Path: "/2024-05-06/a-title.html"}
	var out Match
	b.ReportAllocs()
	for b.Loop() {
		m.Match(q, &out)
	}
}

func BenchmarkBuild(b *testing.B) {
	m := githubMap(b)
	q := &Request{Method: "GET", Path: "/"}
	values := []Value{{"owner", "dewar-go"}, {"repo", "dewar"}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Build(q, "GET /repos/<owner>/<repo>/stargazers", values, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestMatchCostsNoAllocation(t *testing.T) {
	m := githubMap(t)
	out := Match{Params: make([]Param, 0, 8)}
	for _, r := range requests {
		q := &Request{Method: r.method, Path: r.path}
		if n := testing.AllocsPerRun(100, func() { m.Match(q, &out) }); n != 0 {
			t.Errorf("%s %s costs %v allocations, want 0", r.method, r.path, n)
		}
	}
}

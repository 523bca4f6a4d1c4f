package routing

import (
	"cmp"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// explained is an explanation as lines: a mark (* chosen, + fits, - not), the rule, and
// the reason.
func explained(m *Map, method, path string) []string {
	e := m.Explain(&Request{Method: method, Scheme: "http", Host: "example.com", Path: path})
	var lines []string
	for _, c := range e.Candidates {
		mark := "-"
		if c.Chosen {
			mark = "*"
		} else if c.Fits {
			mark = "+"
		}
		lines = append(lines, mark+" "+c.Rule.Endpoint+": "+c.Reason)
	}
	return lines
}

func TestExplanations(t *testing.T) {
	m := mustMap(t, Config{},
		"/<path:page>", "GET /notes/<slug>", "GET /notes/<int:id>", "GET /notes/new", "POST /notes/<int:id>",
		"GET /notes/<slug>/raw", "GET /folder/", "GET /v<int:major>.<int:minor>", "GET /v<name>")
	for _, test := range []struct {
		method, path string
		want         []string // the first lines
	}{
		{"GET", "/notes/new", []string{
			"* GET /notes/new: fits",
			`+ GET /notes/<slug>: fits, but "new" goes before <slug>: text before variables`,
			`+ /<path:page>: fits, but "notes" goes before <path:page>: text before variables`,
			`- GET /notes/<slug>/raw: goes on with "raw", where the path ends`,
			`- GET /notes/<int:id>: has <int:id>, which "new" does not suit`,
		}},
		{"GET", "/notes/7", []string{
			"* GET /notes/<int:id>: fits",
			"+ GET /notes/<slug>: fits, but <int:id> goes before <slug>: its weight is [50], and not [100]",
			`+ /<path:page>: fits, but "notes" goes before <path:page>: text before variables`,
			"- POST /notes/<int:id>: takes POST, and not GET",
		}},
		{"GET", "/folder", []string{"* GET /folder/: redirects to /folder/", `+ /<path:page>: fits, but "folder" goes before <path:page>: text before variables`}},
		{"GET", "/v1.2", []string{
			"* GET /v<int:major>.<int:minor>: fits",
			"+ GET /v<name>: fits, but v<int:major>.<int:minor> goes before v<name>: more text before less",
		}},
		{"GET", "/notes//7", []string{
			"* /<path:page>: fits",
			"+ GET /notes/<int:id>: redirects to /notes/7, but another rule fits without a redirect",
			"+ GET /notes/<slug>: redirects to /notes/7, but another rule fits without a redirect",
		}},
		{"GET", "/", []string{`- GET /notes/new: has "notes", which "" does not suit`}},
		{"GET", "/notes/a%2Fb", []string{"* /<path:page>: fits", `- GET /notes/new: has "new", which "a/b" does not suit`}},
	} {
		if got := explained(m, test.method, test.path); !slices.Equal(got[:len(test.want)], test.want) {
			t.Errorf("%s %s:\n%s\nwant first\n%s", test.method, test.path, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
		}
	}
}

func TestExplanationsOfWhatNobodyAnswers(t *testing.T) {
	m := mustMap(t, Config{}, "POST /notes", "GET /chat", "GET /folder/")
	m.rules[1].WebSocket = true
	m, err := New(Config{ServerName: "example.com"}, append(m.rules, &Rule{Pattern: "/notes", Endpoint: "api", Subdomain: "api"},
		&Rule{Pattern: "/far", Endpoint: "far", BuildOnly: true})...)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path   string
		status int
		want   string
	}{
		{"/notes", 405, "- POST /notes: takes POST, and not GET"},
		{"/chat", 400, "- GET /chat: answers requests for an upgrade to WebSocket only"},
		{"/notes", 405, `- api: stands under "api", and not under ""`},
		{"/far", 404, "- far: builds URLs and matches nothing"},
		{"/folder/x", 404, `- GET /folder/: ends with a slash, where the path goes on with "x"`},
		{"/notes/more", 404, `- POST /notes: ends where the path goes on with "/more"`},
	} {
		e := m.Explain(&Request{Method: "GET", Scheme: "http", Host: "example.com", Path: test.path})
		if got := explained(m, "GET", test.path); e.Status != test.status || !slices.Contains(got, test.want) {
			t.Errorf("%s: status %d\n%s\nwant %d and %q", test.path, e.Status, strings.Join(got, "\n"), test.status, test.want)
		}
	}
}

func TestPrecedenceIsTheOrderOfTheTree(t *testing.T) {
	m := mustMap(t, Config{}, "/<path:page>", "/<name>", "/<name>/x", "/a/<int:n>", "/a/b", "/a")
	var got []string
	for _, r := range m.Precedence() {
		got = append(got, r.Pattern)
	}
	if want := []string{"/a", "/a/b", "/a/<int:n>", "/<name>", "/<name>/x", "/<path:page>"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// For every request of the vectors, what is explained is what Match does.
func TestExplanationsAgreeWithMatches(t *testing.T) {
	file, err := os.ReadFile(vectorFile("routing.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	asked, chosen := 0, 0
	for line := range strings.Lines(string(file)) {
		var v vector
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		m, err := v.compile()
		if err != nil {
			continue // TestVectors has those
		}
		for _, asking := range v.Requests {
			path, query, _ := strings.Cut(asking.Path, "?")
			r := &Request{Method: asking.Method, Scheme: "http", Host: cmp.Or(asking.Host, "example.com"), Path: path, Query: query}
			var match Match
			m.Match(r, &match)
			e := m.Explain(r)
			asked++
			first := e.Candidates[0]
			switch {
			case e.Status != match.Status || e.Rule != match.Rule || e.Location != match.Location:
				t.Errorf("%s %s: explains %+v, and the match is %+v", v.ID, asking.Path, e.Match, match)
			case match.Rule != nil && (first.Rule != match.Rule || !first.Chosen):
				t.Errorf("%s %s: explains %v, and the match is %v", v.ID, asking.Path, first.Rule, match.Rule)
			case match.Status == 404 && first.Fits:
				t.Errorf("%s %s: %v is said to fit what nobody answers", v.ID, asking.Path, first.Rule)
			}
			if first.Chosen {
				chosen++
			}
		}
	}
	if asked == 0 || chosen == 0 {
		t.Errorf("%d requests were asked, %d answered", asked, chosen)
	}
}

package cli_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
)

func TestRoutes(t *testing.T) {
	t.Setenv("NOTES_SECRET", "s")
	code, stdout, stderr := execute(t, notes, "routes")
	const want = `ENDPOINT  METHODS  RULE
add       POST     /notes
any       any      /any
index     GET      /
new       GET      /notes/new
note      GET      /notes/<int:id>
page      GET      /<path:page>
`
	if code != 0 || stdout != want {
		t.Errorf("code %d, %s\n%s\nwant\n%s", code, stderr, stdout, want)
	}
	for order, want := range map[string]string{
		"rule":        "index page any add note new",
		"methods":     "index note new page add any",
		"match":       "index add any new note page",
		"declaration": "index note add new page any",
	} {
		_, stdout, _ := execute(t, notes, "routes", "--sort", order)
		var got []string
		for line := range strings.Lines(stdout) {
			got = append(got, strings.Fields(line)[0])
		}
		if got := strings.Join(got[1:], " "); got != want {
			t.Errorf("sorted by %s: %s, want %s", order, got, want)
		}
	}
	if code, _, stderr := execute(t, notes, "routes", "--sort", "size"); code != 1 || !strings.Contains(stderr, `--sort is "size", and knows endpoint`) {
		t.Errorf("code %d, %s", code, stderr)
	}
	if _, stdout, _ := execute(t, notes, "routes", "--all-methods"); !strings.Contains(stdout, "note      GET, HEAD, OPTIONS  /notes/<int:id>") {
		t.Errorf("all methods:\n%s", stdout)
	}
}

func TestRoutesWithHostsAndWhatSurroundsThem(t *testing.T) {
	app := framework.New("shop")
	app.ServerName = "example.com"
	app.BeforeRequest(func(c *framework.Context) error { return nil })
	app.Get("/", func(c *framework.Context) error { return nil }).Name("index")
	app.Get("/v1", func(c *framework.Context) error { return nil }).Name("api").Subdomain("api")
	app.Get("/docs/", func(c *framework.Context) error { return nil }).Name("docs")
	if code, stdout, _ := execute(t, app, "routes", "--match", "/docs?a=b"); code != 0 || !strings.Contains(stdout, "/docs?a=b: 308, redirected to /docs/?a=b\n") {
		t.Errorf("code %d\n%s", code, stdout)
	}
	_, stdout, _ := execute(t, app, "routes", "--middleware")
	for _, want := range []string{"ENDPOINT  METHODS  RULE    HOST  AROUND", "api       GET      /v1     api.  before:"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the list lacks %q:\n%s", want, stdout)
		}
	}
	var list []map[string]any
	_, stdout, _ = execute(t, app, "routes", "--json")
	if err := json.Unmarshal([]byte(stdout), &list); err != nil || len(list) != 3 || list[0]["endpoint"] != "api" || list[0]["subdomain"] != "api" ||
		!strings.Contains(stdout, `routes_test.go:`) {
		t.Errorf("%v: %s", err, stdout)
	}
	if code, stdout, _ := execute(t, app, "routes", "--match", "http://api.example.com/v1"); code != 0 || !strings.Contains(stdout, "answered by /v1") {
		t.Errorf("code %d\n%s", code, stdout)
	}
}

func TestWhichRouteAnswersAndWhy(t *testing.T) {
	t.Setenv("NOTES_SECRET", "s")
	for _, test := range []struct {
		request string
		code    int
		want    []string
	}{
		{"GET /notes/7", 0, []string{
			`GET /notes/7: answered by /notes/<int:id>, id = "7"`,
			"> note GET /notes/<int:id> ", "main_test.go:", " fits\n",
			"+ page GET /<path:page> ", `but "notes" goes before <path:page>: text before variables`,
			`new GET /notes/new `, `has "new", which "7" does not suit`,
			"and 2 rules that begin otherwise",
		}},
		{"/notes/new", 0, []string{"/notes/new: answered by /notes/new", `note GET /notes/<int:id> `, `has <int:id>, which "new" does not suit`}},
		{"get //notes//7?q=1", 0, []string{`answered by /<path:page>, page = "notes//7"`, "redirects to /notes/7?q=1, but another rule fits without a redirect"}},
		{"DELETE /notes", 1, []string{"405, allowed are GET, HEAD, OPTIONS, POST", "takes POST, and not DELETE"}},
		{"GET /../x", 1, []string{"404: The path has a dot segment"}},
	} {
		code, stdout, stderr := execute(t, notes, "routes", "--match", test.request)
		plain := strings.Join(strings.Fields(stdout), " ") + "\n"
		for _, want := range test.want {
			if want = strings.Join(strings.Fields(want), " "); code != test.code || !strings.Contains(plain, want) {
				t.Errorf("%s: code %d, and %q is not in\n%s%s", test.request, code, want, stdout, stderr)
			}
		}
		if code == 1 && !strings.Contains(stderr, "nothing answers "+test.request) {
			t.Errorf("%s: %s", test.request, stderr)
		}
	}
	for _, request := range []string{"", "GET notes", "notes", "GET http:///x%zz"} {
		if code, _, stderr := execute(t, notes, "routes", "--match", request); code != 1 || !strings.Contains(stderr, "wants a request such as") {
			t.Errorf("%s: code %d, %s", request, code, stderr)
		}
	}
	var e struct {
		Status     int
		Variables  map[string]string
		Candidates []struct {
			Rule, Reason string
			Chosen       bool
		}
	}
	_, stdout, _ := execute(t, notes, "routes", "--json", "--match", "/notes/7")
	if err := json.Unmarshal([]byte(stdout), &e); err != nil || e.Variables["id"] != "7" || len(e.Candidates) != 6 || !e.Candidates[0].Chosen {
		t.Errorf("%v: %s", err, stdout)
	}
}

// Who works in a folder beside or below the source finds it all the same.
func TestPlacesAreNearTheWorkingFolder(t *testing.T) {
	t.Setenv("NOTES_SECRET", "s")
	t.Chdir("../debug")
	for _, args := range [][]string{{"routes", "--match", "/notes/7"}, {"routes", "--json"}} {
		if code, stdout, stderr := executeIn(t, ".", notes, args...); code != 0 || !strings.Contains(stdout, "../cli/main_test.go:") || strings.Contains(stdout, "/framework/cli/") {
			t.Errorf("%q: code %d, %q\n%s", args, code, stderr, stdout)
		}
	}
}

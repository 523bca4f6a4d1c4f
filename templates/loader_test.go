package templates

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"
)

// any answers every name with a source made of it.
func anyName(source func(name string) string) Loader {
	return LoaderFunc(func(name string) (Source, error) { return Source{Text: source(name)}, nil })
}

// A loader that answers every name does not fill the memory.
func TestTemplatesKept(t *testing.T) {
	const most = 5
	loads := map[string]int{}
	env := New(Config{Limits: Limits{Templates: most}, Loader: anyName(func(name string) string { loads[name]++; return name })})
	get := func(name string) {
		t.Helper()
		var b strings.Builder
		if err := env.Render(&b, name, nil); err != nil || b.String() != name {
			t.Fatalf("%s: %q, %v", name, b.String(), err)
		}
	}
	for n := range most {
		get(fmt.Sprint(n))
	}
	if len(env.templates) != most {
		t.Fatalf("%d templates of %d are kept", len(env.templates), most)
	}
	for n := range 2 * most {
		get("0") // it stays while there are others
		get(fmt.Sprint("new", n))
		if len(env.templates) != most {
			t.Fatalf("%d templates are kept, want %d", len(env.templates), most)
		}
	}
	get("0")
	if loads["0"] != 1 {
		t.Errorf("a template in use was loaded %d times", loads["0"])
	}
	for n := range 10 * most { // all in use: one has to go all the same
		for name := range env.templates {
			get(name)
		}
		get(fmt.Sprint("more", n))
	}
	if len(env.templates) != most {
		t.Errorf("%d templates are kept, want %d", len(env.templates), most)
	}
}

// Parts that the environment has forgotten are still those that the page was
// analysed with.
func TestForgottenParts(t *testing.T) {
	env := New(Config{Limits: Limits{Templates: 1}, Loader: Map{
		"page.html": `{% extends "base.html" %}{% from "m.html" import m %}{% block b %}<script>f({% include "x.js" %}, {{ m(x) }})</script>{% endblock %}`,
		"base.html": `{% block b %}{% endblock %}`, "m.html": `{% macro m(x) %}{{ x }}{% endmacro %}`, "x.js": `{{ x }}`,
	}})
	page, err := env.Template("page.html")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		got, err := page.RenderString(map[string]any{"x": "<"})
		if want := `<script>f("\u003c", "\u003c")</script>`; got != want || err != nil {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
		if err := env.Render(io.Discard, "page.html", nil); err != nil {
			t.Error(err)
		}
	}
}

func TestSizeOfSources(t *testing.T) {
	env := New(Config{Limits: Limits{Source: 10}, Loader: anyName(func(name string) string { return name })})
	if err := env.Render(io.Discard, "0123456789", nil); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	err := env.Render(io.Discard, "0123456789x", nil)
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, ErrLimit) || e.Template != "0123456789x" {
		t.Errorf("above the limit: %v", err)
	}
	if _, err := env.FromString("0123456789x"); !errors.Is(err, ErrLimit) {
		t.Errorf("a string above the limit: %v", err)
	}
}

// Templates that lead to ever new ones end, when they are rendered and when
// they are checked.
func TestEndlessLoaders(t *testing.T) {
	next := func(format string) Loader {
		return anyName(func(name string) string { return strings.ReplaceAll(format, "NEXT", name+"x") })
	}
	for _, source := range []string{
		`{% extends "NEXT" %}`, `{% include "NEXT" %}`, `{% include "NEXT" %}{% include "NEXT" %}`, `{% import "NEXT" as m %}{{ m.n() }}`,
		`{% from "NEXT" import m %}{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}`,
		`{% extends "NEXT" %}{% block b %}{{ super() }}{{ super() }}{% endblock %}`,
		`<script>{% include "NEXT" %}{% include "NEXT" %}</script>`, `{% if x %}{% include "NEXT" %}{% else %}{% extends "NEXT" %}{% endif %}`,
	} {
		for _, depth := range []int{0, 10} {
			env := New(Config{Loader: next(source), Autoescape: func(string) bool { return true }, Limits: Limits{Depth: depth}})
			if err := env.Render(io.Discard, "a", nil); !errors.Is(err, ErrLimit) {
				t.Errorf("%s: %v", source, err)
			}
			var e *Error
			if err := env.Check("a"); err != nil && (!errors.As(err, &e) || errors.Is(err, ErrEscape)) {
				t.Errorf("Check of %s: %v", source, err)
			}
		}
	}
}

// So many parents, and no more.
func TestLimitOfParents(t *testing.T) {
	pages := Map{"0": "{% block b %}{% endblock %}"}
	for n := 1; n <= 4; n++ {
		pages[fmt.Sprint(n)] = fmt.Sprintf(`{%% extends "%d" %%}{%% block b %%}%d{{ super() }}{%% endblock %%}`, n-1, n)
	}
	env := New(Config{Loader: pages, Limits: Limits{Depth: 3}, Autoescape: func(string) bool { return true }})
	var b strings.Builder
	if err := env.Render(&b, "3", nil); !errors.Is(err, ErrLimit) { // three parents, and super in super in super in a block
		t.Errorf("depth of blocks: %q, %v", b.String(), err)
	}
	for n := 1; n <= 4; n++ {
		pages[fmt.Sprint(n)] = fmt.Sprintf(`{%% extends "%d" %%}{%% block b %%}%d{%% endblock %%}`, n-1, n)
	}
	env = New(Config{Loader: pages, Limits: Limits{Depth: 3}, Autoescape: func(string) bool { return true }})
	b.Reset()
	if err := env.Render(&b, "3", nil); err != nil || b.String() != "3" {
		t.Errorf("three parents: %q, %v", b.String(), err)
	}
	if err := env.Render(io.Discard, "4", nil); !errors.Is(err, ErrLimit) {
		t.Errorf("four parents: %v", err)
	}
}

// A page with more blocks than can be analysed is refused; includes and macros
// beyond are escaped alone, and safe.
func TestPagesWithMuchOnThem(t *testing.T) {
	levels := Map{"0.html": `<script>{% block b %}{{ x }};{% endblock %}</script>`}
	for n := 1; n <= 20; n++ {
		levels[fmt.Sprint(n, ".html")] = fmt.Sprintf(`{%% extends "%d.html" %%}{%% block b %%}{{ super() }}{{ super() }}{%% endblock %%}`, n-1)
	}
	env := New(Config{Loader: levels})
	if err := env.Render(io.Discard, "20.html", nil); !errors.Is(err, ErrEscape) {
		t.Errorf("a million blocks: %v", err)
	}
	var b strings.Builder
	if err := env.Render(&b, "3.html", map[string]any{"x": "<"}); err != nil || b.String() != "<script>"+strings.Repeat(`"\u003c";`, 8)+"</script>" {
		t.Errorf("%s, %v", b.String(), err)
	}
	env = New(Config{Loader: Map{"page.html": "<script>" + strings.Repeat(`{% include "x.js" %};`, maxSites+1) + "</script>", "x.js": "{{ x }}"}})
	b.Reset()
	want := "<script>" + strings.Repeat(`"\u003c";`, maxSites-1) + strings.Repeat(`"\u0026lt;";`, 2) + "</script>"
	if err := env.Render(&b, "page.html", map[string]any{"x": "<"}); err != nil || b.String() != want {
		t.Errorf("many includes: %d bytes, want %d, %v", b.Len(), len(want), err)
	}
}

func TestNamesOfFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"page.html", "sub/part.html", ".hidden.html.swp", ".git/config", "..data/linked.html"} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("{% include 'sub' ignore missing %}"+name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join("..data", "linked.html"), filepath.Join(dir, "linked.html")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("sub", filepath.Join(dir, "folder")); err != nil {
		t.Fatal(err)
	}
	env := New(Config{Loader: FS(os.DirFS(dir))})
	if got := fmt.Sprint(env.config.Loader.List()); got != "[linked.html page.html sub/part.html]" {
		t.Errorf("listed: %s", got)
	}
	for name, want := range map[string]string{"page.html": "page.html", "linked.html": "..data/linked.html"} {
		var b strings.Builder
		if err := env.Render(&b, name, nil); err != nil || b.String() != want {
			t.Errorf("%s: %q, %v", name, b.String(), err)
		}
	}
	for _, name := range []string{"sub", "folder", "a\x00b", strings.Repeat("x", 300), ".", "page.html/"} {
		if err := env.Render(io.Discard, name, nil); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
	pipe := New(Config{Loader: FS(fstest.MapFS{"pipe.html": {Mode: fs.ModeNamedPipe}})})
	if err := pipe.Render(io.Discard, "pipe.html", nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("a pipe: %v", err)
	}
	// a folder of that name does not hide the next loader's template
	both := New(Config{Loader: Choice{FS(os.DirFS(dir)), Map{"sub": "second"}}})
	var b strings.Builder
	if err := both.Render(&b, "sub", nil); err != nil || b.String() != "second" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

// The error is one line, and says where was looked.
func TestWhereATemplateWasLookedFor(t *testing.T) {
	env := New(Config{Loader: Choice{Map{}, FS(fstest.MapFS{}), Prefix{"lib": Map{}}}})
	err := env.Render(io.Discard, "lib/a.html", nil)
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, fs.ErrNotExist) || strings.Contains(e.Message, "\n") {
		t.Fatalf("%v", err)
	}
	for _, place := range []string{`no "lib/a.html" in the map`, "open lib/a.html", `no "a.html" in the map`} {
		if !strings.Contains(e.Message, place) {
			t.Errorf("no word of %s in %s", place, e.Message)
		}
	}
	if err := New(Config{Loader: Choice{}}).Render(io.Discard, "a", nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("no loaders: %v", err)
	}
}

// What cannot be listed cannot be checked in silence.
func TestCheckOfALoaderWithoutList(t *testing.T) {
	bad := anyName(func(string) string { return "{% if %}" })
	if err := New(Config{Loader: bad}).Check(); err == nil || !strings.Contains(err.Error(), "name them") {
		t.Errorf("%v", err)
	}
	if _, err := New(Config{Loader: Choice{bad}}).Extract(); err == nil {
		t.Error("Extract of what cannot be listed")
	}
	if err := New(Config{Loader: bad}).Check("a"); !errors.Is(err, ErrSyntax) {
		t.Errorf("%v", err)
	}
	for name, l := range map[string]Loader{"FS": FS(fstest.MapFS{}), "Map": Map{}, "Prefix": Prefix{}, "Choice": Choice{bad, Map{}}} {
		if err := New(Config{Loader: l}).Check(); err != nil {
			t.Errorf("an empty %s: %v", name, err)
		}
	}
}

// A change is seen although the file has the same size and time.
func TestReloadWithinOneTick(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.html")
	write := func(text string, when time.Time) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, when, when); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	write("old", now)
	env := New(Config{Loader: FS(os.DirFS(dir)), AutoReload: true, ReloadEvery: 1})
	for _, text := range []string{"old", "new", "old"} {
		write(text, now)
		var b strings.Builder
		if err := env.Render(&b, "a.html", nil); err != nil || b.String() != text {
			t.Errorf("%q, %v, want %q", b.String(), err, text)
		}
	}
}

// A template that appears in an earlier loader, or goes from it, is noticed.
func TestReloadOfAChoice(t *testing.T) {
	mine := Map{}
	env := New(Config{Loader: Choice{mine, Prefix{}, Map{"a.html": "library"}}, AutoReload: true, ReloadEvery: 1})
	for _, want := range []string{"library", "mine", "library"} {
		delete(mine, "a.html")
		if want == "mine" {
			mine["a.html"] = want
		}
		var b strings.Builder
		if err := env.Render(&b, "a.html", nil); err != nil || b.String() != want {
			t.Errorf("%q, %v, want %q", b.String(), err, want)
		}
	}
}

// A template that breaks, vanishes and comes back while it is reloaded.
func TestReloadAfterMistakes(t *testing.T) {
	pages := Map{"page.html": `<a title="{% include "part.html" %}">`}
	env := New(Config{Loader: pages, AutoReload: true, ReloadEvery: 1})
	for _, step := range []struct{ part, want string }{
		{"1", `<a title="1">`}, {"{% if %}", ""}, {"2<b>", `<a title="2<b>">`}, {"-", ""}, {"<i>{{ '<' }}", `<a title="<i>&lt;">`}, {`"`, ""}, {"3", `<a title="3">`},
	} {
		pages["part.html"] = step.part
		if step.part == "-" {
			delete(pages, "part.html")
		}
		var b strings.Builder
		err := env.Render(&b, "page.html", nil)
		if b.String() != step.want || (err == nil) != (step.want != "") {
			t.Errorf("with %q: %q, %v, want %q", step.part, b.String(), err, step.want)
		}
	}
}

// A loader that fails now and then leaves no trace in how a page is escaped.
func TestLoadersThatFailOnce(t *testing.T) {
	fails := true
	env := New(Config{Loader: LoaderFunc(func(name string) (Source, error) {
		switch {
		case name == "page.html":
			return Source{Text: `<script>{% if x %}{% include "x.js" %}{% endif %}</script>`}, nil
		case fails:
			return Source{}, errors.New("connection refused")
		}
		return Source{Text: "f({{ x }})"}, nil
	})})
	if err := env.Render(io.Discard, "page.html", map[string]any{"x": "<"}); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("%v", err)
	}
	fails = false
	var b strings.Builder
	if err := env.Render(&b, "page.html", map[string]any{"x": "<"}); err != nil || b.String() != `<script>f("\u003c")</script>` {
		t.Errorf("%s, %v", b.String(), err)
	}
}

// While templates change under those who render them, a page is made of whole
// templates, and escaped.
func TestReloadWhileRendering(t *testing.T) {
	var version atomic.Int64
	env := New(Config{AutoReload: true, ReloadEvery: 1, Limits: Limits{Templates: 3}, Loader: LoaderFunc(func(name string) (Source, error) {
		v := version.Load()
		text := map[string]string{
			"page.html": `{% extends "base.html" %}{% from "m.html" import m %}{% block b %}` + strings.Repeat(" ", int(v%3)) + `<script>f({% include "x.js" %}, {{ m(x) }})</script>{% endblock %}`,
			"base.html": strings.Repeat(" ", int(v%2)) + `<b>{% block b %}{% endblock %}</b>`,
			"x.js":      `{{ x }}`, "m.html": `{% macro m(x) %}{{ x }}{% endmacro %}`,
		}[name]
		return Source{text, func() bool { return version.Load() == v }}, nil
	})})
	var wg sync.WaitGroup
	good := new(atomic.Int64)
	for range 4 {
		wg.Go(func() {
			for range 200 {
				version.Add(1)
				var b strings.Builder
				err := env.Render(&b, "page.html", map[string]any{"x": "<"})
				switch got := strings.ReplaceAll(b.String(), " ", ""); {
				case err != nil && (got != "" || !strings.Contains(err.Error(), "has been reloaded")):
					t.Errorf("%q beside %v", got, err)
				case err == nil && got != `<b><script>f("\u003c","\u003c")</script></b>` && got != `<b><script>f("\u003c","\u0026lt;")</script></b>`:
					t.Errorf("%s", got)
				case err == nil:
					good.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if good.Load() == 0 {
		t.Error("no page was rendered")
	}
}

package framework_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/templates"
)

// pages is a file system of templates.
func pages(sources map[string]string) fs.FS {
	fsys := fstest.MapFS{}
	for name, text := range sources {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// jinja makes App.Templates as an application does.
func jinja(own fs.FS) func(*framework.Templating) (framework.Renderer, error) {
	return func(t *framework.Templating) (framework.Renderer, error) {
		env := templates.New(templates.Config{
			Loader:  templates.FS(t.Files(own)),
			Filters: t.Filters, Tests: t.Tests, Globals: t.Globals, Variables: t.Variables, Nonce: t.Nonce,
		})
		return env, env.Check()
	}
}

func page(name string) framework.Handler {
	return func(c *framework.Context) error { return c.Render(name, nil) }
}

func TestTemplateDeclarations(t *testing.T) {
	app, _ := newApp(t)
	app.Templates = jinja(pages(map[string]string{
		"page.html":   `{% from "macros.html" import m %}{{ 1999|money }} {{ 1999|money("$") }} {{ 7 is prime }} {{ site }} {{ twice(4) }} {{ m() }}`,
		"macros.html": `{% macro m() %}{{ site }}{% endmacro %}`,
	}))
	app.Get("/", page("page.html"))
	// after App.Templates, and from a blueprint
	bp := framework.NewBlueprint("shop", "/shop")
	bp.TemplateFilter("money", func(cents int, sign ...string) string {
		return fmt.Sprintf("%s%d.%02d", strings.Join(sign, ""), cents/100, cents%100)
	})
	app.Register(bp)
	app.TemplateTest("prime", func(n int) bool { return n == 7 })
	app.TemplateGlobal("site", "Dewar")
	app.TemplateGlobal("twice", func(n int) int { return 2 * n })
	if r := ask(t, app, "GET", "/"); string(r.Body) != "19.99 $19.99 True Dewar 8 Dewar" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestTemplatesOfBlueprints(t *testing.T) {
	app, _ := newApp(t)
	admin := framework.NewBlueprint("admin", "/admin").Templates(pages(map[string]string{
		"admin/users.html": `{% extends "admin/base.html" %}{% block b %}the blueprint's users{% endblock %}`,
		"admin/base.html":  `the blueprint's base: {% block b %}{% endblock %}`,
		"shared.html":      "the first blueprint's",
	}))
	help := framework.NewBlueprint("help", "/help").Templates(pages(map[string]string{
		"shared.html": "the second blueprint's", "help.html": "help",
	}))
	admin.Get("/users", page("admin/users.html"))
	admin.Get("/shared", page("shared.html"))
	help.Get("/", page("help.html"))
	app.Register(admin)
	app.Register(help)
	app.Templates = jinja(pages(map[string]string{"admin/base.html": `the application's base: {% block b %}{% endblock %}`}))
	for target, want := range map[string]string{
		"/admin/users":  "the application's base: the blueprint's users",
		"/admin/shared": "the first blueprint's",
		"/help/":        "help",
	} {
		if r := ask(t, app, "GET", target); string(r.Body) != want {
			t.Errorf("%s: %d %s, want %s", target, r.Status, r.Body, want)
		}
	}
}

func TestTemplateFilesListEachOnce(t *testing.T) {
	var names []string
	app, _ := newApp(t)
	bp := framework.NewBlueprint("bp", "").Templates(pages(map[string]string{"a.html": "", "sub/b.html": "", "sub/c.html": ""}))
	app.Register(bp)
	app.Templates = func(k *framework.Templating) (framework.Renderer, error) {
		files := k.Files(pages(map[string]string{"a.html": "", "sub/b.html": "", "d.html": ""}))
		names = templates.FS(files).List()
		if _, err := files.Open("nothing"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a file that does not exist: %v", err)
		}
		return nil, fstest.TestFS(files, "a.html", "sub/b.html", "sub/c.html", "d.html")
	}
	if err := app.Freeze(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(names, " "); got != "a.html d.html sub/b.html sub/c.html" {
		t.Error(got)
	}
}

func TestTemplateMistakesAreReportedAtTheStart(t *testing.T) {
	app, _ := newApp(t)
	app.Templates = jinja(pages(map[string]string{
		"a.html": "{% if %}", "b.html": `{% extends "nothing.html" %}`, "c.html": "{{ x|mony }}", "d.html": "{{ url_for() }}", "fine.html": "fine",
	}))
	app.TemplateFilter("money", func(int) string { return "" })
	app.TemplateFilter("money", func(string) string { return "" })
	err := app.Freeze()
	var setup *framework.SetupError
	if !errors.As(err, &setup) || len(setup.Mistakes) != 5 {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{"a.html:1", "'nothing.html' not found", "no filter named 'mony'", "url_for", "templating_test.go"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %s in %v", want, err)
		}
	}
	for name, declare := range map[string]func(*framework.App){
		"filter":    func(a *framework.App) { a.TemplateFilter("f", strings.ToUpper) },
		"blueprint": func(a *framework.App) { a.Register(framework.NewBlueprint("b", "").Templates(pages(nil))) },
		"both set": func(a *framework.App) {
			a.Renderer = templates.New(templates.Config{})
			a.Templates = jinja(pages(nil))
		},
	} {
		app, _ := newApp(t)
		declare(app)
		if err := app.Freeze(); err == nil || !strings.Contains(err.Error(), "App.Templates") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTemplateVariables(t *testing.T) {
	app, _ := newApp(t)
	app.Session.Keys = []string{secret}
	app.Config = struct{ SiteName string }{"Dewar & Sons"}
	user := framework.NewKey[string]("user")
	app.BeforeRequest(func(c *framework.Context) error {
		user.Set(c, "<Ada>")
		c.Session().Set("cart", []any{"tea"})
		return nil
	})
	app.Templates = jinja(pages(map[string]string{
		"macros.html": `{% macro who() %}{{ g.user }}{% endmacro %}`,
		"page.html": `{% from "macros.html" import who %}{{ who() }}|{{ session.cart[0] }} {{ session.get("x", 0) }} {{ "cart" in session }}|{{ config.site_name }}|` +
			`{{ request.method }} {{ request.path }} {{ request.full_path }} {{ request.endpoint }} {{ request.blueprint }} {{ request.host }} {{ request.is_secure }}|` +
			`{{ request.url }} {{ request.base_url }} {{ request.root_url }} {{ request.host_url }} {{ request.scheme }} {{ request.query_string }}|` +
			`{{ request.args.q }} {{ request.args["q"] }} {{ request.args.get("z", 1) }} {{ request.args.getlist("t")|join(",") }} {{ request.args.nothing is defined }} {{ request.form.nothing is defined }}|` +
			`{{ request.view_args.name }} {{ request.cookies.c }} {{ request.headers["X-Test"] }} {{ request.headers.get("X-No") }}|{{ request.remote_addr }}`,
	}))
	app.Get("/p/<name>", page("page.html")).Name("show")
	r := gatewaytest.Do(app, gatewaytest.Request{
		Target: "/p/%C3%A4?q=%3Cq%3E&t=1&t=2",
		Host:   "example.com",
		Header: gateway.Header{{Name: "Cookie", Value: "c=crumb"}, {Name: "X-Test", Value: "yes"}},
	})
	want := `&lt;Ada&gt;|tea 0 True|Dewar &amp; Sons|` +
		`GET /p/ä /p/ä?q=%3Cq%3E&amp;t=1&amp;t=2 show  example.com False|` +
		`http://example.com/p/%C3%A4?q=%3Cq%3E&amp;t=1&amp;t=2 http://example.com/p/%C3%A4 http://example.com/ http://example.com http q=%3Cq%3E&amp;t=1&amp;t=2|` +
		`&lt;q&gt; &lt;q&gt; 1 1,2 False False|` +
		`ä crumb yes None|127.0.0.1`
	if got := string(r.Body); got != want {
		t.Errorf("%d\n got %s\nwant %s", r.Status, got, want)
	}
}

// What a client names its parameters and fields does not get in the way of what
// a template calls.
func TestNamesOfParametersInTemplates(t *testing.T) {
	app, log := newApp(t)
	app.Templates = jinja(pages(map[string]string{
		"page.html": `{{ request.args.get("q") }} {{ request.args["get"] }} {{ request.args.getlist("q")|length }} {{ request.headers.get("X-Test") }}|` +
			`{% for name in request.args %}{{ name }} {% endfor %}{{ "q" in request.args }} {{ "x" in request.args }} {{ request.args|length }} {{ "some" if request.args }} {{ "some" if request.form else "none" }}|` +
			`{% for name, v in request.args.items() %}{{ name }}={{ v }} {% endfor %}{{ request.args|tojson }}|{{ "x-test" in request.headers.keys()|map("lower") }}|{{ request }}`,
	}))
	app.Get("/", page("page.html"))
	r := gatewaytest.Do(app, gatewaytest.Request{
		Target: "/?get=1&q=%3C&items=2&q=4&getlist=5&__class__=6", Host: "example.com",
		Header: gateway.Header{{Name: "Get", Value: "1"}, {Name: "X-Test", Value: "yes"}, {Name: "Keys", Value: "2"}, {Name: "x-test", Value: "again"}},
	})
	want := `&lt; 1 2 yes|get q items getlist __class__ True False 5 some none|get=1 q=&lt; items=2 getlist=5 __class__=6 ` +
		`{"__class__": "6", "get": "1", "getlist": "5", "items": "2", "q": "\u003c"}|True|&lt;Request &#39;http://example.com/?get=1&amp;q=%3C&amp;items=2&amp;q=4&amp;getlist=5&amp;__class__=6&#39; [GET]&gt;`
	if got := string(r.Body); got != want {
		t.Errorf("%d\n got %s\nwant %s\n%s", r.Status, got, want, log)
	}
}

func TestOptionsOfFlashedMessages(t *testing.T) {
	app := templated(t, map[string]string{
		"one.html":  `{% for m in get_flashed_messages(category_filter="error") %}[{{ m }}]{% endfor %}`,
		"list.html": `{% for c, m in get_flashed_messages(with_categories=true, category_filter=kinds) %}[{{ c }} {{ m }}]{% endfor %}`,
		"typo.html": `{{ get_flashed_messages(with_category=true) }}`,
		"type.html": `{{ get_flashed_messages(with_categories="yes") }}`,
	}, nil)
	app.Get("/<name>", func(c *framework.Context) error {
		c.Flash("ok")
		c.Flash("no", "error")
		return c.Render(c.Param("name"), map[string]any{"kinds": []string{"error", "other"}})
	})
	for name, want := range map[string]string{"one.html": "[no]", "list.html": "[error no]"} {
		if r := ask(t, app, "GET", "/"+name); string(r.Body) != want {
			t.Errorf("%s: %d %s, want %s", name, r.Status, r.Body, want)
		}
	}
	for _, name := range []string{"typo.html", "type.html"} {
		if r := ask(t, app, "GET", "/"+name); r.Status != 500 {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
}

// unreadable is a file system whose files are there and cannot be opened.
type unreadable struct{ fs.FS }

func (u unreadable) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, ".html") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return u.FS.Open(name)
}

func TestOverridesThatCannotBeRead(t *testing.T) {
	shop := pages(map[string]string{"shop/cart.html": "the blueprint's"})
	files := func(own fs.FS) fs.FS {
		var found fs.FS
		app, _ := newApp(t)
		app.Register(framework.NewBlueprint("shop", "").Templates(shop))
		app.Templates = func(k *framework.Templating) (framework.Renderer, error) {
			found = k.Files(own)
			return nil, nil
		}
		if err := app.Freeze(); err != nil {
			t.Fatal(err)
		}
		return found
	}
	for name, c := range map[string]struct {
		own  fs.FS
		text string
		err  error
	}{
		"nothing of its own": {nil, "the blueprint's", nil},
		"a file in the way":  {os.DirFS(writeFile(t, "shop", "a file")), "the blueprint's", nil},
		"not readable":       {unreadable{pages(nil)}, "", fs.ErrPermission},
	} {
		text, err := fs.ReadFile(files(c.own), "shop/cart.html")
		if string(text) != c.text || !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		if _, err := files(c.own).Open("nothing"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: a file that does not exist: %v", name, err)
		}
	}
}

// writeFile gives a folder with one file.
func writeFile(t *testing.T, name, text string) string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestFormInTemplates(t *testing.T) {
	app, _ := newApp(t)
	app.Templates = jinja(pages(map[string]string{"again.html": `<input value="{{ request.form.title }}">{{ request.form.getlist("tag")|join(",") }}`}))
	app.Post("/", page("again.html"))
	r := gatewaytest.Do(app, gatewaytest.Request{
		Method: "POST", Target: "/", Body: []byte("title=%22Tea%22&tag=a&tag=b"),
		Header: gateway.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
	})
	if want := `<input value="&#34;Tea&#34;">a,b`; string(r.Body) != want {
		t.Errorf("%d %s, want %s", r.Status, r.Body, want)
	}
}

func TestTemplateHooks(t *testing.T) {
	app, log := newApp(t)
	app.Templates = jinja(pages(map[string]string{
		"form.html":   `<input value="{{ csrf_token() }}"><script>f()</script>`,
		"list.html":   `<ul>{% block items %}<li>{{ request.path }}</li>{% endblock %}</ul>`,
		"broken.html": `{{ 1 // 0 }}`,
	}))
	app.CSPNonce = func(c *framework.Context) string { return "n-" + c.Endpoint() }
	app.Get("/form", page("form.html")).Name("form")
	app.Get("/items", page("list.html#items"))
	app.Get("/broken", page("broken.html"))
	var before, after []string
	app.Signals.TemplateRender.Connect(func(_ *framework.Context, r framework.Rendering) { before = append(before, r.Name) })
	app.Signals.TemplateRendered.Connect(func(_ *framework.Context, r framework.Rendering) { after = append(after, r.Name) })

	if r := ask(t, app, "GET", "/form"); r.Status != 500 || !strings.Contains(log.String(), "App.CSRFToken") {
		t.Errorf("without a source of tokens: %d %s", r.Status, log)
	}
	app.CSRFToken = func(c *framework.Context) (string, error) { return `to"ken`, nil }
	if r := ask(t, app, "GET", "/form"); string(r.Body) != `<input value="to&#34;ken"><script nonce="n-form">f()</script>` {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := ask(t, app, "GET", "/items"); string(r.Body) != "<li>/items</li>" || r.Header.Value("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%d %s %v", r.Status, r.Body, r.Header)
	}
	ask(t, app, "GET", "/broken")
	if fmt.Sprint(before, after) != "[form.html form.html list.html#items broken.html] [form.html list.html#items]" {
		t.Errorf("signals: %v %v", before, after)
	}
}

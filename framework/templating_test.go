package framework_test

import (
	"errors"
	"fmt"
	"io/fs"
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

package framework_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/templates"
)

// templated is an application over a few templates.
func templated(t *testing.T, pages map[string]string, more map[string]any) *framework.App {
	app, _ := newApp(t)
	app.Session.Keys = []string{secret}
	globals := framework.TemplateGlobals()
	for name, v := range more {
		globals[name] = v
	}
	app.Renderer = templates.New(templates.Config{Loader: templates.Map(pages), Globals: globals, Undefined: templates.Strict})
	return app
}

func TestTemplateGlobals(t *testing.T) {
	app := templated(t, map[string]string{
		"page.html": `<a href="{{ url_for('note', id=7, q='a', _anchor='end') }}">{{ who() }}</a>` +
			`{% for m in get_flashed_messages() %}[{{ m }}]{% endfor %}` +
			`{% for c, m in get_flashed_messages(with_categories=true, category_filter=['error']) %}({{ c }}: {{ m }}){% endfor %}`,
		"bad.html": `{{ url_for('nothing') }}`,
	}, map[string]any{"who": func(ctx context.Context) string {
		c, ok := framework.FromContext(ctx)
		if !ok || ctx.Err() != nil {
			return "nobody"
		}
		return c.Param("name")
	}})
	app.Get("/notes/<int:id>", hello).Name("note")
	app.Get("/page/<name>", func(c *framework.Context) error {
		c.Flash("<ok>")
		c.Flash("no", "error")
		return c.Render("page.html", nil)
	})
	app.Get("/bad", func(c *framework.Context) error { return c.Render("bad.html", nil) })
	r := ask(t, app, "GET", "/page/ada")
	if want := `<a href="/notes/7?q=a#end">ada</a>[&lt;ok&gt;][no](error: no)`; string(r.Body) != want {
		t.Errorf("%s\nwant %s", r.Body, want)
	}
	if r := ask(t, app, "GET", "/bad"); r.Status != 500 {
		t.Errorf("an unknown endpoint: %d %s", r.Status, r.Body)
	}
}

// gone is a transport whose client has gone away.
type gone struct {
	gateway.Transport
	asked *int
}

func (g gone) Context() context.Context {
	*g.asked++
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(gateway.ErrGone)
	return ctx
}

// A long page ends when its client goes away; a short one does not even ask.
func TestLongPagesEnd(t *testing.T) {
	for source, long := range map[string]bool{
		"{% for i in range(20000) %}{% endfor %}": false, "{% for i in range(66000) %}{% endfor %}": true,
		"{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(13) }}": true,
	} {
		asked := 0
		app := templated(t, map[string]string{"p.html": source}, nil)
		var failed error
		app.HandleError(context.Canceled, func(c *framework.Context, err error) error { failed = err; return c.Text("ended") })
		app.Use(func(next gateway.Handler) gateway.Handler {
			return gateway.HandlerFunc(func(x *gateway.Exchange) error {
				x.Wrap(func(t gateway.Transport) gateway.Transport { return gone{t, &asked} })
				return next.Serve(x)
			})
		})
		app.Get("/", func(c *framework.Context) error { return c.Render("p.html", nil) })
		ask(t, app, "GET", "/")
		if long && !errors.Is(failed, context.Canceled) || !long && (failed != nil || asked > 0) {
			t.Errorf("%s: %v, asked %d times", source, failed, asked)
		}
	}
}

func TestContextProcessors(t *testing.T) {
	app := templated(t, map[string]string{"p.html": "{{ a }} {{ b }} {{ c }}"}, nil)
	give := func(pairs ...string) func(*framework.Context) map[string]any {
		return func(c *framework.Context) map[string]any {
			m := map[string]any{}
			for _, pair := range pairs {
				name, value, _ := strings.Cut(pair, "=")
				m[name] = value
			}
			return m
		}
	}
	bp := framework.NewBlueprint("bp", "/bp")
	bp.ContextProcessor(give("b=bp"))
	app.ContextProcessor(give("a=app", "b=app", "c=app"))
	page := func(c *framework.Context) error { return c.Render("p.html", map[string]any{"c": "page"}) }
	bp.Get("/", page)
	app.Get("/", page)
	app.Get("/struct", func(c *framework.Context) error { return c.Render("p.html", struct{ A int }{}) })
	app.Register(bp)
	for target, want := range map[string]string{"/": "app app page", "/bp/": "app bp page"} {
		if got := string(ask(t, app, "GET", target).Body); got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
	if r := ask(t, app, "GET", "/struct"); r.Status != 500 {
		t.Errorf("a struct beside processors: %d", r.Status)
	}
}

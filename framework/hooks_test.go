package framework_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/routing"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// hooked is an application with two blueprints, one in the other, whose hooks
// write down when they run.
func hooked(t *testing.T) (*framework.App, *[]string) {
	app, _ := newApp(t)
	order := &[]string{}
	note := func(s string) framework.Handler {
		return func(*framework.Context) error { *order = append(*order, s); return nil }
	}
	end := func(s string) func(*framework.Context, error) {
		return func(_ *framework.Context, err error) {
			if err != nil {
				s += "!"
			}
			*order = append(*order, s)
		}
	}
	outer := framework.NewBlueprint("outer", "/outer")
	inner := framework.NewBlueprint("inner", "/inner")
	app.Register(outer)
	outer.Register(inner)
	inner.BeforeRequest(note("inner"))
	inner.AfterRequest(note("after-inner"))
	inner.TeardownRequest(end("end-inner"))
	outer.BeforeRequest(note("outer"))
	outer.AfterRequest(note("after-outer"))
	app.BeforeRequest(note("app1"))
	app.BeforeRequest(note("app2"))
	app.AfterRequest(note("after-app1"))
	app.AfterRequest(note("after-app2"))
	app.TeardownRequest(end("end-app"))
	inner.Get("/", func(c *framework.Context) error {
		c.AfterThisRequest(note("after-this"))
		*order = append(*order, "handler")
		return c.Text("ok")
	})
	inner.Get("/bug", func(*framework.Context) error { return errors.New("bug") })
	inner.Get("/panic", func(*framework.Context) error { panic("bug") })
	outer.Get("/", hello)
	app.Get("/", hello)
	return app, order
}

func TestHookOrder(t *testing.T) {
	for target, want := range map[string]string{
		"/outer/inner/":      "app1 app2 outer inner handler after-this after-inner after-outer after-app2 after-app1 end-inner end-app",
		"/outer/":            "app1 app2 outer after-outer after-app2 after-app1 end-app",
		"/":                  "app1 app2 after-app2 after-app1 end-app",
		"/none":              "app1 app2 after-app2 after-app1 end-app!",
		"/outer/inner/bug":   "app1 app2 outer inner after-inner after-outer after-app2 after-app1 end-inner! end-app!",
		"/outer/inner/panic": "app1 app2 outer inner after-inner after-outer after-app2 after-app1 end-inner! end-app!",
	} {
		app, order := hooked(t)
		ask(t, app, "GET", target)
		if got := strings.Join(*order, " "); got != want {
			t.Errorf("%s ran %s\nwant %s", target, got, want)
		}
	}
}

func TestBeforeHookThatAnswersEndsTheRequest(t *testing.T) {
	app, order := hooked(t)
	app.BeforeRequest(func(c *framework.Context) error { return c.Status(503).Text("maintenance") })
	r := ask(t, app, "GET", "/outer/inner/")
	if got := strings.Join(*order, " "); r.Status != 503 || strings.Contains(got, "handler") || !strings.Contains(got, "app1 app2 after-inner") {
		t.Errorf("%d after %s", r.Status, got)
	}
}

func TestAfterHookChangesTheResponse(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/", hello)
	app.AfterRequest(func(c *framework.Context) error {
		c.SetHeader("X-Status", string(rune('0'+c.Response().Status/100)))
		return nil
	})
	for target, want := range map[string]string{"/": "2", "/none": "4"} {
		if got := ask(t, app, "GET", target).Header.Value("X-Status"); got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
}

// A failure in any hook is answered once, and the server lives on.
func TestPanicsInHooks(t *testing.T) {
	bang := func(*framework.Context) error { panic("bang") }
	for name, declare := range map[string]func(*framework.App){
		"before":   func(a *framework.App) { a.BeforeRequest(bang) },
		"after":    func(a *framework.App) { a.AfterRequest(bang) },
		"handler":  func(a *framework.App) { a.Get("/x", bang) },
		"teardown": func(a *framework.App) { a.TeardownRequest(func(*framework.Context, error) { panic("bang") }) },
		"error handler": func(a *framework.App) {
			a.BeforeRequest(func(*framework.Context) error { return framework.Abort(400) })
			a.HandleStatus(400, func(*framework.Context, error) error { panic("bang") })
		},
		"500 handler": func(a *framework.App) {
			a.BeforeRequest(bang)
			a.HandleStatus(500, func(c *framework.Context, _ error) error { bang(c); return nil })
		},
		"after this request": func(a *framework.App) {
			a.BeforeRequest(func(c *framework.Context) error { c.AfterThisRequest(bang); return nil })
		},
		"decorator": func(a *framework.App) {
			a.Get("/x", hello, func(framework.Handler) framework.Handler { return bang }).Name("x")
		},
		"converter": func(a *framework.App) {
			a.Converters = map[string]routing.ConverterFunc{"bang": func(routing.Args) (routing.Converter, error) {
				return routing.Converter{ToGo: func(string) (any, error) { panic("bang") }}, nil
			}}
			a.Get("/<bang:x>", hello)
		},
		"renderer": func(a *framework.App) {
			a.Renderer = renderFunc(func(io.Writer, string) error { panic("bang") })
			a.Get("/x", func(c *framework.Context) error { return c.Render("a.html", nil) })
		},
		"context processor": func(a *framework.App) {
			a.Renderer = renderFunc(func(io.Writer, string) error { return nil })
			a.ContextProcessor(func(*framework.Context) map[string]any { panic("bang") })
			a.Get("/x", func(c *framework.Context) error { return c.Render("a.html", nil) })
		},
		"URL defaults": func(a *framework.App) {
			a.URLDefaults(func(*framework.Context, string) []any { panic("bang") })
			a.Get("/x", func(c *framework.Context) error { _, err := c.URL("hello"); return err })
		},
		"dependency": func(a *framework.App) {
			d := framework.NewDependency("bang", func(c *framework.Context) (int, error) { panic("bang") })
			a.Get("/x", func(c *framework.Context) error { _, err := d.Of(c); return err })
		},
		"cleanup": func(a *framework.App) {
			a.BeforeRequest(func(c *framework.Context) error { c.Cleanup(func() { panic("bang") }); return nil })
		},
		"receiver of a signal": func(a *framework.App) {
			a.Signals.RequestStarted.Connect(func(*framework.Context, *gateway.Request) { panic("bang") })
		},
	} {
		app, log := newApp(t)
		app.Get("/", hello)
		declare(app)
		target, want := "/", 500
		switch name {
		case "handler", "decorator", "converter", "renderer", "context processor", "URL defaults", "dependency":
			target = "/x"
		case "teardown", "cleanup", "receiver of a signal":
			want = 200 // the answer was complete
		}
		rec := &gatewaytest.Recorder{Handler: app}
		for range 2 {
			log.Reset()
			r := rec.Do(gatewaytest.Request{Target: target})
			if r.Status != want || r.Aborted || !strings.Contains(log.String(), "bang") {
				t.Errorf("panic in %s: %d, log %s", name, r.Status, log)
			}
			if strings.Contains(string(r.Body), "bang") {
				t.Errorf("panic in %s tells the client: %s", name, r.Body)
			}
		}
	}
}

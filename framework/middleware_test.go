package framework_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/basicauth"
	"github.com/dewar-go/dewar/gateway/middleware/crossorigin"
	"github.com/dewar-go/dewar/gateway/middleware/csrf"
	"github.com/dewar-go/dewar/gateway/middleware/health"
	"github.com/dewar-go/dewar/gateway/middleware/hosts"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
	"github.com/dewar-go/dewar/templates"
)

// A request that another site's page made a browser send is refused wherever there
// are sessions that it could misuse, without a word of the application's.
func TestSessionsBringCrossOriginProtection(t *testing.T) {
	keys := session.Config{Keys: []string{strings.Repeat("k", 32)}}
	for _, c := range []struct {
		name string
		set  func(app *framework.App)
		want int
	}{
		{"no sessions", func(app *framework.App) {}, 200},
		{"sessions", func(app *framework.App) { app.Session = keys }, 403},
		{"switched off", func(app *framework.App) { app.Session, app.AllowCrossOrigin = keys, true }, 200},
		{"trusted", func(app *framework.App) {
			app.Session, app.CrossOrigin.Trusted = keys, []string{"https://evil.example"}
		}, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			app, _ := newApp(t)
			c.set(app)
			app.Post("/", hello)
			q := gatewaytest.Request{Method: "POST", Target: "/", Header: gateway.Header{{Name: "Origin", Value: "https://evil.example"}, {Name: "Sec-Fetch-Site", Value: "cross-site"}}}
			if r := gatewaytest.Do(app, q); r.Status != c.want {
				t.Errorf("from another site: %d, want %d", r.Status, c.want)
			}
			q.Header = gateway.Header{{Name: "Origin", Value: "https://localhost"}, {Name: "Sec-Fetch-Site", Value: "same-origin"}}
			if r := gatewaytest.Do(app, q); r.Status != 200 {
				t.Errorf("from the same: %d", r.Status)
			}
		})
	}
}

func TestCrossOriginMistakes(t *testing.T) {
	app, _ := newApp(t)
	app.CrossOrigin = crossorigin.Config{Trusted: []string{"example.com"}}
	if err := app.Freeze(); err == nil || !strings.Contains(err.Error(), "App.CrossOrigin: Config.Trusted") {
		t.Errorf("%v", err)
	}
}

// The compiler puts health's Middleware into its caller, and names what that returns by both.
func TestInlinedMiddlewareIsCalledByItsPackage(t *testing.T) {
	app, _ := newApp(t)
	app.Use(health.New(health.Config{}).Middleware())
	app.Get("/", hello)
	if name, _, _ := strings.Cut(app.Middleware()[0], " "); name != "health.(*Probe).Middleware" {
		t.Errorf("%q", name)
	}
}

// The order is that of Use, wherever it stands among the routes, and can be printed.
func TestMiddlewareIsListedInItsOrder(t *testing.T) {
	app, logs := newApp(t)
	app.Get("/", hello)
	app.Use(secure.New(secure.Config{}))
	app.Use(hosts.New("localhost"), hosts.New("localhost"))
	app.Session.Keys = []string{strings.Repeat("k", 32)}
	var names []string
	for _, line := range app.Middleware() {
		name, at, _ := strings.Cut(line, " ")
		names = append(names, name)
		if !strings.Contains(at, "middleware_test.go:") && name != "crossorigin.New" {
			t.Errorf("%s: no place", line)
		}
	}
	if want := []string{"secure.New", "hosts.New", "hosts.New", "crossorigin.New"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	if err := app.Freeze(); err != nil {
		t.Fatal(err)
	}
	if r := gatewaytest.Do(app, gatewaytest.Request{Target: "/"}); !r.Header.Has("X-Frame-Options") {
		t.Error("a route that was declared before Use is not inside of it")
	}
	if r := gatewaytest.Do(app, gatewaytest.Request{Target: "/none"}); r.Status != 404 || !r.Header.Has("X-Frame-Options") {
		t.Error("the answer where no route matches is not inside of Use")
	}
	if !strings.Contains(logs.String(), "used twice") {
		t.Errorf("the duplicate is not told: %q", logs)
	}
	if strings.Contains(logs.String(), "outermost") {
		t.Errorf("the order is told to those who do not debug: %q", logs)
	}
	var debug strings.Builder
	app = framework.New("ordered")
	app.Logger = slog.New(slog.NewTextHandler(&debug, &slog.HandlerOptions{Level: slog.LevelDebug}))
	app.Use(secure.New(secure.Config{}), hosts.New("localhost"))
	if err := app.Freeze(); err != nil {
		t.Fatal(err)
	}
	line := debug.String()
	outer, inner := strings.Index(line, "secure.New (middleware_test.go:"), strings.Index(line, "hosts.New (middleware_test.go:")
	if strings.Count(line, "\n") != 1 || !strings.Contains(line, "app=ordered") || outer < 0 || inner < outer {
		t.Errorf("the order is not told at the freeze: %q", line)
	}
}

// Templates reach what the middleware around the application keeps for them.
func TestTemplatesReachNonceAndToken(t *testing.T) {
	env := templates.New(templates.Config{
		Loader:  templates.Map{"page.html": `<script>1</script><input name="csrf_token" value="{{ csrf_token() }}">`},
		Globals: framework.TemplateGlobals(), Nonce: secure.Nonce,
	})
	app, _ := newApp(t)
	app.Renderer = env
	app.Use(secure.New(secure.Config{Policy: secure.Strict}), csrf.New(csrf.Config{}))
	app.Route("/", "GET", "POST")(func(c *framework.Context) error { return c.Render("page.html", nil) })
	res := gatewaytest.Do(app, gatewaytest.Request{Target: "/"})
	nonce := between(res.Header.Value("Content-Security-Policy"), "'nonce-", "'")
	if got := between(string(res.Body), `<script nonce="`, `"`); got != nonce || nonce == "" {
		t.Errorf("the page has the nonce %q, the policy %q: %s", got, nonce, res.Body)
	}
	cookie, _, _ := strings.Cut(res.Header.Value("Set-Cookie"), ";")
	post := gatewaytest.Request{Method: "POST", Target: "/", Header: gateway.Header{{Name: "Cookie", Value: cookie}, {Name: "X-CSRF-Token", Value: between(string(res.Body), `value="`, `"`)}}}
	if res := gatewaytest.Do(app, post); res.Status != 200 {
		t.Errorf("POST with the page's token: %d %s", res.Status, res.Body)
	}
}

// Handlers, and what a handler passes its Context to, are told who signed in.
func TestContextCarriesTheUserOfBasicAuth(t *testing.T) {
	app, _ := newApp(t)
	app.Use(basicauth.New(basicauth.Config{Users: map[string]string{"ada": "secret"}}))
	app.Get("/", func(c *framework.Context) error {
		ctx, cancel := context.WithCancel(c)
		defer cancel()
		return c.Text(basicauth.User(ctx))
	})
	if res := askWith(app, "GET", "Authorization", "Basic YWRhOnNlY3JldA=="); res.Status != 200 || string(res.Body) != "ada" {
		t.Errorf("%d %s", res.Status, res.Body)
	}
	if user := basicauth.User(context.Background()); user != "" {
		t.Errorf("outside of a request the user is %q", user)
	}
}

func between(s, before, after string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, _ = strings.Cut(s, after)
	return s
}

package framework_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

func whereAmI(c *framework.Context) error {
	sibling, err := c.URL(".sibling", "q", 1)
	if err != nil {
		return err
	}
	return c.Text(c.Endpoint() + " " + c.Blueprint() + " " + sibling)
}

func TestBlueprints(t *testing.T) {
	app, _ := newApp(t)
	pages := framework.NewBlueprint("pages", "/pages")
	pages.Get("/<name>", whereAmI)
	pages.Get("/sibling/", hello).Name("sibling")
	pages.Get("", hello).Name("bare")
	shop := framework.NewBlueprint("shop", "/shop/")
	shop.Register(pages)
	app.Register(pages)
	app.Register(pages).Name("more").Prefix("/more")
	app.Register(shop)
	app.Get("/x", func(c *framework.Context) error {
		_, err := c.URL("pages.sibblings")
		return c.Text(err.Error())
	})
	for target, want := range map[string]string{
		"/pages/a":      "pages.whereAmI pages /pages/sibling/?q=1",
		"/more/a":       "more.whereAmI more /more/sibling/?q=1",
		"/shop/pages/a": "shop.pages.whereAmI shop.pages /shop/pages/sibling/?q=1",
		"/shop/pages":   "Hello, World!",
		"/x":            `routing: no URL for endpoint "pages.sibblings", which does not exist; did you mean "pages.sibling"?`,
	} {
		if got := string(ask(t, app, "GET", target).Body); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

func TestBlueprintMistakes(t *testing.T) {
	app := framework.New("broken")
	bp := framework.NewBlueprint("a", "/a")
	other := framework.NewBlueprint("a", "/b")
	app.Register(bp)
	app.Register(other)
	app.Register(framework.NewBlueprint("dotted.name", ""))
	bp.Register(bp)
	bp.Get("/x", hello).Name("same")
	bp.Get("/y", whereAmI).Name("same")
	err := app.Freeze()
	for _, want := range []string{
		`a blueprint named "a" is registered already`, `"dotted.name" is empty or has a dot`, "registered within itself",
		`endpoint "a.same" stands for another handler at blueprint_test.go:`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the report lacks %q:\n%v", want, err)
		}
	}
}

func TestBlueprintIsFrozenWithItsApplication(t *testing.T) {
	app, _ := newApp(t)
	bp := framework.NewBlueprint("late", "/late")
	app.Register(bp)
	if err := app.Freeze(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if s, _ := recover().(string); !strings.Contains(s, `Get of blueprint "late" at blueprint_test.go:`) {
			t.Errorf("%q", s)
		}
	}()
	bp.Get("/", hello)
}

func TestSubdomains(t *testing.T) {
	app, _ := newApp(t)
	app.ServerName = "example.com"
	admin := framework.NewBlueprint("admin", "").Subdomain("admin")
	admin.Get("/", whereAmI)
	admin.Get("/sibling", hello).Name("sibling")
	app.Register(admin)
	app.Get("/", hello)
	app.Get("/user", func(c *framework.Context) error { return c.Text(c.Param("name")) }).Subdomain("<name>")
	get := func(host, target string) string {
		return string(gatewaytest.Do(app, gatewaytest.Request{Host: host, Target: target}).Body)
	}
	for _, test := range [][3]string{
		{"example.com", "/", "Hello, World!"},
		{"example.com:8080", "/", "Hello, World!"},
		{"127.0.0.1", "/", "Hello, World!"},
		{"admin.example.com", "/", "admin.whereAmI admin /sibling?q=1"},
		{"ada.example.com", "/user", "ada"},
	} {
		if got := get(test[0], test[1]); got != test[2] {
			t.Errorf("%s%s: %q, want %q", test[0], test[1], got, test[2])
		}
	}
	if url, err := app.URL("admin.sibling", "_scheme", "https"); err != nil || url != "https://admin.example.com/sibling" {
		t.Errorf("%s, %v", url, err)
	}
}

func TestURLs(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/notes/<int:id>", hello).Name("note")
	app.Get("/", func(c *framework.Context) error {
		for _, test := range []struct {
			want string
			args []any
		}{
			{"/in/notes/7", []any{"id", 7}},
			{"/in/notes/7?q=a+b&q=c", []any{"id", "7", "q", []string{"a b", "c"}, "none", nil}},
			{"/in/notes/7#the%20end", []any{"id", 7, "_anchor", "the end"}},
			{"http://localhost/in/notes/7", []any{"id", 7, "_external", true}},
			{"https://localhost/in/notes/7", []any{"id", 7, "_scheme", "https"}},
		} {
			if got, err := c.URL("note", test.args...); err != nil || got != test.want {
				t.Errorf("%v: %s, %v, want %s", test.args, got, err, test.want)
			}
		}
		for want, args := range map[string][]any{
			"also needs id":         nil,
			"has no value":          {"id"},
			"where a name":          {7, "id"},
			"not a whole number":    {"id", "seven"},
			"_anchor has the wrong": {"id", 7, "_anchor", 1},
		} {
			if _, err := c.URL("note", args...); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v: %v, want %s", args, err, want)
			}
		}
		return c.NoContent()
	})
	if _, err := app.URL("note", "id", 1); err == nil {
		t.Error("a URL before the freeze")
	}
	ask(t, gateway.Mount("/in", app), "GET", "/in/")
	if _, err := app.URL("note", "id", 1); err == nil || !strings.Contains(err.Error(), "ServerName") {
		t.Errorf("an absolute URL without a host: %v", err)
	}
	if url, err := app.URL("note", "id", 1, "_external", false); err != nil || url != "/notes/1" {
		t.Errorf("%s, %v", url, err)
	}
}

func TestRoutesWithoutHandlers(t *testing.T) {
	app, _ := newApp(t)
	bp := framework.NewBlueprint("old", "/old")
	bp.Redirect("/u/<name>", "/users/<name>")
	bp.Redirect("/away", "https://example.org/")
	app.Register(bp)
	app.Get("/users/<name>", hello).Name("user")
	app.Get("/static/<path:file>", nil).Name("static").BuildOnly()
	for target, want := range map[string]string{"/in/old/u/a%20b": "/in/users/a%20b", "/in/old/away": "https://example.org/"} {
		if r := ask(t, gateway.Mount("/in", app), "POST", target); r.Status != 308 || r.Header.Value("Location") != want {
			t.Errorf("%s: %d %s, want %s", target, r.Status, r.Header.Value("Location"), want)
		}
	}
	if r := ask(t, app, "GET", "/static/a.css"); r.Status != 404 {
		t.Errorf("a rule that only builds: %d", r.Status)
	}
	if url, err := app.URL("static", "file", "a/b.css", "_external", false); url != "/static/a/b.css" {
		t.Errorf("%s, %v", url, err)
	}
}

func TestRouteSwitches(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/index", hello).Name("home")
	app.Get("/home", hello).Name("home").Alias()
	app.Get("/all/", hello).Name("all").Defaults("page", 1)
	app.Get("/all/<int:page>", hello).Name("all")
	app.Get("/loose/", hello).Name("loose").StrictSlashes(false)
	app.Get("/kept/x", hello).Name("kept").MergeSlashes(false)
	app.Get("/quiet", hello).Name("quiet").AutomaticOptions(false)
	app.Get("/ws", hello).Name("ws").WebSocket()
	for target, want := range map[string]string{
		"/home": "308 /index", "/all/1": "308 /all/", "/all/2": "200 ", "/loose": "200 ", "/kept//x": "404 ", "/ws": "400 ", "/all": "308 /all/",
	} {
		r := ask(t, app, "GET", target)
		if got := fmt.Sprint(r.Status, " ", r.Header.Value("Location")); got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
	if r := ask(t, app, "OPTIONS", "/quiet"); r.Status != 405 || r.Header.Value("Allow") != "GET, HEAD" {
		t.Errorf("OPTIONS switched off: %d %s", r.Status, r.Header.Value("Allow"))
	}
	if url, err := app.URL("ws"); err == nil {
		t.Errorf("a ws URL without a host: %s", url)
	}
}

func TestRouteInfo(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/", hello)
	app.View("/view", headed{})
	if app.Routes() != nil {
		t.Error("routes before the freeze")
	}
	if err := app.Freeze(); err != nil {
		t.Fatal(err)
	}
	routes := app.Routes()
	if r := routes[0]; r.Function != "hello" || !strings.HasPrefix(r.Source, "blueprint_test.go:") || !strings.HasPrefix(r.FunctionSource, "app_test.go:") {
		t.Errorf("%+v", r)
	}
	if r := routes[1]; r.Function != "headed" || r.FunctionSource != "" {
		t.Errorf("%+v", r)
	}
}

func around(next gateway.Handler) gateway.Handler { return next }

func signedIn(h framework.Handler) framework.Handler { return h }

func atMost(int) framework.Decorator { return func(h framework.Handler) framework.Handler { return h } }

func (k keeper) before(*framework.Context) error { return nil }

type keeper struct{}

func TestRouteInfoNamesWhatIsAround(t *testing.T) {
	app, _ := newApp(t)
	bp := framework.NewBlueprint("admin", "/admin")
	app.Register(bp)
	bp.Get("/stats", hello, signedIn, atMost(3))
	bp.BeforeRequest(keeper{}.before)
	app.BeforeRequest(hello)
	app.AfterRequest(func(*framework.Context) error { return nil })
	app.Use(around)
	if err := app.Freeze(); err != nil {
		t.Fatal(err)
	}
	r := app.Routes()[0]
	got := fmt.Sprint(r.Endpoint, " ", r.Blueprint, r.Rule.Allowed(), r.Middleware, r.Before, r.After)
	want := "admin.hello admin[GET HEAD] [framework_test.around framework_test.signedIn framework_test.atMost] [framework_test.hello framework_test.before] [framework_test.TestRouteInfoNamesWhatIsAround]"
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

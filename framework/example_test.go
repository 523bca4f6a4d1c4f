package framework_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// show asks an application in memory and prints what it answers.
func show(h gateway.Handler, method, target string) {
	r := gatewaytest.Do(h, gatewaytest.Request{Method: method, Target: target})
	fmt.Println(r.Status, strings.TrimSpace(string(r.Body)))
}

func Example() {
	notes := []string{"buy milk"}
	app := framework.New("notes")
	app.Get("/", func(c *framework.Context) error { return c.Text("Notes") })
	app.Get("/notes/<int:id>", func(c *framework.Context) error {
		id := c.Int("id")
		if id >= len(notes) {
			return framework.Abort(404)
		}
		return c.JSON(map[string]any{"id": id, "text": notes[id]})
	}).Name("note")
	// app.Run(server.New(server.Config{Addr: ":5000"})) serves it.
	show(app, "GET", "/")
	show(app, "GET", "/notes/0")
	show(app, "DELETE", "/notes/zero")
	// Output:
	// 200 Notes
	// 200 {"id":0,"text":"buy milk"}
	// 404 <!doctype html>
	// <html lang=en>
	// <title>404 Not Found</title>
	// <meta name=viewport content="width=device-width">
	// <meta name=color-scheme content="light dark">
	// <h1>Not Found</h1>
	// <p>There is nothing at this address.</p>
}

func ExampleBlueprint() {
	admin := framework.NewBlueprint("admin", "/admin")
	admin.BeforeRequest(func(c *framework.Context) error {
		if c.Query().Value("key") != "secret" {
			return framework.Abort(403)
		}
		return nil
	})
	admin.HandleStatus(403, func(c *framework.Context, err error) error {
		return c.Status(403).Text("staff only")
	})
	admin.Get("/stats", func(c *framework.Context) error {
		url, err := c.URL(".stats", "page", 2)
		if err != nil {
			return err
		}
		return c.Text("next: " + url)
	}).Name("stats")

	app := framework.New("shop")
	app.Register(admin)
	show(app, "GET", "/admin/stats")
	show(app, "GET", "/admin/stats?key=secret")
	// Output:
	// 403 staff only
	// 200 next: /admin/stats?page=2
}

// A rule can stand beside its function, as Flask's decorators do.
var decorated = framework.New("decorated")

var _ = decorated.Route("/hello", "GET", "POST")(func(c *framework.Context) error {
	return c.Text(c.Request().Method)
})

func ExampleApp_Route() {
	show(decorated, "POST", "/hello")
	// Output: 200 POST
}

type outOfStock struct{ item string }

func (e *outOfStock) Error() string { return e.item + " is out of stock" }

func ExampleHandleAs() {
	app := framework.New("shop")
	app.Get("/buy/<item>", func(c *framework.Context) error {
		return fmt.Errorf("buying: %w", &outOfStock{c.Param("item")})
	})
	framework.HandleAs(app, func(c *framework.Context, err *outOfStock) error {
		return c.Status(409).Text("no more " + err.item)
	})
	show(app, "GET", "/buy/milk")
	// Output: 409 no more milk
}

func ExampleKey() {
	user := framework.NewKey[string]("user")
	app := framework.New("app")
	app.BeforeRequest(func(c *framework.Context) error {
		user.Set(c, "ada")
		return nil
	})
	app.Get("/", func(c *framework.Context) error { return c.Text("hello " + user.Value(c)) })
	show(app, "GET", "/")
	// Output: 200 hello ada
}

func ExampleContext_Session() {
	app := framework.New("app")
	app.Session = session.Config{Keys: []string{"an example's secret, not a good one"}}
	app.Get("/", func(c *framework.Context) error {
		s := c.Session()
		s.Set("visits", s.Int("visits")+1)
		return c.Text(fmt.Sprint(s.Int("visits")))
	})
	show(app, "GET", "/")
	// Output: 200 1
}

func ExampleApp_Freeze() {
	app := framework.New("broken")
	app.Get("/notes/<int:id", func(c *framework.Context) error { return nil })
	app.Get("notes", func(c *framework.Context) error { return nil })
	var setup *framework.SetupError
	if errors.As(app.Freeze(), &setup) {
		for _, mistake := range setup.Mistakes {
			_, text, _ := strings.Cut(mistake.Error(), "routing: ")
			fmt.Println(text)
		}
	}
	// Output:
	// expected > after variable id in rule "/notes/<int:id" at byte 14
	// rule "notes" does not begin with a slash
}

func ExampleRouteInfo() {
	app := framework.New("app")
	app.Get("/notes/<int:id>", hello).Name("note")
	app.Post("/notes", hello).Name("new")
	app.Freeze()
	for _, r := range app.Routes() {
		fmt.Println(r.Rule, r.Endpoint, r.Function)
	}
	// Output:
	// GET /notes/<int:id> note hello
	// POST /notes new hello
}

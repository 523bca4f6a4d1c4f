package framework_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// A note serves the methods of HTTP that its methods are named after.
type note struct{ text string }

func (n *note) Get(c *framework.Context) error { return c.Text(n.text) }

func (n *note) Put(c *framework.Context) error {
	body, err := c.Data()
	n.text = string(body)
	if err != nil {
		return err
	}
	return c.NoContent()
}

func ExampleApp_View() {
	app := framework.New("notes")
	app.View("/note", &note{"buy milk"})
	show(app, "GET", "/note")
	r := gatewaytest.Do(app, gatewaytest.Request{Method: "POST", Target: "/note"})
	fmt.Println(r.Status, r.Header.Value("Allow"))
	// Output:
	// 200 buy milk
	// 405 GET, HEAD, OPTIONS, PUT
}

func ExampleContext_Flash() {
	app := framework.New("notes")
	app.Session = session.Config{Keys: []string{"an example's secret, not a good one"}}
	app.Get("/save", func(c *framework.Context) error {
		c.Flash("Saved.", "success")
		return c.Redirect("/")
	})
	app.Get("/", func(c *framework.Context) error { return c.Text(fmt.Sprint(c.Flashes("success"))) })
	saved := gatewaytest.Do(app, gatewaytest.Request{Target: "/save"})
	cookie, _, _ := strings.Cut(saved.Header.Value("Set-Cookie"), ";") // as a browser keeps it
	next := gatewaytest.Do(app, gatewaytest.Request{Target: "/", Header: gateway.Header{{Name: "Cookie", Value: cookie}}})
	fmt.Println(string(next.Body))
	// Output: [{success Saved.}]
}

func ExampleSignal() {
	app := framework.New("notes")
	disconnect := app.Signals.RequestFinished.Connect(func(c *framework.Context, r *gateway.Response) {
		fmt.Println(c.Endpoint(), r.Status)
	})
	app.Get("/", hello)
	show(app, "GET", "/")
	disconnect()
	show(app, "GET", "/")
	// Output:
	// hello 200
	// 200 Hello, World!
	// 200 Hello, World!
}

func ExampleConfigOf() {
	type settings struct{ Motto string }
	app := framework.New("notes")
	app.Config = &settings{Motto: "write it down"}
	app.Get("/", func(c *framework.Context) error {
		return c.Text(framework.ConfigOf[*settings](c.App()).Motto)
	})
	show(app, "GET", "/")
	// Output: 200 write it down
}

func ExampleContext_URL() {
	app := framework.New("notes")
	app.Get("/notes/<int:id>", hello).Name("note")
	app.Get("/", func(c *framework.Context) error {
		here, err := c.URL("note", "id", 7, "page", 2, "_anchor", "end")
		if err != nil {
			return err
		}
		_, err = c.URL("notes", "id", 7)
		return c.Text(here + "\n" + err.Error())
	})
	show(app, "GET", "/")
	// Output:
	// 200 /notes/7?page=2#end
	// routing: no URL for endpoint "notes", which does not exist; did you mean "note"?
}

func ExampleApp_HandleStatus() {
	app := framework.New("notes")
	app.HandleStatus(404, func(c *framework.Context, err error) error {
		return c.Status(404).Text("nothing at " + c.Request().Path)
	})
	show(app, "GET", "/nowhere")
	// Output: 404 nothing at /nowhere
}

func ExampleApp_Background() {
	app := framework.New("notes")
	app.Get("/", func(c *framework.Context) error {
		err := c.Background(func(context.Context) { fmt.Println("mail sent") }) // once the answer is
		if err != nil {
			return err // framework.ErrBusy
		}
		return c.Text("thank you")
	})
	show(app, "GET", "/")
	if err := app.Shutdown(context.Background()); err != nil { // waits for it
		fmt.Println(err)
	}
	// Unordered output:
	// 200 thank you
	// mail sent
}

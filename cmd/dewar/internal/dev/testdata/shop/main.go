// Shop is the application that the development loop is tested with. Its test puts a
// go.mod beside it.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/config"
	"github.com/dewar-go/dewar/framework/debug"
	"github.com/dewar-go/dewar/gateway/middleware/compress"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
	"github.com/dewar-go/dewar/gateway/server"
	"github.com/dewar-go/dewar/templates"
)

// settings are shown on the debug page, the second one masked.
type settings struct {
	Currency string
	APIKey   config.Secret
}

const visitor = "session-token" // a secret, not to be seen on a page

var errStock = errors.New("the warehouse does not answer")

func main() {
	fmt.Fprintln(os.Stderr, "shop", version, "as", os.Getenv("SHOP_NAME"))
	if err := newApp().Run(server.New(server.Config{Addr: "127.0.0.1:0"})); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func newApp() *framework.App {
	app := framework.New("shop")
	debug.Attach(app)
	app.Config = &settings{Currency: "EUR", APIKey: "sk-real-key"}
	app.Session.Keys = []string{"0123456789abcdef0123456789abcdef"}
	app.Session.Insecure = true
	app.Use(secure.New(secure.Config{Policy: secure.Strict + "; style-src 'self'"}), compress.New(compress.Config{}))
	app.Templates = func(t *framework.Templating) (framework.Renderer, error) {
		env := templates.New(templates.Config{Loader: templates.FS(t.Files(os.DirFS("templates"))), Globals: t.Globals, AutoReload: true})
		return env, env.Check()
	}
	app.Static("/static", os.DirFS("static"))
	app.Get("/", index)
	app.Get("/items/<int:id>", item)
	app.Post("/items/<int:id>", order)
	app.Get("/panic", broken)
	app.Get("/template", func(c *framework.Context) error {
		return c.Render("broken.html", map[string]any{"Items": []string{}, "Total": "many"})
	}).Name("template")
	app.Get("/slow", func(c *framework.Context) error {
		time.Sleep(700 * time.Millisecond)
		return c.Text("slow " + version)
	}).Name("slow")
	app.Route("/version", "GET", "POST")(tell)
	app.Get("/exit", func(*framework.Context) error { os.Exit(7); return nil }).Name("exit")
	return app
}

func index(c *framework.Context) error {
	visits := c.Session().Int("visits") + 1
	c.Session().Set("visits", visits)
	return c.Render("page.html", map[string]any{"Version": version, "Visits": visits})
}

// tell answers with the version after it has read what came.
func tell(c *framework.Context) error {
	data, err := c.Data()
	if err != nil {
		return err
	}
	if strings.Trim(string(data), "x") != "" {
		return framework.Abort(400)
	}
	return c.Text(version)
}

func item(c *framework.Context) error {
	c.Session().Set("basket", []any{"tea", c.Int("id")})
	c.Session().Set("token", visitor)
	if err := stock(c.Int("id")); err != nil {
		return fmt.Errorf("item %d: %w", c.Int("id"), errors.Join(err, os.ErrDeadlineExceeded))
	}
	return c.Text("there")
}

func stock(id int) error { return fmt.Errorf("stock of %d: %w", id, errStock) }

func order(c *framework.Context) error { return errors.New("orders are not taken <today>") }

func broken(c *framework.Context) error {
	var shelves []string
	return c.Text(shelf(shelves, 3))
}

func shelf(shelves []string, n int) string {
	return shelves[n]
}

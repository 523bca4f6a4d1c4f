package main

import (
	"embed"
	"io/fs"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/templates"
)

//go:embed templates
var files embed.FS

// newApp puts the application together; gateway is the name of what runs it.
func newApp(gateway string) *framework.App {
	pages, err := fs.Sub(files, "templates")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	app := framework.New("hello")
	app.Renderer = templates.New(templates.Config{
		Loader:    templates.FS(pages),
		Undefined: templates.Strict,
		Globals:   map[string]any{"gateway": gateway},
	})
	app.Get("/", greet).Name("index")
	app.Get("/hello/<name>", greet).Name("hello")
	return app
}

// greet shows the page, and on it the way that the request took.
func greet(c *framework.Context) error {
	name := c.Param("name")
	if name == "" {
		name = "world"
	}
	return c.Render("hello.html", map[string]any{
		"name":     name,
		"request":  c.Request(),
		"endpoint": c.Endpoint(),
		"rule":     c.Rule().Pattern,
	})
}

package main

import (
	"embed"
	"io/fs"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
	"github.com/dewar-go/dewar/templates"
)

//go:embed pages
var pages embed.FS

// newApp is the application of Dewar; old is where the other one is.
func newApp(old string) *framework.App {
	files, err := fs.Sub(pages, "pages")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	app := framework.New("new")
	app.Use(secure.New(secure.Config{Policy: "default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"}))
	app.Renderer = templates.New(templates.Config{
		Loader: templates.FS(files), Undefined: templates.Strict, Nonce: secure.Nonce,
		Globals: framework.TemplateGlobals(), Variables: framework.TemplateVariables(),
	})
	app.Get("/", func(c *framework.Context) error {
		return c.Render("index.html", map[string]any{"old": old, "root": c.Request().Root})
	}).Name("index")
	app.Get("/notes/<int:id>", func(c *framework.Context) error {
		return c.Render("note.html", map[string]any{"id": c.Int("id"), "root": c.Request().Root})
	}).Name("note")
	app.HandleStatus(404, func(c *framework.Context, _ error) error {
		return c.Status(404).Render("missing.html", nil)
	})
	return app
}

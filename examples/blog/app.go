package main

import (
	"context"
	"crypto/rand"
	"embed"
	"io/fs"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/config"
	"github.com/dewar-go/dewar/gateway/middleware/csrf"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
	"github.com/dewar-go/dewar/gateway/static"
	"github.com/dewar-go/dewar/templates"
)

// Settings are what may differ from one place to another: in the environment
// BLOG_TITLE and its like.
type Settings struct {
	Title    string        `default:"The Inner Flask"`
	Database string        `default:"blog.db"` // a file of SQLite, or the URL of a PostgreSQL
	Secret   config.Secret // signs sessions; without it they end with the process
}

// newApp is the factory: it puts an application together, for the program and for
// each test.
func newApp(s Settings) (*framework.App, error) {
	db, err := openDatabase(s.Database)
	if err != nil {
		return nil, err
	}
	if s.Secret == "" {
		s.Secret = config.Secret(rand.Text())
	}
	app := framework.New("blog")
	app.Config = &s
	app.Session.Keys = []string{s.Secret.Reveal()}
	app.Input.Rules = rules
	app.Templates = pages
	app.Command(db.command())
	app.OnStartup(db.ready)
	app.OnShutdown(func(context.Context) error { return db.Close() })
	app.Use(secure.New(secure.Config{Policy: policy}), csrf.New(csrf.Config{}))

	app.Get("/hello", func(c *framework.Context) error { return c.Text("Hello, World!") })
	app.Static("/static", folder("static"), static.Config{MaxAge: time.Hour})
	a := newAuth(db)
	app.ContextProcessor(a.variables)
	app.Register(a.blueprint())
	app.Register(newBlog(db, a).blueprint())
	showErrors(app)
	return app, nil
}

//go:embed templates static
var files embed.FS

// folder is one of those embedded above.
func folder(name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic(err)
	}
	return sub
}

// pages makes the environment of the templates.
func pages(t *framework.Templating) (framework.Renderer, error) {
	env := templates.New(templates.Config{
		Loader:    templates.FS(folder("templates")),
		Undefined: templates.Strict,
		Globals:   t.Globals, Variables: t.Variables,
	})
	return env, env.Check()
}

// policy lets pages load what is their own, and nothing else.
const policy = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

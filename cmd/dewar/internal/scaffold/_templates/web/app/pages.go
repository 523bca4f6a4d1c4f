package app

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/debug"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
	"github.com/dewar-go/dewar/gateway/static"
	"github.com/dewar-go/dewar/templates"
)

//go:embed templates static
var embedded embed.FS

// files are those of a folder: as they were built in or, in debugging, as they are on the
// disk, so that a change shows without a build.
func files(folder string) (fs.FS, error) {
	built, err := fs.Sub(embedded, folder)
	if err != nil {
		return nil, err
	}
	return debug.Files(built, filepath.Join("app", folder)), nil
}

// pages gives the application its templates, static files and error pages.
func pages(app *framework.App, debugging bool) error {
	pages, err := files("templates")
	if err != nil {
		return err
	}
	app.CSPNonce = func(c *framework.Context) string { return secure.Of(c.Exchange()) }
	app.Templates = func(t *framework.Templating) (framework.Renderer, error) {
		env := templates.New(templates.Config{
			Loader:  templates.FS(t.Files(pages)),
			Filters: t.Filters, Tests: t.Tests, Globals: t.Globals, Variables: t.Variables, Nonce: t.Nonce,
			Undefined: templates.Strict, AutoReload: debugging,
		})
		return env, env.Check()
	}
	if err := assets(app); err != nil {
		return err
	}
	for _, status := range []int{400, 403, 404, 405, 413, 422, 429, 500, 503} {
		app.HandleStatus(status, errorPage)
	}
	return nil
}

// assets serves the static files, which clients keep for a year: asset("app.css") in a
// template is a URL with the hash of the file's content.
func assets(app *framework.App) error {
	folder, err := files("static")
	if err != nil {
		return err
	}
	versions := static.NewVersions(folder)
	app.Static("/static", versions, static.Config{Immutable: versions.Current})
	app.TemplateGlobal("asset", func(ctx context.Context, name string) (string, error) {
		c, ok := framework.FromContext(ctx)
		if !ok {
			return "", errors.New("asset() needs a request")
		}
		version, err := versions.Name(name)
		if err != nil {
			return "", err
		}
		return c.URL("static", "filename", version)
	})
	return nil
}

// errorPage answers an error with a page like the others.
func errorPage(c *framework.Context, err error) error {
	var e *framework.Error
	if !errors.As(err, &e) {
		return err
	}
	return c.Status(e.Status).Render("error.html", map[string]any{"status": e.Status, "text": e.Text()})
}

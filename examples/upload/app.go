package main

import (
	"embed"
	"io"
	"io/fs"
	"strings"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway/middleware/crossorigin"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
	"github.com/dewar-go/dewar/gateway/static"
	"github.com/dewar-go/dewar/templates"
)

//go:embed pages assets
var embedded embed.FS

// policy lets the page use its own script and style, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const (
	maxAtOnce = 100     // files of one request; the page sends each in a request of its own
	overhead  = 1 << 20 // bytes around the files of a request: boundaries and heads
)

// newApp puts the application together around a shelf.
func newApp(s *shelf) *framework.App {
	app := framework.New("upload")
	app.Use(
		secure.New(secure.Config{Policy: policy}),
		crossorigin.New(crossorigin.Config{}), // no other site's page may make a visitor's browser upload or remove
	)
	app.Templates = func(t *framework.Templating) (framework.Renderer, error) {
		env := templates.New(templates.Config{
			Loader: templates.FS(t.Files(within("pages"))), Undefined: templates.Strict,
			Globals: t.Globals, Variables: t.Variables,
		})
		return env, env.Check()
	}
	app.Static("/assets", within("assets"))
	app.Get("/", s.index).Name("index")
	app.Get("/files/<name>", s.send).Name("file")
	app.Post("/files", s.receive, framework.Limit(framework.Limits{MaxContentLength: s.most + overhead, MaxFormParts: maxAtOnce})).Name("receive")
	app.Post("/files/<name>/remove", s.drop).Name("remove")
	return app
}

// within is a folder of what is embedded.
func within(folder string) fs.FS {
	files, err := fs.Sub(embedded, folder)
	if err != nil {
		panic(err) // the name is a constant
	}
	return files
}

// index shows what there is, and the form for more.
func (s *shelf) index(c *framework.Context) error {
	files, err := s.list()
	if err != nil {
		return err
	}
	return c.Render("index.html", map[string]any{"files": files, "limit": s.most})
}

// receive stores the files of a form as they come, all of them or none. Programs get
// JSON, and a problem document where something is wrong; browsers go back to the page.
func (s *shelf) receive(c *framework.Context) error {
	stored, err := s.storeAll(c)
	if err != nil {
		for _, f := range stored {
			_ = s.remove(f.Name) // the error that is told is the first one
		}
		return err
	}
	if best, _ := c.Accepts("text/html", "application/json"); best == "application/json" {
		return c.Status(201).JSON(map[string][]file{"stored": stored})
	}
	return s.back(c)
}

func (s *shelf) storeAll(c *framework.Context) (stored []file, err error) {
	there, err := s.list()
	if err != nil {
		return nil, err
	}
	parts, err := c.FormParts()
	if err != nil {
		return nil, err
	}
	defer parts.Close()
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return stored, err
		}
		if !part.IsFile || part.Filename == "" { // a field, or no file was chosen
			continue
		}
		if len(there)+len(stored) >= maxFiles {
			return stored, framework.Abort(507, "There is no room for more files. Remove some.")
		}
		f, err := s.store(part.Filename, part)
		if err != nil {
			return stored, err
		}
		stored = append(stored, f)
	}
	if len(stored) == 0 {
		return nil, framework.Abort(400, "No file was chosen.")
	}
	return stored, nil
}

// send gives a file back, always to be saved and never to be shown: it is a
// stranger's, and shown here it would be a page of this site.
func (s *shelf) send(c *framework.Context) error {
	name := c.Param("name")
	if strings.HasPrefix(name, ".") {
		return framework.Abort(404)
	}
	return c.SendFromDirectory(s.root.FS(), name, static.Options{Attachment: true, MediaType: "application/octet-stream"})
}

func (s *shelf) drop(c *framework.Context) error {
	if err := s.remove(c.Param("name")); err != nil {
		return err
	}
	return s.back(c)
}

func (s *shelf) back(c *framework.Context) error {
	url, err := c.URL("index")
	if err != nil {
		return err
	}
	return c.Redirect(url)
}

package framework_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/static"
)

var publicFiles = fstest.MapFS{
	"app.js":          {Data: []byte("script")},
	"docs/index.html": {Data: []byte("docs")},
	"docs/a.txt":      {Data: []byte("a")},
	".env":            {Data: []byte("secret")},
}

func TestStatic(t *testing.T) {
	app := framework.New("files")
	app.Static("/static", publicFiles)
	blue := framework.NewBlueprint("blue", "/b/<lang>")
	blue.Static("/files/", publicFiles, static.Config{})
	app.Register(blue)
	app.HandleStatus(404, func(c *framework.Context, _ error) error { return c.Status(404).Text("nothing") })
	app.Get("/link", func(c *framework.Context) error {
		url, err := c.URL("static", "filename", "docs/a b.txt")
		if err != nil {
			return err
		}
		return c.Text(url)
	})
	for target, want := range map[string]string{
		"/static/app.js":         "script",
		"/static/docs/":          "docs",
		"/static/docs/a.txt":     "a",
		"/static/docs%2Fa.txt":   "nothing",
		"/static/.env":           "nothing",
		"/static/none":           "nothing",
		"/static/..%2F.env":      "nothing",
		"/b/de/files/docs/a.txt": "a",
		"/b/a%2Fb/files/app.js":  "nothing",
		"/link":                  "/static/docs/a%20b.txt",
	} {
		if r := gatewaytest.Do(app, gatewaytest.Request{Target: target}); string(r.Body) != want {
			t.Errorf("%s: %d %q, want %q", target, r.Status, r.Body, want)
		}
	}
	if r := gatewaytest.Do(app, gatewaytest.Request{Target: "/static/docs?x=y"}); r.Status != 308 || r.Header.Value("Location") != "/static/docs/?x=y" {
		t.Errorf("a folder without its slash: %d %v", r.Status, r.Header)
	}
	if r := gatewaytest.Do(app, gatewaytest.Request{Method: "POST", Target: "/static/app.js"}); r.Status != 405 {
		t.Errorf("POST: %d", r.Status)
	}
	if r := gatewaytest.Do(app, gatewaytest.Request{Method: "HEAD", Target: "/static/app.js"}); r.Status != 200 || r.Header.Value("Content-Length") != "6" {
		t.Errorf("HEAD: %d %v", r.Status, r.Header)
	}
}

// An application of one page lives beside routes.
func TestStaticAtTheRoot(t *testing.T) {
	app := framework.New("page")
	app.Static("/", fstest.MapFS{"index.html": {Data: []byte("page")}, "app.js": {Data: []byte("script")}}, static.Config{Fallback: "index.html"})
	app.Get("/api", func(c *framework.Context) error { return c.Text("data") })
	for target, want := range map[string]string{"/": "page", "/app.js": "script", "/users/7": "page", "/api": "data"} {
		if r := gatewaytest.Do(app, gatewaytest.Request{Target: target}); string(r.Body) != want {
			t.Errorf("%s: %d %q", target, r.Status, r.Body)
		}
	}
}

func TestSendFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "report.txt"), []byte("0123456789"), 0o644); err != nil {
		t.Fatal(err)
	}
	app := framework.New("files")
	app.Get("/own", func(c *framework.Context) error {
		return c.SendFile(filepath.Join(dir, "report.txt"), static.Options{Attachment: true})
	})
	app.Get("/none", func(c *framework.Context) error { return c.SendFile(filepath.Join(dir, "none")) })
	app.Get("/named/<path:name>", func(c *framework.Context) error { return c.SendFromDirectory(os.DirFS(dir), c.Param("name")) })
	for target, want := range map[string]int{
		"/own": 200, "/none": 404, "/named/report.txt": 200, "/named/none": 404, "/named/..%2Fetc%2Fpasswd": 404, "/named/a%5Cb": 404,
		"/named/report.txt/x": 404, "/named/" + strings.Repeat("a", 300): 404, // names that the system has an error of its own for
	} {
		r := gatewaytest.Do(app, gatewaytest.Request{Target: target})
		if r.Status != want || want == 200 && string(r.Body) != "0123456789" {
			t.Errorf("%s: %d %q", target, r.Status, r.Body)
		}
	}
	r := gatewaytest.Do(app, gatewaytest.Request{Target: "/own", Header: gateway.Header{{Name: "Range", Value: "bytes=2-3"}}})
	if r.Status != 206 || string(r.Body) != "23" || r.Header.Value("Content-Disposition") != "attachment; filename=report.txt" {
		t.Errorf("%d %q %v", r.Status, r.Body, r.Header)
	}
}

// What leads out by a symbolic link is no file, and no fault of the server's.
func TestSendFromDirectoryKeepsInsideARoot(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "outside.txt"), []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "files"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../outside.txt", filepath.Join(dir, "files", "link")); err != nil {
		t.Skip(err) // Windows asks for a privilege
	}
	root, err := os.OpenRoot(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	app := framework.New("files")
	app.Get("/<path:name>", func(c *framework.Context) error { return c.SendFromDirectory(root.FS(), c.Param("name")) })
	if r := gatewaytest.Do(app, gatewaytest.Request{Target: "/link"}); r.Status != 404 || r.Outcome.Fault() != nil {
		t.Errorf("%d %q, %v", r.Status, r.Body, r.Outcome.Fault())
	}
}

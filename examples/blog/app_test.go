package main

import (
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/config"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

func TestConfig(t *testing.T) {
	var s Settings
	if err := config.Load(&s); err != nil || s.Title != "The Inner Flask" || s.Database != "blog.db" || s.Secret != "" {
		t.Errorf("by default %+v, %v", s, err)
	}
	t.Setenv("BLOG_TITLE", "Another")
	t.Setenv("BLOG_DATABASE", sqliteFile(t))
	t.Setenv("BLOG_SECRET", "from the environment")
	if err := config.Load(&s, config.Env("BLOG_")); err != nil {
		t.Fatal(err)
	}
	app, err := newApp(s)
	if err != nil {
		t.Fatal(err)
	}
	if got := framework.ConfigOf[*Settings](app); got.Title != "Another" {
		t.Errorf("the application's settings are %+v", got)
	}
	if got := app.Session.Keys; len(got) != 1 || got[0] != "from the environment" {
		t.Errorf("the keys are %q", got)
	}
}

func TestSecret(t *testing.T) {
	keys := map[string]bool{}
	for range 2 {
		app, err := newApp(Settings{Database: sqliteFile(t)})
		if err != nil {
			t.Fatal(err)
		}
		keys[app.Session.Keys[0]] = len(app.Session.Keys[0]) >= 26
	}
	if len(keys) != 2 {
		t.Errorf("two applications without a secret have one key: %v", keys)
	}
	for key, long := range keys {
		if !long {
			t.Errorf("the key %q is short", key)
		}
	}
	app, err := newApp(Settings{Database: sqliteFile(t), Secret: "short"})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Freeze(); err == nil || !strings.Contains(err.Error(), "at least 16 are needed") {
		t.Errorf("a short secret: %v", err)
	}
}

func TestHello(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		if r := v.Get("/hello").Do().Is(200); r.Text() != "Hello, World!" {
			t.Errorf("got %q", r.Text())
		}
	})
}

func TestOnEachServer(t *testing.T) {
	v := visit(t, sqliteFile(t))
	shows(t, v.app.TestClientOn(t, server.New(server.Config{Addr: "127.0.0.1:0"})).Get("/").Do().Is(200), "On vacuum")
	shows(t, v.app.TestClientOn(t, nethttp.New(nethttp.Config{Addr: "127.0.0.1:0"})).Get("/").Do().Is(200), "On vacuum")
}

// Every answer has the fields that secure adds, and files may be kept by shared caches.
func TestFields(t *testing.T) {
	v := visit(t, sqliteFile(t))
	for _, path := range []string{"/", "/auth/login", "/nowhere", "/static/style.css"} {
		h := v.Get(path).Do().Header
		if h.Value("Content-Security-Policy") != policy || h.Value("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, h)
		}
	}
	h := v.Get("/static/style.css").Do().Is(200).Header
	if h.Value("Content-Type") != "text/css; charset=utf-8" || h.Value("Cache-Control") != "public, max-age=3600" || strings.Contains(h.Value("Vary"), "Cookie") {
		t.Errorf("style.css: %v", h)
	}
}

// A form that another site sends has no token, one that an old browser sends neither.
func TestForgedForms(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		v.login("ada")
		for _, path := range []string{"/create", "/1/update", "/1/delete", "/auth/logout", "/auth/login", "/auth/register"} {
			fields := []any{"title", "x", "body", "x", "username", "ada", "password", password}
			shows(t, v.Post(path).Form(fields...).Do().Is(403), "Forbidden", "All posts")
			shows(t, v.Post(path).Form(append(fields, "csrf_token", "AAAA")...).Do().Is(403), "Forbidden")
			v.Post(path).Form(fields...).Header("Origin", "https://evil.example").Header("Sec-Fetch-Site", "cross-site").Do().Is(403)
		}
		if n := v.count("SELECT count(*) FROM posts WHERE title = 'On vacuum'"); n != 1 {
			t.Errorf("%d posts are as they were", n)
		}
		shows(t, v.Get("/").Do(), "Log out") // still
	})
}

func TestErrorPages(t *testing.T) {
	v := visit(t, sqliteFile(t))
	shows(t, v.Get("/nowhere").Do().Is(404), "<title>Not Found · Test</title>", "There is nothing at this address.", "Log in")
	shows(t, v.Get("/auth/logout").Do().Is(405), "Method Not Allowed")
	v.login("ada")
	shows(t, v.Get("/nowhere").Do().Is(404), "Log out")

	// Without its database the application still says so on a page.
	if _, err := v.db.Exec("DROP TABLE posts; DROP TABLE users"); err != nil {
		t.Fatal(err)
	}
	v.ExpectErrors = true
	r := v.Get("/").Do().Is(500)
	shows(t, r, "Internal Server Error", "Log in")
	if r.Err == nil || strings.Contains(r.Text(), "no such table") {
		t.Errorf("error %v on the page %s", r.Err, r.Text())
	}
}

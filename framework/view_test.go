package framework_test

import (
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
)

type counter struct{ hits int }

func (v *counter) Get(c *framework.Context) error {
	v.hits++
	return c.Text("get " + strings.Repeat("x", v.hits) + c.Param("id"))
}
func (v *counter) Post(c *framework.Context) error    { return c.Text("post") }
func (v *counter) Options(c *framework.Context) error { return c.Text("options") }

type headed struct{}

func (headed) Get(c *framework.Context) error  { return c.Text("get") }
func (headed) Head(c *framework.Context) error { return c.Status(299).NoContent() }

type wrong struct{}

func (wrong) Get(string) error               { return nil }
func (*wrong) Post(*framework.Context) error { return nil }

func TestViews(t *testing.T) {
	app, _ := newApp(t)
	seen := ""
	note := func(h framework.Handler) framework.Handler {
		return func(c *framework.Context) error { seen += c.Request().Method + " "; return h(c) }
	}
	app.View("/shared/<id>", &counter{}, note)
	app.ViewOf("/own/<id>", func() any { return &counter{} }).Name("own")
	app.View("/headed", headed{})
	for _, test := range []struct{ method, target, body, allow string }{
		{"GET", "/shared/1", "get x1", ""}, {"GET", "/shared/1", "get xx1", ""}, {"HEAD", "/shared/1", "", ""},
		{"POST", "/shared/1", "post", ""}, {"OPTIONS", "/shared/1", "options", ""},
		{"GET", "/own/2", "get x2", ""}, {"GET", "/own/2", "get x2", ""}, {"HEAD", "/own/2", "", ""}, {"POST", "/own/2", "post", ""},
	} {
		r := ask(t, app, test.method, test.target)
		if r.Status != 200 || string(r.Body) != test.body {
			t.Errorf("%s %s: %d %q, want %q", test.method, test.target, r.Status, r.Body, test.body)
		}
	}
	if r := ask(t, app, "HEAD", "/headed"); r.Status != 299 {
		t.Errorf("HEAD by its own method: %d", r.Status)
	}
	if r := ask(t, app, "PUT", "/own/2"); r.Status != 405 || r.Header.Value("Allow") != "GET, HEAD, OPTIONS, POST" {
		t.Errorf("PUT: %d %s", r.Status, r.Header.Value("Allow"))
	}
	if seen != "GET GET HEAD POST OPTIONS " {
		t.Errorf("the decorator saw %s", seen)
	}
	if url, err := app.URL("counter", "id", 3, "_external", false); url != "/shared/3" {
		t.Errorf("%s, %v", url, err)
	}
}

func TestViewMistakes(t *testing.T) {
	app := framework.New("broken")
	app.View("/a", wrong{})
	app.View("/b", struct{}{})
	err := app.Freeze()
	for _, want := range []string{
		"method Get of framework_test.wrong is a func(string) error", "method Post of framework_test.wrong has a pointer receiver; pass &wrong{...}", "struct {} has no method Get",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the report lacks %q:\n%v", want, err)
		}
	}
}

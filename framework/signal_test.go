package framework_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
)

func TestSignals(t *testing.T) {
	app := templated(t, map[string]string{"p.html": "{{ n }}"}, nil)
	log := &strings.Builder{}
	app.Logger = textLogger(log)
	app.Get("/page", func(c *framework.Context) error {
		c.Flash("hi")
		return c.Render("p.html", map[string]any{"n": 7})
	})
	app.Get("/bug", func(*framework.Context) error { return errors.New("bug") })
	var seen []string
	note := func(format string, args ...any) { seen = append(seen, fmt.Sprintf(format, args...)) }
	s := &app.Signals
	s.RequestStarted.Connect(func(_ *framework.Context, r *gateway.Request) { note("start %s", r.Path) })
	s.RequestFinished.Connect(func(_ *framework.Context, r *gateway.Response) { note("finish %d", r.Status) })
	s.RequestEnded.Connect(func(_ *framework.Context, err error) { note("end %v", err) })
	s.Exception.Connect(func(_ *framework.Context, err error) { note("exception %v", err) })
	s.TemplateRender.Connect(func(_ *framework.Context, r framework.Rendering) { note("render %s %v", r.Name, r.Data) })
	disconnect := s.MessageFlashed.Connect(func(_ *framework.Context, f framework.Flash) { note("flash %s", f.Message) })
	s.MessageFlashed.Connect(func(*framework.Context, framework.Flash) { panic("a receiver") })
	for target, want := range map[string]string{
		"/page": "start /page, flash hi, render p.html map[n:7], finish 200, end <nil>",
		"/bug":  "start /bug, exception bug, finish 500, end bug",
		"/none": "start /none, finish 404, end framework: 404 There is nothing at this address.",
	} {
		seen = nil
		ask(t, app, "GET", target)
		if got := strings.Join(seen, ", "); got != want {
			t.Errorf("%s: %s\nwant %s", target, got, want)
		}
	}
	if !strings.Contains(log.String(), "a receiver") {
		t.Errorf("a receiver's panic is not logged: %s", log)
	}
	disconnect()
	seen = nil
	if ask(t, app, "GET", "/page"); strings.Contains(strings.Join(seen, ""), "flash") {
		t.Errorf("a receiver that was removed: %s", seen)
	}
}

func TestConfigOf(t *testing.T) {
	type settings struct{ Name string }
	app, _ := newApp(t)
	app.Config = &settings{"notes"}
	if s := framework.ConfigOf[*settings](app); s == nil || s.Name != "notes" || framework.ConfigOf[int](app) != 0 {
		t.Errorf("%v", s)
	}
}

// fiber#185 and others: what a handler keeps must stay as it was.
func TestStringsAreOwned(t *testing.T) {
	app, _ := newApp(t)
	var kept []string
	app.Get("/<name>", func(c *framework.Context) error {
		kept = append(kept, c.Param("name"), c.Query().Value("q"), c.Request().Header.Value("X-Mark"), c.Cookies().Value("c"))
		return c.NoContent()
	})
	rec := recorder(app)
	for i := range 50 {
		rec(fmt.Sprintf("/name%d?q=query%d", i, i), fmt.Sprint("mark", i), fmt.Sprint("cookie", i))
	}
	for i := range 50 {
		want := fmt.Sprintf("name%d query%d mark%d cookie%d", i, i, i, i)
		if got := strings.Join(kept[4*i:4*i+4], " "); got != want {
			t.Errorf("request %d: kept %s, want %s", i, got, want)
		}
	}
}

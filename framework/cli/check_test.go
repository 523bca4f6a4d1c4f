package cli_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/templates"
)

// Everything is told in one go: settings of the gateway and of the application,
// declarations, templates.
func TestCheckTellsEverythingAtOnce(t *testing.T) {
	t.Setenv("DEWAR_SERVER_GRACE", "long")
	broken := func() (*framework.App, error) {
		app := framework.New("broken")
		app.Get("/a", func(c *framework.Context) error { return nil }).Name("one")
		app.Get("/a", func(c *framework.Context) error { return nil }).Name("two")
		app.Get("no slash", func(c *framework.Context) error { return nil })
		app.Renderer = templates.New(templates.Config{Loader: templates.Map{"a.html": "{% if %}", "b.html": "{{ x|nofilter }}"}})
		return app, errors.New("settings: secret is missing")
	}
	code, stdout, stderr := execute(t, broken, "check")
	if code != 1 || stdout != "" {
		t.Errorf("code %d, %q", code, stdout)
	}
	for _, want := range []string{
		`DEWAR_SERVER_GRACE is "long"`, "secret is missing", `"/a" is a duplicate`, `"no slash" does not begin with a slash`,
		"check_test.go:", "a.html:1:", "b.html:1:", "nofilter",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("check does not tell %q:\n%s", want, stderr)
		}
	}
}

func TestCheckOfAnApplicationWithoutMistakes(t *testing.T) {
	t.Setenv("NOTES_SECRET", "s")
	code, stdout, stderr := execute(t, notes, "check")
	if code != 0 || stdout != "no mistakes: 6 routes, 3 settings\n" || stderr != "" {
		t.Errorf("code %d, %q, %q", code, stdout, stderr)
	}
}

// An application is checked without being started.
func TestCheckStartsNothing(t *testing.T) {
	app := framework.New("idle")
	app.OnStartup(func(context.Context) error { t.Error("it was started"); return nil })
	if code, _, stderr := execute(t, app, "check"); code != 0 {
		t.Errorf("code %d, %s", code, stderr)
	}
}

package framework_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/framework"
)

func TestBackgroundRunsAfterTheResponseWithItsValues(t *testing.T) {
	app, _ := newApp(t)
	key := framework.NewKey[string]("user")
	ran := make(chan string, 1)
	app.Get("/", func(c *framework.Context) error {
		key.Set(c, "ada")
		err := c.Background(func(ctx context.Context) { ran <- key.Value(ctx) })
		return errors.Join(err, c.Text("accepted"))
	})
	if r := ask(t, app, "GET", "/"); string(r.Body) != "accepted" {
		t.Errorf("%s", r.Body)
	}
	if err := app.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if got := <-ran; got != "ada" {
		t.Errorf("value %q", got)
	}
}

func TestShutdownWaitsForTasksWithinItsGrace(t *testing.T) {
	app, _ := newApp(t)
	app.TaskGrace = time.Millisecond
	ended := make(chan struct{})
	if err := app.Background(func(ctx context.Context) { <-ctx.Done(); close(ended) }); err != nil {
		t.Fatal(err)
	}
	if err := app.Shutdown(t.Context()); err == nil || !strings.Contains(err.Error(), "1 background tasks were cut off") {
		t.Errorf("%v", err)
	}
	<-ended
}

func TestTasksAreBounded(t *testing.T) {
	app, log := newApp(t)
	app.MaxTasks = 2
	hold := make(chan struct{})
	wait := func(context.Context) { <-hold; panic("after all") }
	for i, want := range []error{nil, nil, framework.ErrBusy} {
		if err := app.Background(wait); !errors.Is(err, want) {
			t.Errorf("task %d: %v, want %v", i+1, err, want)
		}
	}
	close(hold)
	if err := app.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "background task failed"); n != 2 || !strings.Contains(log.String(), "after all") {
		t.Errorf("%d panics logged: %s", n, log)
	}
}

func TestURLDefaults(t *testing.T) {
	app, _ := newApp(t)
	site := framework.NewBlueprint("site", "/<lang>")
	site.URLDefaults(func(c *framework.Context, endpoint string) []any { return []any{"lang", c.Param("lang"), "unused", 1} })
	site.Get("/about", hello).Name("about")
	site.Get("/", func(c *framework.Context) error {
		mine, err1 := c.URL(".about")
		theirs, err2 := c.URL(".about", "lang", "fr", "q", 1)
		elsewhere, err3 := c.URL("plain")
		return errors.Join(err1, err2, err3, c.Text(mine+" "+theirs+" "+elsewhere))
	})
	app.Register(site)
	app.Get("/plain/", hello).Name("plain")
	if r := ask(t, app, "GET", "/de/"); string(r.Body) != "/de/about /fr/about?q=1 /plain/" {
		t.Errorf("%s", r.Body)
	}
}

package framework_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
)

// A diary is a probe that writes down which stages a request enters and leaves.
type diary struct{ lines []string }

func (d *diary) note(s framework.Stage, err error) {
	line := "-" + s.Kind.String() + " " + s.Name
	if err != nil {
		line += "!"
	}
	d.lines = append(d.lines, line)
}

func (d *diary) Exchange(s framework.Stage, h gateway.Handler) gateway.Handler {
	return gateway.HandlerFunc(func(x *gateway.Exchange) error {
		d.lines = append(d.lines, "+"+s.Kind.String()+" "+s.Name)
		err := h.Serve(x)
		d.note(s, err)
		return err
	})
}

func (d *diary) Handler(s framework.Stage, h framework.Handler) framework.Handler {
	return func(c *framework.Context) error {
		d.lines = append(d.lines, "+"+s.Kind.String()+" "+s.Name)
		err := h(c)
		d.note(s, err)
		return err
	}
}

func checkRights(*framework.Context) error { return nil }
func addFields(*framework.Context) error   { return nil }

// A living is a middleware with a lifespan.
type living struct {
	gateway.Handler
	order *[]string
}

func (l *living) Startup(context.Context, gateway.ServerInfo) error {
	*l.order = append(*l.order, "up")
	return nil
}

func (l *living) Shutdown(context.Context) error {
	*l.order = append(*l.order, "down")
	return nil
}

func passThrough(h gateway.Handler) gateway.Handler { return gateway.HandlerFunc(h.Serve) }

func TestProbeSeesEveryStageInOrder(t *testing.T) {
	app, _ := newApp(t)
	d := &diary{}
	app.Probe = d
	app.Use(passThrough)
	app.BeforeRequest(checkRights)
	app.AfterRequest(addFields)
	app.Get("/", hello)
	app.Get("/bug", func(*framework.Context) error { return errors.New("bug") }).Name("bug")
	for target, want := range map[string]string{
		"/": "+exchange test, +middleware framework_test.passThrough, +dispatch test, +before framework_test.checkRights, -before framework_test.checkRights, " +
			"+handler hello, -handler hello, +after framework_test.addFields, -after framework_test.addFields, -dispatch test, -middleware framework_test.passThrough, -exchange test",
		"/bug": "+exchange test, +middleware framework_test.passThrough, +dispatch test, +before framework_test.checkRights, -before framework_test.checkRights, " +
			"+handler bug, -handler bug!, +after framework_test.addFields, -after framework_test.addFields, -dispatch test, -middleware framework_test.passThrough, -exchange test",
		"/none": "+exchange test, +middleware framework_test.passThrough, +dispatch test, +before framework_test.checkRights, -before framework_test.checkRights, " +
			"+after framework_test.addFields, -after framework_test.addFields, -dispatch test, -middleware framework_test.passThrough, -exchange test",
	} {
		d.lines = nil
		ask(t, app, "GET", target)
		if got := strings.Join(d.lines, ", "); got != want {
			t.Errorf("%s: %s\nwant %s", target, got, want)
		}
	}
	info := app.Routes()[0]
	if !slices.Equal(info.Before, []string{"framework_test.checkRights"}) || !slices.Equal(info.After, []string{"framework_test.addFields"}) {
		t.Errorf("the listing has %v and %v, want the hooks as they were declared", info.Before, info.After)
	}
}

// The answer to an error of the middleware is inside of the outermost stage.
func TestProbeStandsAroundTheAnswerToAnErrorOfMiddleware(t *testing.T) {
	app, _ := newApp(t)
	d := &diary{}
	app.Probe = d
	app.Use(func(gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(*gateway.Exchange) error { return framework.Abort(418) })
	})
	app.Get("/", hello)
	if r := ask(t, app, "GET", "/"); r.Status != 418 {
		t.Errorf("status %d", r.Status)
	}
	got := strings.Join(d.lines, ", ")
	if !strings.HasPrefix(got, "+exchange test, +middleware ") || !strings.HasSuffix(got, "!, -exchange test") {
		t.Errorf("got %s; want the middleware to fail and the exchange not to", got)
	}
}

func TestProbeKeepsLifespans(t *testing.T) {
	app, _ := newApp(t)
	var order []string
	app.Probe = &diary{}
	app.Use(func(h gateway.Handler) gateway.Handler { return &living{h, &order} })
	app.Get("/", hello)
	if err := errors.Join(app.Startup(t.Context(), gateway.ServerInfo{}), app.Shutdown(t.Context())); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, " "); got != "up down" {
		t.Errorf("the lifespan was %q", got)
	}
}

// Handlers of one endpoint are still told apart.
func TestProbeHidesNoMistake(t *testing.T) {
	app, _ := newApp(t)
	app.Probe = &diary{}
	app.Get("/a", hello).Name("same")
	app.Get("/b", checkRights).Name("same")
	if err := app.Freeze(); err == nil || !strings.Contains(err.Error(), "stands for another handler") {
		t.Errorf("got %v", err)
	}
}

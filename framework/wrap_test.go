package framework_test

import (
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

func TestWrap(t *testing.T) {
	app, log := newApp(t)
	built := 0
	shout := func(next gateway.Handler) gateway.Handler {
		built++
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if err := next.Serve(x); err != nil {
				return err
			}
			x.Response.Body = []byte(strings.ToUpper(string(x.Response.Body)))
			return nil
		})
	}
	stranger := func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(*gateway.Exchange) error { return next.Serve(&gateway.Exchange{}) })
	}
	app.Get("/loud/<name>", func(c *framework.Context) error { return c.Text(c.Param("name")) }, framework.Wrap(shout))
	app.Get("/gone", func(c *framework.Context) error { return framework.Abort(410) }, framework.Wrap(shout))
	app.Get("/strange", hello, framework.Wrap(stranger))
	for range 2 {
		if r := ask(t, app, "GET", "/loud/ada"); string(r.Body) != "ADA" {
			t.Errorf("%s", r.Body)
		}
	}
	if r := ask(t, app, "GET", "/gone"); r.Status != 410 || built != 2 {
		t.Errorf("%d, built %d times", r.Status, built)
	}
	if r := ask(t, app, "GET", "/strange"); r.Status != 500 || !strings.Contains(log.String(), "another exchange") {
		t.Errorf("%d, log %s", r.Status, log)
	}
}

// Servers and layers outside learn which rule answered: the whole one, with the
// prefixes of its blueprints.
func TestRouteIsToldOutside(t *testing.T) {
	app, _ := newApp(t)
	admin := framework.NewBlueprint("admin", "/admin")
	admin.Get("/users/<int:id>", hello)
	app.Register(admin)
	for target, want := range map[string]string{"/admin/users/7": "/admin/users/<int:id>", "/admin/users/x": ""} {
		var route string
		gatewaytest.Do(gateway.HandlerFunc(func(x *gateway.Exchange) error {
			defer func() { route = x.Route }()
			return app.Serve(x)
		}), gatewaytest.Request{Target: target})
		if route != want {
			t.Errorf("%s: route %q, want %q", target, route, want)
		}
	}
}

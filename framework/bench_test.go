package framework_test

import (
	"fmt"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// benchApp has 200 routes beside the ones that are asked for.
func benchApp() *framework.App {
	app := framework.New("bench")
	app.Session.Keys = []string{secret}
	for i := range 200 {
		app.Get(fmt.Sprintf("/r%d/<a>/x%d/<b>", i, i), hello)
	}
	app.Get("/", hello)
	app.Get("/users/<name>/posts/<int:id>", func(c *framework.Context) error { return c.Text(c.Param("name")) })
	app.Get("/json", func(c *framework.Context) error {
		return c.JSON(struct {
			Message string `json:"message"`
		}{"Hello, World!"})
	})
	app.Get("/session", func(c *framework.Context) error { return c.Text(c.Session().String("user")) })
	app.Get("/session/write", func(c *framework.Context) error {
		c.Session().Set("n", c.Session().Int("n")+1)
		return c.Text("ok")
	})
	return app
}

func BenchmarkApp(b *testing.B) {
	app := benchApp()
	v := &visitor{h: app}
	v.get("/session/write")
	for _, r := range []struct {
		name string
		h    gateway.Handler
		q    gatewaytest.Request
	}{
		{"Bare", gateway.HandlerFunc(func(x *gateway.Exchange) error { x.Response.Body = helloBytes; return nil }), gatewaytest.Request{Target: "/"}},
		{"Static", app, gatewaytest.Request{Target: "/"}},
		{"TwoParams", app, gatewaytest.Request{Target: "/users/ada/posts/7"}},
		{"JSON", app, gatewaytest.Request{Target: "/json"}},
		{"NotFound", app, gatewaytest.Request{Target: "/none"}},
		{"SessionRead", app, gatewaytest.Request{Target: "/session", Header: gateway.Header{{Name: "Cookie", Value: v.cookie}}}},
		{"SessionWrite", app, gatewaytest.Request{Target: "/session/write", Header: gateway.Header{{Name: "Cookie", Value: v.cookie}}}},
	} {
		b.Run(r.name, func(b *testing.B) {
			rec := &gatewaytest.Recorder{Handler: r.h}
			b.ReportAllocs()
			for b.Loop() {
				rec.Do(r.q)
			}
		})
	}
}

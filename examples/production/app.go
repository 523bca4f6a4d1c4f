package main

import (
	"context"
	"fmt"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway/middleware/health"
	"github.com/dewar-go/dewar/gateway/middleware/requestid"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
)

// newApp puts the application together. The probes stand outside of everything that
// could keep them from their answer.
func newApp() *framework.App {
	app := framework.New("notes")
	probe := health.New(health.Config{Ready: map[string]health.Check{"store": reachable}})
	app.Use(
		requestid.New(requestid.Config{}),
		probe.Middleware(), // /livez, /readyz, /startupz
		secure.New(secure.Config{}),
	)
	app.Get("/", func(c *framework.Context) error {
		r := c.Request()
		return c.Text(fmt.Sprintf("notes, asked for as %s by %s\n", r.URL(), r.Remote))
	})
	return app
}

// reachable is where an application asks its database: db.PingContext.
func reachable(context.Context) error { return nil }

// Package api puts the application together.
package api

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"

	"appname/notes"
	"appname/store"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/binding"
	"github.com/dewar-go/dewar/gateway/middleware/compress"
	"github.com/dewar-go/dewar/gateway/middleware/health"
	"github.com/dewar-go/dewar/gateway/middleware/requestid"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// New makes the application. It touches nothing before it is started.
func New(s Settings) (*framework.App, error) {
	db, err := store.Open(s.Database)
	if err != nil {
		return nil, err
	}
	app := framework.New("appname")
	app.Config = &s
	app.Limits.MaxContentLength = 1 << 20
	app.OnStartup(func(ctx context.Context) error {
		if err := store.Migrate(ctx, db); err != nil {
			return fmt.Errorf("database %s: %w", s.Database, err)
		}
		return nil
	})
	app.OnShutdown(func(context.Context) error { return db.Close() })

	probe := health.New(health.Config{
		Ready: map[string]health.Check{"database": db.PingContext},
		Error: func(name string, err error) { slog.Error("a check failed", "check", name, "error", err) },
	})
	app.Use(
		requestid.New(requestid.Config{}),
		probe.Middleware(), // /livez, /readyz, /startupz
		secure.New(secure.Config{}),
		compress.New(compress.Config{}),
	)
	for _, status := range []int{400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 429, 500, 503} {
		app.HandleStatus(status, problem)
	}
	blueprint := notes.Blueprint(db)
	blueprint.BeforeRequest(bearer(s.Token.Reveal()))
	app.Register(blueprint)
	app.Get("/", index).Name("index")
	return app, nil
}

// index says where things are, to whoever opens the address to look.
func index(c *framework.Context) error {
	notes, err := c.URL("notes.list")
	if err != nil {
		return err
	}
	return c.JSON(map[string]string{"notes": notes, "health": "/readyz"})
}

// bearer lets those in who have the token (RFC 6750).
func bearer(token string) framework.Handler {
	return func(c *framework.Context) error {
		given, ok := c.BearerToken()
		switch {
		case !ok:
			return framework.Unauthorized(semantics.BearerChallenge("appname", "", ""))
		case token == "" || subtle.ConstantTimeCompare([]byte(given), []byte(token)) != 1:
			return framework.Unauthorized(semantics.BearerChallenge("appname", "invalid_token", "This is not the token."))
		}
		return nil
	}
}

// problem answers every error with a problem document (RFC 9457).
func problem(c *framework.Context, err error) error {
	var e *framework.Error
	if !errors.As(err, &e) {
		return err
	}
	p := framework.Problem{Status: e.Status, Detail: e.Text()}
	var wrong *binding.Error
	if errors.As(err, &wrong) {
		p.Errors = wrong.Mistakes
	}
	return c.Problem(p)
}

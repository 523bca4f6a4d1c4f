// Package app puts the application together.
package app

import (
	"context"
	"fmt"
	"log/slog"

	"appname/auth"
	"appname/notes"
	"appname/store"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway/middleware/compress"
	"github.com/dewar-go/dewar/gateway/middleware/csrf"
	"github.com/dewar-go/dewar/gateway/middleware/health"
	"github.com/dewar-go/dewar/gateway/middleware/requestid"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
)

// New makes the application. It touches nothing before it is started.
func New(s Settings) (*framework.App, error) {
	db, err := store.Open(s.Database)
	if err != nil {
		return nil, err
	}
	app := framework.New("appname")
	app.Config = &s
	app.Session.Keys = s.keys()
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
		secure.New(secure.Config{Policy: secure.Strict}),
		compress.New(compress.Config{}),
		csrf.New(csrf.Config{}), // every form has {{ csrf_token() }}
	)
	if err := pages(app, s.Debug); err != nil {
		return nil, err
	}
	app.Extend(auth.New(db))
	app.Register(notes.Blueprint(db))
	app.Get("/", index).Name("index")
	return app, nil
}

func index(c *framework.Context) error { return c.Render("index.html", nil) }

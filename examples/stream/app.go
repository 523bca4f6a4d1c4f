package main

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"strconv"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
	"github.com/dewar-go/dewar/templates"
)

//go:embed pages assets
var embedded embed.FS

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// newApp puts the application together around a feed, which begins and ends with it.
func newApp(every time.Duration) *framework.App {
	app := framework.New("stream")
	app.Use(secure.New(secure.Config{Policy: policy}))
	app.Renderer = templates.New(templates.Config{
		Loader: templates.FS(within("pages")), Undefined: templates.Strict, Globals: framework.TemplateGlobals(),
	})
	app.Static("/assets", within("assets"))

	f, over := newFeed(), make(chan struct{})
	app.OnStartup(func(ctx context.Context) error { // ctx ends when the server is told to stop
		go func() { // ends with ctx; OnShutdown waits for it
			defer close(over)
			f.run(ctx, every)
		}()
		return nil
	})
	app.OnShutdown(func(context.Context) error { <-over; return nil })

	app.Get("/", func(c *framework.Context) error { return c.Render("index.html", nil) })
	app.Get("/samples", f.stream).Name("samples")
	return app
}

// within is a folder of what is embedded.
func within(folder string) fs.FS {
	files, err := fs.Sub(embedded, folder)
	if err != nil {
		panic(err) // the name is a constant
	}
	return files
}

// stream sends the samples that the visitor has not seen, and then each as it comes,
// until the visitor goes or the server stops. A browser whose stream has ended comes
// back by itself and says which sample it saw last.
func (f *feed) stream(c *framework.Context) error {
	if !f.enter() {
		c.RetryAfter(time.Minute)
		return framework.Abort(503, "Too many visitors watch already.")
	}
	defer f.leave()
	return c.Events(framework.Events{Retry: time.Second}, func(s *framework.EventStream) error {
		seen, err := strconv.ParseInt(s.LastID, 10, 64)
		if err != nil {
			seen = 0 // a new visitor, or nonsense: from the beginning
		}
		for {
			samples, more, ended := f.after(seen)
			for _, p := range samples {
				if err := send(s, p); err != nil {
					return err
				}
				seen = p.ID
			}
			if ended {
				return nil
			}
			select {
			case <-more:
			case <-c.Done():
				return nil
			}
		}
	})
}

func send(s *framework.EventStream, p sample) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return s.Send(framework.Event{Name: "sample", ID: strconv.FormatInt(p.ID, 10), Data: string(data)})
}

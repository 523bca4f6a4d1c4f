package framework_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

// What is answered to content that is too slow, on both servers: 408, however it is
// read (RFC 9110 §15.5.9).
func TestSlowContent(t *testing.T) {
	const short = 50 * time.Millisecond
	app := func() *framework.App {
		app, _ := newApp(t)
		app.Post("/bind", framework.Bind(func(*framework.Context, struct {
			A int `json:"a"`
		}) (struct{}, error) {
			return struct{}{}, nil
		}))
		app.Post("/data", func(c *framework.Context) error { _, err := c.Data(); return err })
		app.Post("/form", func(c *framework.Context) error { return c.Text(c.Form().Value("a")) })
		app.Post("/stream", func(c *framework.Context) error { _, err := io.Copy(io.Discard, c.Stream()); return err })
		return app
	}
	for name, s := range map[string]func() gateway.Server{
		"server":  func() gateway.Server { return server.New(server.Config{Addr: "127.0.0.1:0", BodyTimeout: short}) },
		"nethttp": func() gateway.Server { return nethttp.New(nethttp.Config{Addr: "127.0.0.1:0", BodyTimeout: short}) },
	} {
		t.Run(name, func(t *testing.T) {
			c := app().TestClientOn(t, s())
			for path, media := range map[string]string{
				"/bind": "application/json", "/data": "text/plain", "/form": "application/x-www-form-urlencoded", "/stream": "text/plain",
			} {
				from, to := io.Pipe()
				if r := c.Post(path).BodyFrom(media, from).Stream(); r.Status != 408 {
					t.Errorf("%s: %d, want 408", path, r.Status)
				}
				to.Close()
			}
		})
	}
}

// A form of multipart/form-data that is cut off is the client's mistake, and one that is
// slow is 408, too.
func TestSlowUpload(t *testing.T) {
	app, _ := newApp(t)
	app.Post("/", func(c *framework.Context) error { return c.Text(fmt.Sprint(len(c.Files()))) })
	c := app.TestClientOn(t, server.New(server.Config{Addr: "127.0.0.1:0", BodyTimeout: 50 * time.Millisecond}))
	from, to := io.Pipe()
	go func() { // ends with the request
		_, _ = io.WriteString(to, "--X\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\nhalf a file")
	}()
	defer to.Close()
	if r := c.Post("/").BodyFrom("multipart/form-data; boundary=X", from).Stream(); r.Status != 408 {
		t.Errorf("%d, want 408", r.Status)
	}
}

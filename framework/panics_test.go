package framework_test

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/go-playground/validator/v10"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/binding"
	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/server"
)

// A bomb is whatever an application gives the framework to call: it panics.
type bomb struct{}

func (bomb) Load(context.Context, string) ([]byte, error)              { panic("bang") }
func (bomb) Save(context.Context, string, []byte, time.Duration) error { panic("bang") }
func (bomb) Touch(context.Context, string, time.Duration) error        { panic("bang") }
func (bomb) Delete(context.Context, string) error                      { panic("bang") }
func (bomb) MarshalJSON() ([]byte, error)                              { panic("bang") }
func (bomb) Error() string                                             { panic("bang") }
func (bomb) Is(error) bool                                             { panic("bang") }

type bombView struct{}

func (bombView) Get(*framework.Context) error { panic("bang") }

// Whatever panics, the client gets one answer, or sees that it is cut, and the server
// goes on. hooks_test.go has the hooks; here is all else that an application gives.
func TestPanicsOfEverythingElse(t *testing.T) {
	type checked struct {
		N int `query:"n" validate:"bang"`
	}
	bang := func() { panic("bang") }
	app := framework.New("bombs")
	app.Logger = slog.New(slog.DiscardHandler) // background tasks log beside the test
	app.Session = session.Config{Keys: []string{secret}, Store: bomb{}}
	app.Input.Rules = map[string]binding.Rule{"bang": {Message: "must not explode", Check: func(f validator.FieldLevel) bool {
		if f.Field().Int() == 7 {
			panic("bang")
		}
		return true
	}}}
	app.HandleError(errors.New("another"), func(*framework.Context, error) error { return nil })
	app.Get("/session", func(c *framework.Context) error { c.Session().Set("a", 1); return c.Text("kept") })
	app.Get("/json", func(c *framework.Context) error { return c.JSON(bomb{}) })
	app.Get("/error", func(*framework.Context) error { return bomb{} })
	app.Get("/typed", framework.Bind(func(*framework.Context, struct{}) (int, error) { panic("bang") }))
	app.Get("/rule", framework.Bind(func(*framework.Context, checked) (int, error) { return 1, nil }))
	app.View("/view", bombView{}).Name("view")
	app.ViewOf("/made", func() func() any {
		first := true // the one that the declaration looks at
		return func() any {
			if !first {
				panic("bang")
			}
			first = false
			return bombView{}
		}
	}()).Name("made")
	app.Get("/finish", func(c *framework.Context) error {
		c.Exchange().OnFinish(func(gateway.Outcome) { bang() })
		return c.Text("done")
	})
	app.Get("/background", func(c *framework.Context) error {
		return errors.Join(c.Background(func(context.Context) { bang() }), c.Text("done"))
	})
	app.Get("/middleware", hello, framework.Wrap(func(gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(*gateway.Exchange) error { panic("bang") })
	})).Name("wrapped")
	app.Get("/respond", func(c *framework.Context) error {
		return c.Respond("text/plain", func(w framework.ResponseWriter) error {
			if _, err := w.Write([]byte(strings.Repeat("x", 1<<16))); err != nil {
				return err
			}
			panic("bang")
		})
	})
	app.Get("/events", func(c *framework.Context) error {
		return c.Events(framework.Events{}, func(*framework.EventStream) error { panic("bang") })
	})
	app.Get("/chunks", func(c *framework.Context) error {
		return framework.Chunks(c, "text/plain", iter.Seq[string](func(yield func(string) bool) { yield("a"); panic("bang") }))
	})
	app.Get("/ok", hello)
	c := app.TestClientOn(t, server.New(server.Config{Addr: "127.0.0.1:0", Error: func(*gateway.Request, error) {}}))
	c.ExpectErrors = true
	for target, want := range map[string]int{
		"/session": 500, "/json": 500, "/error": 500, "/typed": 500, "/rule?n=7": 500, "/view": 500, "/made": 500, "/middleware": 500,
		"/finish": 200, "/background": 200,
	} {
		for range 2 {
			r := c.Get(target).Do()
			if r.Status != want || strings.Contains(r.Text(), "bang") {
				t.Errorf("%s: %d %s, want %d", target, r.Status, r.Text(), want)
			}
		}
		c.Get("/ok").Do().Is(200)
	}
	for _, target := range []string{"/respond", "/chunks", "/events"} { // something was sent before
		r := gatewaytest.Do(app, gatewaytest.Request{Target: target})
		if r.Status != 200 || !r.Aborted || strings.Contains(string(r.Body), "bang") {
			t.Errorf("%s: %d, aborted %v", target, r.Status, r.Aborted)
		}
	}
}

package framework_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
)

type quotaError struct{ left int }

func (e *quotaError) Error() string { return fmt.Sprint("quota: ", e.left) }

type temporary interface {
	error
	Temporary() bool
}

type slowError struct{}

func (slowError) Error() string   { return "slow" }
func (slowError) Temporary() bool { return true }

var errSentinel = errors.New("sentinel")

func say(s string) func(*framework.Context, error) error {
	return func(c *framework.Context, err error) error { return c.Status(200).Text(s) }
}

func TestErrorHandlers(t *testing.T) {
	app, _ := newApp(t)
	bp := framework.NewBlueprint("bp", "/bp")
	app.Register(bp)
	failing := map[string]error{
		"quota":     fmt.Errorf("wrapped: %w", &quotaError{3}),
		"slow":      slowError{},
		"sentinel":  fmt.Errorf("a: %w", errSentinel),
		"notexist":  &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist},
		"teapot":    framework.Abort(418),
		"conflict":  framework.Abort(409),
		"gateway":   &gateway.StatusError{Status: 409},
		"both":      &framework.Error{Status: 409, Err: &quotaError{9}},
		"joined":    errors.Join(errors.New("other"), &quotaError{5}),
		"unhandled": errors.New("bug"),
	}
	for name, err := range failing {
		app.Get("/"+name, func(*framework.Context) error { return err })
		bp.Get("/"+name, func(*framework.Context) error { return err })
	}
	framework.HandleAs(app, func(c *framework.Context, err *quotaError) error {
		return c.Text(fmt.Sprint("app quota ", err.left))
	})
	framework.HandleAs(app, func(c *framework.Context, err temporary) error { return c.Text("app temporary") })
	app.HandleError(errSentinel, say("app sentinel"))
	app.HandleError(fs.ErrNotExist, say("app notexist"))
	app.HandleStatus(409, say("app 409"))
	app.HandleStatus(404, say("app 404"))
	app.HandleStatus(500, func(c *framework.Context, err error) error {
		var e *framework.Error
		if !errors.As(err, &e) || e.Status != 500 || e.Err == nil {
			t.Errorf("the 500 handler got %#v", err)
		}
		return c.Text("app 500 " + e.Err.Error())
	})
	framework.HandleAs(bp, func(c *framework.Context, err *quotaError) error { return c.Text("bp quota") })
	bp.HandleStatus(418, say("bp 418"))
	bp.HandleStatus(404, say("bp 404"))
	for target, want := range map[string]string{
		"/quota": "app quota 3", "/bp/quota": "bp quota",
		"/slow": "app temporary", "/sentinel": "app sentinel", "/notexist": "app notexist",
		"/bp/teapot": "bp 418", "/conflict": "app 409", "/gateway": "app 409",
		"/both":    "app 409", // status before type
		"/bp/both": "app 409", // the application's status before the blueprint's type, as in Flask
		"/joined":  "app quota 5", "/unhandled": "app 500 bug",
		"/none": "app 404", "/bp/none": "bp 404", "/bpnone": "app 404", // by prefix, where no rule matched
	} {
		if got := string(ask(t, app, "GET", target).Body); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
	app405, _ := newApp(t)
	app405.Get("/", hello)
	app405.HandleStatus(405, func(c *framework.Context, err error) error { return c.Status(405).Text("no") })
	if r := ask(t, app405, "PUT", "/"); r.Header.Value("Allow") != "GET, HEAD, OPTIONS" || string(r.Body) != "no" {
		t.Errorf("a handler of 405 lost Allow: %v %s", r.Header, r.Body)
	}
	if r := ask(t, app, "GET", "/teapot"); r.Status != 418 {
		t.Errorf("an error of the blueprint's status elsewhere: %d", r.Status)
	}
}

// echo#1948 and others: a handler for errors that runs more than once, or an
// answer that is written twice.
func TestErrorHandlersRunExactlyOnce(t *testing.T) {
	app, _ := newApp(t)
	runs := 0
	count := func(c *framework.Context, err error) error {
		runs++
		if runs > 1 {
			return c.Text("again")
		}
		return framework.Abort(404) // an error handler that fails is not handled again
	}
	app.HandleStatus(404, count)
	app.HandleStatus(500, count)
	if r := ask(t, app, "GET", "/none"); runs != 1 || r.Status != 500 {
		t.Errorf("%d runs, status %d", runs, r.Status)
	}
}

// An error discards what the handler had prepared: no half page, no stray header.
func TestErrorReplacesTheWholeResponse(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/", func(c *framework.Context) error {
		c.SetHeader("X-Half", "yes")
		c.Exchange().WriteString("half")
		return framework.Abort(409)
	})
	if r := ask(t, app, "GET", "/"); r.Status != 409 || r.Header.Has("X-Half") || len(r.Body) > 4 && string(r.Body[:4]) == "half" {
		t.Errorf("%d %v %s", r.Status, r.Header, r.Body)
	}
}

// A panic is a bug whatever its value: it is logged, and names no status.
func TestPanicsAreAlwaysLogged(t *testing.T) {
	app, log := newApp(t)
	app.Get("/status", func(*framework.Context) error { panic(&gateway.StatusError{Status: 404}) })
	app.Get("/quota", func(*framework.Context) error { panic(&quotaError{1}) })
	app.Get("/cause", func(*framework.Context) error { return &framework.Error{Status: 503, Err: errSentinel} })
	app.Get("/abort", func(*framework.Context) error { panic(framework.Abort(409)) }) // asked for
	framework.HandleAs(app, func(c *framework.Context, err *quotaError) error { return c.Text("quota") })
	for _, test := range []struct {
		target string
		status int
		logged string
	}{
		{"/status", 500, "handler panicked"}, {"/quota", 200, "handler panicked"}, {"/cause", 503, "sentinel"}, {"/abort", 409, ""},
	} {
		log.Reset()
		r := ask(t, app, "GET", test.target)
		if r.Status != test.status || (log.Len() > 0) != (test.logged != "") || !strings.Contains(log.String(), test.logged) {
			t.Errorf("%s: %d, log %s", test.target, r.Status, log)
		}
	}
}

func TestPanicInMiddleware(t *testing.T) {
	app, log := newApp(t)
	app.Use(func(gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(*gateway.Exchange) error { panic("in middleware") })
	})
	if r := ask(t, app, "GET", "/"); r.Status != 500 || strings.Contains(string(r.Body), "middleware") || !strings.Contains(log.String(), "TestPanicInMiddleware") {
		t.Errorf("%d %s, log %s", r.Status, r.Body, log)
	}
}

// Texts of the gateway are an error's: the framework makes sentences of them.
func TestTextsOfTheGatewayAreSentences(t *testing.T) {
	for text, err := range map[string]error{
		"This is closed.":     &gateway.StatusError{Status: 403, Reason: "this is closed"},
		"Ends (RFC 9110 §9).": &gateway.StatusError{Status: 403, Reason: "ends", Section: "RFC 9110 §9"},
		"It is said.":         &gateway.StatusError{Status: 403, Reason: "It is said."},
		"Élan.":               &gateway.StatusError{Status: 403, Reason: "élan"},
		"as it was written":   framework.Abort(403, "as it was written"),
		"You are not allowed to see what stands at this address.": &gateway.StatusError{Status: 403},
	} {
		app := framework.New("texts")
		app.Get("/", func(*framework.Context) error { return err })
		if r := ask(t, app, "GET", "/"); !strings.Contains(string(r.Body), "<p>"+text+"</p>") {
			t.Errorf("%v: %s", err, r.Body)
		}
	}
}

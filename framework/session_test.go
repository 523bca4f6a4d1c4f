package framework_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

const secret = "a secret of the tests"

// visitor is a client with one cookie.
type visitor struct {
	h      gateway.Handler
	cookie string
	scheme string
}

func (v *visitor) get(target string) *gatewaytest.Result {
	q := gatewaytest.Request{Target: target}
	if v.cookie != "" {
		q.Header.Add("Cookie", v.cookie)
	}
	r := (&gatewaytest.Recorder{Handler: v.h, Scheme: v.scheme}).Do(q)
	if set, ok := r.Header.Lookup("Set-Cookie"); ok {
		v.cookie, _, _ = strings.Cut(set, ";")
	}
	return r
}

func sessionApp(t *testing.T, c session.Config) *framework.App {
	app, _ := newApp(t)
	app.Session = c
	app.Get("/login/<name>", func(c *framework.Context) error {
		c.Session().Regenerate()
		c.Session().Set("user", c.Param("name"))
		return c.Text("welcome")
	})
	app.Get("/me", func(c *framework.Context) error { return c.Text(c.Session().String("user")) })
	app.Get("/logout", func(c *framework.Context) error { c.Session().Clear(); return c.Text("bye") })
	app.Get("/plain", hello)
	app.Get("/flash", func(c *framework.Context) error {
		c.Flash("Saved.")
		c.Flash("No such file.", "error")
		return c.Redirect("/show")
	})
	app.Get("/show", func(c *framework.Context) error {
		s := ""
		for _, f := range append(c.Flashes("error"), c.Flashes()...) {
			s += f.Category + ": " + f.Message + " "
		}
		return c.Text(s)
	})
	app.Get("/late", func(c *framework.Context) error {
		c.Exchange().WriteString("x")
		c.Exchange().Flush()
		c.Session().Set("a", 1)
		return nil
	})
	app.Get("/fail", func(c *framework.Context) error { c.Session().Set("user", "failed"); return framework.Abort(409) })
	return app
}

func TestSessions(t *testing.T) {
	for name, c := range map[string]session.Config{
		"cookie": {Keys: []string{secret}}, "flask": {Keys: []string{secret}, Flask: true}, "store": {Keys: []string{secret}, Store: &session.MemoryStore{}},
	} {
		v := &visitor{h: sessionApp(t, c)}
		if r := v.get("/plain"); r.Header.Has("Vary") || r.Header.Has("Set-Cookie") {
			t.Errorf("%s: a page without a session: %v", name, r.Header)
		}
		if r := v.get("/me"); r.Header.Value("Vary") != "Cookie" || r.Header.Has("Set-Cookie") {
			t.Errorf("%s: a page that only reads: %v", name, r.Header)
		}
		r := v.get("/login/ada")
		set := r.Header.Value("Set-Cookie")
		if !strings.HasPrefix(set, "session=") || !strings.Contains(set, "; HttpOnly") || !strings.Contains(set, "; Path=/") ||
			!strings.Contains(set, "; SameSite=Lax") || strings.Contains(set, "Secure") || strings.Contains(set, "Expires") {
			t.Errorf("%s: %s", name, set)
		}
		if got := string(v.get("/me").Body); got != "ada" {
			t.Errorf("%s: user %q", name, got)
		}
		forged := &visitor{h: v.h, cookie: v.cookie[:len(v.cookie)-2] + "xx"}
		if r := forged.get("/me"); r.Status != 200 || len(r.Body) != 0 {
			t.Errorf("%s: a forged cookie gave %d %s", name, r.Status, r.Body)
		}
		if r := v.get("/fail"); r.Status != 409 || string(v.get("/me").Body) != "failed" {
			t.Errorf("%s: a session is not kept with an error page", name)
		}
		if set := v.get("/logout").Header.Value("Set-Cookie"); !strings.Contains(set, "session=; Expires=Thu, 01 Jan 1970") || !strings.Contains(set, "Max-Age=0") {
			t.Errorf("%s: logout sets %s", name, set)
		}
	}
}

func TestSessionCookieIsSecureOnHTTPSAndBelowItsRoot(t *testing.T) {
	v := &visitor{h: gateway.Mount("/in", sessionApp(t, session.Config{Keys: []string{secret}})), scheme: "https"}
	if set := v.get("/in/login/ada").Header.Value("Set-Cookie"); !strings.Contains(set, "; Secure") || !strings.Contains(set, "; Path=/in;") {
		t.Error(set)
	}
}

func TestFlashesAreShownOnce(t *testing.T) {
	v := &visitor{h: sessionApp(t, session.Config{Keys: []string{secret}})}
	v.get("/flash")
	if got := string(v.get("/show").Body); got != "error: No such file. message: Saved. error: No such file. " {
		t.Errorf("first: %s", got)
	}
	if got := string(v.get("/show").Body); got != "" {
		t.Errorf("then: %s", got)
	}
}

func TestSessionChangedTooLateIsReported(t *testing.T) {
	app := sessionApp(t, session.Config{Keys: []string{secret}})
	log := &strings.Builder{}
	app.Logger = textLogger(log)
	(&visitor{h: app}).get("/late")
	if !strings.Contains(log.String(), "too late for its cookie") {
		t.Errorf("log: %s", log)
	}
}

func TestWeakKeysAreAMistake(t *testing.T) {
	app, _ := newApp(t)
	app.Session.Keys = []string{"dev"}
	if err := app.Freeze(); err == nil || !strings.Contains(err.Error(), "App.Session: session: key 0 has 3 bytes") {
		t.Errorf("%v", err)
	}
}

type brokenStore struct{ session.Store }

func (brokenStore) Load(context.Context, string) ([]byte, error) {
	return nil, errors.New("disk on fire")
}
func (brokenStore) Save(context.Context, string, []byte, time.Duration) error {
	return errors.New("disk on fire")
}

func TestBrokenStore(t *testing.T) {
	good := &session.MemoryStore{}
	v := &visitor{h: sessionApp(t, session.Config{Keys: []string{secret}, Store: good})}
	v.get("/login/ada")
	app := sessionApp(t, session.Config{Keys: []string{secret}, Store: brokenStore{good}})
	log := &strings.Builder{}
	app.Logger = textLogger(log)
	v.h = app
	if r := v.get("/me"); r.Status != 200 || len(r.Body) != 0 || !strings.Contains(log.String(), "disk on fire") {
		t.Errorf("reading: %d %s, log %s", r.Status, r.Body, log)
	}
	if r := v.get("/login/ada"); r.Status != 500 || r.Header.Has("Set-Cookie") {
		t.Errorf("writing: %d %v", r.Status, r.Header)
	}
}

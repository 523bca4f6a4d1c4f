package framework_test

import (
	"encoding/base64"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// tokenApp keeps seat=12 in a cookie of each kind, a minute long.
func tokenApp(keys ...string) *framework.App {
	app := framework.New("tokens")
	app.Session.Keys = keys
	app.Get("/set", func(c *framework.Context) error {
		if err := c.SetSignedCookie(framework.Cookie{Name: "signed", Value: "séat; 12", MaxAge: time.Minute}); err != nil {
			return err
		}
		if err := c.SetEncryptedCookie(framework.Cookie{Name: "sealed", Value: "séat; 13", MaxAge: time.Minute}); err != nil {
			return err
		}
		return c.NoContent()
	})
	app.Get("/get/<name>", func(c *framework.Context) error {
		signed, ok1 := c.SignedCookie(c.Param("name"), time.Minute)
		sealed, ok2 := c.EncryptedCookie(c.Param("name"), time.Minute)
		if ok1 == ok2 {
			return c.Text("none")
		}
		return c.Text(signed + sealed)
	})
	return app
}

const oldKey, newKey = "last year's secret", "this year's secret"

func TestCookieTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := tokenApp(oldKey)
		set := gatewaytest.Do(app, gatewaytest.Request{Target: "/set"})
		cookies := map[string]string{}
		for line := range set.Header.Values("Set-Cookie") {
			name, rest, _ := strings.Cut(line, "=")
			cookies[name], _, _ = strings.Cut(rest, ";")
			if !strings.Contains(line, "Max-Age=60") {
				t.Errorf("%s", line)
			}
			token, err := base64.RawURLEncoding.DecodeString(cookies[name])
			if name == "sealed" && (err != nil || strings.Contains(string(token), "séat")) {
				t.Errorf("what is sealed can be read, or %v: %q", err, token)
			}
		}
		ask := func(app *framework.App, name, value string) string {
			q := gatewaytest.Request{Target: "/get/" + name}
			q.Header.Add("Cookie", name+"="+value)
			return string(gatewaytest.Do(app, q).Body)
		}
		for name, want := range map[string]string{"signed": "séat; 12", "sealed": "séat; 13"} {
			value := cookies[name]
			for what, got := range map[string]string{
				"its own":          ask(app, name, value),
				"after a rotation": ask(tokenApp(oldKey, newKey), name, value),
			} {
				if got != want {
					t.Errorf("%s, %s: %q", name, what, got)
				}
			}
			for what, got := range map[string]string{
				"a key that is gone":       ask(tokenApp(newKey), name, value),
				"no keys":                  ask(tokenApp(), name, value),
				"under another name":       ask(app, "other", value),
				"under a name that begins": ask(app, name+"=", value),
				"changed":                  ask(app, name, "x"+value),
				"cut off":                  ask(app, name, value[:len(value)-1]),
				"empty":                    ask(app, name, ""),
			} {
				if got != "none" {
					t.Errorf("%s, %s: %q", name, what, got)
				}
			}
		}
		time.Sleep(time.Minute) // of the bubble
		for name := range cookies {
			if got := ask(app, name, cookies[name]); got == "none" {
				t.Errorf("%s: gone in its last second", name)
			}
		}
		time.Sleep(time.Second)
		for name := range cookies {
			if got := ask(app, name, cookies[name]); got != "none" {
				t.Errorf("%s: %q, which is too old", name, got)
			}
		}
	})
}

func TestCookieTokensNeedKeys(t *testing.T) {
	app := tokenApp()
	app.Logger = slog.New(slog.DiscardHandler)
	r := gatewaytest.Do(app, gatewaytest.Request{Target: "/set"})
	if r.Status != 500 || r.Header.Has("Set-Cookie") {
		t.Errorf("%d %v", r.Status, r.Header)
	}
}

// The session alone says that the answer depends on a cookie, as in Flask.
func TestCookiesDoNotVary(t *testing.T) {
	for name, c := range map[string]struct {
		read func(*framework.Context)
		want string
	}{
		"Cookies":         {func(c *framework.Context) { c.Cookies().Value("a") }, ""},
		"SignedCookie":    {func(c *framework.Context) { c.SignedCookie("a", 0) }, ""},
		"EncryptedCookie": {func(c *framework.Context) { c.EncryptedCookie("a", 0) }, ""},
		"Session":         {func(c *framework.Context) { c.Session().String("a") }, "Cookie"},
		"Vary":            {func(c *framework.Context) { c.Cookies(); c.Vary("Cookie") }, "Cookie"},
	} {
		app := one(func(ctx *framework.Context) error {
			c.read(ctx)
			return ctx.NoContent()
		})
		app.Session.Keys = []string{"a key that only this test has, and long"}
		if got := askWith(app, "GET", "Cookie", "a=b; session=x").Header.Value("Vary"); got != c.want {
			t.Errorf("%s: Vary is %q, want %q", name, got, c.want)
		}
	}
}

package framework_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/semantics"
)

func askWith(app *framework.App, method string, fields ...string) *gatewaytest.Result {
	q := gatewaytest.Request{Method: method}
	for i := 0; i < len(fields); i += 2 {
		q.Header.Add(fields[i], fields[i+1])
	}
	return gatewaytest.Do(app, q)
}

func TestAccepts(t *testing.T) {
	app := one(func(c *framework.Context) error {
		media, ok := c.Accepts("text/html", "application/json")
		if !ok {
			return framework.Abort(406)
		}
		language, _ := c.AcceptsLanguage("en", "de")
		return c.Text(media + " " + language)
	})
	for _, c := range []struct{ media, language, want string }{
		{"application/json", "de-AT", "application/json de"},
		{"*/*", "en;q=0.1, de;q=0.2", "text/html de"},
	} {
		r := askWith(app, "GET", "Accept", c.media, "Accept-Language", c.language)
		if string(r.Body) != c.want || r.Header.Value("Vary") != "Accept, Accept-Language" {
			t.Errorf("%s, %s: %q %v", c.media, c.language, r.Body, r.Header)
		}
	}
	if r := askWith(app, "GET", "Accept", "image/png"); r.Status != 406 || r.Header.Value("Vary") != "Accept" {
		t.Errorf("%d %v", r.Status, r.Header)
	}
	if r := askWith(app, "GET"); string(r.Body) != "text/html en" {
		t.Errorf("without fields: %q", r.Body)
	}
}

func TestConditional(t *testing.T) {
	changed := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	done := 0
	app := one(func(c *framework.Context) error {
		c.CacheControl(semantics.CacheControl{Private: true, MaxAge: time.Minute})
		if done, err := c.Conditional(semantics.Validators{ETag: `"v1"`, Modified: changed}); done {
			return err
		}
		done++
		return c.Text("note")
	})
	r := askWith(app, "GET")
	if r.Status != 200 || r.Header.Value("ETag") != `"v1"` || r.Header.Value("Last-Modified") == "" || r.Header.Value("Cache-Control") != "private, max-age=60" {
		t.Errorf("%d %v", r.Status, r.Header)
	}
	r = askWith(app, "GET", "If-None-Match", `W/"v1"`)
	if r.Status != 304 || len(r.Body) > 0 || r.Header.Value("ETag") != `"v1"` || r.Header.Value("Cache-Control") == "" {
		t.Errorf("%d %v", r.Status, r.Header)
	}
	if r := askWith(app, "PUT", "If-Match", `"v0"`); r.Status != 412 {
		t.Errorf("%d", r.Status)
	}
	if r := askWith(app, "PUT", "If-Match", `"v1"`); r.Status != 200 {
		t.Errorf("%d", r.Status)
	}
	if done != 2 {
		t.Errorf("the handler went on %d times, want 2", done)
	}
}

func TestSafeRedirect(t *testing.T) {
	next := ""
	app := one(func(c *framework.Context) error { return c.SafeRedirect(next, "/home") })
	for _, c := range []struct {
		next string
		safe bool
	}{
		{"/a?b=c#d", true},
		{"http://localhost/a", true},
		{"http://LOCALHOST/a", true},
		{"/", true},
		{"", false},
		{"a", false},
		{"//evil.example", false},
		{"/\\evil.example", false},
		{"\\\\evil.example", false},
		{"/\t/evil.example", false},
		{"/%0d%0aX: y", false},
		{" /a", false},
		{"https://localhost/a", false},
		{"http://localhost:81/", false},
		{"http://evil.example/", false},
		{"http://localhost@evil.example/", false},
		{"http://evil@localhost/", false},
		{"http:/evil.example", false},
		{"http:evil.example", false},
		{"///evil.example", false},
		{"javascript:alert(1)", false},
		{"http://localhost.evil.example/", false},
	} {
		next = c.next
		r := askWith(app, "POST")
		want := "/home"
		if c.safe {
			want = c.next
		}
		if r.Status != 303 || r.Header.Value("Location") != want {
			t.Errorf("%q: %d to %q", c.next, r.Status, r.Header.Value("Location"))
		}
	}
}

func TestCredentials(t *testing.T) {
	app := one(func(c *framework.Context) error {
		if user, password, ok := c.BasicAuth(); ok {
			return c.Text(user + " " + password)
		}
		if token, ok := c.BearerToken(); ok {
			return c.Text(token)
		}
		return framework.Unauthorized(semantics.BasicChallenge("notes"), semantics.BearerChallenge("notes", "", ""))
	})
	if r := askWith(app, "GET", "Authorization", "Basic YWRhOnNlOmNyZXQ="); string(r.Body) != "ada se:cret" {
		t.Errorf("%q", r.Body)
	}
	if r := askWith(app, "GET", "Authorization", "Bearer abc.def"); string(r.Body) != "abc.def" {
		t.Errorf("%q", r.Body)
	}
	r := askWith(app, "GET")
	var challenges []string
	for v := range r.Header.Values("WWW-Authenticate") {
		challenges = append(challenges, v)
	}
	if got := strings.Join(challenges, "; "); r.Status != 401 || got != `Basic realm="notes", charset="UTF-8"; Bearer realm="notes"` {
		t.Errorf("%d %s", r.Status, got)
	}
}

func TestTypedValues(t *testing.T) {
	app := one(func(c *framework.Context) error {
		q := c.Query()
		if n := framework.Get(q, "n", 1); n != 7 {
			t.Errorf("n is %d", n)
		}
		if n := framework.Get(q, "wrong", 1); n != 1 {
			t.Errorf("a wrong number is %d", n)
		}
		if n := framework.Get(q, "none", 1.5); n != 1.5 {
			t.Errorf("an absent number is %v", n)
		}
		if d := framework.Get(q, "d", time.Hour); d != 90*time.Second {
			t.Errorf("d is %v", d)
		}
		if !framework.Get(q, "yes", false) {
			t.Error("yes is false")
		}
		return c.Text(q.Require("name"))
	})
	ask := func(target string) *gatewaytest.Result {
		return gatewaytest.Do(app, gatewaytest.Request{Target: target, Header: gateway.Header{{Name: "Accept", Value: "application/json"}}})
	}
	if r := ask("/?n=7&wrong=x&d=1m30s&yes=on&name=Ada"); string(r.Body) != "Ada" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := ask("/?n=7&wrong=x&d=1m30s&yes=on"); r.Status != 400 || !strings.Contains(string(r.Body), `name`) {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

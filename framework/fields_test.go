package framework_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
	"github.com/dewar-go/dewar/gateway/semantics"
)

func TestFieldsOfAnswers(t *testing.T) {
	day := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		set  func(*framework.Context)
		want string
	}{
		"Expires":          {func(c *framework.Context) { c.Expires(day) }, "Fri, 02 Jan 2026 03:04:05 GMT"},
		"Age":              {func(c *framework.Context) { c.Age(time.Minute) }, "60"},
		"Retry-After":      {func(c *framework.Context) { c.RetryAt(day); c.RetryAfter(1500 * time.Millisecond) }, "2"},
		"retry-after":      {func(c *framework.Context) { c.RetryAfter(time.Hour); c.RetryAt(day) }, "Fri, 02 Jan 2026 03:04:05 GMT"},
		"Content-Language": {func(c *framework.Context) { c.ContentLanguage("en", "de-AT") }, "en, de-AT"},
		"content-language": {func(c *framework.Context) { c.ContentLanguage("en"); c.ContentLanguage() }, ""},
		"Allow":            {func(c *framework.Context) { c.Allow("GET", "HEAD") }, "GET, HEAD"},
	} {
		app := one(func(ctx *framework.Context) error {
			c.set(ctx)
			return ctx.NoContent()
		})
		if got := ask(t, app, "GET", "/").Header.Value(name); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestFieldsOfRequests(t *testing.T) {
	app := one(func(c *framework.Context) error {
		if c.UserAgent() != "Test/1" || c.SecFetch() != (semantics.Fetch{Site: semantics.SameOrigin, Mode: "cors", Dest: "empty"}) {
			t.Errorf("%q %+v", c.UserAgent(), c.SecFetch())
		}
		return c.NoContent()
	})
	if r := askWith(app, "GET", "User-Agent", "Test/1", "Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"); r.Status != 204 {
		t.Errorf("%d", r.Status)
	}
}

// The parser is asked once for each request, and for none that does not ask.
func TestAgent(t *testing.T) {
	const text = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
	app := one(func(c *framework.Context) error {
		if got := c.Agent(); got != (framework.Agent{Text: text}) {
			t.Errorf("without a parser: %+v", got)
		}
		return c.NoContent()
	})
	askWith(app, "GET", "User-Agent", text)

	parsed := 0
	app = framework.New("agents")
	app.ParseAgent = func(s string) framework.Agent {
		parsed++
		browser, version, _ := strings.Cut(s[strings.LastIndex(s, " ")+1:], "/")
		return framework.Agent{Text: s, Platform: "linux", Browser: strings.ToLower(browser), Version: version, Details: len(s)}
	}
	app.Get("/", func(c *framework.Context) error {
		a := c.Agent()
		if c.Agent() != a || c.UserAgent() != a.Text || a.Details != len(a.Text) {
			t.Errorf("%+v", a)
		}
		return c.Text(a.Browser + " " + a.Version + " on " + a.Platform)
	})
	app.Get("/none", func(c *framework.Context) error { return c.NoContent() })
	for agent, want := range map[string]string{text: "firefox 128.0 on linux", "curl/8": "curl 8 on linux", "": "  on linux"} {
		if r := gatewaytest.Do(app, gatewaytest.Request{Header: gateway.Header{{Name: "User-Agent", Value: agent}}}); string(r.Body) != want {
			t.Errorf("%q: %s, want %s", agent, r.Body, want)
		}
	}
	gatewaytest.Do(app, gatewaytest.Request{Target: "/none"})
	if parsed != 3 {
		t.Errorf("parsed %d times for three requests that asked", parsed)
	}
}

// One answer changes the policies that middleware secure sets for all, with the nonce
// that is in them.
func TestPoliciesOfOneAnswer(t *testing.T) {
	policy := semantics.ParseCSP("default-src 'self'")
	app := framework.New("policies")
	app.CSPNonce = func(c *framework.Context) string { return secure.Nonce(c) }
	app.Get("/", func(c *framework.Context) error {
		c.CrossOrigin(semantics.CrossOrigin{Opener: semantics.OpenerUnsafeNone, Embedder: semantics.EmbedderRequire})
		if err := c.CSP(policy.Allow("script-src", semantics.SourceNonce(c.CSPNonce()))); err != nil {
			return err
		}
		return c.Text(c.CSPNonce())
	})
	app.Get("/wrong", func(c *framework.Context) error { return c.CSP(policy.With("img-src", "a; script-src *")) })
	h := gateway.Chain(app, secure.New(secure.Config{Policy: secure.Strict}))
	r := gatewaytest.Do(h, gatewaytest.Request{Target: "/"})
	for name, want := range map[string]string{
		"Content-Security-Policy":      "default-src 'self'; script-src 'self' 'nonce-" + string(r.Body) + "'",
		"Cross-Origin-Opener-Policy":   "unsafe-none",
		"Cross-Origin-Embedder-Policy": "require-corp",
		"Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := r.Header.Value(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if len(r.Body) < 22 {
		t.Errorf("the nonce is %q", r.Body)
	}
	if r := gatewaytest.Do(h, gatewaytest.Request{Target: "/wrong"}); r.Status != 500 {
		t.Errorf("a policy with two directives in one source: %d", r.Status)
	}
	if r := ask(t, one(func(c *framework.Context) error { return c.Text("(" + c.CSPNonce() + ")") }), "GET", "/"); string(r.Body) != "()" {
		t.Errorf("without App.CSPNonce: %q", r.Body)
	}
}

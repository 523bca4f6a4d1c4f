package framework_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// newApp returns an application whose log the test can read.
func newApp(t testing.TB) (*framework.App, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	app := framework.New("test")
	app.Logger = slog.New(slog.NewTextHandler(log, nil))
	return app, log
}

// ask sends one request and returns status and body.
func ask(t testing.TB, h gateway.Handler, method, target string) *gatewaytest.Result {
	t.Helper()
	return gatewaytest.Do(gatewaytest.Lint(func(err error) { t.Error(err) })(h), gatewaytest.Request{Method: method, Target: target})
}

func hello(c *framework.Context) error { return c.Text("Hello, World!") }

func TestAnswers(t *testing.T) {
	app, _ := newApp(t)
	app.JSON = framework.StdJSON{}
	app.Get("/text", hello)
	app.Get("/html", func(c *framework.Context) error { return c.HTML("<p>hi</p>") })
	app.Get("/json", func(c *framework.Context) error {
		return c.Status(201).JSON(map[string]any{"a": 1, "b": "<&>"})
	})
	app.Get("/bytes", func(c *framework.Context) error { return c.Bytes("image/png", []byte{1, 2, 3}) })
	app.Get("/nothing", (*framework.Context).NoContent)
	app.Get("/away", func(c *framework.Context) error { return c.Redirect("/text") })
	app.Get("/moved", func(c *framework.Context) error { return c.Status(308).Redirect("/text") })
	app.Post("/notes/<int:id>/<path:rest>", func(c *framework.Context) error {
		return c.Text(c.Param("id") + "|" + c.Param("rest") + "|" + strings.Repeat("x", c.Int("id")) + c.Param("missing"))
	})
	app.Route("/cache", "PURGE")(func(c *framework.Context) error { return c.NoContent() })
	app.Route("/search", "QUERY")(func(c *framework.Context) error { return c.Text("found") })
	app.Get("/query", func(c *framework.Context) error {
		q := c.Query()
		all := []string{}
		for v := range q.All("a") {
			all = append(all, v)
		}
		return c.Text(q.Value("a") + "|" + strings.Join(all, ",") + "|" + q.Value("ü"))
	})
	for _, test := range []struct {
		method, target    string
		status            int
		body, name, value string
	}{
		{"GET", "/text", 200, "Hello, World!", "Content-Type", "text/plain; charset=utf-8"},
		{"HEAD", "/text", 200, "", "Content-Length", "13"},
		{"GET", "/html", 200, "<p>hi</p>", "Content-Type", "text/html; charset=utf-8"},
		{"GET", "/json", 201, `{"a":1,"b":"\u003c\u0026\u003e"}`, "Content-Type", "application/json"},
		{"GET", "/bytes", 200, "\x01\x02\x03", "Content-Type", "image/png"},
		{"GET", "/nothing", 204, "", "Content-Type", ""},
		{"GET", "/away", 303, "", "Location", "/text"},
		{"GET", "/moved", 308, "", "Location", "/text"},
		{"POST", "/notes/3/a%20b/c%2Fd", 200, "3|a b/c/d|xxx", "", ""},
		{"GET", "/query?a=1+2&b&a=%C3%A9&%C3%BC=%FF%zz", 200, "1 2|1 2,é|\uFFFD%zz", "", ""},
		{"OPTIONS", "/text", 200, "", "Allow", "GET, HEAD, OPTIONS"},
		{"QUERY", "/search", 200, "found", "", ""},
		{"GET", "/search", 405, "", "Allow", "OPTIONS, QUERY"},
		{"OPTIONS", "*", 200, "", "", ""},
		{"DELETE", "/text", 405, "", "Allow", "GET, HEAD, OPTIONS"},
		{"TRACE", "/text", 405, "", "Allow", "GET, HEAD, OPTIONS"},
		{"PURGE", "/text", 405, "", "Allow", "GET, HEAD, OPTIONS"}, // known by another rule
		{"BREW", "/text", 501, "", "Allow", ""},
		{"BREW", "/none", 404, "", "Allow", ""},
		{"GET", "/none", 404, "", "Vary", "Accept"},
	} {
		r := ask(t, app, test.method, test.target)
		if r.Status != test.status || test.body != "" && string(r.Body) != test.body {
			t.Errorf("%s %s: %d %q, want %d %q", test.method, test.target, r.Status, r.Body, test.status, test.body)
		}
		if test.name != "" && r.Header.Value(test.name) != test.value {
			t.Errorf("%s %s: %s is %q, want %q", test.method, test.target, test.name, r.Header.Value(test.name), test.value)
		}
	}
}

func TestSlashRedirectIsRelativeAndKeepsRootAndQuery(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/a/", hello)
	r := ask(t, gateway.Mount("/in", app), "GET", "/in/a?x=%201")
	if r.Status != 308 || r.Header.Value("Location") != "/in/a/?x=%201" {
		t.Errorf("%d %s", r.Status, r.Header.Value("Location"))
	}
}

// RFC 9110 §10.2.2: Location is a URI reference, which is ASCII (RFC 3986 §2). What
// would end the field ends nothing.
func TestRedirectEscapesWhatNoURLHolds(t *testing.T) {
	for url, want := range map[string]string{
		"/a?b=c#d":                  "/a?b=c#d",
		"https://[::1]:8080/%C3%BC": "https://[::1]:8080/%C3%BC",
		"/ü?q=ä ö":                  "/%C3%BC?q=%C3%A4%20%C3%B6",
		"/a\r\nSet-Cookie: x=1":     "/a%0D%0ASet-Cookie:%20x=1",
		"\\\\evil.example/\x7f<\">": "%5C%5Cevil.example/%7F%3C%22%3E",
		"/{id}|^`":                  "/%7Bid%7D%7C%5E%60",
	} {
		app := one(func(c *framework.Context) error { return c.Redirect(url) })
		if r := ask(t, app, "GET", "/"); r.Status != 303 || r.Header.Value("Location") != want {
			t.Errorf("%q: %d to %q, want %q", url, r.Status, r.Header.Value("Location"), want)
		}
	}
}

func TestMountWithoutSlashIsRoot(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/", hello)
	if r := ask(t, gateway.Mount("/in", app), "GET", "/in"); r.Status != 200 {
		t.Errorf("status %d", r.Status)
	}
}

func TestErrorPages(t *testing.T) {
	app, log := newApp(t)
	app.Get("/gone", func(*framework.Context) error { return framework.Abort(410, "it's <gone>") })
	app.Get("/gateway", func(*framework.Context) error {
		return &gateway.StatusError{Status: 413, Reason: "too much", Err: errors.New("secret")}
	})
	app.Get("/bug", func(*framework.Context) error { return errors.New("secret") })
	app.Get("/panic", func(*framework.Context) error { panic("secret") })
	app.Get("/forgot", func(*framework.Context) error { return nil })
	app.Get("/retry", func(*framework.Context) error { return framework.Abort(503).RetryAfter(6001 * time.Millisecond) })
	get := func(target, accept string) *gatewaytest.Result {
		return gatewaytest.Do(app, gatewaytest.Request{Target: target, Header: gateway.Header{{Name: "Accept", Value: accept}}})
	}
	for _, test := range []struct {
		target, accept string
		status         int
		has, logged    string
	}{
		{"/gone", "text/html", 410, "it&#39;s &lt;gone&gt;", ""},
		{"/gone", "*/*", 410, "<!doctype html>", ""},
		{"/gone", "application/json", 410, `"detail":"it's \u003cgone\u003e"`, ""},
		{"/gone", "text/html;q=0.5, application/problem+json", 410, `"status":410`, ""},
		{"/gateway", "", 413, "<p>Too much.</p>", ""},
		{"/bug", "", 500, "noted", "error=secret"},
		{"/panic", "", 500, "noted", "TestErrorPages"},
		{"/forgot", "", 500, "noted", "neither an answer nor an error"},
		{"/retry", "", 503, "Try again", ""},
	} {
		log.Reset()
		r := get(test.target, test.accept)
		if r.Status != test.status || !strings.Contains(string(r.Body), test.has) {
			t.Errorf("%s: %d %s, want %d with %s", test.target, r.Status, r.Body, test.status, test.has)
		}
		if strings.Contains(string(r.Body), "secret") {
			t.Errorf("%s tells the client: %s", test.target, r.Body)
		}
		if n := strings.Count(log.String(), "request failed"); (n == 1) != (test.logged != "") || n > 1 || !strings.Contains(log.String(), test.logged) {
			t.Errorf("%s logged %d times: %s", test.target, n, log)
		}
	}
	if r := get("/retry", ""); r.Header.Value("Retry-After") != "7" {
		t.Errorf("Retry-After is %q", r.Header.Value("Retry-After"))
	}
}

func TestMiddlewareSeesResponses(t *testing.T) {
	app, _ := newApp(t)
	var seen []int
	trace := func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			err := next.Serve(x)
			if err != nil {
				t.Errorf("middleware got error %v", err)
			}
			seen = append(seen, x.Response.Status)
			return err
		})
	}
	app.Get("/", hello)
	app.Get("/panic", func(*framework.Context) error { panic("x") })
	app.Use(trace) // after the routes: order among declarations does not matter
	for _, target := range []string{"/", "/panic", "/none"} {
		ask(t, app, "GET", target)
	}
	if want := []int{200, 500, 404}; len(seen) != 3 || seen[0] != want[0] || seen[1] != want[1] || seen[2] != want[2] {
		t.Errorf("middleware saw %v, want %v", seen, want)
	}
}

func TestMiddlewareErrorsAreAnsweredByTheApp(t *testing.T) {
	app, _ := newApp(t)
	app.Use(func(gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(*gateway.Exchange) error { return framework.Abort(403) })
	})
	app.HandleStatus(403, func(c *framework.Context, err error) error { return c.Text("no") })
	if r := ask(t, app, "GET", "/"); string(r.Body) != "no" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestErrorAfterTheStartAborts(t *testing.T) {
	app, log := newApp(t)
	app.Get("/", func(c *framework.Context) error {
		c.Exchange().WriteString("half")
		c.Exchange().Flush()
		return errors.New("then nothing")
	})
	r := gatewaytest.Do(app, gatewaytest.Request{Target: "/"})
	if string(r.Body) != "half" || !r.Aborted {
		t.Errorf("got %q, aborted %v", r.Body, r.Aborted)
	}
	if !strings.Contains(log.String(), "then nothing") {
		t.Errorf("log: %s", log)
	}
}

func TestAllMistakesAreReportedTogether(t *testing.T) {
	app, _ := newApp(t)
	app.Get("no-slash", hello)
	app.Get("/<nothing:x>", hello)
	app.Get("/a/<x>", hello).Name("first")
	app.Get("/a/<y>", hello).Name("second")
	app.Route("/forgotten", "POST")
	app.Get("/nil", nil)
	app.Get("/odd", hello).Defaults("page")
	app.BeforeRequest(nil)
	app.HandleError(nil, nil)
	app.HandleStatus(200, func(*framework.Context, error) error { return nil })
	app.Register(nil).Name("none").Prefix("/none")
	app.Get("/users/:id", hello)
	app.Get("/below", hello).Name("below").Subdomain("api")
	err := app.Freeze()
	var setup *framework.SetupError
	if !errors.As(err, &setup) {
		t.Fatalf("Freeze gave %v", err)
	}
	for _, want := range []string{
		`rule "no-slash" does not begin with a slash`, "unknown converter nothing", `"/a/<y>" is a duplicate of "/a/<x>" at app_test.go:`,
		"both match /a/x for GET, HEAD", `Route("/forgotten") was never applied`, `Get("/nil") has no handler`, "name page has no value",
		"BeforeRequest was given nil", "HandleError was given nil", "HandleStatus(200): errors have a status from 400 to 599", "Register was given nil",
		"a variable is written <id> and not :id", `rule "/below" stands under the subdomain api`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the report lacks %q:\n%v", want, err)
		}
	}
	for _, m := range setup.Mistakes {
		if !strings.HasPrefix(m.Error(), "app_test.go:") {
			t.Errorf("mistake without its place: %v", m)
		}
	}
	if r := gatewaytest.Do(app, gatewaytest.Request{Target: "/"}); r.Status != 500 {
		t.Errorf("a broken application answered %d", r.Status)
	}
}

func TestSetupAfterTheFreezePanicsWithItsPlace(t *testing.T) {
	app, _ := newApp(t)
	route := app.Get("/", hello)
	ask(t, app, "GET", "/")
	for name, late := range map[string]func(){
		"Get":           func() { app.Get("/late", hello) },
		"Use":           func() { app.Use() },
		"Route":         func() { app.Route("/late") },
		"BeforeRequest": func() { app.BeforeRequest(hello) },
		"Route.Name":    func() { route.Name("late") },
		"HandleStatus":  func() { app.HandleStatus(404, nil) },
	} {
		func() {
			defer func() {
				if s, _ := recover().(string); !strings.Contains(s, name+" of app \"test\" at app_test.go:") {
					t.Errorf("%s after the freeze: %q", name, s)
				}
			}()
			late()
		}()
	}
}

func TestRouteDecoratorStacks(t *testing.T) {
	app, _ := newApp(t)
	var order []string
	note := func(s string) framework.Decorator {
		return func(h framework.Handler) framework.Handler {
			return func(c *framework.Context) error { order = append(order, s); return h(c) }
		}
	}
	same := app.Route("/a")(app.Route("/b", "POST")(note("outer")(note("inner")(hello))))
	app.Get("/c", same, note("first"), note("second"))
	for _, r := range []struct{ method, target string }{{"GET", "/a"}, {"POST", "/b"}, {"GET", "/c"}} {
		if got := ask(t, app, r.method, r.target); got.Status != 200 {
			t.Errorf("%s %s: %d", r.method, r.target, got.Status)
		}
	}
	if got := strings.Join(order, " "); got != "outer inner outer inner first second outer inner" {
		t.Errorf("order %s", got)
	}
}

func TestLifespan(t *testing.T) {
	app, _ := newApp(t)
	var log []string
	step := func(s string) func(context.Context) error {
		return func(context.Context) error { log = append(log, s); return nil }
	}
	app.OnStartup(step("up 1"))
	app.OnStartup(step("up 2"))
	app.OnShutdown(step("down 1"))
	app.OnShutdown(func(context.Context) error { panic("ignored by the others") })
	app.OnShutdown(step("down 2"))
	if err := app.Startup(t.Context(), gateway.ServerInfo{}); err != nil {
		t.Fatal(err)
	}
	if err := app.Shutdown(t.Context()); err == nil {
		t.Error("the panic is lost")
	}
	if got := strings.Join(log, ", "); got != "up 1, up 2, down 2, down 1" {
		t.Errorf("order: %s", got)
	}
}

// One application behind two servers, such as one with TLS and one without.
func TestLifespanOfSeveralServers(t *testing.T) {
	app, _ := newApp(t)
	ups, downs := 0, 0
	app.OnStartup(func(context.Context) error { ups++; return nil })
	app.OnShutdown(func(context.Context) error { downs++; return nil })
	for range 2 {
		if err := app.Startup(t.Context(), gateway.ServerInfo{}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 2 {
		if err := app.Shutdown(t.Context()); err != nil || ups != 1 || downs != i {
			t.Errorf("after %d: %d up, %d down, %v", i+1, ups, downs, err)
		}
	}
}

func TestLimitsOfNamesAndValues(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/", func(c *framework.Context) error {
		return c.Text(fmt.Sprint(len(c.Query()), len(c.Cookies())))
	})
	for _, test := range []struct {
		query, cookies int
		status         int
	}{{1000, 1000, 200}, {1001, 0, 400}, {0, 1001, 400}} {
		r := gatewaytest.Do(app, gatewaytest.Request{
			Target: "/?" + strings.Repeat("a&", test.query), Header: gateway.Header{{Name: "Cookie", Value: strings.Repeat("a=;", test.cookies)}},
		})
		if r.Status != test.status || test.status == 400 && !strings.Contains(string(r.Body), "more than 1000") {
			t.Errorf("%d parameters, %d cookies: %d %s", test.query, test.cookies, r.Status, r.Body)
		}
	}
}

func TestConstantTextCostsNoAllocation(t *testing.T) {
	if misuseDetected {
		t.Skip("contexts and exchanges are not reused in this build")
	}
	app := framework.New("test")
	app.Get("/", hello)
	app.Get("/notes/<int:id>/<name>", func(c *framework.Context) error { return c.Text(c.Param("name")) })
	app.Use(func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error { return next.Serve(x) })
	})
	for _, target := range []string{"/", "/notes/7/seven"} {
		bare := allocations(gateway.HandlerFunc(func(x *gateway.Exchange) error {
			x.Response.Header.Set("Content-Type", "text/plain; charset=utf-8")
			x.Response.Body = helloBytes
			return nil
		}), target)
		if got := allocations(app, target) - bare; got != 0 {
			t.Errorf("%s costs %v allocations, want 0", target, got)
		}
	}
}

var helloBytes = []byte("Hello, World!")

func allocations(h gateway.Handler, target string) float64 {
	r := &gatewaytest.Recorder{Handler: h}
	q := gatewaytest.Request{Target: target}
	return testing.AllocsPerRun(100, func() { r.Do(q) })
}

func textLogger(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

// recorder returns a function that asks over one connection.
func recorder(h gateway.Handler) func(target, mark, cookie string) {
	r := &gatewaytest.Recorder{Handler: h}
	return func(target, mark, cookie string) {
		r.Do(gatewaytest.Request{Target: target, Header: gateway.Header{{Name: "X-Mark", Value: mark}, {Name: "Cookie", Value: "c=" + cookie}}})
	}
}

package debug_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/config"
	"github.com/dewar-go/dewar/framework/debug"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/compress"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
	"github.com/dewar-go/dewar/templates"
)

type settings struct {
	Currency string
	APIKey   config.Secret
	SMTP     struct{ Password string }
}

var errStock = errors.New("the warehouse does not answer")

const sessionToken = "session-token" // not on the page with the handler's source

// shop is an application with tools, which fails in every way.
func shop(t testing.TB, c debug.Config) *framework.App {
	t.Helper()
	app := framework.New("shop")
	app.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	app.Extend(debug.New(c))
	s := &settings{Currency: "EUR", APIKey: "sk-real-key"}
	s.SMTP.Password = "smtp-password"
	app.Config = s
	app.Session.Keys = []string{strings.Repeat("k", 32)}
	app.Use(secure.New(secure.Config{Policy: secure.Strict}))
	app.Templates = func(t *framework.Templating) (framework.Renderer, error) {
		return templates.New(templates.Config{Globals: t.Globals, Loader: templates.Map{
			"page.html":   "<!doctype html>\n<title>Shop</title>\n<p>{{ word }}</p>",
			"broken.html": "<ul>\n{% for item in items %}\n<li>{{ item }}\n{% endfor %}\n</ul>\n<p>{{ missing.name }}</p>\n",
		}}), nil
	}
	app.BeforeRequest(func(c *framework.Context) error { return nil })
	app.Get("/page", func(c *framework.Context) error { return c.Render("page.html", map[string]any{"word": "tea"}) }).Name("page")
	app.Get("/template", func(c *framework.Context) error {
		return c.Render("broken.html", map[string]any{"items": []string{"<tea>"}})
	}).Name("template")
	app.Route("/items/<int:id>", "GET", "POST")(item)
	app.Get("/panic", fall)
	app.Get("/text", func(c *framework.Context) error { return c.Text("plain") }).Name("text")
	app.Get("/stream", func(c *framework.Context) error {
		c.SetHeader("Content-Type", "text/html; charset=utf-8")
		x := c.Exchange()
		for i := range 3 {
			fmt.Fprintf(x, "<p>%d</p>", i)
			if err := x.Flush(); err != nil {
				return err
			}
		}
		return nil
	}).Name("stream")
	return app
}

func item(c *framework.Context) error {
	c.Session().Set("basket", "two teas")
	c.Session().Set("api_token", sessionToken)
	return fmt.Errorf("item %d: %w", c.Int("id"), errors.Join(fmt.Errorf("stock: %w", errStock), io.ErrUnexpectedEOF))
}

func fall(c *framework.Context) error {
	var shelves []string
	return c.Text(shelf(shelves, 3))
}

func shelf(shelves []string, n int) string {
	return shelves[n] // where it falls
}

// browser is how a browser asks for a page.
var browser = gateway.Header{{Name: "Accept", Value: "text/html,*/*;q=0.8"}, {Name: "Sec-Fetch-Dest", Value: "document"}, {Name: "Sec-Fetch-Site", Value: "none"}}

func get(t testing.TB, h gateway.Handler, target string, fields ...gateway.Field) *gatewaytest.Result {
	t.Helper()
	return gatewaytest.Do(gatewaytest.Lint(func(err error) { t.Error(err) })(h), gatewaytest.Request{Target: target, Header: append(browser.Clone(), fields...)})
}

// contains fails for every text that is missing, and for those that must not be there.
func contains(t *testing.T, what, text string, wanted []string, unwanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("%s lacks %q", what, w)
		}
	}
	for _, u := range unwanted {
		if strings.Contains(text, u) {
			t.Errorf("%s has %q", what, u)
		}
	}
	if t.Failed() {
		_, text, _ = strings.Cut(text, "</style>")
		t.Logf("%s: %.6000s", what, text)
	}
}

func TestFailurePage(t *testing.T) {
	app := shop(t, debug.Config{})
	r := gatewaytest.Do(app, gatewaytest.Request{
		Method: "POST", Target: "/items/7?tab=%3Cb%3E&token=query-token",
		Header: append(browser.Clone(), gateway.Field{Name: "Content-Type", Value: "application/x-www-form-urlencoded"},
			gateway.Field{Name: "Authorization", Value: "Bearer bearer-token"}, gateway.Field{Name: "Cookie", Value: "theme=dark; id=cookie-value"}),
		Body: []byte("name=%3Cscript%3E&password=form-password&csrf_token=form-csrf"),
	})
	if r.Status != 500 {
		t.Errorf("status %d", r.Status)
	}
	page := string(r.Body)
	contains(t, "the page", page, []string{
		"item 7: stock: the warehouse does not answer", // the title and the chain
		"*fmt.wrapError", "*errors.joinError", "*errors.errorString", "unexpected EOF", "one of several",
		"/items/&lt;int:id&gt;", "&lt;id&gt;", "Returned by handler item", "func item(c *framework.Context) error", "debug_test.go:",
		"&lt;script&gt;", "Bearer [redacted]", "theme=[redacted]; id=[redacted]", "token=[redacted]",
		"two teas", "EUR", "[redacted]",
	}, "<script>alert", "name=<script>", "bearer-token", "cookie-value", "query-token", "form-password", "form-csrf", "session-token", "sk-real-key", "smtp-password")
	policy := r.Header.Value("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	if strings.Contains(page, " style=") || strings.Contains(page, " onclick=") || strings.Contains(page, "http://fonts") {
		t.Error("the page has what its own policy forbids")
	}
}

func TestFailurePageOfAPanic(t *testing.T) {
	r := get(t, shop(t, debug.Config{}), "/panic")
	page := string(r.Body)
	contains(t, "the page", page, []string{
		"panic: runtime error: index out of range [3] with length 0", "runtime.boundsError",
		"debug_test.shelf", "return shelves[n] // where it falls", "debug_test.fall", `class="here"`, `class="foreign"`, `call mono">framework.`,
	}, `call mono">panic`, `call mono">debug.`, `call mono">runtime.`)
	if shelf, fall := strings.Index(page, "debug_test.shelf"), strings.Index(page, "debug_test.fall"); shelf > fall {
		t.Error("the innermost call is not the first")
	}
}

func TestFailurePageOfATemplate(t *testing.T) {
	r := get(t, shop(t, debug.Config{}), "/template")
	contains(t, "the page", string(r.Body), []string{"broken.html:6", `<span class="here"><i>6</i>&lt;p&gt;{{ missing.name }}&lt;/p&gt;`, "Error of type <code>*templates.Error</code>"})
}

// Who is no browser gets text, and who rather has JSON a problem document.
func TestFailureForOthers(t *testing.T) {
	app := shop(t, debug.Config{})
	r := gatewaytest.Do(app, gatewaytest.Request{Target: "/panic", Header: gateway.Header{{Name: "Accept", Value: "*/*"}}})
	if r.Status != 500 || r.Header.Value("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%d %v", r.Status, r.Header)
	}
	contains(t, "the text", string(r.Body), []string{"panic: runtime error", "debug_test.shelf", "GET http://localhost/panic"}, "<")
	r = gatewaytest.Do(app, gatewaytest.Request{Target: "/panic", Header: gateway.Header{{Name: "Accept", Value: "application/json"}}})
	if r.Status != 500 || r.Header.Value("Content-Type") != "application/problem+json" {
		t.Errorf("%d %v", r.Status, r.Header)
	}
	contains(t, "the document", string(r.Body), []string{`"status":500`, `"detail":"panic: runtime error`, `"debug":[`})
}

// An answer to an error that the application declares for that error stays; the page for
// status 500 does not, as in Flask.
func TestFailuresThatAreAnswered(t *testing.T) {
	app := shop(t, debug.Config{})
	app.HandleError(errStock, func(c *framework.Context, _ error) error { return c.Status(503).Text("no stock") })
	app.HandleStatus(500, func(c *framework.Context, _ error) error { return c.Status(500).Text("sorry") })
	if r := get(t, app, "/items/1"); r.Status != 503 || string(r.Body) != "no stock" {
		t.Errorf("%d %.80s", r.Status, r.Body)
	}
	if r := get(t, app, "/panic"); !strings.Contains(string(r.Body), "index out of range") {
		t.Errorf("%d %.80s", r.Status, r.Body)
	}
	if r := get(t, app, "/none"); r.Status != 404 || strings.Contains(string(r.Body), "chain") {
		t.Errorf("%d %.80s", r.Status, r.Body)
	}
}

// Nobody but a browser on this machine sees anything: everybody else meets the
// application as it is in production.
func TestPermission(t *testing.T) {
	remote := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 1}
	six := &net.TCPAddr{IP: net.IPv6loopback, Port: 1}
	unix := &net.UnixAddr{Name: "@", Net: "unix"}
	for _, test := range []struct {
		name   string
		config debug.Config
		peer   net.Addr
		host   string
		fields gateway.Header
		sees   bool
	}{
		{"localhost", debug.Config{}, nil, "localhost:5000", nil, true},
		{"a name below localhost", debug.Config{}, nil, "shop.localhost", nil, true},
		{"in capitals, with a dot", debug.Config{}, nil, "LocalHost.:5000", nil, true},
		{"127.0.0.1", debug.Config{}, nil, "127.0.0.1", nil, true},
		{"another loopback address", debug.Config{}, nil, "127.8.0.1:5000", nil, true},
		{"IPv6", debug.Config{}, six, "[::1]:5000", nil, true},
		{"IPv6 without a port", debug.Config{}, six, "[::1]", nil, true},
		{"a rebound name", debug.Config{}, nil, "evil.example", nil, false},
		{"a name that looks like it", debug.Config{}, nil, "localhost.evil.example", nil, false},
		{"a name that ends like it", debug.Config{}, nil, "evillocalhost", nil, false},
		{"an address in a name", debug.Config{}, nil, "127.0.0.1.nip.io", nil, false},
		{"no host", debug.Config{}, nil, ":80", nil, false},
		{"another address", debug.Config{}, nil, "0.0.0.0:5000", nil, false},
		{"another machine", debug.Config{}, remote, "localhost", nil, false},
		{"a unix socket", debug.Config{}, unix, "localhost", nil, false},
		{"a proxy on this machine", debug.Config{}, nil, "localhost", gateway.Header{{Name: "X-Forwarded-For", Value: "192.0.2.7"}}, false},
		{"a proxy of RFC 7239", debug.Config{}, nil, "localhost", gateway.Header{{Name: "Forwarded", Value: "for=192.0.2.7"}}, false},
		{"a host that is allowed", debug.Config{Hosts: []string{"dev.example"}}, nil, "DEV.example:5000", nil, true},
		{"it alone", debug.Config{Hosts: []string{"dev.example"}}, nil, "www.dev.example", nil, false},
		{"another machine that may", debug.Config{Remote: true, Hosts: []string{"dev.example"}}, remote, "dev.example", nil, true},
		{"it, by another name", debug.Config{Remote: true}, remote, "evil.example", nil, false},
	} {
		h := &gatewaytest.Recorder{Handler: shop(t, test.config), Remote: test.peer}
		for target, shows := range map[string]string{"/panic": "shelves[n]", "/_dewar/": "Timeline", "/page": "/_dewar/live.js"} {
			r := h.Do(gatewaytest.Request{Target: target, Host: test.host, Header: append(browser.Clone(), test.fields...)})
			if got := strings.Contains(string(r.Body), shows); got != test.sees {
				t.Errorf("%s: %s shows %q: %v, want %v", test.name, target, shows, got, test.sees)
			}
			if got := r.Header.Has("Server-Timing"); got != (test.sees && target != "/_dewar/") {
				t.Errorf("%s: %s has a Server-Timing: %v", test.name, target, got)
			}
		}
	}
}

// The debug addresses are read, and by the user or pages of this server alone.
func TestAddressesAreForThisServersPages(t *testing.T) {
	app := shop(t, debug.Config{})
	for _, site := range []string{"cross-site", "same-site"} {
		r := gatewaytest.Do(app, gatewaytest.Request{Target: "/_dewar/", Header: gateway.Header{{Name: "Sec-Fetch-Site", Value: site}}})
		if r.Status != 403 {
			t.Errorf("%s: %d", site, r.Status)
		}
	}
	if r := gatewaytest.Do(app, gatewaytest.Request{Method: "POST", Target: "/_dewar/"}); r.Status != 403 {
		t.Errorf("POST: %d", r.Status)
	}
	if r := get(t, app, "/_dewar/timeline/99"); r.Status != 404 {
		t.Errorf("a request that is not kept: %d", r.Status)
	}
}

func TestTimeline(t *testing.T) {
	app := shop(t, debug.Config{Requests: 3})
	for _, target := range []string{"/text", "/none", "/page", "/panic"} {
		get(t, app, target)
	}
	list := string(get(t, app, "/_dewar/").Body)
	contains(t, "the list", list, []string{"/page", "/none", "/panic", "index out of range", "/_dewar/timeline/4"}, "/_dewar/timeline/1\"")
	page := string(get(t, app, "/_dewar/timeline/3").Body)
	contains(t, "the request", page, []string{
		"GET /page", "routing", "middleware", "secure.New", "crossorigin.New", "before", "handler", "template", "page.html", "write", "bytes written", "<rect",
	}, "failed")
	broken := string(get(t, app, "/_dewar/timeline/4").Body)
	contains(t, "the failed one", broken, []string{"failed", "/_dewar/error/4"})
	contains(t, "the kept failure", string(get(t, app, "/_dewar/error/4").Body), []string{"return shelves[n]"})
	if r := get(t, app, "/_dewar/timeline/1"); r.Status != 404 {
		t.Errorf("a fourth request is kept: %d", r.Status)
	}
}

// The metrics are names, numbers and quoted descriptions (W3C Server Timing).
func TestServerTiming(t *testing.T) {
	app := shop(t, debug.Config{})
	app.Get("/own", func(c *framework.Context) error {
		c.SetHeader("Server-Timing", "db;dur=7")
		return c.Text("")
	}).Name("own")
	for target, wanted := range map[string][]string{
		"/own":    {"db;dur=7, middleware;dur="},
		"/page":   {`middleware;dur=`, `;desc="secure.New"`, `routing;dur=`, `;desc="/page"`, `handler;dur=`, `template;dur=`, `desc="page.html"`, `total;dur=`},
		"/none":   {`desc="no route matches"`},
		"/stream": {`handler;dur=`, `desc="stream"`},
		"/panic":  {`handler;dur=`, `desc="fall"`},
	} {
		contains(t, target, get(t, app, target).Header.Value("Server-Timing"), wanted)
	}
}

func TestPagesGetTheScript(t *testing.T) {
	app := shop(t, debug.Config{})
	script := "\n<script nonce=\""
	for target, want := range map[string]bool{"/page": true, "/stream": true, "/none": true, "/text": false} {
		r := get(t, app, target)
		if got := strings.Contains(string(r.Body), script); got != want {
			t.Errorf("%s has the script: %v, want %v", target, got, want)
		}
		if !want {
			continue
		}
		_, after, _ := strings.Cut(string(r.Body), script)
		nonce, _, _ := strings.Cut(after, `"`)
		policy := r.Header.Value("Content-Security-Policy")
		if !strings.Contains(policy, "'nonce-"+nonce+"'") || strings.Count(policy, "'nonce-") != 3 {
			t.Errorf("%s: the policy is %q, want the nonce of the page, and beside it %q", target, policy, nonce)
		}
	}
	whole := get(t, app, "/page")
	head := gatewaytest.Do(app, gatewaytest.Request{Method: "HEAD", Target: "/page", Header: browser})
	if got, want := head.Header.Value("Content-Length"), fmt.Sprint(len(whole.Body)); got != want {
		t.Errorf("HEAD says %s bytes, GET has %s", got, want)
	}
}

// A part of a page, which a script puts somewhere, stays what it is.
func TestPartsOfPagesGetNoScript(t *testing.T) {
	app := shop(t, debug.Config{})
	for name, header := range map[string]gateway.Header{
		"fetch":       {{Name: "Sec-Fetch-Dest", Value: "empty"}, {Name: "Accept", Value: "text/html"}},
		"htmx":        {{Name: "HX-Request", Value: "true"}, {Name: "Accept", Value: "text/html"}},
		"an old XHR":  {{Name: "X-Requested-With", Value: "XMLHttpRequest"}, {Name: "Accept", Value: "text/html"}},
		"no browser":  {{Name: "Accept", Value: "*/*"}},
		"an image":    {{Name: "Sec-Fetch-Dest", Value: "image"}},
		"nothing but": nil,
	} {
		if r := gatewaytest.Do(app, gatewaytest.Request{Target: "/page", Header: header}); strings.Contains(string(r.Body), "live.js") {
			t.Errorf("%s: %s", name, r.Body)
		}
	}
}

// What compresses has the script in what it compresses.
func TestScriptIsCompressedWithThePage(t *testing.T) {
	app := shop(t, debug.Config{})
	app.Use(compress.New(compress.Config{MinSize: 1}))
	r := get(t, app, "/page", gateway.Field{Name: "Accept-Encoding", Value: "gzip"})
	if r.Header.Value("Content-Encoding") != "gzip" || strings.Contains(string(r.Body), "live.js") {
		t.Fatalf("%v", r.Header)
	}
	if text := gunzip(t, r.Body); !strings.Contains(text, "live.js") || !strings.HasPrefix(text, "<!doctype html>") {
		t.Errorf("got %q", text)
	}
}

// Without the variable there is nothing.
func TestAttach(t *testing.T) {
	t.Setenv(debug.Variable, "")
	app := framework.New("app")
	debug.Attach(app)
	if app.Probe != nil {
		t.Error("it is attached")
	}
	t.Setenv(debug.Variable, "1")
	debug.Attach(app)
	debug.Attach(app)
	if app.Probe == nil {
		t.Error("it is not attached")
	}
	app.Get("/", func(c *framework.Context) error { return c.Text("") })
	if err := app.Freeze(); err != nil {
		t.Errorf("attached twice: %v", err)
	}
}

func TestMistakes(t *testing.T) {
	app := framework.New("app")
	app.Extend(debug.New(debug.Config{Requests: -1}))
	if err := app.Freeze(); err == nil || !strings.Contains(err.Error(), "Config.Requests is -1") {
		t.Errorf("got %v", err)
	}
	app = framework.New("app")
	app.Probe = debug.New(debug.Config{})
	app.Extend(debug.New(debug.Config{}))
	if err := app.Freeze(); err == nil || !strings.Contains(err.Error(), "App.Probe") {
		t.Errorf("got %v", err)
	}
}

// An application that the tools are not in costs what it did: the tests of package
// framework count its allocations. One that they are in costs nobody anything who may not see.
func TestCostForThoseWhoMayNotSee(t *testing.T) {
	with, without := shop(t, debug.Config{}), framework.New("plain")
	without.Session.Keys = with.Session.Keys
	without.Use(secure.New(secure.Config{Policy: secure.Strict}))
	without.BeforeRequest(func(c *framework.Context) error { return nil })
	without.Get("/text", func(c *framework.Context) error { return c.Text("plain") })
	remote := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 1}
	cost := func(h gateway.Handler) float64 {
		r := &gatewaytest.Recorder{Handler: h, Remote: remote}
		return testing.AllocsPerRun(100, func() { r.Do(gatewaytest.Request{Target: "/text"}) })
	}
	if a, b := cost(with), cost(without); a > b {
		t.Errorf("%v allocations, %v without the tools", a, b)
	}
}

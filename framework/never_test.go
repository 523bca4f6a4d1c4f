package framework_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// What users of other Go frameworks complain about, in the order in which they are
// bitten: each is impossible here, and the test of it is named for the complaint. The
// threads are where it is told. What concerns the server, templates or middleware
// alone is tested there.

// fiber#185, #426, #1455, #2425, #3236; oapi-codegen#1932.
func TestNeverStringsChangeAfterTheHandler(t *testing.T) {
	app, _ := newApp(t)
	var mu sync.Mutex // the race detector does not see that the network orders the requests
	var kept []string
	app.Post("/<name>", func(c *framework.Context) error {
		mu.Lock()
		defer mu.Unlock()
		kept = append(kept, c.Param("name"), c.Query().Value("q"), c.Request().Header.Value("X-Mark"), c.Cookies().Value("c"), c.Request().Path)
		return c.NoContent()
	})
	c := app.TestClientOn(t, server.New(server.Config{Addr: "127.0.0.1:0"})) // one connection, whose buffers are used again
	for i := range 50 {
		c.Post(fmt.Sprintf("/name%d?q=query%d", i, i)).Header("X-Mark", fmt.Sprint("mark", i)).Header("Cookie", fmt.Sprint("c=cookie", i)).
			Body("text/plain", []byte(strings.Repeat("overwrite", 100))).Do().Is(204)
	}
	mu.Lock()
	defer mu.Unlock()
	for i := range 50 {
		want := fmt.Sprintf("name%d query%d mark%d cookie%d /name%d", i, i, i, i, i)
		if got := strings.Join(kept[5*i:5*i+5], " "); got != want {
			t.Errorf("request %d: kept %s, want %s", i, got, want)
		}
	}
}

// gin#4117, #3931, #1230; echo#2306; chi#1028; kratos#3072.
func TestNeverAContextServesTwoRequests(t *testing.T) {
	app, _ := newApp(t)
	user := framework.NewKey[string]("user")
	var running sync.WaitGroup
	release := make(chan struct{})
	app.Get("/<name>", func(c *framework.Context) error {
		name := c.Param("name")
		user.Set(c, name)
		ctx, detached := context.Context(c), c.Detach()
		ctx.Done()          // handed on as a context.Context, so that it is not used again
		running.Go(func() { // ends with the test
			<-release
			if ctx.Err() == nil {
				t.Errorf("the context of %s goes on after its request", name)
			}
			if got := user.Value(detached); got != name {
				t.Errorf("the detached context of %s has %s", name, got)
			}
		})
		return c.Text(name)
	})
	c := app.TestClient(t)
	for i := range 20 {
		c.Get(fmt.Sprint("/visitor", i)).Do().Is(200)
	}
	close(release)
	running.Wait()
}

// gin#439, #4110, #4120, #4035.
func TestNeverABodyIsGoneAfterTheFirstBind(t *testing.T) {
	app, _ := newApp(t)
	app.Input.MaxBody = 100
	app.Post("/", func(c *framework.Context) error {
		var first, second struct {
			Name string `json:"name" validate:"required"`
		}
		if err := errors.Join(c.Bind(&first), c.Bind(&second)); err != nil {
			return err
		}
		return c.Text(first.Name + " " + second.Name)
	})
	c := app.TestClient(t)
	c.Header.Set("Accept", "application/json")
	for body, want := range map[string]string{
		`{"name":"ada"}`:        "200 ada ada",
		"":                      "400 ", // no content
		"{\n  \"name\": ada\n}": "line 2",
		`{"name":"` + strings.Repeat("a", 100) + `"}`: "413 ",
	} {
		r := c.Post("/").Body("application/json", []byte(body)).Do()
		if got := fmt.Sprint(r.Status, " ", r.Text()); !strings.Contains(got, want) {
			t.Errorf("%.20q: %s, want %s", body, got, want)
		}
	}
}

// gin#491, #611, #737, #3740.
func TestNeverZeroIsMissing(t *testing.T) {
	app, _ := newApp(t)
	type in struct {
		Count int  `json:"count" validate:"required"`
		Paid  bool `json:"paid" validate:"required"`
	}
	app.Post("/", framework.Bind(func(c *framework.Context, in in) (string, error) { return fmt.Sprint(in.Count, in.Paid), nil }))
	c := app.TestClient(t)
	if r := c.Post("/").JSON(map[string]any{"count": 0, "paid": false}).Do(); r.Status != 200 || r.Text() != `"0 false"` {
		t.Errorf("zero values: %d %s", r.Status, r.Text())
	}
	if r := c.Post("/").JSON(map[string]any{"count": 0}).Do(); r.Status != 422 || !strings.Contains(r.Text(), `"/paid"`) {
		t.Errorf("a missing value: %d %s", r.Status, r.Text())
	}
}

// validator#391, #614; korifi#1947.
func TestNeverGoNamesInAnswers(t *testing.T) {
	app, _ := newApp(t)
	type line struct {
		Quantity int `json:"qty" validate:"min=1"`
	}
	type in struct {
		Lines []line `json:"items" validate:"dive"`
	}
	app.Post("/", framework.Bind(func(c *framework.Context, in in) (struct{}, error) { return struct{}{}, nil }))
	r := app.TestClient(t).Post("/").Body("application/json", []byte(`{"items":[{"qty":1},{"qty":0}]}`)).Do().Is(422)
	var problem framework.Problem
	r.JSON(&problem)
	if len(problem.Errors) != 1 || !strings.Contains(r.Text(), `"/items/1/qty"`) || strings.Contains(r.Text(), "Quantity") || strings.Contains(r.Text(), "Lines") {
		t.Errorf("%s", r.Text())
	}
}

// gin#629, #840, #133; okapi#142.
func TestNeverAnAnswerIsWrittenTwice(t *testing.T) {
	app, _ := newApp(t)
	app.Post("/bind", func(c *framework.Context) error {
		var in struct {
			N int `json:"n"`
		}
		if err := c.Bind(&in); err == nil || c.Answered() {
			t.Errorf("Bind: %v, answered %v", err, c.Answered())
		}
		return c.Status(409).Text("mine")
	})
	app.Get("/twice", func(c *framework.Context) error { return errors.Join(c.JSON(1), c.Text("second")) })
	app.Get("/both", func(c *framework.Context) error { return errors.Join(c.Text("an answer"), errors.New("and an error")) })
	c := app.TestClient(t)
	c.ExpectErrors = true
	if r := c.Post("/bind").Body("application/json", []byte("nonsense")).Do(); r.Status != 409 || r.Text() != "mine" {
		t.Errorf("after Bind: %d %s", r.Status, r.Text())
	}
	if r := c.Get("/twice").Do(); r.Text() != "second" || r.Header.Value("Content-Length") != "6" {
		t.Errorf("two answers: %v %s", r.Header, r.Text())
	}
	if r := c.Get("/both").Do(); r.Status != 500 || strings.Contains(r.Text(), "an answer") {
		t.Errorf("answer and error: %d %s", r.Status, r.Text())
	}
}

// gin#205, #1681, #2005, #2289; golang/go#74743.
func TestNeverRulesConflictAtRequestTime(t *testing.T) {
	app, _ := newApp(t)
	for _, rule := range []string{"/users/me", "/users/<id>", "/users/<id>/posts", "/users/<int:n>/<x>", "/<a>/me/<b>", "/<path:rest>", "/"} {
		app.Get(rule, func(c *framework.Context) error { return c.Text(c.Rule().Pattern) }).Name(rule)
	}
	c := app.TestClient(t)
	for target, want := range map[string]string{
		"/users/me": "/users/me", "/users/7": "/users/<id>", "/users/ada/posts": "/users/<id>/posts", "/users/7/posts": "/users/<int:n>/<x>", "/users/7/x": "/users/<int:n>/<x>",
		"/users/me/x": "/<a>/me/<b>", "/users/ada/x": "/<path:rest>", "/a/b/c": "/<path:rest>", "/": "/",
	} {
		if r := c.Get(target).Do(); r.Text() != want {
			t.Errorf("%s: %s, want %s", target, r.Text(), want)
		}
	}
}

// gin#1224, #3305, #4109, #4111.
func TestNeverTheOrderOfDeclarationsMatters(t *testing.T) {
	app, _ := newApp(t)
	bp := framework.NewBlueprint("bp", "/bp")
	bp.Get("/", hello)
	app.Register(bp)
	mark := func(name string) framework.Handler {
		return func(c *framework.Context) error { c.AddHeader("X-Hook", name); return nil }
	}
	bp.BeforeRequest(mark("blueprint"))
	app.BeforeRequest(mark("app"))
	app.Use(func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			err := next.Serve(x)
			x.Response.Header.Add("X-Hook", "middleware")
			return err
		})
	})
	r := app.TestClient(t).Get("/bp/").Do()
	if got := strings.Join(slices.Collect(r.Header.Values("X-Hook")), " "); got != "app blueprint middleware" {
		t.Errorf("ran %s", got)
	}
}

// echo v5's notes: a sentinel that is wrapped turned 404 into 500.
func TestNeverAWrapped404Is500(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/", func(c *framework.Context) error {
		return fmt.Errorf("finding the note: %w", errors.Join(io.EOF, framework.Abort(404, "no such note")))
	})
	if r := app.TestClient(t).Get("/").Do(); r.Status != 404 || !strings.Contains(r.Text(), "no such note") {
		t.Errorf("%d %s", r.Status, r.Text())
	}
}

// echo#1948, #1818; otel-contrib#7956: the error is handled once, by the handler that
// has the request's own context, inside of middleware that sees one response.
func TestNeverAnErrorIsHandledTwice(t *testing.T) {
	app, _ := newApp(t)
	user := framework.NewKey[string]("user")
	handled, seen := 0, 0
	for range 3 {
		app.Use(func(next gateway.Handler) gateway.Handler {
			return gateway.HandlerFunc(func(x *gateway.Exchange) error {
				err := next.Serve(x)
				if seen++; err != nil || x.Response.Status != 409 {
					t.Errorf("middleware saw %v and %d", err, x.Response.Status)
				}
				return err
			})
		})
	}
	app.BeforeRequest(func(c *framework.Context) error { user.Set(c, "ada"); return nil })
	app.Get("/", func(c *framework.Context) error { return framework.Abort(409) })
	app.HandleStatus(409, func(c *framework.Context, err error) error { handled++; return c.Status(409).Text(user.Value(c)) })
	if r := app.TestClient(t).Get("/").Do(); r.Status != 409 || r.Text() != "ada" || handled != 1 || seen != 3 {
		t.Errorf("%d %s, handled %d times, seen %d times", r.Status, r.Text(), handled, seen)
	}
}

// echo#1670, #1757, #1356.
func TestNeverMassAssignment(t *testing.T) {
	app, _ := newApp(t)
	type in struct {
		ID    int    `path:"id"`
		Name  string `json:"name"`
		Admin bool
	}
	app.Post("/users/<int:id>", framework.Bind(func(c *framework.Context, in in) (in2, error) { return in2(in), nil }))
	r := app.TestClient(t).Post("/users/7?id=8&Admin=true&ID=9").Body("application/json", []byte(`{"name":"ada","Admin":true,"admin":true,"id":10,"ID":11}`)).Do().Is(200)
	if r.Text() != `{"ID":7,"Name":"ada","Admin":false}` {
		t.Errorf("%s", r.Text())
	}
}

type in2 struct {
	ID    int
	Name  string
	Admin bool
}

// echo GHSA-vfp3-v2gw-7wfq.
func TestNeverAnEscapedSlashSeparates(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/admin/<page>", hello)
	app.Get("/public/<path:file>", func(c *framework.Context) error { return c.Text(c.Param("file")) })
	app.Get("/<name>", func(c *framework.Context) error { return c.Text(c.Param("name")) })
	files := fstest.MapFS{"private/key": {Data: []byte("secret")}, "open/a": {Data: []byte("a")}}
	app.Get("/files/<path:name>", func(c *framework.Context) error { return c.SendFromDirectory(files, c.Param("name")) })
	app.Get("/files/private/<path:name>", func(*framework.Context) error { return framework.Abort(403) })
	c := app.TestClient(t)
	for target, want := range map[string]string{
		"/files/open/a":               "200 a",
		"/files/open%2Fa":             "404",
		"/files/private/key":          "403",
		"/files/private%2Fkey":        "404", // not past the rule that guards the folder
		"/files/private%2fkey":        "404",
		"/admin%2Fpage":               "404", // one segment, and <name> takes no slash
		"/public/a%2Fb":               "200 a/b",
		"/public/..%2Fadmin%2Fpage":   "404",
		"/public/%2e%2e/admin/page":   "404",
		"/public%2F..%2Fadmin":        "404",
		"/public/a/%2E%2E%2Fsecret":   "404",
		"/public/..%5Cadmin%5Cpage":   "200 ..\\admin\\page", // no separator in a URL
		"/public/%252e%252e%252Fpage": "200 %2e%2e%2Fpage",   // decoded once
	} {
		r := c.Get(target).Do()
		got := fmt.Sprint(r.Status)
		if r.Status == 200 {
			got += " " + r.Text()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
}

// gin#2473; chi GHSA-3fxj-6jh8-hvhx, -rjr7-jggh-pgcp, -9g5q-2w5x-hmxf.
func TestNeverAForgedAddressIsBelieved(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/", func(c *framework.Context) error {
		r := c.Request()
		return c.Text(strings.Split(r.Remote.String(), ":")[0] + " " + r.Scheme + " " + r.Host)
	})
	c := app.TestClientOn(t, server.New(server.Config{Addr: "127.0.0.1:0"}))
	r := c.Get("/").Header("X-Forwarded-For", "6.6.6.6").Header("X-Real-IP", "6.6.6.6").Header("Forwarded", "for=6.6.6.6;proto=https;host=evil.example").
		Header("X-Forwarded-Proto", "https").Header("X-Forwarded-Host", "evil.example").Header("True-Client-IP", "6.6.6.6").Do().Is(200)
	if !strings.HasPrefix(r.Text(), "127.0.0.1 http 127.0.0.1:") {
		t.Errorf("%s", r.Text())
	}
}

// fasthttp#622, #1647: the handler runs before the content is there.
func TestNeverAWholeBodyIsBuffered(t *testing.T) {
	onEveryServer(t, func(t *testing.T, app *framework.App, c *framework.TestClient) {
		from, to := io.Pipe()
		defer to.Close()
		s := c.Post("/talk").BodyFrom("text/plain", from)
		answer := make(chan *framework.TestStream, 1)
		go func() { answer <- s.Stream() }() // ends with the answer's head
		if _, err := io.WriteString(to, "ping"); err != nil {
			t.Fatal(err)
		}
		stream := <-answer
		for _, text := range []string{"ping", "pong"} {
			p := make([]byte, len(text))
			if _, err := io.ReadFull(stream, p); err != nil || string(p) != text {
				t.Errorf("got %q %v, want %q", p, err, text)
			}
			if text == "ping" {
				io.WriteString(to, "pong")
				to.Close()
			}
		}
	})
}

// gin#2845, #3554.
func TestNeverAContextIsNoContext(t *testing.T) {
	app, _ := newApp(t)
	ended := make(chan error, 1)
	app.Get("/", func(c *framework.Context) error {
		ctx, cancel := context.WithCancel(c) // as a database does
		defer cancel()
		if err := c.Exchange().Flush(); err != nil {
			return err
		}
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return ctx.Err()
	})
	c := app.TestClient(t)
	c.ExpectErrors = true
	c.Get("/").Stream().Close()
	if err := <-ended; !errors.Is(err, gateway.ErrGone) {
		t.Errorf("the context ended with %v", err)
	}
}

// gin#323, #1292, #2483; gin sessions#77; fiber#2512: see testclient_test.go, too.
func TestNeverASessionIsOutOfReachOfTests(t *testing.T) {
	app := visited(t)
	c := app.TestClient(t)
	c.Session(func(s *session.Session) { s.Set("user", "ada") })
	if r := c.Get("/").Do(); !strings.HasSuffix(r.Text(), " ada") {
		t.Errorf("%s", r.Text())
	}
}

// gin#90, #357.
func TestNeverAnAddressIsSpelledOut(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/notes/<int:id>", hello).Name("note")
	if err := app.Freeze(); err != nil {
		t.Fatal(err)
	}
	if u, err := app.URL("note", "id", 7, "page", 2, "_external", false); err != nil || u != "/notes/7?page=2" {
		t.Errorf("%s %v", u, err)
	}
	if _, err := app.URL("notes", "id", 7); err == nil || !strings.Contains(err.Error(), "note") {
		t.Errorf("a name that is nearly right: %v", err)
	}
}

// gin#1604, #1847, #3932.
func TestNeverDependenciesGrow(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := strings.Fields(string(out))
	slices.Sort(modules)
	allowed := []string{
		"github.com/dewar-go/dewar", "github.com/goccy/go-json", "github.com/go-playground/validator/v10",
		"github.com/gabriel-vasile/mimetype", "github.com/go-playground/locales", "github.com/go-playground/universal-translator",
		"github.com/leodido/go-urn", "golang.org/x/crypto", "golang.org/x/net", "golang.org/x/sys", "golang.org/x/text",
	}
	for _, module := range slices.Compact(modules) {
		if !slices.Contains(allowed, module) {
			t.Errorf("package framework brings %s with it", module)
		}
	}
}

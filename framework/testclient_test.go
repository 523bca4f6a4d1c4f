package framework_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

// visited is an application with something for every part of the client.
func visited(t testing.TB) *framework.App {
	app := framework.New("visited")
	app.Logger = slog.New(slog.DiscardHandler)
	app.Session.Keys = []string{"0123456789abcdef"}
	app.Get("/", func(c *framework.Context) error {
		return c.Text(fmt.Sprintf("%s %s %v", c.Request().Method, c.Request().URL(), c.Session().Get("user")))
	})
	app.Any("/mirror", mirror)
	app.Post("/login", func(c *framework.Context) error {
		var in struct {
			Name string `form:"name"`
		}
		if err := c.Bind(&in); err != nil {
			return err
		}
		c.Session().Set("user", in.Name)
		c.Flash("hello", "greeting")
		return c.Redirect("/")
	})
	app.Any("/hop/<int:status>/<int:left>", func(c *framework.Context) error {
		if c.Int("left") == 0 {
			return c.Status(c.Int("status")).Redirect("/mirror")
		}
		return c.Status(c.Int("status")).Redirect(fmt.Sprintf("/hop/%d/%d", c.Int("status"), c.Int("left")-1))
	})
	app.Get("/out", func(c *framework.Context) error { return c.Redirect("https://elsewhere.example/") })
	app.Get("/loop", func(c *framework.Context) error { return c.Redirect("/loop") })
	app.Get("/bug", func(c *framework.Context) error { return errors.New("the bug") })
	app.Get("/panic", func(c *framework.Context) error { panic("the panic") })
	app.Get("/json", func(c *framework.Context) error { return c.JSON(map[string]int{"a": 1}) })
	app.Get("/events", events)
	app.Post("/talk", talk)
	return app
}

// mirror tells what came.
func mirror(c *framework.Context) error {
	r := c.Request()
	body, err := io.ReadAll(exchangeReader{c.Exchange()})
	if err != nil {
		return err
	}
	var extra []string
	for _, f := range r.Header {
		if strings.HasPrefix(f.Name, "Dewar") {
			extra = append(extra, f.Name)
		}
	}
	c.SetHeader("X-Type", r.Header.Value("Content-Type"))
	c.SetHeader("X-Length", fmt.Sprint(r.Length))
	return c.Text(fmt.Sprintf("%s ?%s %s%v", r.Method, r.Query, body, extra))
}

type exchangeReader struct{ x *gateway.Exchange }

func (r exchangeReader) Read(p []byte) (int, error) { return r.x.Read(p) }

// events sends two events and waits for the visitor to go.
func events(c *framework.Context) error {
	c.SetHeader("Content-Type", "text/event-stream")
	for i := range 2 {
		if _, err := c.Exchange().WriteString(fmt.Sprintf("id: %d\nevent: tick\ndata: one\ndata: two\nretry: 1500\n\n", i)); err != nil {
			return err
		}
		if err := c.Exchange().Flush(); err != nil {
			return err
		}
	}
	<-c.Done()
	return c.Err()
}

// talk sends back what comes, as it comes.
func talk(c *framework.Context) error {
	p := make([]byte, 100)
	for {
		n, err := c.Exchange().Read(p)
		if n > 0 {
			if _, err := c.Exchange().Write(p[:n]); err != nil {
				return err
			}
			if err := c.Exchange().Flush(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// onEveryServer runs a test of the client in memory and on both real servers.
func onEveryServer(t *testing.T, test func(t *testing.T, app *framework.App, c *framework.TestClient)) {
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		app := visited(t)
		test(t, app, app.TestClient(t))
	})
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		app := visited(t)
		test(t, app, app.TestClientOn(t, server.New(server.Config{Addr: "127.0.0.1:0"})))
	})
	t.Run("nethttp", func(t *testing.T) {
		t.Parallel()
		app := visited(t)
		test(t, app, app.TestClientOn(t, nethttp.New(nethttp.Config{Addr: "127.0.0.1:0"})))
	})
}

func TestClientKeepsSessionAndFollowsRedirects(t *testing.T) {
	onEveryServer(t, func(t *testing.T, app *framework.App, c *framework.TestClient) {
		r := c.Post("/login").Form("name", "ada & co").Follow().Do().Is(200)
		if !strings.HasSuffix(r.Text(), " ada & co") || len(r.History) != 1 || r.History[0].Status != 303 {
			t.Errorf("%s after %v", r.Text(), r.History)
		}
		if f := r.History[0].Flashes; len(f) != 1 || f[0] != (framework.Flash{Category: "greeting", Message: "hello"}) {
			t.Errorf("flashes %v", f)
		}
		c.Session(func(s *session.Session) {
			if s.Get("user") != "ada & co" {
				t.Errorf("the session has %v", s.Get("user"))
			}
			s.Set("user", "bob")
		})
		if r := c.Get("/").Do(); !strings.HasSuffix(r.Text(), " bob") {
			t.Errorf("after the transaction: %s", r.Text())
		}
		if _, ok := c.Cookie("/", "session"); !ok {
			t.Error("no session cookie")
		}
		c.ClearCookies()
		if r := c.Get("/").Do(); !strings.HasSuffix(r.Text(), " <nil>") {
			t.Errorf("a new visitor: %s", r.Text())
		}
	})
}

// RFC 9110 §15.4: 303 means GET, 301 and 302 do for POST, 307 and 308 keep all.
func TestClientTurnsMethodsAtRedirects(t *testing.T) {
	onEveryServer(t, func(t *testing.T, app *framework.App, c *framework.TestClient) {
		for _, test := range []struct {
			method string
			status int
			want   string
		}{
			{"POST", 301, "GET ? []"}, {"POST", 302, "GET ? []"}, {"POST", 303, "GET ? []"}, {"POST", 307, "POST ? x[]"}, {"POST", 308, "POST ? x[]"},
			{"PUT", 301, "PUT ? x[]"}, {"PUT", 302, "PUT ? x[]"}, {"PUT", 303, "GET ? []"}, {"GET", 302, "GET ? []"}, {"HEAD", 303, ""},
		} {
			q := c.Request(test.method, fmt.Sprintf("/hop/%d/2#here", test.status)).Follow()
			if test.method != "GET" && test.method != "HEAD" {
				q.Body("text/x", []byte("x"))
			}
			r := q.Do().Is(200)
			if r.Text() != test.want || len(r.History) != 3 {
				t.Errorf("%s %d: %s after %d", test.method, test.status, r.Text(), len(r.History))
			}
			if kept := strings.Contains(test.want, "x"); kept != (r.Header.Value("X-Type") != "") {
				t.Errorf("%s %d: Content-Type %q", test.method, test.status, r.Header.Value("X-Type"))
			}
		}
	})
}

func TestClientBuildsContent(t *testing.T) {
	onEveryServer(t, func(t *testing.T, app *framework.App, c *framework.TestClient) {
		c.Header.Set("X-Base", "y")
		for name, test := range map[string]struct {
			r                  *framework.TestRequest
			want, kind, length string
		}{
			"json":   {c.Post("/mirror?a=1").Query("b", 2, "b", "x y").JSON(map[string]int{"n": 1}), `POST ?a=1&b=2&b=x+y {"n":1}[]`, "application/json", "7"},
			"form":   {c.Put("/mirror").Form("a", 1, "ü", "&").Form("a", 2), "PUT ? a=1&%C3%BC=%26&a=2[]", "application/x-www-form-urlencoded", "18"},
			"bytes":  {c.Patch("/mirror").Body("a/b", []byte("x")), "PATCH ? x[]", "a/b", "1"},
			"stream": {c.Delete("/mirror").BodyFrom("a/b", io.MultiReader(strings.NewReader("x"))), "DELETE ? x[]", "a/b", "-1"},
			"none":   {c.Options("/mirror"), "OPTIONS ? []", "", "0"},
		} {
			r := test.r.Do().Is(200)
			if r.Text() != test.want || r.Header.Value("X-Type") != test.kind || r.Header.Value("X-Length") != test.length {
				t.Errorf("%s: %s of %s, %s bytes", name, r.Text(), r.Header.Value("X-Type"), r.Header.Value("X-Length"))
			}
		}
		if r := c.Head("/mirror").Do().Is(200); r.Text() != "" {
			t.Errorf("HEAD has content: %s", r.Text())
		}
	})
}

// An upload is read back by package mime/multipart; one of unknown length is sent as
// it comes.
func TestClientUploads(t *testing.T) {
	onEveryServer(t, func(t *testing.T, app *framework.App, c *framework.TestClient) {
		big := strings.Repeat("x", 1<<20)
		for _, known := range []bool{true, false} {
			var content io.Reader = strings.NewReader(big)
			if !known {
				content = io.MultiReader(content)
			}
			r := c.Post("/mirror").Form("title", "a \"b\"").File("f", "é\".bin", content).FileOf("f", "b.txt", "text/plain", strings.NewReader("two")).Do().Is(200)
			if got := r.Header.Value("X-Length") != "-1"; got != known {
				t.Errorf("length %s", r.Header.Value("X-Length"))
			}
			_, boundary, _ := strings.Cut(r.Header.Value("X-Type"), "boundary=")
			body := strings.TrimSuffix(strings.TrimPrefix(r.Text(), "POST ? "), "[]")
			form, err := multipart.NewReader(strings.NewReader(body), boundary).ReadForm(10 << 20)
			if err != nil {
				t.Fatal(err)
			}
			files := form.File["f"]
			if form.Value["title"][0] != "a \"b\"" || len(files) != 2 || files[0].Filename != "é\".bin" || files[0].Size != 1<<20 ||
				files[1].Header.Get("Content-Type") != "text/plain" {
				t.Errorf("%v, %d files: %+v", form.Value, len(files), files)
			}
		}
	})
}

// The answer is read while the handler runs, and other requests go beside it.
func TestClientReadsEventsAsTheyCome(t *testing.T) {
	onEveryServer(t, func(t *testing.T, app *framework.App, c *framework.TestClient) {
		s := c.Get("/events").Stream()
		if s.Status != 200 || s.Header.Value("Content-Type") != "text/event-stream" {
			t.Fatalf("%d %v", s.Status, s.Header)
		}
		for i := range 2 {
			e, err := s.Event()
			want := framework.ServerEvent{Name: "tick", Data: "one\ntwo", ID: fmt.Sprint(i), Retry: 1500 * time.Millisecond}
			if err != nil || e != want {
				t.Errorf("event %+v %v", e, err)
			}
			c.Get("/json").Do().Is(200)
		}
		s.Close() // the handler waits for that
		if _, err := s.Event(); err == nil {
			t.Error("an event after the end")
		}
	})
}

// failing stands in for a test that is meant to fail.
type failing struct {
	testing.TB
	messages []string
}

func (f *failing) Errorf(format string, args ...any) {
	f.messages = append(f.messages, fmt.Sprintf(format, args...))
}

// Fatalf leaves the test as a real one does, which ends there.
func (f *failing) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	panic(f)
}

// during runs what may end the test.
func (f *failing) during(do func()) {
	defer func() {
		if v := recover(); v != nil && v != any(f) {
			panic(v)
		}
	}()
	do()
}

func (f *failing) take() string {
	all := strings.Join(f.messages, "\n")
	f.messages = nil
	return all
}

func TestClientFailsTheTest(t *testing.T) {
	app := visited(t)
	f := &failing{TB: t}
	c := app.TestClient(f)
	var v map[string]int
	for name, test := range map[string]struct {
		do   func()
		want string
	}{
		"error":     {func() { c.Get("/bug").Do() }, "GET http://localhost/bug failed in the application: the bug"},
		"panic":     {func() { c.Get("/panic").Do() }, "testclient_test.go"}, // the stack
		"status":    {func() { c.Get("/").Do().Is(201) }, "status 200, want 201; the answer is \"GET http"},
		"no json":   {func() { c.Get("/").Do().JSON(&v) }, `the answer is "text/plain" and no JSON`},
		"bad json":  {func() { var s string; c.Get("/json").Do().JSON(&s) }, "cannot unmarshal"},
		"foreign":   {func() { c.Get("/out").Follow().Do() }, "leads out of the application, to https://elsewhere.example/"},
		"loop":      {func() { c.Get("/loop").Follow().Do() }, "more than 20 redirects"},
		"21 hops":   {func() { c.Get("/hop/302/20").Follow().Do() }, "more than 20 redirects, the last one to http://localhost/mirror"},
		"20 hops":   {func() { c.Get("/hop/302/19").Follow().Do().Is(200) }, ""},
		"twice":     {func() { c.Post("/hop/307/0").BodyFrom("a/b", io.MultiReader()).Follow().Do() }, "was read already"},
		"pairs":     {func() { c.Get("/").Query("odd") }, "name odd has no value"},
		"address":   {func() { c.Get("%zz").Do() }, "is no address"},
		"origin":    {func() { c.At("example.com") }, "is no origin"},
		"bad value": {func() { c.Post("/").JSON(func() {}) }, "JSON of func()"},
	} {
		f.during(test.do)
		if got := f.take(); !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%s: %s", name, got)
		}
	}
	c.ExpectErrors = true
	r := c.Get("/panic").Do().Is(500)
	var p *gateway.PanicError
	if got := f.take(); got != "" || !errors.As(r.Err, &p) {
		t.Errorf("expected errors: %q %v", got, r.Err)
	}
	broken := framework.New("broken")
	broken.Get("/", nil)
	f.during(func() { broken.TestClient(f) })
	if got := f.take(); !strings.Contains(got, "has no handler") {
		t.Errorf("mistakes: %s", got)
	}
}

// Tests in parallel, each with a client of its own of one application, record what
// their own requests did.
func TestClientsOfOneApplicationDoNotMix(t *testing.T) {
	app := visited(t)
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			c := app.TestClient(t)
			name := fmt.Sprint("visitor ", i)
			for range 20 {
				r := c.Post("/login").Form("name", name).Do()
				if len(r.Flashes) != 1 {
					t.Fatalf("flashes %v", r.Flashes)
				}
				if r := c.Get("/").Do(); !strings.HasSuffix(r.Text(), name) || len(r.Flashes) != 0 {
					t.Fatalf("%s is %s, %v", name, r.Text(), r.Flashes)
				}
			}
		})
	}
}

func TestClientRecordsTemplates(t *testing.T) {
	app, _ := newApp(t)
	app.Renderer = renderFunc(func(w io.Writer, name string) error { return nil })
	app.Get("/", func(c *framework.Context) error { return c.Render("a.html", map[string]any{"n": 1}) })
	r := app.TestClient(t).Get("/").Do()
	if len(r.Templates) != 1 || r.Templates[0].Name != "a.html" || r.Templates[0].Data.(map[string]any)["n"] != 1 {
		t.Errorf("templates %v", r.Templates)
	}
}

// What the request kept is there afterwards, as Flask preserves its context.
func TestClientPreservesTheContext(t *testing.T) {
	user := framework.NewKey[string]("user")
	onEveryServerOf(t, func(t *testing.T) *framework.App {
		app, _ := newApp(t)
		app.BeforeRequest(func(c *framework.Context) error { user.Set(c, "nobody"); return nil })
		app.Get("/<name>", func(c *framework.Context) error { user.Set(c, c.Param("name")); return c.Redirect("/") }).Name("named")
		return app
	}, func(t *testing.T, c *framework.TestClient) {
		ada, bob := c.Get("/ada").Do(), c.Get("/bob").Do()
		if user.Value(ada.Context) != "ada" || user.Value(bob.Context) != "bob" || ada.Endpoint != "named" || ada.Context.Err() != nil {
			t.Errorf("%q %q %q", user.Value(ada.Context), user.Value(bob.Context), ada.Endpoint)
		}
		r := c.Get("/ada").Follow().Do().Is(404)
		if user.Value(r.Context) != "nobody" || r.Endpoint != "" || user.Value(r.History[0].Context) != "ada" {
			t.Errorf("%q %q", user.Value(r.Context), r.Endpoint)
		}
	})
}

func TestClientUnderAnotherOrigin(t *testing.T) {
	app := visited(t)
	c := app.TestClient(t).At("https://shop.example.com")
	if r := c.Get("/").Do(); !strings.HasPrefix(r.Text(), "GET https://shop.example.com/ ") {
		t.Error(r.Text())
	}
	c.SetCookie(framework.Cookie{Name: "a", Value: "b c", Secure: true})
	if v, ok := c.Cookie("/", "a"); v != "b c" || !ok {
		t.Errorf("cookie %q %v", v, ok)
	}
	if _, ok := c.At("http://shop.example.com").Cookie("/", "a"); ok {
		t.Error("a Secure cookie without https")
	}
}

// The clock of testing/synctest reaches sessions: this one ends after 31 days.
func TestClientInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := visited(t)
		c := app.TestClient(t)
		c.Session(func(s *session.Session) { s.Set("user", "ada"); s.SetPermanent(true) })
		time.Sleep(30 * 24 * time.Hour)
		if r := c.Get("/").Do(); !strings.HasSuffix(r.Text(), "ada") {
			t.Errorf("after 30 days: %s", r.Text())
		}
		time.Sleep(32 * 24 * time.Hour)
		if r := c.Get("/").Do(); !strings.HasSuffix(r.Text(), "<nil>") {
			t.Errorf("after 32 more: %s", r.Text())
		}
	})
}

func TestContextForATest(t *testing.T) {
	app := visited(t)
	app.Get("/notes/<int:id>", func(c *framework.Context) error { return c.Text(fmt.Sprint("note ", c.Int("id"))) }).Name("note")
	c := app.TestContext(t, client.Request{Target: "/notes/7?q=1"})
	if c.Endpoint() != "note" || c.Int("id") != 7 || c.Query().Value("q") != "1" {
		t.Errorf("%s %v %v", c.Endpoint(), c.Args(), c.Query())
	}
	if u, err := c.URL("note", "id", 8); err != nil || u != "/notes/8" {
		t.Errorf("%s %v", u, err)
	}
	if err := c.Text("x"); err != nil || string(c.Response().Body) != "x" {
		t.Errorf("%v %s", err, c.Response().Body)
	}
}

// passes runs a test within an example, and keeps what -v would say of it from getting
// into the example's output.
func passes(name string, test func(t *testing.T)) bool {
	verbose := flag.Lookup("test.v")
	defer verbose.Value.Set(verbose.Value.String())
	if err := verbose.Value.Set("false"); err != nil {
		panic(err)
	}
	return testing.RunTests(func(_, _ string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: name, F: test}})
}

func ExampleApp_TestClient() {
	app := framework.New("notes")
	app.Get("/notes/<int:id>", func(c *framework.Context) error {
		return c.JSON(map[string]any{"id": c.Int("id")})
	})

	test := func(t *testing.T) {
		var note struct{ ID int }
		app.TestClient(t).Get("/notes/7").Do().Is(200).JSON(&note)
		if note.ID != 7 {
			t.Errorf("note %d", note.ID)
		}
	}
	fmt.Println(passes("notes", test))
	// Output: true
}

func ExampleApp_TestContext() {
	app := framework.New("notes")
	app.Get("/notes/<int:id>", hello).Name("note")
	title := func(c *framework.Context) string {
		return fmt.Sprint("note ", c.Int("id"), ", page ", c.Query().Value("page"))
	}

	test := func(t *testing.T) {
		c := app.TestContext(t, client.Request{Target: "/notes/7?page=2"})
		if got := title(c); got != "note 7, page 2" {
			t.Errorf("the title is %q", got)
		}
	}
	fmt.Println(passes("title", test))
	// Output: true
}

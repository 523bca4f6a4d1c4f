package framework

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
)

// TB is what a test client needs of a *testing.T, *testing.B or *testing.F: declared
// here so that an application does not have package testing in its program.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(f func())
}

// A TestClient asks an application as a browser does: it keeps cookies, follows
// redirects, and fills in forms.
//
//	c := app.TestClient(t)
//	c.Post("/login").Form("name", "ada", "password", "x").Follow().Do().Is(200)
//	var note Note
//	c.Get("/notes/7").Do().Is(200).JSON(&note)
//
// It may be used by several goroutines. Tests that run in parallel have a client
// each, of one application or of several. In memory it works in a bubble of
// testing/synctest, whose clock can be turned.
type TestClient struct {
	Header gateway.Header // sent with every request that does not set the field itself
	Follow bool           // redirects, with every request

	// ExpectErrors keeps an error that becomes 500, or a panic, from failing the
	// test. TestResponse.Err has it either way.
	ExpectErrors bool

	t      TB
	app    *App
	base   *url.URL
	memory bool
	client client.Client
	jar    jar

	calls   atomic.Int64
	asked   sync.Map // id of a request on its way to its *TestResponse
	running sync.Map // *gateway.Exchange to its *TestResponse

	mu      sync.Mutex
	streams []*TestResponse // of Stream, looked at when the server has ended
}

// TestClient starts the application on a server in memory, which the end of the
// test stops, and returns a client of it, at http://localhost. A mistake in the
// declarations, or a start that fails, ends the test.
func (a *App) TestClient(t TB) *TestClient {
	t.Helper()
	m := &client.Memory{}
	c := a.testClient(t, m)
	c.client, c.memory = m, true
	c.base = &url.URL{Scheme: "http", Host: "localhost"}
	return c
}

// TestClientOn is TestClient on a real server, which is to listen on a free port:
// server.New(server.Config{Addr: "127.0.0.1:0"}). The certificate of a server with
// TLS is not checked.
func (a *App) TestClientOn(t TB, s gateway.Server) *TestClient {
	t.Helper()
	var info gateway.ServerInfo
	c := a.testClient(t, s, &info)
	addr := info.Addrs[0]
	c.base = &url.URL{Scheme: info.Scheme, Host: "localhost"}
	if _, ok := addr.(*net.TCPAddr); ok {
		c.base.Host = addr.String()
	}
	c.client = &client.Sockets{Open: func() (net.Conn, error) {
		if info.Scheme == "https" {
			return tls.Dial(addr.Network(), addr.String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
		}
		return net.Dial(addr.Network(), addr.String())
	}}
	t.Cleanup(c.client.Close)
	return c
}

// testClient runs the application on s until the end of the test.
func (a *App) testClient(t TB, s gateway.Server, info ...*gateway.ServerInfo) *TestClient {
	t.Helper()
	if err := a.Freeze(); err != nil {
		t.Fatalf("%v", err)
	}
	c := &TestClient{t: t, app: a}
	c.watch()
	ctx, cancel := context.WithCancel(context.Background())
	started, served := make(chan gateway.ServerInfo, 1), make(chan error, 1)
	// The goroutine ends with ctx, which ends with the test, which waits for it.
	go func() { served <- s.Serve(ctx, gateway.Chain(a, c.middleware(started))) }()
	select {
	case i := <-started:
		for _, to := range info {
			*to = i
		}
	case err := <-served:
		cancel()
		t.Fatalf("framework: the application did not start: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("framework: the application did not end well: %v", err)
		}
		for _, r := range c.streams {
			c.failed(r)
		}
	})
	return c
}

// testField tells the server's side of a test client which request it has before it.
const testField = "Dewar-Test"

// middleware ties an exchange to the request that the client made, and tells when
// the server has started.
func (c *TestClient) middleware(started chan<- gateway.ServerInfo) gateway.Middleware {
	return func(next gateway.Handler) gateway.Handler {
		return &testBorder{started, func(x *gateway.Exchange) error {
			id, ok := x.Request.Header.Lookup(testField)
			if !ok {
				return next.Serve(x)
			}
			x.Request.Header = x.Request.Header.Clone() // the application sees what a browser would have sent
			x.Request.Header.Del(testField)
			if r, ok := c.asked.Load(id); ok {
				c.running.Store(x, r)
				defer c.running.Delete(x)
			}
			return next.Serve(x)
		}}
	}
}

type testBorder struct {
	started chan<- gateway.ServerInfo
	gateway.HandlerFunc
}

func (b *testBorder) Startup(_ context.Context, s gateway.ServerInfo) error {
	b.started <- s
	return nil
}

func (b *testBorder) Shutdown(context.Context) error { return nil }

// watch records what the application signals while it serves this client.
func (c *TestClient) watch() {
	signals := &c.app.Signals
	for _, disconnect := range []func(){
		signals.TemplateRender.Connect(func(ctx *Context, v Rendering) {
			c.record(ctx, func(r *TestResponse) { r.Templates = append(r.Templates, v) })
		}),
		signals.MessageFlashed.Connect(func(ctx *Context, v Flash) {
			c.record(ctx, func(r *TestResponse) { r.Flashes = append(r.Flashes, v) })
		}),
		signals.Exception.Connect(func(ctx *Context, err error) {
			c.record(ctx, func(r *TestResponse) { r.Err = errors.Join(r.Err, err) })
		}),
		signals.RequestEnded.Connect(func(ctx *Context, _ error) {
			c.record(ctx, func(r *TestResponse) {
				r.Endpoint = ctx.Endpoint()
				r.Context = detached{context.Background(), ctx.entries()}
			})
		}),
	} {
		c.t.Cleanup(disconnect)
	}
}

func (c *TestClient) record(ctx *Context, note func(*TestResponse)) {
	if r, ok := c.running.Load(ctx.x); ok {
		r := r.(*TestResponse)
		r.mu.Lock()
		defer r.mu.Unlock()
		note(r)
	}
}

// start sends one request with the cookies that are for it, and returns the call and
// the response, which has only recorded yet.
func (c *TestClient) start(q client.Request, to *url.URL) (client.Call, *TestResponse, error) {
	r := &TestResponse{t: c.t, URL: to.String(), method: q.Method, Context: context.Background()}
	id := strconv.FormatInt(c.calls.Add(1), 10)
	c.asked.Store(id, r)
	r.forget = func() { c.asked.Delete(id) }
	q.Host, q.Target = to.Host, to.RequestURI()
	if c.memory && to.Scheme == "https" {
		q.Target = to.Scheme + "://" + to.Host + q.Target // how a server in memory is told of it
	}
	q.Header = q.Header.Clone()
	for _, f := range c.Header {
		if !q.Header.Has(f.Name) {
			q.Header.Add(f.Name, f.Value)
		}
	}
	if cookies := c.jar.header(to); cookies != "" {
		q.Header.Add("Cookie", cookies)
	}
	q.Header.Add(testField, id)
	call, err := c.client.Start(q)
	return call, r, err
}

// finish reads a call to its end.
func (c *TestClient) finish(call client.Call, r *TestResponse, to *url.URL) error {
	defer r.forget()
	result, err := client.Finish(call)
	if err != nil {
		return err
	}
	r.take(result)
	c.jar.store(to, r.Header)
	return nil
}

// Session lets f read and change the visitor's session between two requests, as
// Flask's session_transaction: the client then has the cookie.
//
//	c.Session(func(s *session.Session) { s.Set("user", 7) })
func (c *TestClient) Session(f func(s *session.Session)) {
	c.t.Helper()
	app := c.app.live.Load()
	q := client.Request{Host: c.base.Host, Target: c.base.Scheme + "://" + c.base.Host + "/"}
	if cookies := c.jar.header(c.at("/")); cookies != "" {
		q.Header.Add("Cookie", cookies)
	}
	result := client.Do(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		ctx := app.acquire(x)
		defer app.release(ctx)
		f(ctx.Session())
		return ctx.closeSession()
	}), q)
	if err := result.Outcome.Err; err != nil {
		c.t.Fatalf("framework: the session could not be changed: %v", err)
	}
	c.jar.store(c.at("/"), result.Header)
}

// Cookie returns the value of a cookie that the client would send with a request for
// the path, such as /, and whether there is one.
func (c *TestClient) Cookie(path, name string) (string, bool) {
	return c.jar.value(c.at(path), name)
}

// SetCookie gives the client a cookie, as if the answer to a request for the
// application's root had set it.
func (c *TestClient) SetCookie(cookie Cookie) {
	c.t.Helper()
	value, err := cookie.header(time.Now())
	if err != nil {
		c.t.Fatalf("%v", err)
	}
	c.jar.store(c.at("/"), gateway.Header{{Name: "Set-Cookie", Value: value}})
}

// ClearCookies makes the client a new visitor.
func (c *TestClient) ClearCookies() { c.jar.clear() }

// At makes the client ask under another origin, such as https://shop.example.com,
// and returns it: for applications with subdomains, or whose cookies are Secure. The
// connections stay those of the same server.
func (c *TestClient) At(origin string) *TestClient {
	c.t.Helper()
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		c.t.Fatalf("framework: %q is no origin such as https://example.com", origin)
	}
	c.base = &url.URL{Scheme: u.Scheme, Host: u.Host}
	return c
}

// at resolves a target against the origin.
func (c *TestClient) at(target string) *url.URL {
	u, err := c.base.Parse(target)
	if err != nil {
		c.t.Fatalf("framework: %q is no address: %v", target, err)
	}
	return u
}

// TestContext returns a Context of that request, matched to its route, as Flask's
// test_request_context: for testing a handler or a helper by itself. No hooks run
// and nothing is sent. It is valid until the end of the test.
func (a *App) TestContext(t TB, q client.Request) *Context {
	t.Helper()
	f, err := a.freeze()
	if err != nil {
		t.Fatalf("%v", err)
	}
	ready, over := make(chan *Context), make(chan struct{})
	recorder := &client.Recorder{Handler: gateway.HandlerFunc(func(x *gateway.Exchange) error {
		c := f.acquire(x)
		f.match(c)
		ready <- c
		<-over
		c.end() // whoever kept it is found out
		return nil
	})}
	recording := recorder.Start(q) // its goroutine ends with the test
	t.Cleanup(func() {
		close(over)
		recording.Result()
	})
	return <-ready
}

func (c *TestClient) failed(r *TestResponse) {
	c.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Err == nil || c.ExpectErrors {
		return
	}
	stack := ""
	var p *gateway.PanicError
	if errors.As(r.Err, &p) {
		stack = "\n" + string(p.Stack)
	}
	c.t.Errorf("%s", fmt.Sprintf("framework: %s %s failed in the application: %v%s", r.method, r.URL, r.Err, stack))
}

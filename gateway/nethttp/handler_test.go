package nethttp_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/nethttp"
)

// serve starts net/http's server, over TLS with HTTP/2 where h2 is set.
func serve(t testing.TB, h http.Handler, h2 bool) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = h2
	if h2 {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// handle is Handler with a hook that fails the test: the application has no fault.
func handle(t testing.TB, f func(x *gateway.Exchange) error) http.Handler {
	return &nethttp.Adapter{Handler: gateway.HandlerFunc(f), Error: func(r *gateway.Request, err error) {
		t.Errorf("fault at %s: %v", r.Target, err)
	}}
}

// quiet is the error hook of tests whose applications fail on purpose.
func quiet(*gateway.Request, error) {}

// each runs a test over HTTP/1.1 and over HTTP/2.
func each(t *testing.T, h func(t *testing.T) http.Handler, test func(t *testing.T, s *httptest.Server)) {
	for _, h2 := range []bool{false, true} {
		t.Run(map[bool]string{false: "HTTP/1.1", true: "HTTP/2"}[h2], func(t *testing.T) {
			test(t, serve(t, h(t), h2))
		})
	}
}

// dial opens a raw connection to s.
func dial(t testing.TB, a net.Addr) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial(a.Network(), a.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// exchange writes raw and reads all until the connection ends.
func exchange(t testing.TB, a net.Addr, raw string) string {
	t.Helper()
	conn, r := dial(t, a)
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// wait receives what must come.
func wait[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("waited in vain")
		panic("unreachable")
	}
}

func do(t testing.TB, c *http.Client, r *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func get(t testing.TB, s *httptest.Server, target string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest("GET", s.URL+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, s.Client(), r)
}

// Under net/http the request is as exact as net/http lets it be.
func TestRequest(t *testing.T) {
	for _, c := range []struct {
		name, raw string
		want      []string
	}{
		{
			"fields sorted by name, values in order, Host back in its place",
			"GET /a%2Fb?c HTTP/1.1\r\nHost: example.com:81\r\nX-B: 2\r\nx-a: 1\r\nX-B: 1\r\nX_B: u\r\nConnection: close\r\n\r\n",
			[]string{
				"GET /a%2Fb?c HTTP/1.1 http example.com:81 root= path=/a%2Fb query=c length=0",
				"Connection: close", "Host: example.com:81", "X-A: 1", "X-B: 2", "X-B: 1", "X_b: u",
			},
		},
		{
			"absolute-form decides the host (RFC 9112 §3.2.2)",
			"GET http://other:82/x?y HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n",
			[]string{
				"GET http://other:82/x?y HTTP/1.1 http other:82 root= path=/x query=y length=0",
				"Connection: close", "Host: other:82",
			},
		},
		{
			"chunks and announced trailers",
			"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 3\r\nX-Late: 1\r\n\r\n",
			[]string{
				"POST / HTTP/1.1 http h root= path=/ query= length=-1",
				"Connection: close", "Host: h", "Trailer: X-Sum", "Transfer-Encoding: chunked",
				"body=abc", "trailer X-Late: 1", "trailer X-Sum: 3",
			},
		},
		{
			"HTTP/1.0 without Host",
			"GET / HTTP/1.0\r\n\r\n",
			[]string{"GET / HTTP/1.0 http  root= path=/ query= length=0"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, handle(t, describe), false)
			answer := exchange(t, s.Listener.Addr(), c.raw)
			_, body, _ := strings.Cut(answer, "\r\n\r\n")
			if got := strings.Split(strings.TrimSpace(body), "\n"); !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", body, strings.Join(c.want, "\n"))
			}
		})
	}
}

// describe answers with all that it was told.
func describe(x *gateway.Exchange) error {
	r := &x.Request
	fmt.Fprintf(x, "%s %s %s %s %s root=%s path=%s query=%s length=%d\n", r.Method, r.Target, r.Proto, r.Scheme, r.Host, r.Root, r.Path, r.Query, r.Length)
	for _, f := range r.Header {
		fmt.Fprintf(x, "%s: %s\n", f.Name, f.Value)
	}
	body, err := io.ReadAll(x)
	if len(body) > 0 {
		fmt.Fprintf(x, "body=%s\n", body)
	}
	for _, f := range r.Trailer {
		fmt.Fprintf(x, "trailer %s: %s\n", f.Name, f.Value)
	}
	if r.Remote == nil || r.Local == nil || r.Time.IsZero() || (r.TLS != nil) != (r.Scheme == "https") {
		return errors.New("the connection is not told")
	}
	return err
}

func TestRequestOverHTTP2(t *testing.T) {
	s := serve(t, handle(t, describe), true)
	r, _ := http.NewRequest("POST", s.URL+"/a%2Fb?c", io.MultiReader(strings.NewReader("ab"), strings.NewReader("c")))
	r.Host = "example.com"
	r.Header = http.Header{"X-B": {"2", "1"}, "User-Agent": {"t"}, "Accept-Encoding": {"identity"}}
	r.Trailer = http.Header{"X-Sum": {"3"}}
	_, body := do(t, s.Client(), r)
	want := "POST /a%2Fb?c HTTP/2.0 https example.com root= path=/a%2Fb query=c length=-1\n" +
		"Accept-Encoding: identity\nTrailer: X-Sum\nUser-Agent: t\nX-B: 2\nX-B: 1\nbody=abc\ntrailer X-Sum: 3\n"
	if body != want {
		t.Errorf("got\n%s\nwant\n%s", body, want)
	}
}

// OPTIONS * is net/http's own answer unless its server is told otherwise, as
// Server does.
func TestAsteriskForm(t *testing.T) {
	s := httptest.NewUnstartedServer(handle(t, describe))
	s.Config.DisableGeneralOptionsHandler = true
	s.Start()
	defer s.Close()
	answer := exchange(t, s.Listener.Addr(), "OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	if !strings.Contains(answer, "OPTIONS * HTTP/1.1 http h root= path=* query= length=0\n") {
		t.Errorf("got %q", answer)
	}
}

func TestStripPrefixBecomesRoot(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/notes/", http.StripPrefix("/notes", handle(t, func(x *gateway.Exchange) error {
		fmt.Fprint(x, x.Request.Root, " ", x.Request.Path, " ", x.Request.URL())
		return nil
	})))
	s := serve(t, mux, false)
	_, body := get(t, s, "/notes/a%2Fb?c")
	if want := "/notes /a%2Fb " + s.URL + "/notes/a%2Fb?c"; body != want {
		t.Errorf("got %q, want %q", body, want)
	}
}

// net/http guesses no Content-Type; its Date stands.
func TestNothingIsGuessed(t *testing.T) {
	each(t, func(t *testing.T) http.Handler {
		return handle(t, func(x *gateway.Exchange) error { _, err := x.WriteString("<html>"); return err })
	}, func(t *testing.T, s *httptest.Server) {
		res, _ := get(t, s, "/")
		if _, ok := res.Header["Content-Type"]; ok {
			t.Errorf("Content-Type %q", res.Header["Content-Type"])
		}
		if _, err := http.ParseTime(res.Header.Get("Date")); err != nil || len(res.Header["Date"]) != 1 {
			t.Errorf("Date %q", res.Header["Date"])
		}
		if res.ContentLength != 6 {
			t.Errorf("length %d", res.ContentLength)
		}
	})
}

// What middleware of net/http has set is replaced, except lists, to which it adds.
func TestOuterHeader(t *testing.T) {
	app := handle(t, func(x *gateway.Exchange) error {
		x.Response.Header = gateway.Header{
			{Name: "content-type", Value: "text/plain"}, {Name: "vary", Value: "Cookie"}, {Name: "Set-Cookie", Value: "b=2"},
			{Name: "X-Frame-Options", Value: "SAMEORIGIN"}, {Name: "X-Two", Value: "1"}, {Name: "X-Two", Value: "2"},
		}
		_, err := x.WriteString("hello")
		return err
	})
	each(t, func(t *testing.T) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Length", "1000")
			w.Header().Set("Vary", "Origin")
			w.Header().Set("Set-Cookie", "a=1")
			w.Header().Set("X-Frame-Options", "DENY")
			w.Header().Set("X-Outer", "yes")
			app.ServeHTTP(w, r)
		})
	}, func(t *testing.T, s *httptest.Server) {
		res, body := get(t, s, "/")
		for name, want := range map[string]string{
			"Content-Type": "text/plain", "Vary": "Origin,Cookie", "Set-Cookie": "a=1,b=2",
			"X-Frame-Options": "SAMEORIGIN", "X-Outer": "yes", "X-Two": "1,2", "Content-Length": "5",
		} {
			if got := strings.Join(res.Header[name], ","); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if body != "hello" {
			t.Errorf("body %q", body)
		}
	})
}

// An interim response carries its own fields and nothing of the final one.
func TestInformKeepsHeadersApart(t *testing.T) {
	app := handle(t, func(x *gateway.Exchange) error {
		if err := x.Inform(103, gateway.Header{{Name: "Link", Value: "</a.css>"}}); err != nil {
			return err
		}
		_, err := x.WriteString("hello")
		return err
	})
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Outer", "yes")
		app.ServeHTTP(w, r)
	}), false)
	answer := exchange(t, s.Listener.Addr(), "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	interim, final, _ := strings.Cut(answer, "\r\n\r\n")
	if interim != "HTTP/1.1 103 Early Hints\r\nLink: </a.css>" {
		t.Errorf("interim %q", interim)
	}
	if !strings.Contains(final, "X-Outer: yes\r\n") || strings.Contains(final, "Link:") || !strings.HasSuffix(final, "\r\n\r\nhello") {
		t.Errorf("final %q", final)
	}
}

// Trailers arrive however late the application thinks of them.
func TestTrailers(t *testing.T) {
	each(t, func(t *testing.T) http.Handler {
		return handle(t, func(x *gateway.Exchange) error {
			query := x.Request.Query
			if strings.Contains(query, "declared") {
				x.Response.Header.Add("Content-Length", "5")
			}
			if strings.Contains(query, "early") {
				x.Response.Trailer.Add("X-Sum", "replaced")
			}
			x.Response.Header.Add("X-Sum", "of the head")
			if _, err := x.WriteString("hello"); err != nil {
				return err
			}
			if strings.Contains(query, "flush") {
				if err := x.Flush(); err != nil {
					return err
				}
			}
			x.Response.Trailer = gateway.Header{{Name: "x-sum", Value: "1"}, {Name: "X-Sum", Value: "2"}}
			return nil
		})
	}, func(t *testing.T, s *httptest.Server) {
		for _, query := range []string{"", "flush", "declared", "early", "early,flush", "early,flush,declared"} {
			res, body := get(t, s, "/?"+query)
			if got := strings.Join(res.Trailer["X-Sum"], ","); got != "1,2" || body != "hello" {
				t.Errorf("%s: trailer %q, body %q", query, res.Trailer, body)
			}
			if got := strings.Join(res.Header["X-Sum"], ","); got != "of the head" {
				t.Errorf("%s: header %q", query, got)
			}
		}
		r, _ := http.NewRequest("HEAD", s.URL+"/?early", nil)
		if res, _ := do(t, s.Client(), r); res.ContentLength != 5 {
			t.Errorf("HEAD: length %d", res.ContentLength)
		}
	})
}

// Without HTTP/1.1 there are no trailers, and the answer is whole without them.
func TestTrailersAreDroppedForHTTP10(t *testing.T) {
	s := serve(t, handle(t, func(x *gateway.Exchange) error {
		x.Response.Trailer.Add("X-Sum", "5")
		_, err := x.WriteString("hello")
		return err
	}), false)
	answer := exchange(t, s.Listener.Addr(), "GET / HTTP/1.0\r\n\r\n")
	if !strings.HasSuffix(answer, "\r\n\r\nhello") || !strings.Contains(answer, "Content-Length: 5\r\n") {
		t.Errorf("got %q", answer)
	}
}

func TestHijackIsUnsupportedInHTTP2(t *testing.T) {
	s := serve(t, handle(t, func(x *gateway.Exchange) error {
		_, _, err := x.Hijack()
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Hijack: %v", err)
		}
		_, err = x.WriteString("still here")
		return err
	}), true)
	if _, body := get(t, s, "/"); body != "still here" {
		t.Errorf("body %q", body)
	}
}

// A response that is cut off looks cut off, whatever the protocol ends it with.
func TestAbortAfterTheStart(t *testing.T) {
	for _, started := range []bool{false, true} {
		each(t, func(t *testing.T) http.Handler {
			return handle(t, func(x *gateway.Exchange) error {
				if started {
					x.WriteString("part")
					if err := x.Flush(); err != nil {
						return err
					}
				}
				return gateway.ErrAbort
			})
		}, func(t *testing.T, s *httptest.Server) {
			r, _ := http.NewRequest("POST", s.URL, strings.NewReader("a POST is not sent twice"))
			res, err := s.Client().Do(r)
			if !started {
				if err == nil {
					t.Errorf("status %d", res.StatusCode)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if body, err := io.ReadAll(res.Body); err == nil {
				t.Errorf("whole: %q", body)
			}
		})
	}
}

// The panic of an aborted exchange rises in ServeHTTP, not in the application.
func TestAbortPanicsBelowTheApplication(t *testing.T) {
	through := false
	h := handle(t, func(x *gateway.Exchange) error {
		defer func() { through = recover() != nil }()
		return gateway.ErrAbort
	})
	defer func() {
		if v := recover(); v != http.ErrAbortHandler || through {
			t.Errorf("panic %v, through the application: %v", v, through)
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

// A layer that keeps the response back cannot flush, which is no fault of an
// application that does not ask for it.
func TestUnderTimeoutHandler(t *testing.T) {
	finished := make(chan gateway.Outcome, 1)
	app := handle(t, func(x *gateway.Exchange) error {
		x.OnFinish(func(o gateway.Outcome) { finished <- o })
		_, err := x.WriteString("hello")
		return err
	})
	s := serve(t, http.TimeoutHandler(app, patience, "late"), false)
	if _, body := get(t, s, "/"); body != "hello" {
		t.Errorf("body %q", body)
	}
	if o := wait(t, finished); o.Err != nil {
		t.Errorf("outcome %+v", o)
	}
}

func TestFlushIsRefusedUnderTimeoutHandler(t *testing.T) {
	refused := make(chan error, 1)
	app := &nethttp.Adapter{Error: quiet, Handler: gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.WriteString("hello")
		refused <- x.Flush()
		return nil
	})}
	s := serve(t, http.TimeoutHandler(app, patience, "late"), false)
	if res, err := s.Client().Get(s.URL); err == nil {
		res.Body.Close()
	}
	if err := wait(t, refused); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Flush: %v", err)
	}
}

func TestFaultsAreReported(t *testing.T) {
	faults := make(chan error, 1)
	s := serve(t, &nethttp.Adapter{
		Handler: gateway.HandlerFunc(func(x *gateway.Exchange) error {
			switch x.Request.Path {
			case "/panic":
				panic("boom")
			case "/mine":
				return errors.New("boom")
			case "/yours":
				return &gateway.StatusError{Status: 404}
			case "/late":
				x.Response.Header.Set("Content-Length", "10")
				x.Flush()
			}
			return nil
		}),
		Error: func(r *gateway.Request, err error) { faults <- fmt.Errorf("%s: %w", r.Path, err) },
	}, false)
	get(t, s, "/yours") // not reported, or it would come first
	for path, target := range map[string]any{"/panic": new(*gateway.PanicError), "/mine": nil, "/late": nil} {
		r, _ := http.NewRequest("POST", s.URL+path, nil)
		if res, err := s.Client().Do(r); err == nil {
			res.Body.Close()
		}
		err := wait(t, faults)
		if !strings.HasPrefix(err.Error(), path+": gateway:") && path != "/mine" || target != nil && !errors.As(err, target) {
			t.Errorf("%s: reported %v", path, err)
		}
	}
}

// A Context that is not asked for is not made; one that is ends with the exchange.
func TestContextHasTheValuesOfTheRequest(t *testing.T) {
	type key struct{}
	ctxs := make(chan context.Context, 1)
	app := handle(t, func(x *gateway.Exchange) error {
		ctxs <- x.Context()
		fmt.Fprint(x, x.Context().Value(key{}))
		return nil
	})
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		app.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, "value")))
	}), false)
	if _, body := get(t, s, "/"); body != "value" {
		t.Errorf("body %q", body)
	}
	ctx := wait(t, ctxs)
	wait(t, ctx.Done())
}

func TestTLSStateIsTold(t *testing.T) {
	s := serve(t, handle(t, func(x *gateway.Exchange) error {
		if x.Request.TLS == nil || x.Request.TLS.Version < tls.VersionTLS12 {
			t.Errorf("TLS %+v", x.Request.TLS)
		}
		_, err := x.WriteString(x.Request.URL())
		return err
	}), true)
	if _, body := get(t, s, "/x"); body != s.URL+"/x" {
		t.Errorf("URL %q", body)
	}
}

// In HTTP/2 the head of an answer to HEAD ends the stream: that there is nothing left
// to flush is no error.
func TestHeadWithAHook(t *testing.T) {
	outcomes := make(chan gateway.Outcome, 1)
	each(t, func(t *testing.T) http.Handler {
		return handle(t, func(x *gateway.Exchange) error {
			x.OnFinish(func(o gateway.Outcome) { outcomes <- o })
			_, err := x.WriteString("hello")
			return err
		})
	}, func(t *testing.T, s *httptest.Server) {
		r, _ := http.NewRequest("HEAD", s.URL, nil)
		if res, _ := do(t, s.Client(), r); res.ContentLength != 5 {
			t.Errorf("length %d", res.ContentLength)
		}
		if o := wait(t, outcomes); o.Err != nil {
			t.Errorf("outcome %+v", o)
		}
	})
}

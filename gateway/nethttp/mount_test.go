package nethttp_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

// mount is Mount of a function, with a hook that fails the test.
func mount(t testing.TB, f http.HandlerFunc) gateway.Handler {
	return &nethttp.Mounted{Handler: f, Error: func(r *gateway.Request, err error) {
		t.Errorf("reported at %s: %v", r.Target, err)
	}}
}

// everywhere runs a test on every server that there is.
func everywhere(t *testing.T, h gateway.Handler, test func(t *testing.T, a net.Addr)) {
	servers := map[string]func(addr string) gateway.Server{
		"nethttp": func(addr string) gateway.Server { return nethttp.New(nethttp.Config{Addr: addr, Error: quiet}) },
		"server":  func(addr string) gateway.Server { return server.New(server.Config{Addr: addr, Error: quiet}) },
	}
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			_, a := startGateway(t, s, h)
			test(t, a)
		})
	}
}

// The differences to net/http, each with its reason.
func TestMountKnowsBetter(t *testing.T) {
	for _, c := range []struct {
		name string
		h    http.HandlerFunc
		want *gatewaytest.Result
	}{
		{
			"205 has no content (RFC 9110 §15.3.6)",
			func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(205); io.WriteString(w, "body") },
			&gatewaytest.Result{Status: 205},
		},
		{
			"fields of the connection are the server's (RFC 9110 §7.6.1)",
			func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Connection", "keep-alive, Upgrade")
				w.Header().Set("Keep-Alive", "timeout=5")
				w.Header().Set("Transfer-Encoding", "chunked")
				io.WriteString(w, "hop")
			},
			&gatewaytest.Result{Status: 200, Body: []byte("hop")},
		},
		{
			"Upgrade tells what 426 asks for (RFC 9110 §15.5.22)",
			func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Upgrade", "HTTP/3.0")
				w.Header().Set("Connection", "Upgrade")
				w.WriteHeader(426)
			},
			&gatewaytest.Result{Status: 426, Header: gateway.Header{{Name: "Upgrade", Value: "HTTP/3.0"}}},
		},
		{
			"Connection: close is Response.Close",
			func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Connection", "Upgrade, Close") },
			&gatewaytest.Result{Status: 200, Close: true},
		},
		{
			"a panic before the start is 500",
			func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "half a page"); panic("boom") },
			&gatewaytest.Result{Status: 500, Body: []byte("500 Internal Server Error\n")},
		},
		{
			"a body that is shorter than declared is 500",
			func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "5")
				io.WriteString(w, "hell")
			},
			&gatewaytest.Result{Status: 500, Body: []byte("500 Internal Server Error\n")},
		},
		{
			"a control byte in a value is 500 (RFC 9110 §5.5)",
			func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Bad", "\x00") },
			&gatewaytest.Result{Status: 500, Body: []byte("500 Internal Server Error\n")},
		},
		{
			"101 without Hijack is 500 (RFC 9110 §15.2.2)",
			func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(101) },
			&gatewaytest.Result{Status: 500, Body: []byte("500 Internal Server Error\n")},
		},
		{
			"http.ErrAbortHandler answers nothing",
			func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "x"); panic(http.ErrAbortHandler) },
			&gatewaytest.Result{Aborted: true, Close: true},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := gatewaytest.Do(mount(t, c.h), gatewaytest.Request{})
			if got.Status != c.want.Status || string(got.Body) != string(c.want.Body) || got.Close != c.want.Close || got.Aborted != c.want.Aborted {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			for _, f := range c.want.Header {
				if got.Header.Value(f.Name) != f.Value {
					t.Errorf("%s: %q, want %q", f.Name, got.Header.Value(f.Name), f.Value)
				}
			}
			for _, name := range []string{"Connection", "Keep-Alive", "Transfer-Encoding"} {
				if got.Header.Has(name) {
					t.Errorf("%s: %q", name, got.Header.Value(name))
				}
			}
		})
	}
}

func TestMountReportsMistakesOnce(t *testing.T) {
	var reports []string
	h := &nethttp.Mounted{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/length" {
				w.Header().Set("Content-Length", "many")
			}
			io.WriteString(w, "hello")
			w.WriteHeader(500)
			w.WriteHeader(501)
		}),
		Error: func(r *gateway.Request, err error) { reports = append(reports, err.Error()) },
	}
	for path, want := range map[string]string{
		"/":       "nethttp: superfluous WriteHeader(500): the status is 200",
		"/length": `nethttp: Content-Length "many" is not a decimal number (RFC 9110 §8.6)`,
	} {
		reports = nil
		res := gatewaytest.Do(h, gatewaytest.Request{Target: path})
		if res.Status != 200 || string(res.Body) != "hello" || len(reports) != 1 || reports[0] != want {
			t.Errorf("%s: %d %q, reports %q", path, res.Status, res.Body, reports)
		}
	}
}

func TestInvalidStatusPanics(t *testing.T) {
	for _, status := range []int{0, 99, 1000, -1} {
		res := gatewaytest.Do(mount(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) }), gatewaytest.Request{})
		if _, ok := errors.AsType[*gateway.PanicError](res.Outcome.Err); !ok || res.Status != 500 {
			t.Errorf("%d: %+v", status, res)
		}
	}
}

// The handler sees what middleware of the contract has set, and middleware what the
// handler has: the response is data until it starts.
func TestMountBetweenMiddleware(t *testing.T) {
	shared := gateway.Header{{Name: "X-Outer", Value: "1"}, {Name: "X-Shared", Value: "outer"}, {Name: "Trailer", Value: "X-Sum"}}
	inner := mount(t, func(w http.ResponseWriter, r *http.Request) {
		if w.Header().Get("X-Outer") != "1" {
			t.Errorf("header %v", w.Header())
		}
		w.Header().Set("X-Shared", "inner")
		w.WriteHeader(201)
		io.WriteString(w, "hello")
	})
	outer := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Response.Header = shared
		err := inner.Serve(x)
		if x.Started() || x.Response.Status != 201 || string(x.Response.Body) != "hello" {
			t.Errorf("response %+v", x.Response)
		}
		x.Response.Header.Add("X-Late", "1")
		return err
	})
	res := gatewaytest.Do(outer, gatewaytest.Request{})
	for name, want := range map[string]string{"X-Outer": "1", "X-Shared": "inner", "X-Late": "1", "Trailer": "X-Sum"} {
		if got := res.Header.Value(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if shared.Value("X-Shared") != "outer" {
		t.Error("the middleware's own header was changed")
	}
}

// Middleware that has begun the response leaves content to the handler, nothing else.
func TestMountAfterTheStart(t *testing.T) {
	inner := mount(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "inner") })
	res := gatewaytest.Do(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.WriteString("outer ")
		if err := x.Flush(); err != nil {
			return err
		}
		return inner.Serve(x)
	}), gatewaytest.Request{})
	if string(res.Body) != "outer inner" || res.Aborted {
		t.Errorf("%+v", res)
	}
}

func TestMountedURL(t *testing.T) {
	for _, c := range []struct {
		prefix, target           string
		path, raw, query, full   string
		host, scheme, requestURI string
	}{
		{"", "/", "/", "", "", "/", "", "", ""},
		{"/a", "/a/b%2Fc%20d?e=%2F", "/b/c d", "/b%2Fc%20d", "e=%2F", "/b%2Fc%20d?e=%2F", "", "", ""},
		{"/a", "/a/b%20c", "/b c", "", "", "/b%20c", "", "", ""},
		{"/a", "/a", "", "", "", "", "", "", ""},
		{"/a", "/a?", "", "", "", "?", "", "", ""},
		{"/a", "/%61/x", "/x", "", "", "/x", "", "", ""},
		{"", "http://h:1/x?y", "/x", "", "y", "http://h:1/x?y", "h:1", "http", ""},
		{"", "//x//y", "//x//y", "", "", "//x//y", "", "", ""},
	} {
		h := mount(t, func(w http.ResponseWriter, r *http.Request) {
			u := r.URL
			if u.Path != c.path || u.RawPath != c.raw || u.RawQuery != c.query || u.Host != c.host || u.Scheme != c.scheme || r.RequestURI != c.target {
				t.Errorf("%s: %#v, URI %q", c.target, u, r.RequestURI)
			}
			if c.path != "//x//y" && u.String() != c.full {
				t.Errorf("%s: %q, want %q", c.target, u, c.full)
			}
		})
		if c.prefix != "" {
			h = gateway.Mount(c.prefix, h)
		}
		if res := gatewaytest.Do(h, gatewaytest.Request{Target: c.target}); res.Status != 200 {
			t.Errorf("%s: status %d", c.target, res.Status)
		}
	}
	if res := gatewaytest.Do(mount(t, func(http.ResponseWriter, *http.Request) {}), gatewaytest.Request{Target: "/%zz"}); res.Status != 400 {
		t.Errorf("bad escape: status %d", res.Status)
	}
}

// A reverse proxy whose backend breaks off cuts its answer off too: it does so only
// where it sees a server around it.
func TestBrokenBackendIsNotWhole(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write(make([]byte, 100<<10))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer backend.Close()
	to, _ := url.Parse(backend.URL)
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ErrorLog = discardLog
	everywhere(t, nethttp.Mount(proxy), func(t *testing.T, a net.Addr) {
		res, err := http.Get("http://" + a.String())
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if body, err := io.ReadAll(res.Body); err == nil {
			t.Errorf("a whole answer of %d bytes", len(body))
		}
	})
}

// A goroutine that still reads when the handler has returned does not hold the
// answer, and reaches nothing afterwards.
func TestReaderThatOutlivesItsHandler(t *testing.T) {
	readers := make(chan error, 1)
	everywhere(t, mount(t, func(w http.ResponseWriter, r *http.Request) {
		reading := make(chan struct{})
		go func() { // ends when the handler's end ends the Read
			close(reading)
			_, err := io.ReadAll(r.Body)
			readers <- err
		}()
		<-reading
		io.WriteString(w, "answer")
	}), func(t *testing.T, a net.Addr) {
		conn, r := dial(t, a)
		if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(res.Body); err != nil || string(body) != "answer" {
			t.Errorf("got %q, %v", body, err)
		}
		if err := wait(t, readers); err == nil {
			t.Error("the body ended well")
		}
	})
}

// What is kept of an exchange that is over fails, and never reaches another one.
func TestLateUse(t *testing.T) {
	var w http.ResponseWriter
	var r *http.Request
	h := mount(t, func(w2 http.ResponseWriter, r2 *http.Request) { w, r = w2, r2 })
	rec := gatewaytest.Recorder{Handler: h}
	rec.Do(gatewaytest.Request{Method: "POST", Body: []byte("body")})
	if _, err := r.Body.Read(make([]byte, 4)); !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("Read: %v", err)
	}
	w.WriteHeader(500)
	if _, err := w.Write([]byte("late")); err == nil {
		t.Error("Write succeeded")
	}
	if _, err := io.WriteString(w, "late"); err == nil {
		t.Error("WriteString succeeded")
	}
	c := http.NewResponseController(w)
	if c.Flush() == nil {
		t.Error("Flush succeeded")
	}
	if _, _, err := c.Hijack(); err == nil {
		t.Error("Hijack succeeded")
	}
	if _, err := io.Copy(w, strings.NewReader("late")); err == nil {
		t.Error("ReadFrom succeeded")
	}
}

func TestMountedHijack(t *testing.T) {
	for _, c := range []struct {
		name  string
		begin func(w http.ResponseWriter)
		want  string
	}{
		{"bare", func(http.ResponseWriter) {}, "ping"},
		{"after WriteHeader(101)", func(w http.ResponseWriter) {
			w.Header().Set("Upgrade", "echo")
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("X-Bad", "a\r\nX-Evil: 1")
			w.WriteHeader(101)
		}, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Bad: a  X-Evil: 1\r\n\r\nping"},
		{"after WriteHeader(200)", func(w http.ResponseWriter) { w.WriteHeader(200) }, "HTTP/1.1 200 OK\r\n\r\nping"},
	} {
		t.Run(c.name, func(t *testing.T) {
			everywhere(t, mount(t, func(w http.ResponseWriter, r *http.Request) {
				c.begin(w)
				conn, both, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Errorf("Hijack: %v", err)
					return
				}
				defer conn.Close()
				if _, err := w.Write([]byte("x")); !errors.Is(err, http.ErrHijacked) {
					t.Errorf("Write: %v", err)
				}
				if _, _, err := w.(http.Hijacker).Hijack(); !errors.Is(err, http.ErrHijacked) {
					t.Errorf("second Hijack: %v", err)
				}
				early, _ := both.Reader.Peek(both.Reader.Buffered())
				if !strings.HasPrefix("ping", string(early)) {
					t.Errorf("read early: %q", early)
				}
				fmt.Fprint(both, readN(t, both.Reader, 4))
				both.Flush()
			}), func(t *testing.T, a net.Addr) {
				got := exchange(t, a, "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nping")
				if got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		})
	}
}

func readN(t *testing.T, r *bufio.Reader, n int) string {
	p := make([]byte, n)
	if _, err := io.ReadFull(r, p); err != nil {
		t.Error(err)
	}
	return string(p)
}

// Where there is no connection to give, Hijack says so in net/http's words.
func TestMountedHijackIsUnsupportedInHTTP2(t *testing.T) {
	s := serve(t, nethttp.Handler(mount(t, func(w http.ResponseWriter, r *http.Request) {
		if _, _, err := http.NewResponseController(w).Hijack(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("Hijack: %v", err)
		}
		io.WriteString(w, "still here")
	})), true)
	if _, body := get(t, s, "/"); body != "still here" {
		t.Errorf("body %q", body)
	}
}

func TestMountedContext(t *testing.T) {
	type key struct{}
	everywhere(t, mount(t, func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(context.WithValue(r.Context(), key{}, "own"))
		defer cancel()
		local, _ := ctx.Value(http.LocalAddrContextKey).(net.Addr)
		host, ok := ctx.Value(http.ServerContextKey).(*http.Server)
		fmt.Fprintln(w, ctx.Value(key{}), local.String() == r.Host, ok && host != nil, ctx.Value("none"), r.Context().Err())
		//lint:ignore SA1019 old handlers ask for it
		if w.(http.CloseNotifier).CloseNotify() == nil {
			t.Error("no channel")
		}
	}), func(t *testing.T, a net.Addr) {
		r, _ := http.NewRequest("GET", "http://"+a.String(), nil)
		if _, body := do(t, http.DefaultClient, r); body != "own true true <nil> <nil>\n" {
			t.Errorf("got %q", body)
		}
	})
}

// A limit of the server is what handlers of net/http know as http.MaxBytesError.
func TestMountedBodyTooLarge(t *testing.T) {
	h := mount(t, func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		if _, ok := errors.AsType[*http.MaxBytesError](err); !ok {
			t.Errorf("Read: %v", err)
		}
		w.WriteHeader(413)
	})
	limit := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		if err := x.Wrap(func(next gateway.Transport) gateway.Transport { return limited{next} }); err != nil {
			return err
		}
		return h.Serve(x)
	})
	if res := gatewaytest.Do(limit, gatewaytest.Request{Method: "POST", Body: bytes.Repeat([]byte("x"), 10)}); res.Status != 413 {
		t.Errorf("status %d", res.Status)
	}
}

var discardLog = log.New(io.Discard, "", 0)

// limited is a filter that lets no body through.
type limited struct{ gateway.Transport }

func (limited) Read([]byte) (int, error) { return 0, &gateway.StatusError{Status: 413} }

package nettest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

// everywhere serves h on every server that there is, below a mount, and gives the
// test the base of its URLs.
func everywhere(t *testing.T, h http.Handler, test func(t *testing.T, base string)) {
	fault := func(r *gateway.Request, err error) { t.Errorf("fault: %v", err) }
	for name, s := range map[string]gateway.Server{
		"nethttp": nethttp.New(nethttp.Config{Addr: "127.0.0.1:0", Error: fault}),
		"server":  server.New(server.Config{Addr: "127.0.0.1:0", Error: fault}),
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			app := &announced{
				Handler: gateway.Mount("/app", &nethttp.Mounted{Handler: h, Error: fault}),
				bases:   make(chan string, 1),
			}
			served := make(chan error, 1)
			go func() { served <- s.Serve(ctx, app) }()
			defer func() {
				cancel()
				if err := <-served; err != nil {
					t.Errorf("Serve: %v", err)
				}
			}()
			select {
			case base := <-app.bases:
				test(t, base+"/app")
			case err := <-served:
				served <- err
				t.Fatalf("Serve: %v", err)
			}
		})
	}
}

type announced struct {
	gateway.Handler
	bases chan string
}

func (a *announced) Startup(_ context.Context, s gateway.ServerInfo) error {
	a.bases <- s.Scheme + "://" + s.Addrs[0].String()
	return nil
}

func (a *announced) Shutdown(context.Context) error { return nil }

func get(t *testing.T, method, url string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	res, err := http.DefaultClient.Do(r)
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

// A chi router with its middleware, below a mount.
func TestChi(t *testing.T) {
	r := chi.NewRouter()
	r.Use(middleware.RequestID, middleware.Recoverer, middleware.Compress(5), middleware.StripSlashes, middleware.Timeout(time.Minute))
	r.Get("/", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "root") })
	r.Get("/notes/{id:[0-9]+}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "note %s, request %v", chi.URLParam(r, "id"), middleware.GetReqID(r.Context()) != "")
	})
	r.Get("/panic", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	r.Get("/large", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, strings.Repeat("compressible ", 10_000))
	})
	r.Route("/sub", func(r chi.Router) {
		r.Mount("/inner", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, chi.RouteContext(r.Context()).RoutePath+" "+r.URL.Path)
		}))
	})
	r.Mount("/debug", middleware.Profiler())
	everywhere(t, r, func(t *testing.T, base string) {
		for path, want := range map[string]string{
			"/":            "200 root",
			"/notes/17":    "200 note 17, request true",
			"/notes/17/":   "200 note 17, request true",
			"/notes/x":     "404 404 page not found\n",
			"/sub/inner/x": "200 /x /sub/inner/x",
			"/large":       "200 " + strings.Repeat("compressible ", 10_000),
		} {
			res, body := get(t, "GET", base+path)
			if got := fmt.Sprintf("%d %s", res.StatusCode, body); got != want {
				t.Errorf("%s: %.100q, want %.100q", path, got, want)
			}
		}
		if res, _ := get(t, "POST", base+"/notes/17"); res.StatusCode != 405 || res.Header.Get("Allow") != "GET" {
			t.Errorf("POST: %d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
		}
		if res, body := get(t, "GET", base+"/debug/pprof/goroutine?debug=1"); res.StatusCode != 200 || !strings.Contains(body, "goroutine profile:") {
			t.Errorf("pprof: %d %.100q", res.StatusCode, body)
		}
		r, _ := http.NewRequestWithContext(t.Context(), "POST", base+"/panic", strings.NewReader("x"))
		r.Method = "GET"
		if res, err := http.DefaultClient.Do(r); err == nil {
			t.Errorf("aborted: %d", res.StatusCode)
			res.Body.Close()
		}
	})
}

// An application of the contract mounted in a chi router.
func TestUnderChi(t *testing.T) {
	inner := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		_, err := fmt.Fprintf(x, "%q %q", x.Request.Root, x.Request.Path)
		return err
	})
	r := chi.NewRouter()
	r.Use(middleware.RealIP, middleware.Recoverer)
	r.Handle("/notes/*", http.StripPrefix("/notes", nethttp.Handler(inner)))
	everywhere(t, r, func(t *testing.T, base string) {
		if _, body := get(t, "GET", base+"/notes/a%2Fb"); body != `"/app/notes" "/a%2Fb"` {
			t.Errorf("got %s", body)
		}
	})
}

// A WebSocket library takes the connection.
func TestWebSocket(t *testing.T) {
	everywhere(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"echo"}, CompressionMode: websocket.CompressionContextTakeover})
		if err != nil {
			return // a plain request was answered by Accept
		}
		defer c.CloseNow()
		for {
			kind, message, err := c.Read(r.Context())
			if websocket.CloseStatus(err) == websocket.StatusNormalClosure {
				return
			}
			if err == nil {
				err = c.Write(r.Context(), kind, message)
			}
			if err != nil {
				t.Errorf("server: %v", err)
				return
			}
		}
	}), func(t *testing.T, base string) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		c, res, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(base, "http")+"/ws", &websocket.DialOptions{Subprotocols: []string{"echo"}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.CloseNow()
		if res.StatusCode != 101 || c.Subprotocol() != "echo" {
			t.Errorf("status %d, subprotocol %q", res.StatusCode, c.Subprotocol())
		}
		c.SetReadLimit(1 << 20)
		for _, message := range []string{"hello", "", strings.Repeat("long ", 5000)} {
			if err := c.Write(ctx, websocket.MessageText, []byte(message)); err != nil {
				t.Fatal(err)
			}
			if _, got, err := c.Read(ctx); err != nil || string(got) != message {
				t.Fatalf("%.20q, %v; want %.20q", got, err, message)
			}
		}
		if err := c.Ping(contextOfReader(ctx, c)); err != nil {
			t.Errorf("ping: %v", err)
		}
		if err := c.Close(websocket.StatusNormalClosure, "bye"); err != nil && !errors.Is(err, io.EOF) {
			t.Errorf("close: %v", err)
		}
		if res, _ := get(t, "GET", base+"/ws"); res.StatusCode != 426 || res.Header.Get("Upgrade") != "websocket" {
			t.Errorf("plain request: %d, Upgrade %q", res.StatusCode, res.Header.Get("Upgrade"))
		}
	})
}

// contextOfReader starts the reader that a Ping needs for its answer.
func contextOfReader(ctx context.Context, c *websocket.Conn) context.Context {
	return c.CloseRead(ctx)
}

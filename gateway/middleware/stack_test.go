package middleware_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

// stack is all of them around h.
func stack(h gateway.Handler) gateway.Handler {
	var all []gateway.Middleware
	for _, l := range layers {
		all = append(all, l.make())
	}
	return gateway.Chain(h, all...)
}

// What is flushed is with the client, compressed, before the handler goes on: through
// all of them, over real sockets.
func TestStreamsStayStreams(t *testing.T) {
	for name, s := range map[string]gateway.Server{
		"server":  server.New(server.Config{Addr: "127.0.0.1:0", Error: quiet}),
		"nethttp": nethttp.New(nethttp.Config{Addr: "127.0.0.1:0", Error: quiet}),
	} {
		t.Run(name, func(t *testing.T) {
			next := make(chan struct{})
			addr := serve(t, s, stack(gateway.HandlerFunc(func(x *gateway.Exchange) error {
				x.Response.Header.Add("Content-Type", "text/event-stream")
				for i := range 3 {
					fmt.Fprintf(x, "data: %d\n\n", i)
					if err := x.Flush(); err != nil {
						return err
					}
					<-next
				}
				return nil
			})))
			sockets := &client.Sockets{Open: func() (net.Conn, error) { return net.Dial(addr.Network(), addr.String()) }}
			defer sockets.Close()
			call, err := sockets.Start(gatewaytest.Request{Header: gateway.Header{{Name: "Accept-Encoding", Value: "gzip"}}})
			if err != nil {
				t.Fatal(err)
			}
			defer call.Close()
			if res, err := call.Head(); err != nil || res.Header.Value("Content-Encoding") != "gzip" || res.Header.Value("X-Frame-Options") == "" {
				t.Fatalf("%v, %v", res, err)
			}
			z, err := gzip.NewReader(call)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 3 {
				want := fmt.Sprintf("data: %d\n\n", i)
				got := make([]byte, len(want))
				if _, err := io.ReadFull(z, got); err != nil || string(got) != want {
					t.Fatalf("%q, %v", got, err)
				}
				next <- struct{}{}
			}
		})
	}
}

// serve runs a server until the test ends, and returns its address.
func serve(t *testing.T, s gateway.Server, h gateway.Handler) net.Addr {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	started, served := make(chan net.Addr, 1), make(chan error, 1)
	go func() { served <- s.Serve(ctx, gateway.Chain(h, announce(started))) }() // ends with ctx
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return <-started
}

func announce(started chan<- net.Addr) gateway.Middleware {
	return func(h gateway.Handler) gateway.Handler { return &announcer{h, started} }
}

type announcer struct {
	gateway.Handler
	started chan<- net.Addr
}

func (a *announcer) Startup(_ context.Context, s gateway.ServerInfo) error {
	a.started <- s.Addrs[0]
	return nil
}
func (a *announcer) Shutdown(context.Context) error { return nil }

// Files, early hints and upgrades pass where nobody has a reason to stop them.
func TestFilesHintsAndUpgradesPass(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.png")
	if err := os.WriteFile(name, bytes.Repeat([]byte("p"), 5000), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := stack(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		if x.Request.Path == "/upgrade" {
			conn, _, err := x.Hijack()
			if err != nil {
				return err
			}
			return conn.Close()
		}
		if err := x.Inform(103, gateway.Header{{Name: "Link", Value: "</a.css>; rel=preload"}}); err != nil {
			return err
		}
		x.Response.Header.Add("Content-Type", "image/png")
		return x.SendFile(f, 0, -1)
	}))
	q := gatewaytest.Request{Header: gateway.Header{{Name: "Accept-Encoding", Value: "gzip"}}}
	res := gatewaytest.Do(h, q)
	if res.Files != 5000 || len(res.Interim) != 1 || res.Interim[0].Status != 103 {
		t.Errorf("%d bytes by sendfile, interim %v", res.Files, res.Interim)
	}
	q.Target = "/upgrade"
	q.Header = gateway.Header{{Name: "Upgrade", Value: "websocket"}}
	if res := gatewaytest.Do(h, q); !res.Outcome.Hijacked || res.Conn == nil {
		t.Errorf("%+v", res.Outcome)
	}
}

// Files of package static go through all of them: whole, compressed, as a part, and not
// again where the client has them.
func TestFilesThroughTheStack(t *testing.T) {
	lint := gatewaytest.Lint(func(err error) { t.Error(err) })
	h := lint(stack(lint(gateway.HandlerFunc(func(x *gateway.Exchange) error { return errors.New("not a file") }))))
	ask := func(method string, fields ...gateway.Field) *gatewaytest.Result {
		return gatewaytest.Do(h, gatewaytest.Request{Method: method, Target: "/static/a.js", Header: fields})
	}
	zip := gateway.Field{Name: "Accept-Encoding", Value: "gzip"}
	whole, zipped := ask("GET"), ask("GET", zip)
	if whole.Status != 200 || len(whole.Body) != 7000 || whole.Header.Value("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d, %d bytes, %v", whole.Status, len(whole.Body), whole.Header)
	}
	if z, err := gzip.NewReader(bytes.NewReader(zipped.Body)); err != nil {
		t.Errorf("%v, %v", zipped.Header, err)
	} else if body, err := io.ReadAll(z); err != nil || !bytes.Equal(body, whole.Body) {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if r := ask("HEAD"); r.Status != 200 || r.Length != 7000 || len(r.Body) != 0 {
		t.Errorf("HEAD: %d of length %d", r.Status, r.Length)
	}
	if r := ask("GET", gateway.Field{Name: "Range", Value: "bytes=0-6"}); r.Status != 206 || string(r.Body) != "let a;\n" {
		t.Errorf("%d %q", r.Status, r.Body)
	}
	for _, had := range []*gatewaytest.Result{whole, zipped} {
		tag := had.Header.Value("ETag")
		if r := ask("GET", zip, gateway.Field{Name: "If-None-Match", Value: tag}); r.Status != 304 || r.Header.Value("ETag") != tag || !r.Header.HasToken("Vary", "Accept-Encoding") {
			t.Errorf("%s: %d %v", tag, r.Status, r.Header)
		}
	}
	if r := gatewaytest.Do(h, gatewaytest.Request{Target: "/static/none.js"}); r.Status != 404 || !r.Header.Has("X-Frame-Options") {
		t.Errorf("%d %v", r.Status, r.Header)
	}
}

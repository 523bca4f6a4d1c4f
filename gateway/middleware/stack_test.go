package middleware_test

import (
	"bytes"
	"compress/gzip"
	"context"
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

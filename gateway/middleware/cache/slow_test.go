package cache_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/cache"
	"github.com/dewar-go/dewar/gateway/server"
)

// lifespan tells a test where a server listens.
type lifespan struct {
	gateway.Handler
	started chan net.Addr
}

func (l *lifespan) Startup(_ context.Context, s gateway.ServerInfo) error {
	l.started <- s.Addrs[0]
	return nil
}
func (l *lifespan) Shutdown(context.Context) error { return nil }

// A client that does not read what it asked for holds itself, and not those who wait
// for the same.
func TestSlowClientHoldsNobody(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 16<<20/16) // more than sockets take
	name := filepath.Join(t.TempDir(), "content")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for how, answer := range map[string]func(x *gateway.Exchange) error{
		"content": func(x *gateway.Exchange) error { x.Response.Body = content; return nil },
		"a file": func(x *gateway.Exchange) error {
			f, err := os.Open(name)
			if err != nil {
				return err
			}
			defer f.Close()
			x.Response.Body = nil
			return x.SendFile(f, 0, -1)
		},
	} {
		t.Run(how, func(t *testing.T) {
			entered, leave := make(chan struct{}), make(chan struct{})
			o := &origin{answer: func(x *gateway.Exchange) error {
				close(entered) // panics at a second call
				<-leave
				x.Response.Header.Add("Cache-Control", "max-age=60")
				return answer(x)
			}}
			h := cache.New(cache.Config{MaxBody: 32 << 20}).Middleware()(o)
			l := &lifespan{h, make(chan net.Addr, 1)}
			ctx, cancel := context.WithCancel(context.Background())
			served := make(chan error, 1)
			go func() { // ends with ctx
				served <- server.New(server.Config{Addr: "127.0.0.1:0", Error: func(*gateway.Request, error) {}}).Serve(ctx, l)
			}()
			conn, err := net.Dial("tcp", (<-l.started).String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Write([]byte("GET /page?q HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
				t.Fatal(err)
			}
			<-entered
			waiting := (&gatewaytest.Recorder{Handler: h}).Start(get())
			close(leave)
			if res, err := gatewaytest.Finish(waiting); err != nil || !bytes.Equal(res.Body, content) {
				t.Errorf("%d bytes, %v", len(res.Body), err)
			}
			conn.Close()
			cancel()
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
}

// A stream has no end that is known: who waits goes on when its client is slow.
func TestSlowClientOfAStreamIsWaitedForSoLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun, taken := make(chan struct{}), make(chan struct{})
		o := &origin{}
		o.answer = func(x *gateway.Exchange) error {
			x.Response.Header.Add("Cache-Control", "max-age=60")
			if o.calls.Load() > 1 {
				return nil
			}
			x.Flush()
			close(begun)
			<-taken // as a write does to a client that does not read
			return nil
		}
		h := cache.New(cache.Config{}).Middleware()(o)
		leader := (&gatewaytest.Recorder{Handler: h}).Start(get())
		<-begun
		if res := gatewaytest.Do(h, get()); string(res.Body) != "answer 2" {
			t.Errorf("%q", res.Body)
		}
		if res := gatewaytest.Do(h, get()); string(res.Body) != "answer 2" || o.calls.Load() != 2 {
			t.Errorf("%q after %d calls: what the other fetched was not kept", res.Body, o.calls.Load())
		}
		close(taken)
		if _, err := gatewaytest.Finish(leader); err != nil {
			t.Fatal(err)
		}
	})
}

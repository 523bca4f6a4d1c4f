package timeout_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/timeout"
	"github.com/dewar-go/dewar/gateway/server"
)

const (
	soon  = 10 * time.Millisecond
	never = time.Hour
)

func within(after time.Duration, f gateway.HandlerFunc) gateway.Handler {
	return gateway.Chain(f, timeout.New(timeout.Config{After: after}))
}

// In time, nothing changes: answers, errors, panics, streams, files are as without it.
func TestInTime(t *testing.T) {
	own := errors.New("own")
	app := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Route = "/<name>"
		x.Response.Header.Set("X-Inner", "yes")
		switch x.Request.Path {
		case "/text":
			_, err := x.WriteString("hello")
			return err
		case "/large":
			_, err := x.Write(bytes.Repeat([]byte("x"), 100_000))
			return err
		case "/body":
			x.Response.Body = bytes.Repeat([]byte("x"), 100_000)
		case "/error":
			return own
		case "/missing":
			return &gateway.StatusError{Status: 404}
		case "/panic":
			panic(own)
		case "/invalid":
			x.Response.Header.Add("X-Bad", "a\nb")
		case "/trailer":
			x.Response.Trailer.Add("X-Sum", "1")
			return x.Flush()
		}
		return nil
	})
	for _, path := range []string{"/", "/text", "/large", "/body", "/error", "/missing", "/panic", "/invalid", "/trailer"} {
		for _, method := range []string{"GET", "HEAD"} {
			var route string
			outside := func(next gateway.Handler) gateway.Handler {
				return gateway.HandlerFunc(func(x *gateway.Exchange) error {
					defer func() { route = x.Route }()
					x.Response.Header.Add("X-Outer", "yes")
					return next.Serve(x)
				})
			}
			q := gatewaytest.Request{Method: method, Target: path}
			want := gatewaytest.Do(gateway.Chain(app, outside), q)
			got := gatewaytest.Do(gateway.Chain(app, outside, timeout.New(timeout.Config{After: never})), q)
			if got.Status != want.Status || !bytes.Equal(got.Body, want.Body) || got.Length != want.Length || route != "/<name>" {
				t.Errorf("%s %s: %d, %d bytes, length %d, route %s; want %d, %d, %d", method, path, got.Status, len(got.Body), got.Length, route, want.Status, len(want.Body), want.Length)
			}
			for _, f := range want.Header {
				if got.Header.Value(f.Name) != f.Value {
					t.Errorf("%s %s: field %s is %q, want %q", method, path, f.Name, got.Header.Value(f.Name), f.Value)
				}
			}
			if fmt.Sprint(got.Trailer) != fmt.Sprint(want.Trailer) || (got.Outcome.Fault() == nil) != (want.Outcome.Fault() == nil) {
				t.Errorf("%s %s: trailer %v, fault %v; want %v, %v", method, path, got.Trailer, got.Outcome.Err, want.Trailer, want.Outcome.Err)
			}
			if p, ok := errors.AsType[*gateway.PanicError](got.Outcome.Err); path == "/panic" && (!ok || !errors.Is(got.Outcome.Err, own) || !bytes.Contains(p.Stack, []byte("TestInTime"))) {
				t.Errorf("the panic is lost: %v", got.Outcome.Err)
			}
		}
	}
}

// FEATURES: echo#1761, echo#2241, gin-contrib/timeout#40: a late answer is dropped, and
// nothing of the real exchange is touched, whatever the handler goes on doing.
func TestLateAnswerIsDropped(t *testing.T) {
	release, ended := make(chan struct{}), make(chan struct{})
	h := within(soon, func(x *gateway.Exchange) error {
		defer close(ended)
		ctx := x.Context()
		<-ctx.Done()
		if cause := context.Cause(ctx); cause != timeout.ErrLate || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			t.Errorf("context ended with %v, %v", ctx.Err(), cause)
		}
		<-release
		x.Response.Status = 201
		x.Response.Header.Set("X-Late", "yes")
		if _, err := x.Read(make([]byte, 1)); err != timeout.ErrLate {
			t.Errorf("Read: %v", err)
		}
		if err := x.Inform(103, nil); err != timeout.ErrLate {
			t.Errorf("Inform: %v", err)
		}
		if err := x.SetDeadlines(time.Time{}, time.Time{}); err != timeout.ErrLate {
			t.Errorf("SetDeadlines: %v", err)
		}
		if _, _, err := x.Hijack(); err != timeout.ErrLate {
			t.Errorf("Hijack: %v", err)
		}
		if err := x.Flush(); err != timeout.ErrLate {
			t.Errorf("Flush: %v", err)
		}
		return nil
	})
	r := gatewaytest.Recorder{Handler: h}
	res := r.Do(gatewaytest.Request{Method: "POST", Body: []byte("abc")})
	if res.Status != 503 || res.Header.Has("X-Late") {
		t.Errorf("got %d %v", res.Status, res.Header)
	}
	if !errors.Is(res.Outcome.Fault(), timeout.ErrLate) {
		t.Errorf("the operator is told %v", res.Outcome.Fault())
	}
	// The connection serves others while the late handler writes.
	close(release)
	r.Handler = gateway.HandlerFunc(func(x *gateway.Exchange) error {
		_, err := x.WriteString("next")
		return err
	})
	for range 100 {
		if res := r.Do(gatewaytest.Request{}); string(res.Body) != "next" || res.Header.Has("X-Late") {
			t.Fatalf("got %q %v", res.Body, res.Header)
		}
	}
	<-ended
	if err := gateway.Shutdown(t.Context(), h); err != nil {
		t.Error(err)
	}
}

// A handler that heeds its context is answered like one that does not.
func TestHandlerThatHeedsItsContext(t *testing.T) {
	for range 20 {
		res := gatewaytest.Do(within(time.Millisecond, func(x *gateway.Exchange) error {
			<-x.Context().Done()
			return x.Context().Err()
		}), gatewaytest.Request{})
		if res.Status != 503 {
			t.Fatalf("got %d, %v", res.Status, res.Outcome.Err)
		}
	}
}

// untilGivenUp returns when the handler has been answered for. That is a moment after its
// context has ended, and a handler that ends in between is in time.
func untilGivenUp(x *gateway.Exchange) {
	for {
		if _, err := x.Read(make([]byte, 1)); err == timeout.ErrLate {
			return
		}
		time.Sleep(time.Millisecond) // the answer is given up without a word to the handler
	}
}

func TestLatePanicIsDropped(t *testing.T) {
	h := within(soon, func(x *gateway.Exchange) error {
		untilGivenUp(x)
		panic("late")
	})
	if res := gatewaytest.Do(h, gatewaytest.Request{}); res.Status != 503 {
		t.Errorf("got %d", res.Status)
	}
	if err := gateway.Shutdown(t.Context(), h); err != nil {
		t.Error(err)
	}
}

// A stream that has begun goes on: half an answer cannot be taken back.
func TestStreamGoesOn(t *testing.T) {
	h := within(soon, func(x *gateway.Exchange) error {
		if _, err := x.WriteString("a"); err != nil {
			return err
		}
		if err := x.Flush(); err != nil {
			return err
		}
		<-x.Context().Done()
		_, err := x.WriteString("b")
		return err
	})
	res := gatewaytest.Do(h, gatewaytest.Request{})
	if chunks := res.Chunks(); res.Status != 200 || string(res.Body) != "ab" || len(chunks) != 2 || res.Aborted {
		t.Errorf("got %d %q in %d chunks", res.Status, res.Body, len(chunks))
	}
}

// So many may be late, and not one more.
func TestMaxLate(t *testing.T) {
	release := make(chan struct{})
	var entered sync.WaitGroup
	entered.Add(2)
	h := gateway.Chain(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		if x.Request.Path == "/quick" {
			return nil
		}
		entered.Done()
		<-release
		return nil
	}), timeout.New(timeout.Config{After: soon, MaxLate: 2}))
	for i := range 2 {
		if res := gatewaytest.Do(h, gatewaytest.Request{Target: "/quick"}); res.Status != 200 {
			t.Errorf("with %d late: %d", i, res.Status)
		}
		if res := gatewaytest.Do(h, gatewaytest.Request{}); res.Status != 503 {
			t.Errorf("late: %d", res.Status)
		}
	}
	entered.Wait()
	if res := gatewaytest.Do(h, gatewaytest.Request{Target: "/quick"}); res.Status != 503 {
		t.Errorf("with 2 late: %d, want 503", res.Status)
	}
	close(release)
	// What a late handler was counted for is given back a moment after it has returned.
	res := gatewaytest.Do(h, gatewaytest.Request{Target: "/quick"})
	for limit := time.Now().Add(30 * time.Second); res.Status == 503 && time.Now().Before(limit); {
		runtime.Gosched()
		res = gatewaytest.Do(h, gatewaytest.Request{Target: "/quick"})
	}
	if res.Status != 200 {
		t.Errorf("with none late: %d", res.Status)
	}
}

// Shutdown waits for the handlers that are late, and tells how many it could not wait
// for.
func TestShutdownWaitsForLateHandlers(t *testing.T) {
	release := make(chan struct{})
	h := gateway.Chain(gateway.HandlerFunc(func(*gateway.Exchange) error {
		<-release
		return nil
	}), timeout.New(timeout.Config{After: soon}))
	for range 2 {
		if res := gatewaytest.Do(h, gatewaytest.Request{}); res.Status != 503 {
			t.Errorf("late: %d", res.Status)
		}
	}
	stuck, cancel := context.WithCancel(t.Context())
	cancel()
	if err := gateway.Shutdown(stuck, h); err == nil || !strings.Contains(err.Error(), "2 handlers") {
		t.Errorf("Shutdown with 2 late: %v", err)
	}
	close(release)
	if err := gateway.Shutdown(t.Context(), h); err != nil {
		t.Error(err)
	}
}

// A handler that waits for a client that sends nothing: its Read ends, the client gets
// 503, and the connection, on which the rest may still come, closes.
func TestSlowClient(t *testing.T) {
	started := make(chan net.Addr, 1)
	read := make(chan error, 1)
	h := within(soon, func(x *gateway.Exchange) error {
		_, err := io.ReadAll(x)
		read <- err
		return err
	})
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	announce := &announcer{h, started}
	go func() {
		served <- server.New(server.Config{Addr: "127.0.0.1:0", Error: func(*gateway.Request, error) {}}).Serve(ctx, announce)
	}()
	conn, err := net.Dial("tcp", (<-started).String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 503 ")) {
		t.Errorf("%q, %v", answer, err)
	}
	if err := <-read; !errors.Is(err, timeout.ErrLate) {
		t.Errorf("the handler read %v", err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

type announcer struct {
	gateway.Handler
	started chan net.Addr
}

func (a *announcer) Startup(ctx context.Context, s gateway.ServerInfo) error {
	a.started <- s.Addrs[0]
	return gateway.Startup(ctx, a.Handler, s)
}
func (a *announcer) Shutdown(ctx context.Context) error { return gateway.Shutdown(ctx, a.Handler) }

// Beside each other, some late and some not: no answer is another's.
func TestManyAtOnce(t *testing.T) {
	h := within(5*time.Millisecond, func(x *gateway.Exchange) error {
		if strings.HasSuffix(x.Request.Path, "7") {
			untilGivenUp(x)
		}
		_, err := x.WriteString(x.Request.Path)
		return err
	})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			r := gatewaytest.Recorder{Handler: h}
			for j := range 50 {
				path := fmt.Sprintf("/%d/%d", i, j)
				res := r.Do(gatewaytest.Request{Target: path})
				if strings.HasSuffix(path, "7") && res.Status != 503 || res.Status == 200 && string(res.Body) != path {
					t.Errorf("%s: %d %q", path, res.Status, res.Body)
				}
			}
		})
	}
	all.Wait()
	if err := gateway.Shutdown(t.Context(), h); err != nil {
		t.Error(err)
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []timeout.Config{{}, {After: -1}, {After: 1, MaxLate: -1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is taken", c)
				}
			}()
			timeout.New(c)
		}()
	}
}

func TestSuite(t *testing.T) {
	gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
		m := new(gatewaytest.Memory)
		target := m.Target()
		target.Server = timed{m}
		return target
	})
}

func TestSuiteOnTheServer(t *testing.T) {
	gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
		return gatewaytest.Target{Server: timed{server.New(server.Config{Addr: "127.0.0.1:0", Error: func(*gateway.Request, error) {}})}}
	})
}

type timed struct{ gateway.Server }

func (s timed) Serve(ctx context.Context, h gateway.Handler) error {
	return s.Server.Serve(ctx, gateway.Chain(h, timeout.New(timeout.Config{After: time.Minute})))
}

func Example() {
	h := timeout.New(timeout.Config{After: 20 * time.Millisecond})(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		req, err := http.NewRequestWithContext(x.Context(), "GET", "http://192.0.2.1/", nil) // ends with the handler's time
		if err != nil {
			return err
		}
		_ = req // http.DefaultClient.Do(req), say
		<-x.Context().Done()
		return x.Context().Err()
	}))
	res := gatewaytest.Do(h, gatewaytest.Request{})
	fmt.Print(string(res.Body))
	// Output: 503 the request took too long (RFC 9110 §15.6.4)
}

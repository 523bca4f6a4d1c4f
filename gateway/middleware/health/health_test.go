package health_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/health"
)

var app = gateway.HandlerFunc(func(x *gateway.Exchange) error {
	x.Response.Body = []byte("app")
	return nil
})

func Example() {
	probe := health.New(health.Config{Ready: map[string]health.Check{"database": func(context.Context) error { return errors.New("away") }}})
	h := gateway.Chain(app, probe.Middleware())
	gateway.Startup(context.Background(), h, gateway.ServerInfo{})
	res := gatewaytest.Do(h, gatewaytest.Request{Target: "/readyz?verbose"})
	fmt.Print(res.Status, "\n", string(res.Body))
	// Output:
	// 503
	// [+] started ok
	// [+] not draining ok
	// [-] database failed
	// not ok
}

func status(h gateway.Handler, target string) int {
	return gatewaytest.Do(h, gatewaytest.Request{Target: target}).Status
}

// The three answers over the life of a process.
func TestLifetime(t *testing.T) {
	probe := health.New(health.Config{})
	h := gateway.Chain(app, probe.Middleware())
	expect := func(when string, live, start, ready int) {
		t.Helper()
		if l, s, r := status(h, "/livez"), status(h, "/startupz"), status(h, "/readyz"); l != live || s != start || r != ready {
			t.Errorf("%s: %d %d %d", when, l, s, r)
		}
	}
	expect("before the start", 200, 503, 503)
	if err := gateway.Startup(context.Background(), h, gateway.ServerInfo{}); err != nil {
		t.Fatal(err)
	}
	expect("started", 200, 200, 200)
	if body := gatewaytest.Do(h, gatewaytest.Request{Target: "/other"}).Body; string(body) != "app" {
		t.Errorf("%q", body)
	}
	probe.Drain()
	expect("draining", 200, 200, 503)
	if err := gateway.Shutdown(context.Background(), h); err != nil {
		t.Fatal(err)
	}
	expect("ended", 200, 503, 503)
}

// The server goes on for a while when it is told to stop, and is not ready meanwhile.
func TestLinger(t *testing.T) {
	probe := health.New(health.Config{})
	h := gateway.Chain(app, probe.Middleware())
	gateway.Startup(context.Background(), h, gateway.ServerInfo{})
	ctx, stop := context.WithCancelCause(context.Background())
	lingering := probe.Linger(ctx, time.Millisecond)
	if lingering.Err() != nil || status(h, "/readyz") != 200 {
		t.Error("it drains before it is told to")
	}
	told := errors.New("told to stop")
	stop(told)
	<-lingering.Done()
	if context.Cause(lingering) != told || status(h, "/readyz") != 503 || status(h, "/other") != 200 {
		t.Errorf("%v, ready %d", context.Cause(lingering), status(h, "/readyz"))
	}
	endless := health.New(health.Config{}).Linger(ctx, time.Hour) // ctx has ended: it drains at once, and lingers
	if endless.Err() != nil {
		t.Error("it did not linger")
	}
}

func TestChecks(t *testing.T) {
	var heard []string
	var mu sync.Mutex
	hang := make(chan struct{})
	defer close(hang)
	h := gateway.Chain(app, health.New(health.Config{
		Timeout: time.Second, Keep: -1, // on a busy machine, too, the fine one is done by then
		Ready: map[string]health.Check{
			"fine":   func(context.Context) error { return nil },
			"fails":  func(context.Context) error { return errors.New("secret reason") },
			"panics": func(context.Context) error { panic("no") },
			"hangs":  func(context.Context) error { <-hang; return nil },
			"slow":   func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		},
		Live:  map[string]health.Check{"fine": func(context.Context) error { return nil }},
		Error: func(name string, err error) { mu.Lock(); heard = append(heard, name); mu.Unlock() },
	}).Middleware())
	gateway.Startup(context.Background(), h, gateway.ServerInfo{})
	for range 2 { // the one that hangs is not called a second time, and still fails
		res := gatewaytest.Do(h, gatewaytest.Request{Target: "/readyz?verbose"})
		want := "[+] started ok\n[+] not draining ok\n[-] fails failed\n[+] fine ok\n[-] hangs failed\n[-] panics failed\n[-] slow failed\nnot ok\n"
		if res.Status != 503 || string(res.Body) != want || res.Header.Value("Cache-Control") != "no-store" {
			t.Errorf("%d %s", res.Status, res.Body)
		}
	}
	if len(heard) != 8 {
		t.Errorf("heard of %q", heard)
	}
	if res := gatewaytest.Do(h, gatewaytest.Request{Target: "/livez?verbose"}); string(res.Body) != "[+] fine ok\nok\n" {
		t.Errorf("%q", res.Body)
	}
	if res := gatewaytest.Do(h, gatewaytest.Request{Target: "/readyz"}); string(res.Body) != "not ok\n" {
		t.Errorf("%q", res.Body)
	}
}

// Probes that come at once share one run, and one that is recent enough.
func TestRunsAreShared(t *testing.T) {
	var calls atomic.Int64
	entered, leave := make(chan struct{}), make(chan struct{})
	h := gateway.Chain(app, health.New(health.Config{Keep: time.Hour, Timeout: time.Hour, Ready: map[string]health.Check{"db": func(context.Context) error {
		if calls.Add(1) == 1 {
			close(entered)
		}
		<-leave
		return nil
	}}}).Middleware())
	gateway.Startup(context.Background(), h, gateway.ServerInfo{})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if got := status(h, "/readyz"); got != 200 {
				t.Errorf("%d", got)
			}
		})
	}
	<-entered
	close(leave)
	wg.Wait()
	if calls.Load() != 1 {
		t.Errorf("%d runs", calls.Load())
	}
}

func TestMethodsAndPaths(t *testing.T) {
	h := gateway.Chain(app, health.New(health.Config{LivePath: "/alive"}).Middleware())
	for _, c := range []struct {
		method, target string
		want           int
		body           string
	}{{"GET", "/alive", 200, "ok\n"}, {"HEAD", "/alive", 200, ""}, {"POST", "/alive", 405, ""}, {"GET", "/livez", 200, "app"}, {"GET", "/alive/", 200, "app"}, {"GET", "/alive?x", 200, "ok\n"}} {
		lint := gatewaytest.Lint(func(err error) { t.Error(err) })
		if res := gatewaytest.Do(lint(h), gatewaytest.Request{Method: c.method, Target: c.target}); res.Status != c.want || string(res.Body) != c.body {
			t.Errorf("%s %s: %d %q", c.method, c.target, res.Status, res.Body)
		}
	}
}

func TestNewPanicsAtMistakes(t *testing.T) {
	for _, c := range []health.Config{{LivePath: "livez"}, {Ready: map[string]health.Check{"a": nil}}, {Live: map[string]health.Check{"a\n": func(context.Context) error { return nil }}}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is taken", c)
				}
			}()
			health.New(c)
		}()
	}
}

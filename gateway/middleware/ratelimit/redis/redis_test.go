package redis_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/ratelimit"
	"github.com/dewar-go/dewar/gateway/middleware/ratelimit/redis"
)

// start runs a Redis or Valkey of the system on a unix socket of its own, and ends it
// with the test. Debian's packages are redis-server and valkey-server; .ci/run
// installs one.
func start(t *testing.T) *goredis.Client {
	t.Helper()
	program := ""
	for _, name := range []string{"valkey-server", "redis-server"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("neither valkey-server nor redis-server is installed; .ci/run installs one")
		}
		t.Skip("neither valkey-server nor redis-server is installed")
	}
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	cmd := exec.Command(program, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", dir, "--daemonize", "no")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	client := goredis.NewClient(&goredis.Options{Network: "unix", Addr: socket, MaxRetries: 100, MinRetryBackoff: 10 * time.Millisecond, MaxRetryBackoff: 50 * time.Millisecond})
	t.Cleanup(func() { client.Close() })
	if err := client.Ping(context.Background()).Err(); err != nil { // retries until it listens
		t.Fatal(err)
	}
	return client
}

// 64 goroutines over two stores, as of two processes, get just what the budget has.
func TestBudgetIsExact(t *testing.T) {
	client := start(t)
	ctx := context.Background()
	for _, sliding := range []bool{false, true} {
		p := ratelimit.Policy{Name: "exact", Requests: 100, Window: 1000 * time.Hour, Sliding: sliding}
		prefix := map[bool]string{false: "bucket:", true: "window:"}[sliding]
		stores := []*redis.Store{redis.New(client, prefix), redis.New(client, prefix)}
		var admitted atomic.Int64
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				for range 10 {
					d, err := stores[i%2].Take(ctx, "client", p)
					if err != nil {
						t.Error(err)
						return
					}
					if d.OK {
						admitted.Add(1)
					} else if d.Retry <= 0 || d.Remaining != 0 {
						t.Errorf("refused with %+v", d)
					}
				}
			})
		}
		wg.Wait()
		if admitted.Load() != 100 {
			t.Errorf("sliding %v: %d admitted of 100", sliding, admitted.Load())
		}
		if d, err := stores[0].Take(ctx, "another", p); err != nil || !d.OK || d.Remaining != 99 {
			t.Errorf("another client: %+v, %v", d, err)
		}
	}
}

// What memory and Redis say is the same, but for the time that passes.
func TestDecidesAsMemory(t *testing.T) {
	client := start(t)
	for _, sliding := range []bool{false, true} {
		p := ratelimit.Policy{Name: "same", Requests: 5, Window: 5000 * time.Hour, Sliding: sliding}
		memory, store := ratelimit.NewMemory(0), redis.New(client, map[bool]string{false: "a:", true: "b:"}[sliding])
		for i := range 8 {
			want, _ := memory.Take(context.Background(), "k", p)
			got, err := store.Take(context.Background(), "k", p)
			if err != nil || got.OK != want.OK || got.Remaining != want.Remaining || !near(got.Reset, want.Reset) || !near(got.Retry, want.Retry) {
				t.Errorf("sliding %v, request %d: %+v, %v, memory says %+v", sliding, i, got, err, want)
			}
		}
	}
}

func near(a, b time.Duration) bool { return (a - b).Abs() < time.Minute }

// Tokens come back with the server's time, and counters do not stay for ever.
func TestTimePasses(t *testing.T) {
	client := start(t)
	ctx := context.Background()
	store := redis.New(client, "t:")
	for _, sliding := range []bool{false, true} {
		p := ratelimit.Policy{Name: map[bool]string{false: "fast", true: "slide"}[sliding], Requests: 2, Window: 200 * time.Millisecond, Sliding: sliding}
		refused := ratelimit.Decision{OK: true}
		for refused.OK {
			var err error
			if refused, err = store.Take(ctx, "k", p); err != nil {
				t.Fatal(err)
			}
		}
		deadline := time.After(30 * time.Second)
		for ok := false; !ok; {
			select {
			case <-time.After(refused.Retry):
			case <-deadline:
				t.Fatal("no token came back")
			}
			d, err := store.Take(ctx, "k", p)
			if err != nil {
				t.Fatal(err)
			}
			if ok = d.OK; !ok {
				refused = d
			}
		}
		ttl, err := client.PTTL(ctx, "t:"+strconv.Itoa(len(p.Name))+":"+p.Name+":k").Result()
		if err != nil || ttl <= 0 || ttl > time.Second {
			t.Errorf("sliding %v: the counter expires after %v, %v", sliding, ttl, err)
		}
	}
}

func TestMiddleware(t *testing.T) {
	h := ratelimit.New(ratelimit.Config{Policy: ratelimit.Policy{Requests: 1, Window: time.Hour}, Store: redis.New(start(t), "m:")})(
		gateway.HandlerFunc(func(x *gateway.Exchange) error { return nil }))
	for _, want := range []int{200, 429} {
		if res := gatewaytest.Do(h, gatewaytest.Request{}); res.Status != want || res.Header.Value("RateLimit-Policy") != `"default";q=1;w=3600` {
			t.Errorf("%d %v", res.Status, res.Header)
		}
	}
}

// Colons in names and keys do not make one counter of two.
func TestPoliciesAreKeptApart(t *testing.T) {
	store := redis.New(start(t), "p:")
	for _, c := range []struct {
		name, key string
		ok        bool
	}{{"a", "b:k", true}, {"a", "b:k", false}, {"a:b", "k", true}, {"a:b", "k", false}, {"", "1:a:k", true}, {"a", "k", true}} {
		d, err := store.Take(context.Background(), c.key, ratelimit.Policy{Name: c.name, Requests: 1, Window: time.Hour})
		if err != nil || d.OK != c.ok {
			t.Errorf("%+v: %+v, %v", c, d, err)
		}
	}
}

// A server that is away is an error, and the context's end is heeded.
func TestServerAway(t *testing.T) {
	client := goredis.NewClient(&goredis.Options{Network: "unix", Addr: filepath.Join(t.TempDir(), "none"), MaxRetries: -1})
	defer client.Close()
	_, err := redis.New(client, "").Take(context.Background(), "k", ratelimit.Policy{Requests: 1, Window: time.Hour})
	var op *net.OpError
	if !errors.As(err, &op) {
		t.Errorf("%v", err)
	}
}

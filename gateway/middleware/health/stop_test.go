package health_test

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/middleware/health"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

func quiet(*gateway.Request, error) {}

// A running is an application on a real server, with a probe around it.
type running struct {
	gateway.Handler
	started chan gateway.ServerInfo
	info    gateway.ServerInfo
	stop    context.CancelCauseFunc
	ended   chan error
}

func (r *running) Startup(ctx context.Context, s gateway.ServerInfo) error {
	defer func() { r.started <- s }()
	return gateway.Startup(ctx, r.Handler, s)
}

func (r *running) Shutdown(ctx context.Context) error { return gateway.Shutdown(ctx, r.Handler) }

func run(s gateway.Server, h gateway.Handler) *running {
	r := &running{Handler: h, started: make(chan gateway.ServerInfo, 1), ended: make(chan error, 1)}
	ctx, stop := context.WithCancelCause(context.Background())
	r.stop = stop
	go func() { r.ended <- s.Serve(ctx, r) }()
	r.info = <-r.started
	return r
}

// get asks the server on a connection of its own.
func (r *running) get(t *testing.T, target string) (status int, body string) {
	t.Helper()
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get("http://" + r.info.Addrs[0].String() + target)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	return res.StatusCode, string(b)
}

// Nobody tells the probe that the server stops, but the server itself: an exchange
// that runs meanwhile sees it.
func TestServersTellThatTheyStop(t *testing.T) {
	for name, s := range map[string]gateway.Server{
		"server":  server.New(server.Config{Addr: "127.0.0.1:0", Error: quiet}),
		"nethttp": nethttp.New(nethttp.Config{Addr: "127.0.0.1:0", Error: quiet}),
	} {
		for cause, want := range map[error]string{nil: "200 503", gateway.ErrReplaced: "200 200"} {
			t.Run(name, func(t *testing.T) {
				var h gateway.Handler
				entered, told := make(chan struct{}), make(chan struct{})
				h = gateway.Chain(gateway.HandlerFunc(func(x *gateway.Exchange) error {
					before := status(h, "/readyz")
					close(entered)
					<-told
					x.Response.Body = []byte(strconv.Itoa(before) + " " + strconv.Itoa(status(h, "/readyz")))
					return nil
				}), health.New(health.Config{}).Middleware())
				r := run(s, h)
				answered := make(chan string, 1)
				go func() {
					_, body := r.get(t, "/")
					answered <- body
				}()
				<-entered
				r.stop(cause)
				if cause == nil {
					<-r.info.Stopping
				}
				close(told)
				if got := <-answered; got != want {
					t.Errorf("cause %v: ready before and after: %s, want %s", cause, got, want)
				}
				if err := <-r.ended; err != nil {
					t.Error(err)
				}
				if got := status(h, "/startupz"); got != 503 {
					t.Errorf("after the end: %d", got)
				}
			})
		}
	}
}

// While the server goes on for its Lameduck, new connections are served and /readyz
// is 503.
func TestLameduckIsNotReady(t *testing.T) {
	app := gateway.HandlerFunc(func(x *gateway.Exchange) error { return nil })
	r := run(server.New(server.Config{Addr: "127.0.0.1:0", Error: quiet, Lameduck: time.Second}), gateway.Chain(app, health.New(health.Config{}).Middleware()))
	if got, _ := r.get(t, "/readyz"); got != 200 {
		t.Errorf("before: %d", got)
	}
	r.stop(nil)
	<-r.info.Stopping
	if got, body := r.get(t, "/readyz?verbose"); got != 503 || body != "[+] started ok\n[-] not draining failed\nnot ok\n" {
		t.Errorf("%d %q", got, body)
	}
	for target, want := range map[string]int{"/livez": 200, "/startupz": 200, "/": 200} {
		if got, _ := r.get(t, target); got != want {
			t.Errorf("%s: %d", target, got)
		}
	}
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
}

// An application on two servers is ready while neither stops, and has started until
// the last one has ended.
func TestSeveralServers(t *testing.T) {
	h := gateway.Chain(app, health.New(health.Config{}).Middleware())
	ctx := context.Background()
	one, two := make(chan struct{}), make(chan struct{})
	start := func(c chan struct{}) { gateway.Startup(ctx, h, gateway.ServerInfo{Stopping: c}) }
	expect := func(when string, start, ready int) {
		t.Helper()
		if s, r := status(h, "/startupz"), status(h, "/readyz"); s != start || r != ready {
			t.Errorf("%s: started %d, ready %d", when, s, r)
		}
	}
	start(one)
	start(two)
	expect("both", 200, 200)
	close(two)
	expect("one stops", 200, 503)
	gateway.Shutdown(ctx, h)
	expect("one has ended", 200, 503)
	gateway.Shutdown(ctx, h)
	expect("both have", 503, 503)
	start(nil)
	expect("a new start, by a server that does not tell", 200, 200)
}

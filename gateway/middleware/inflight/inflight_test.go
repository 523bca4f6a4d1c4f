package inflight_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/inflight"
	"github.com/dewar-go/dewar/gateway/server"
)

func Example() {
	h := gateway.Chain(gateway.HandlerFunc(func(x *gateway.Exchange) error { return nil }), inflight.New(inflight.Config{Limit: 8}))
	fmt.Println(gatewaytest.Do(h, gatewaytest.Request{}).Status)
	// Output: 200
}

// held is a handler that tells when it runs, and waits.
type held struct {
	entered, leave chan struct{}
	running, most  atomic.Int64
}

func newHeld() *held { return &held{entered: make(chan struct{}, 100), leave: make(chan struct{})} }

func (h *held) Serve(x *gateway.Exchange) error {
	n := h.running.Add(1)
	defer h.running.Add(-1)
	for {
		most := h.most.Load()
		if n <= most || h.most.CompareAndSwap(most, n) {
			break
		}
	}
	h.entered <- struct{}{}
	<-h.leave
	return nil
}

func start(h gateway.Handler) gatewaytest.Call {
	return (&gatewaytest.Recorder{Handler: h}).Start(gatewaytest.Request{})
}

func finish(t *testing.T, c gatewaytest.Call) *gatewaytest.Result {
	t.Helper()
	res, err := gatewaytest.Finish(c)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// N run, M wait, and the next is refused at once.
func TestLimitAndQueue(t *testing.T) {
	in := newHeld()
	h := inflight.New(inflight.Config{Limit: 2, Queue: 1, Wait: time.Hour, Retry: 7 * time.Second})(in)
	a, b := start(h), start(h)
	<-in.entered
	<-in.entered
	c := start(h)
	// c waits, or is about to: whoever of c and d comes second is refused.
	d := start(h)
	refused := make(chan *gatewaytest.Result, 2)
	for _, call := range []gatewaytest.Call{c, d} {
		go func() {
			res, _ := gatewaytest.Finish(call)
			refused <- res
		}()
	}
	res := <-refused
	if res.Status != 503 || res.Header.Value("Retry-After") != "7" {
		t.Errorf("%d %v", res.Status, res.Header)
	}
	close(in.leave)
	if res := <-refused; res.Status != 200 {
		t.Errorf("the one that waited: %d", res.Status)
	}
	for _, call := range []gatewaytest.Call{a, b} {
		if res := finish(t, call); res.Status != 200 {
			t.Errorf("%d", res.Status)
		}
	}
	if in.most.Load() != 2 {
		t.Errorf("%d ran at once", in.most.Load())
	}
}

func TestNoQueue(t *testing.T) {
	in := newHeld()
	h := inflight.New(inflight.Config{Limit: 1, Queue: -1, Except: []string{"/livez"}})(in)
	a := start(h)
	<-in.entered
	if res := gatewaytest.Do(h, gatewaytest.Request{}); res.Status != 503 || res.Header.Value("Retry-After") != "1" {
		t.Errorf("%d %v", res.Status, res.Header)
	}
	live := (&gatewaytest.Recorder{Handler: h}).Start(gatewaytest.Request{Target: "/livez"})
	<-in.entered // not counted
	close(in.leave)
	finish(t, live)
	finish(t, a)
	if res := gatewaytest.Do(h, gatewaytest.Request{}); res.Status != 200 {
		t.Errorf("the place was not given back: %d", res.Status)
	}
}

func TestWaitEnds(t *testing.T) {
	in := newHeld()
	h := inflight.New(inflight.Config{Limit: 1, Wait: time.Millisecond})(in)
	a := start(h)
	<-in.entered
	if res := gatewaytest.Do(h, gatewaytest.Request{}); res.Status != 503 {
		t.Errorf("%d", res.Status)
	}
	close(in.leave)
	finish(t, a)
}

// A client that goes away while it waits takes no place.
func TestClientThatGoesAway(t *testing.T) {
	in := newHeld()
	h := inflight.New(inflight.Config{Limit: 1, Wait: time.Hour})(in)
	a := start(h)
	<-in.entered
	b := start(h)
	b.Close()
	if _, err := io.ReadAll(b); err == nil {
		t.Error("it got an answer")
	}
	close(in.leave)
	finish(t, a)
	if res := gatewaytest.Do(h, gatewaytest.Request{}); res.Status != 200 {
		t.Errorf("%d", res.Status)
	}
}

// asked tells when somebody asks for an exchange's context: a request that queues does.
type asked struct {
	gateway.Transport
	tell chan<- struct{}
}

func (a asked) Context() context.Context {
	select {
	case a.tell <- struct{}{}:
	default:
	}
	return a.Transport.Context()
}

// What a layer inside says of the handler's time holds for requests that have queued, too.
func TestQueuedRequestsKeepTheirHandlerTimeout(t *testing.T) {
	in, queued := newHeld(), make(chan struct{}, 1)
	noticed := func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if err := x.Wrap(func(t gateway.Transport) gateway.Transport { return asked{t, queued} }); err != nil {
				return err
			}
			return next.Serve(x)
		})
	}
	h := gateway.Chain(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		server.SetHandlerTimeout(x, time.Hour)
		if err := in.Serve(x); err != nil {
			return err
		}
		by, limited := x.Context().Deadline()
		_, err := fmt.Fprint(x, limited && time.Until(by) > 30*time.Minute)
		return err
	}), noticed, inflight.New(inflight.Config{Limit: 1, Wait: time.Minute}))
	s := server.New(server.Config{Addr: "127.0.0.1:0", HandlerTimeout: time.Minute})
	sockets := serve(t, s, h)
	first := ask(t, sockets)
	<-in.entered
	second := ask(t, sockets)
	<-queued
	close(in.leave)
	for _, call := range []gatewaytest.Call{first, second} {
		if res := finish(t, call); res.Status != 200 || string(res.Body) != "true" {
			t.Errorf("%d %s", res.Status, res.Body)
		}
	}
}

func ask(t *testing.T, s *client.Sockets) gatewaytest.Call {
	t.Helper()
	call, err := s.Start(gatewaytest.Request{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { call.Close() })
	return call
}

// serve runs a server until the test ends, and returns a client of it.
func serve(t *testing.T, s gateway.Server, h gateway.Handler) *client.Sockets {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	started, served := make(chan net.Addr, 1), make(chan error, 1)
	go func() { served <- s.Serve(ctx, starting{h, started}) }() // ends with ctx
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	addr := <-started
	sockets := &client.Sockets{Open: func() (net.Conn, error) { return net.Dial(addr.Network(), addr.String()) }}
	t.Cleanup(sockets.Close)
	return sockets
}

// starting tells where a server listens.
type starting struct {
	gateway.Handler
	at chan<- net.Addr
}

func (s starting) Startup(_ context.Context, i gateway.ServerInfo) error {
	s.at <- i.Addrs[0]
	return nil
}

func (s starting) Shutdown(context.Context) error { return nil }

// Panics and errors give the place back, too; and under load all are served.
func TestManyAtOnce(t *testing.T) {
	var running, most atomic.Int64
	h := inflight.New(inflight.Config{Limit: 4, Queue: 1000, Wait: time.Minute})(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		n := running.Add(1)
		defer running.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if x.Request.Path == "/panic" {
			panic("no")
		}
		return nil
	}))
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			target, want := "/", 200
			if i%8 == 0 {
				target, want = "/panic", 500
			}
			for range 20 {
				if res := gatewaytest.Do(h, gatewaytest.Request{Target: target}); res.Status != want {
					t.Errorf("%s: %d", target, res.Status)
				}
			}
		})
	}
	wg.Wait()
	if most.Load() > 4 {
		t.Errorf("%d ran at once", most.Load())
	}
}

func TestNewPanicsAtMistakes(t *testing.T) {
	for _, c := range []inflight.Config{{}, {Limit: -1}, {Limit: 1, Except: []string{"x"}}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is taken", c)
				}
			}()
			inflight.New(c)
		}()
	}
}

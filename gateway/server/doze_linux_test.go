package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// onItsOwn has handlers run on the connection's own goroutine, which the watchdog knows.
var onItsOwn = Config{Watchdog: time.Hour}

// number answers with that of the goroutine that serves.
func number(x *gateway.Exchange) error {
	stack := make([]byte, 64)
	stack = stack[:runtime.Stack(stack, false)]
	number, _, _ := strings.Cut(strings.TrimPrefix(string(stack), "goroutine "), " ")
	_, err := x.WriteString(number)
	return err
}

// dozeAtOnce serves with connections that doze before there is a crowd.
func dozeAtOnce(t *testing.T, c Config, h gateway.HandlerFunc) (address string) {
	t.Helper()
	address, _, stop := startDozing(t, c, h)
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return address
}

// startDozing is dozeAtOnce for tests that stop the server.
func startDozing(t *testing.T, c Config, h gateway.HandlerFunc) (address string, r *run, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r = newRun(c.withDefaults(), h, []*port{{Listener: l, scheme: "http"}})
	r.crowd = 0
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- r.serve(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-served
	})
	t.Cleanup(func() { _ = stop() })
	return l.Addr().String(), r, stop
}

func dozer(t *testing.T, c Config, h gateway.HandlerFunc) (net.Conn, *bufio.Reader) {
	t.Helper()
	return dialDozing(t, dozeAtOnce(t, c, h))
}

func dialDozing(t *testing.T, address string) (net.Conn, *bufio.Reader) {
	t.Helper()
	nc, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	return nc, bufio.NewReader(nc)
}

// ask sends a request and returns the number of the goroutine that answered it.
func ask(t *testing.T, nc net.Conn, in *bufio.Reader) string {
	t.Helper()
	if _, err := io.WriteString(nc, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	return answer(t, in)
}

func answer(t *testing.T, in *bufio.Reader) string {
	t.Helper()
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(resp.Status, err)
	}
	return string(body)
}

// A connection that waited for long goes on waiting in another goroutine, and serves
// there as before: the next request, a batch of them, and its end.
func TestDozing(t *testing.T) {
	nc, in := dozer(t, onItsOwn, number)
	first := ask(t, nc, in) // a new connection counts as one that has waited
	if second := ask(t, nc, in); second == first {
		t.Errorf("goroutine %s serves still", first)
	}
	if _, err := io.WriteString(nc, strings.Repeat("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 3)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		answer(t, in)
	}
	_ = nc.(*net.TCPConn).CloseWrite()
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("after the client's end: %v", err)
	}
}

// Connections that doze have no goroutine, and each answers its own request after it.
func TestDozersHaveNoGoroutine(t *testing.T) {
	address, r, _ := startDozing(t, Config{}, func(x *gateway.Exchange) error {
		_, err := x.WriteString(x.Request.Path)
		return err
	})
	const dozers = 50
	var conns [dozers]net.Conn
	var ins [dozers]*bufio.Reader
	ask := func(i int, path string) {
		if _, err := io.WriteString(conns[i], "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if got := answer(t, ins[i]); got != path {
			t.Fatalf("got %q in answer to %s", got, path)
		}
	}
	for i := range dozers {
		conns[i], ins[i] = dialDozing(t, address)
		ask(i, fmt.Sprintf("/first/%d", i))
	}
	awaitDozers(t, r, dozers)
	await(t, func() bool {
		all := make([]byte, 1<<20)
		return !strings.Contains(string(all[:runtime.Stack(all, true)]), "server.(*run).carry")
	})
	for i := range dozers {
		ask(i, fmt.Sprintf("/second/%d", i))
	}
}

// A connection that is woken for nothing waits on, and serves what comes then.
func TestDozingIsDisturbed(t *testing.T) {
	address, r, _ := startDozing(t, Config{}, number)
	nc, in := dialDozing(t, address)
	ask(t, nc, in)
	awaitDozers(t, r, 1)
	r.dormitory.mu.Lock()
	for fd := range r.dormitory.beds {
		r.dormitory.rouse(fd)
	}
	r.dormitory.mu.Unlock()
	ask(t, nc, in)
}

// Where there is no dormitory a connection waits in a goroutine, a fresh one.
func TestDozingWithoutADormitory(t *testing.T) {
	address, r, _ := startDozing(t, Config{IdleTimeout: 50 * time.Millisecond}, number)
	r.dormitory.start.Do(func() {})
	nc, in := dialDozing(t, address)
	if _, err := io.WriteString(nc, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer(t, in)
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("after the time-out: %v", err)
	}
}

// The end of the client wakes a connection that dozes.
func TestDozingEndsWithTheClient(t *testing.T) {
	nc, in := dozer(t, Config{}, number)
	ask(t, nc, in)
	_ = nc.(*net.TCPConn).CloseWrite()
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("after the client's end: %v", err)
	}
}

// A connection that dozes keeps its time-out.
func TestDozingEndsInTime(t *testing.T) {
	nc, in := dozer(t, Config{IdleTimeout: 50 * time.Millisecond}, number)
	ask(t, nc, in)
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("after the time-out: %v", err)
	}
}

// Bytes that come in pieces end the doze, and are one request.
func TestDozingWakesInPieces(t *testing.T) {
	nc, in := dozer(t, Config{}, number)
	ask(t, nc, in)
	for piece := range strings.SplitAfterSeq("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "H") {
		if _, err := io.WriteString(nc, piece); err != nil {
			t.Fatal(err)
		}
	}
	answer(t, in)
}

// The watchdog finds the goroutine that serves after the doze.
func TestDozingIsWatched(t *testing.T) {
	told := make(chan error, 1)
	release := make(chan struct{})
	served := 0
	nc, in := dozer(t, Config{
		Watchdog: 20 * time.Millisecond,
		Error:    func(_ *gateway.Request, err error) { told <- err },
	}, func(x *gateway.Exchange) error {
		if served++; served == 2 {
			<-release
		}
		return number(x)
	})
	ask(t, nc, in)
	go func() {
		defer close(release)
		stuck, ok := errors.AsType[*StuckError](<-told)
		if !ok || !strings.Contains(string(stuck.Stack), "TestDozingIsWatched") {
			t.Errorf("the watchdog saw %v, of the stack %s", stuck, stuck.Stack)
		}
	}()
	ask(t, nc, in)
}

// A server that stops gives a connection that dozes its last call: the request that comes
// then is served, and told that it is the last; where none comes, the connection ends.
func TestDozingDrains(t *testing.T) {
	address, r, stop := startDozing(t, onItsOwn, number)
	late, lateIn := dialDozing(t, address)
	idle, idleIn := dialDozing(t, address)
	first := ask(t, late, lateIn)
	ask(t, idle, idleIn)
	awaitDozers(t, r, 2)
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	<-r.stopping
	for !r.draining.Load() { // a moment later
		runtime.Gosched()
	}
	if second, closing := askOnce(t, late, lateIn); second == first || !closing {
		t.Errorf("goroutine %s served after %s, close %v", second, first, closing)
	}
	for _, in := range []*bufio.Reader{lateIn, idleIn} {
		if _, err := in.ReadByte(); err != io.EOF {
			t.Errorf("after the last call: %v", err)
		}
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// What begins after a doze is cut when Grace is over, as everything is.
func TestDozingIsCut(t *testing.T) {
	entered := make(chan struct{})
	address, _, stop := startDozing(t, Config{Grace: time.Millisecond}, func(x *gateway.Exchange) error {
		if x.Request.Method == "POST" {
			close(entered)
			_, err := io.ReadAll(x) // more than comes
			return err
		}
		return number(x)
	})
	nc, in := dialDozing(t, address)
	ask(t, nc, in)
	if _, err := io.WriteString(nc, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"); err != nil {
		t.Fatal(err)
	}
	<-entered
	if err := stop(); err == nil || !strings.Contains(err.Error(), "1 connections were cut") {
		t.Errorf("Serve: %v", err)
	}
	// The handler is told before the client is, and its 400 may be quick enough.
	if rest, _ := io.ReadAll(in); len(rest) > 0 && !strings.HasPrefix(string(rest), "HTTP/1.1 400 ") {
		t.Errorf("got %q over a connection that was cut", rest)
	}
}

// The hook sees a connection that dozes as one that is idle, once.
func TestDozingInStates(t *testing.T) {
	var states []ConnState
	closed := make(chan struct{})
	nc, in := dozer(t, Config{Watchdog: time.Hour, Hooks: Hooks{ConnState: func(_ net.Conn, s ConnState) {
		if states = append(states, s); s == ConnClosed { // in one goroutine at a time
			close(closed)
		}
	}}}, number)
	first := ask(t, nc, in)
	if ask(t, nc, in) == first {
		t.Error("it did not doze")
	}
	_ = nc.(*net.TCPConn).CloseWrite()
	<-closed
	if want := []ConnState{ConnNew, ConnActive, ConnIdle, ConnActive, ConnIdle, ConnClosed}; !slices.Equal(states, want) {
		t.Errorf("states %v, want %v", states, want)
	}
}

// MaxRequests counts those before the doze.
func TestDozingCountsRequests(t *testing.T) {
	nc, in := dozer(t, Config{MaxRequests: 2, Watchdog: time.Hour}, number)
	first, closing := askOnce(t, nc, in)
	if closing {
		t.Error("the first of two was the last")
	}
	if second, closing := askOnce(t, nc, in); second == first || !closing {
		t.Errorf("goroutine %s served after %s, close %v", second, first, closing)
	}
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("after the last one: %v", err)
	}
}

// Counters count a connection that dozes as one, idle, and its bytes once.
func TestDozingIsCounted(t *testing.T) {
	const request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	counters := new(Counters)
	nc, in := dozer(t, Config{Counters: counters}, number)
	for n := uint64(1); n <= 2; n++ {
		ask(t, nc, in)
		awaitStats(t, counters, func(s Stats) bool {
			return s.Idle == 1 && s.Active == 0 && s.Accepted == 1 && s.Requests[2] == n && s.Received == n*uint64(len(request))
		})
	}
	_ = nc.Close()
	awaitStats(t, counters, func(s Stats) bool { return s.Idle == 0 && s.Active == 0 && s.Accepted == 1 })
}

// askOnce sends a request, and returns its answer and whether that is the last.
func askOnce(t *testing.T, nc net.Conn, in *bufio.Reader) (body string, closing bool) {
	t.Helper()
	if _, err := io.WriteString(nc, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(all), resp.Close
}

// awaitStats looks until the counters are as wanted: the server counts when it has
// answered, and tells nobody.
func awaitStats(t *testing.T, c *Counters, want func(Stats) bool) {
	t.Helper()
	await(t, func() bool { return want(c.Stats()) })
}

// awaitDozers looks until so many connections doze.
func awaitDozers(t *testing.T, r *run, n int) {
	t.Helper()
	await(t, func() bool {
		r.dormitory.mu.Lock()
		defer r.dormitory.mu.Unlock()
		return r.dormitory.taken == n
	})
}

// await looks until it is so.
func await(t *testing.T, so func() bool) {
	t.Helper()
	for until := time.Now().Add(30 * time.Second); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("it has not come to that")
		}
	}
}

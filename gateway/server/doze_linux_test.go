package server

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

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
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := newRun(c.withDefaults(), h, []*port{{Listener: l, scheme: "http"}})
	r.crowd = 1
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- r.serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func dozer(t *testing.T, c Config, h gateway.HandlerFunc) (net.Conn, *bufio.Reader) {
	t.Helper()
	nc, err := net.Dial("tcp", dozeAtOnce(t, c, h))
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
	nc, in := dozer(t, Config{}, number)
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

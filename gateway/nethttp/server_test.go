package nethttp_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/nethttp"
)

func handlerFunc(f func(x *gateway.Exchange) error) gateway.Handler { return gateway.HandlerFunc(f) }

// A running is a Server that serves.
type running struct {
	t      testing.TB
	cancel context.CancelFunc
	served chan error
	once   atomic.Bool
}

// start serves h at a free port, or where c says, until the test ends.
func start(t testing.TB, c nethttp.Config, h gateway.Handler) (*running, net.Addr) {
	t.Helper()
	if c.Error == nil {
		c.Error = quiet
	}
	return startGateway(t, func(addr string) gateway.Server {
		if c.Addr == "" {
			c.Addr = addr
		}
		return nethttp.New(c)
	}, h)
}

// startGateway is start for any server.
func startGateway(t testing.TB, server func(addr string) gateway.Server, h gateway.Handler) (*running, net.Addr) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &running{t: t, cancel: cancel, served: make(chan error, 1)}
	infos := make(chan gateway.ServerInfo, 1)
	go func() {
		s.served <- server("127.0.0.1:0").Serve(ctx, &lifespan{Handler: h, startup: func(info gateway.ServerInfo) error {
			infos <- info
			return nil
		}})
	}()
	t.Cleanup(s.stop)
	select {
	case info := <-infos:
		return s, info.Addrs[0]
	case err := <-s.served:
		t.Fatalf("Serve: %v", err)
		panic("unreachable")
	}
}

// stop ends the server in good order.
func (s *running) stop() {
	if s.once.Swap(true) {
		return
	}
	s.cancel()
	if err := wait(s.t, s.served); err != nil {
		s.t.Errorf("Serve: %v", err)
	}
}

type lifespan struct {
	gateway.Handler
	startup  func(gateway.ServerInfo) error
	shutdown func(context.Context) error
}

func (l *lifespan) Startup(ctx context.Context, info gateway.ServerInfo) error {
	if l.startup != nil {
		if err := l.startup(info); err != nil {
			return err
		}
	}
	return gateway.Startup(ctx, l.Handler, info)
}

func (l *lifespan) Shutdown(ctx context.Context) error {
	if l.shutdown != nil {
		return l.shutdown(ctx)
	}
	return nil
}

func hello(x *gateway.Exchange) error { _, err := x.WriteString("hello"); return err }

func TestServerOverTLSSpeaksHTTP2(t *testing.T) {
	certificate, roots := certify(t)
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	_, addr := start(t, nethttp.Config{TLS: config}, handlerFunc(func(x *gateway.Exchange) error {
		_, err := x.WriteString(x.Request.Proto + " " + x.Request.Scheme)
		return err
	}))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	r, _ := http.NewRequest("GET", "https://"+addr.String(), nil)
	if _, body := do(t, &http.Client{Transport: transport}, r); body != "HTTP/2.0 https" {
		t.Errorf("got %q", body)
	}
	if config.NextProtos != nil {
		t.Errorf("the caller's tls.Config was changed: %q", config.NextProtos)
	}
}

func TestServerLimits(t *testing.T) {
	_, addr := start(t, nethttp.Config{}, handlerFunc(hello))
	line := "GET /" + strings.Repeat("a", 8190-len("GET / HTTP/1.1"))
	for _, c := range []struct {
		name, raw, status string
	}{
		{"line of 8190", line + " HTTP/1.1\r\nHost: h\r\n", "200"},
		{"line of 8191", line + "a HTTP/1.1\r\nHost: h\r\n", "414"},
		{"field of 8190", "GET / HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("a", 8187) + "\r\n", "200"},
		{"field of 8191", "GET / HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("a", 8188) + "\r\n", "431"},
		{"100 fields", "GET / HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("X: a\r\n", 98), "200"},
		{"101 fields", "GET / HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("X: a\r\n", 99), "431"},
		{"100 KiB", "GET / HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("X: "+strings.Repeat("a", 1019)+"\r\n", 100), "431"},
	} {
		answer := exchange(t, addr, c.raw+"Connection: close\r\n\r\n")
		if !strings.HasPrefix(answer, "HTTP/1.1 "+c.status+" ") || !strings.Contains(answer, "\r\nConnection: close\r\n") {
			t.Errorf("%s: %.80q, want %s", c.name, answer, c.status)
		}
	}
}

func TestHeaderTimeout(t *testing.T) {
	_, addr := start(t, nethttp.Config{HeaderTimeout: 50 * time.Millisecond}, handlerFunc(hello))
	if answer := exchange(t, addr, "GET / HTTP/1.1\r\nHost:"); answer != "" {
		t.Errorf("got %q", answer)
	}
}

func TestIdleTimeout(t *testing.T) {
	_, addr := start(t, nethttp.Config{IdleTimeout: 50 * time.Millisecond}, handlerFunc(hello))
	if answer := exchange(t, addr, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); !strings.HasSuffix(answer, "\r\n\r\nhello") {
		t.Errorf("got %q", answer)
	}
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	stale, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	stale.Close()
	s, addr := start(t, nethttp.Config{Addr: "unix:" + path}, handlerFunc(func(x *gateway.Exchange) error {
		_, err := x.WriteString(x.Request.Remote.Network() + " " + x.Request.Local.String())
		return err
	}))
	answer := exchange(t, addr, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	if !strings.HasSuffix(answer, "\r\n\r\nunix "+path) {
		t.Errorf("got %q", answer)
	}
	if err := nethttp.New(nethttp.Config{Addr: "unix:" + path}).Serve(t.Context(), handlerFunc(hello)); err == nil || !strings.Contains(err.Error(), "another server answers") {
		t.Errorf("second server: %v", err)
	}
	s.stop()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket file is left: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := nethttp.New(nethttp.Config{Addr: "unix:" + file}).Serve(t.Context(), handlerFunc(hello)); err == nil || !strings.Contains(err.Error(), "not a socket") {
		t.Errorf("on a file: %v", err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []struct {
		config nethttp.Config
		want   string
	}{
		{nethttp.Config{Limits: nethttp.Limits{Line: -1}, Streams: -2}, "Limits.Line is -1"},
		{nethttp.Config{Streams: -2}, "Streams is -2"},
		{nethttp.Config{TLS: new(tls.Config)}, "no certificate"},
		{nethttp.Config{Addr: "nowhere"}, "nowhere"},
	} {
		if err := nethttp.New(c.config).Serve(t.Context(), handlerFunc(hello)); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "nethttp: ") {
			t.Errorf("%+v: %v, want %q", c.config, err, c.want)
		}
	}
}

// A hijacked connection counts in the drain.
func TestDrainWaitsForHijackedConnections(t *testing.T) {
	running, release := make(chan struct{}), make(chan struct{})
	var ended atomic.Bool
	s, addr := start(t, nethttp.Config{}, &lifespan{
		Handler: handlerFunc(func(x *gateway.Exchange) error {
			conn, _, err := x.Hijack()
			if err != nil {
				return err
			}
			defer conn.Close()
			close(running)
			<-release
			ended.Store(true)
			_, err = io.WriteString(conn, "bye")
			return err
		}),
	})
	conn, r := dial(t, addr)
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	wait(t, running)
	s.cancel()
	close(release)
	if text, err := io.ReadAll(r); err != nil || string(text) != "bye" {
		t.Errorf("got %q, %v", text, err)
	}
	s.stop()
	if !ended.Load() {
		t.Error("Serve returned before the handler")
	}
}

// After Grace the contexts end; handlers that obey them are no error.
func TestGraceEndsContexts(t *testing.T) {
	running := make(chan struct{})
	cause := make(chan error, 1)
	s, addr := start(t, nethttp.Config{Grace: 20 * time.Millisecond}, handlerFunc(func(x *gateway.Exchange) error {
		ctx := x.Context()
		close(running)
		<-ctx.Done()
		cause <- context.Cause(ctx)
		return &gateway.StatusError{Status: 503}
	}))
	conn, _ := dial(t, addr)
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	wait(t, running)
	s.stop()
	if err := wait(t, cause); errors.Is(err, gateway.ErrGone) || errors.Is(err, context.Canceled) {
		t.Errorf("the cause is %v", err)
	}
}

// A handler that obeys nothing is left behind, and told of.
func TestStuckHandlerIsCut(t *testing.T) {
	running, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	s, addr := start(t, nethttp.Config{Grace: time.Millisecond}, handlerFunc(func(x *gateway.Exchange) error {
		close(running)
		<-release
		return nil
	}))
	conn, _ := dial(t, addr)
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	wait(t, running)
	s.once.Store(true)
	s.cancel()
	if err := wait(t, s.served); err == nil || !strings.Contains(err.Error(), "1 exchanges were cut") {
		t.Errorf("Serve: %v", err)
	}
}

// A connection of HTTP/2 that has just begun when the server stops is told so, too: idle,
// it does not hold the server up for all of Grace.
func TestDrainTellsHTTP2ThatHasJustBegun(t *testing.T) {
	certificate, roots := certify(t)
	s, addr := start(t, nethttp.Config{
		Grace: time.Hour,
		TLS:   &tls.Config{Certificates: []tls.Certificate{certificate}},
	}, handlerFunc(hello))
	conn, _ := dial(t, addr)
	slow := &slowHandshake{Conn: conn, late: make(chan struct{}), goOn: make(chan struct{})}
	client := tls.Client(slow, &tls.Config{RootCAs: roots, ServerName: "localhost", NextProtos: []string{"h2"}})
	ended := make(chan error, 1)
	go func() { // ends with the connection, which has a deadline
		const preface, settings = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
		_, err := io.WriteString(client, preface+settings)
		if err == nil {
			_, err = io.Copy(io.Discard, client)
		}
		ended <- err
	}()
	wait(t, slow.late)
	s.once.Store(true)
	s.cancel()
	for { // until it has begun to drain
		probe, err := net.Dial(addr.Network(), addr.String())
		if err != nil {
			break
		}
		_ = probe.Close()
	}
	close(slow.goOn)
	if err := wait(t, s.served); err != nil {
		t.Errorf("Serve: %v", err)
	}
	wait(t, ended) // with or without an error: a machine that is slow enough sees the handshake cut
}

// slowHandshake holds back what a client of TLS sends after its first message.
type slowHandshake struct {
	net.Conn
	begun      bool
	late, goOn chan struct{}
}

func (s *slowHandshake) Write(p []byte) (int, error) {
	if s.begun && s.late != nil {
		close(s.late)
		<-s.goOn
		s.late = nil
	}
	s.begun = true
	return s.Conn.Write(p)
}

func TestStartupThatFails(t *testing.T) {
	boom := errors.New("boom")
	err := nethttp.New(nethttp.Config{Addr: "127.0.0.1:0"}).Serve(t.Context(), &lifespan{
		Handler:  handlerFunc(hello),
		startup:  func(gateway.ServerInfo) error { return boom },
		shutdown: func(context.Context) error { t.Error("Shutdown was called"); return nil },
	})
	if !errors.Is(err, boom) {
		t.Errorf("Serve: %v", err)
	}
}

// What net/http's server logs goes to the hook, handshakes aside.
func TestServerLogGoesToTheHook(t *testing.T) {
	certificate, _ := certify(t)
	reports := make(chan error, 10)
	s, addr := start(t, nethttp.Config{
		TLS:   &tls.Config{Certificates: []tls.Certificate{certificate}},
		Error: func(r *gateway.Request, err error) { reports <- err },
	}, handlerFunc(hello))
	if answer := exchange(t, addr, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); !strings.HasPrefix(answer, "HTTP/1.0 400 ") {
		t.Errorf("got %q", answer)
	}
	s.stop()
	select {
	case err := <-reports:
		t.Errorf("reported %v", err)
	default:
	}
}

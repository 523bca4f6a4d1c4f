package server_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// A path is one of the two ways through a connection.
type path bool

const (
	fast  path = false
	plain path = true
)

func (p path) config(c server.Config) server.Config {
	c.Plain = bool(p)
	return c
}

// eachPath runs a test on both ways: they answer alike.
func eachPath(t *testing.T, test func(t *testing.T, on path)) {
	t.Run("fast", func(t *testing.T) { test(t, fast) })
	t.Run("plain", func(t *testing.T) { test(t, plain) })
}

// A running server, stopped and awaited at the end of its test.
type running struct {
	addr net.Addr
	info gateway.ServerInfo
	stop func() error // ends the server and returns what Serve returned
	end  func(cause error)

	mu     sync.Mutex
	faults []error
}

// start serves h with c on a loopback address of its own.
func start(t testing.TB, c server.Config, h gateway.Handler) *running {
	t.Helper()
	r := new(running)
	if c.Addr == "" && len(c.Listeners) == 0 {
		c.Addr = "127.0.0.1:0"
	}
	if c.Error == nil {
		c.Error = func(_ *gateway.Request, err error) {
			r.mu.Lock()
			r.faults = append(r.faults, err)
			r.mu.Unlock()
		}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	l := &lifespan{Handler: h, started: make(chan gateway.ServerInfo, 1)}
	ended := make(chan error, 1)
	go func() { ended <- server.New(c).Serve(ctx, l) }()
	select {
	case r.info = <-l.started:
		r.addr = r.info.Addrs[0]
	case err := <-ended:
		t.Fatalf("Serve: %v", err)
	}
	r.end = cancel
	r.stop = sync.OnceValue(func() error {
		cancel(nil)
		return <-ended
	})
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return r
}

func (r *running) allFaults() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]error(nil), r.faults...)
}

type lifespan struct {
	gateway.Handler
	started chan gateway.ServerInfo
}

func (l *lifespan) Startup(_ context.Context, s gateway.ServerInfo) error {
	l.started <- s
	return nil
}
func (l *lifespan) Shutdown(context.Context) error { return nil }

// A client is one raw connection.
type client struct {
	net.Conn
	*bufio.Reader
	t *testing.T
}

func (c *client) Read(p []byte) (int, error) { return c.Reader.Read(p) }

func (r *running) dial(t *testing.T) *client {
	t.Helper()
	nc, err := net.Dial(r.addr.Network(), r.addr.String())
	if err != nil {
		t.Fatal(err)
	}
	return wrap(t, nc)
}

func wrap(t *testing.T, nc net.Conn) *client {
	t.Cleanup(func() { _ = nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(30 * time.Second)) // a hanging server fails the test, not the run
	return &client{nc, bufio.NewReader(nc), t}
}

func (c *client) send(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c.Conn, s); err != nil {
		c.t.Fatal(err)
	}
}

// answer reads one response to a request of that method.
func (c *client) answer(method string) (*http.Response, string) {
	c.t.Helper()
	res, err := http.ReadResponse(c.Reader, &http.Request{Method: method})
	if err != nil {
		c.t.Fatalf("reading the answer: %v", err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatalf("reading the answer's body: %v", err)
	}
	return res, string(body)
}

// closed waits for the server to end the connection, and fails if it sends more.
func (c *client) closed() {
	c.t.Helper()
	rest, err := io.ReadAll(c.Reader)
	if err != nil || len(rest) > 0 {
		c.t.Fatalf("after the answer: %q, %v; want the end of the connection", rest, err)
	}
}

func text(s string) gateway.Handler {
	return gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Response.Body = []byte(s)
		return nil
	})
}

// echo answers with the request's path, and reads bodies of POST.
var echo = gateway.HandlerFunc(func(x *gateway.Exchange) error {
	if x.Request.Method == "POST" {
		b, err := io.ReadAll(x)
		if err != nil {
			return err
		}
		_, err = x.WriteString(x.Request.Path + " " + string(b))
		return err
	}
	_, err := x.WriteString(x.Request.Path)
	return err
})

func TestPipelinedRequestsAreAnsweredInOrder_RFC9112_9_3_2(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		c := start(t, on.config(server.Config{}), echo).dial(t)
		c.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n" +
			"POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" +
			"POST /3 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n" +
			"HEAD /4 HTTP/1.1\r\nHost: x\r\n\r\n" +
			"GET /5 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" +
			"GET /never HTTP/1.1\r\nHost: x\r\n\r\n")
		for _, want := range []string{"/1", "/2 abc", "/3 de", "", "/5"} {
			method := "GET"
			if want == "" {
				method = "HEAD"
			}
			if _, got := c.answer(method); got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
		}
		c.closed()
	})
}

func TestVersionsAndPersistence_RFC9112_9_3(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		for _, test := range []struct {
			name, request, connection string
			closes                    bool
		}{
			{"1.1 stays", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "", false},
			{"1.1 close", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "close", true},
			{"1.0 closes", "GET / HTTP/1.0\r\n\r\n", "close", true},
			{"1.0 keep-alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive", false},
		} {
			t.Run(test.name, func(t *testing.T) {
				c := start(t, on.config(server.Config{}), text("hello")).dial(t)
				c.send(test.request)
				res, body := c.answer("GET")
				if body != "hello" || res.Header.Get("Content-Length") != "5" || res.Header.Get("Date") == "" {
					t.Errorf("got %q with %v", body, res.Header)
				}
				if got := res.Header.Get("Connection"); got != test.connection && !(test.closes && res.Close) {
					t.Errorf("Connection: %q, want %q", got, test.connection)
				}
				if test.closes {
					c.closed()
					return
				}
				c.send(test.request)
				if _, body := c.answer("GET"); body != "hello" {
					t.Errorf("second answer: %q", body)
				}
			})
		}
	})
}

// An HTTP/1.0 client has no chunks: the connection's end is the content's end.
func TestStreamToHTTP10EndsWithTheConnection_RFC9112_6_3(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		c := start(t, on.config(server.Config{}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			_, _ = x.WriteString("one ")
			if err := x.Flush(); err != nil {
				return err
			}
			_, err := x.WriteString("two")
			return err
		})).dial(t)
		c.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
		res, body := c.answer("GET")
		if body != "one two" || len(res.TransferEncoding) > 0 || !res.Close {
			t.Errorf("got %q, transfer encoding %v, close %v", body, res.TransferEncoding, res.Close)
		}
	})
}

// Where only the connection's end ends the content, an abort must not look like it.
func TestAbortOfCloseDelimitedContentIsAReset(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		c := start(t, on.config(server.Config{}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			_, _ = x.WriteString("half")
			_ = x.Flush()
			return gateway.ErrAbort
		})).dial(t)
		c.send("GET / HTTP/1.0\r\n\r\n")
		if _, err := io.ReadAll(c.Reader); err == nil {
			t.Error("the client saw a good end of an aborted answer")
		}
	})
}

func TestBadRequestsAreAnsweredAndTheConnectionCloses(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		many := strings.Repeat("A: b\r\n", 100)
		for _, test := range []struct {
			name, send string
			status     int
		}{
			{"no HTTP at all", "\x16\x03\x01\x02\x00", 400},
			{"bare LF (RFC 9112 §2.2)", "GET / HTTP/1.1\nHost: x\n\n", 400},
			{"no Host (RFC 9112 §3.2)", "GET / HTTP/1.1\r\n\r\n", 400},
			{"CL and TE (RFC 9112 §6.3)", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
			{"unknown coding (RFC 9112 §6.1)", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
			{"request line (RFC 9112 §3)", "GET /" + strings.Repeat("a", 8190) + " HTTP/1.1\r\n", 414},
			{"too many fields (RFC 6585 §5)", "GET / HTTP/1.1\r\nHost: x\r\n" + many + "\r\n", 431},
			{"version (RFC 9110 §15.6.6)", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
			{"expectation (RFC 9110 §10.1.1)", "GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n", 417},
			{"bad chunk (RFC 9112 §7.1)", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
		} {
			t.Run(test.name, func(t *testing.T) {
				r := start(t, on.config(server.Config{}), echo)
				c := r.dial(t)
				c.send("GET /before HTTP/1.1\r\nHost: x\r\n\r\n" + test.send)
				if _, body := c.answer("GET"); body != "/before" {
					t.Fatalf("the request before was answered %q", body)
				}
				res, body := c.answer("GET")
				if res.StatusCode != test.status || !res.Close || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") {
					t.Errorf("got %d %q, close %v, %v; want %d", res.StatusCode, body, res.Close, res.Header, test.status)
				}
				c.closed()
				if f := r.allFaults(); len(f) > 0 {
					t.Errorf("a client's mistake was reported as a fault: %v", f)
				}
			})
		}
	})
}

func TestTimeouts(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		short := 50 * time.Millisecond
		for _, test := range []struct {
			name   string
			config server.Config
			send   string
			status int // 0: closed without an answer
		}{
			{"nothing sent", server.Config{HeaderTimeout: short}, "", 0},
			// It must have come by then: with nothing sent there is nothing to answer.
			{"half a head", server.Config{HeaderTimeout: time.Second}, "GET / HTTP/1.1\r\nHos", 408},
			{"half a body", server.Config{BodyTimeout: short}, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", 408},
			{"idle", server.Config{IdleTimeout: short}, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 200},
		} {
			t.Run(test.name, func(t *testing.T) {
				c := start(t, on.config(test.config), echo).dial(t)
				c.send(test.send)
				if test.status != 0 {
					if res, body := c.answer("GET"); res.StatusCode != test.status {
						t.Errorf("got %d %q, want %d", res.StatusCode, body, test.status)
					}
				}
				c.closed()
			})
		}
	})
}

// A client that keeps taking some bytes is slow, not gone: the time-out rolls.
func TestWriteTimeoutRolls(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		const size = 32 << 20 // more than sockets buffer
		ended := make(chan gateway.Outcome, 1)
		r := start(t, on.config(server.Config{WriteTimeout: 100 * time.Millisecond}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			x.OnFinish(func(o gateway.Outcome) { ended <- o })
			x.Response.Body = make([]byte, size)
			return nil
		}))
		c := r.dial(t)
		c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if out := <-ended; !errors.Is(out.Err, gateway.ErrGone) {
			t.Errorf("a client that takes nothing: %+v, want ErrGone", out)
		}
		if f := r.allFaults(); len(f) > 0 {
			t.Errorf("a client that went away was reported as a fault: %v", f)
		}
	})
}

func TestUnixSocket(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		c := start(t, on.config(server.Config{Addr: "unix:" + filepath.Join(t.TempDir(), "s")}), text("over a socket file")).dial(t)
		c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if _, body := c.answer("GET"); body != "over a socket file" {
			t.Errorf("got %q", body)
		}
	})
}

func TestDrainLetsARunningExchangeFinish(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		entered, leave := make(chan struct{}), make(chan struct{})
		r := start(t, on.config(server.Config{}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if x.Request.Path == "/slow" {
				close(entered)
				<-leave
			}
			x.Response.Body = []byte("done")
			return nil
		}))
		slow, idle := r.dial(t), r.dial(t)
		idle.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		idle.answer("GET")
		slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
		<-entered
		stopped := make(chan error, 1)
		go func() { stopped <- r.stop() }()
		idle.closed() // the server has begun to drain
		if _, err := net.Dial(r.addr.Network(), r.addr.String()); err == nil {
			t.Error("a draining server accepts")
		}
		close(leave)
		if res, body := slow.answer("GET"); body != "done" || !res.Close {
			t.Errorf("got %q, close %v", body, res.Close)
		}
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
}

// Grace over, contexts end; a handler that heeds its context still answers.
func TestDrainEndsContextsWhenGraceIsOver(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		entered := make(chan struct{})
		r := start(t, on.config(server.Config{Grace: 20 * time.Millisecond}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			close(entered)
			<-x.Context().Done()
			x.Response.Body = []byte("late")
			return nil
		}))
		c := r.dial(t)
		c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		<-entered
		if err := r.stop(); err != nil {
			t.Error(err)
		}
		if _, body := c.answer("GET"); body != "late" {
			t.Errorf("got %q", body)
		}
	})
}

func TestImpossibleConfigurationIsToldTogether(t *testing.T) {
	c := server.Config{DrainLimit: -1, MaxConnections: -1, TLS: new(tls.Config)}
	c.Limits.Line, c.Limits.Fields = -1, -2
	err := server.New(c).Serve(context.Background(), text(""))
	for _, want := range []string{"TLS has no certificate", "DrainLimit", "MaxConnections", "Limits.Line", "Limits.Fields"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

// The connection beyond the limit is not refused: it waits until another one ends.
func TestMaxConnections(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		var open atomic.Int32
		leave := make(chan struct{})
		r := start(t, on.config(server.Config{MaxConnections: 2}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if n := open.Add(1); n > 2 {
				t.Errorf("%d connections are served", n)
			}
			x.OnFinish(func(gateway.Outcome) { open.Add(-1) })
			<-leave
			return nil
		}))
		var clients []*client
		for range 4 {
			c := r.dial(t)
			c.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			clients = append(clients, c)
		}
		for range clients {
			leave <- struct{}{}
		}
		for _, c := range clients {
			c.answer("GET")
			c.closed()
			_ = c.Close()
		}
	})
}

// A handler that heeds nothing is left behind: Serve does not wait for ever.
func TestDrainDoesNotWaitForAHandlerForEver(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		entered, leave := make(chan struct{}), make(chan struct{})
		h := gateway.HandlerFunc(func(x *gateway.Exchange) error {
			close(entered)
			<-leave
			return nil
		})
		l := &lifespan{Handler: h, started: make(chan gateway.ServerInfo, 1)}
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() {
			ended <- server.New(on.config(server.Config{Addr: "127.0.0.1:0", Grace: time.Millisecond})).Serve(ctx, l)
		}()
		c := (&running{addr: (<-l.started).Addrs[0]}).dial(t)
		c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		<-entered
		stop()
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "1 handlers still run") {
			t.Errorf("Serve: %v", err)
		}
		c.closed()
		close(leave)
	})
}

// Clients that keep asking while the server stops lose nothing: every request on a
// kept connection is answered, and the last answer says that it is the last.
func TestDrainUnderLoadLosesNoRequest(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		r := start(t, on.config(server.Config{}), text("answer"))
		var warm, all sync.WaitGroup
		for range 8 {
			c := r.dial(t)
			warm.Add(1)
			all.Go(func() {
				for i := 0; ; i++ {
					if i == 20 {
						warm.Done()
					}
					if _, err := io.WriteString(c.Conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
						t.Errorf("request %d: %v", i, err)
						return
					}
					res, err := http.ReadResponse(c.Reader, nil)
					if err != nil {
						t.Errorf("the answer to request %d: %v", i, err)
						return
					}
					if body, err := io.ReadAll(res.Body); string(body) != "answer" {
						t.Errorf("the answer to request %d: %q, %v", i, body, err)
						return
					}
					if res.Close {
						return
					}
				}
			})
		}
		warm.Wait()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
		all.Wait()
	})
}

package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// Requests that the fast path leaves to the plain one, and the way back.
func TestPathsAlternateOnOneConnection(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		c := start(t, on.config(server.Config{}), echo).dial(t)
		for range 3 {
			c.send("GET /whole HTTP/1.1\r\nHost: x\r\n\r\nPOST /half HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
			if _, got := c.answer("GET"); got != "/whole" {
				t.Fatalf("got %q", got)
			}
			c.send("defPOST /chunks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nghi\r\n")
			if _, got := c.answer("POST"); got != "/half abcdef" {
				t.Fatalf("got %q", got)
			}
			c.send("0\r\n\r\nPOST /expect HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
			if _, got := c.answer("POST"); got != "/chunks ghi" {
				t.Fatalf("got %q", got)
			}
			line, err := c.ReadString('\n')
			if err != nil || line != "HTTP/1.1 100 Continue\r\n" {
				t.Fatalf("got %q, %v; want 100 Continue (RFC 9110 §10.1.1)", line, err)
			}
			if line, _ = c.ReadString('\n'); line != "\r\n" {
				t.Fatalf("100 Continue has fields: %q", line)
			}
			c.send("jkl")
			if _, got := c.answer("POST"); got != "/expect jkl" {
				t.Fatalf("got %q", got)
			}
		}
	})
}

// Byte by byte, every request takes all the turns there are.
func TestRequestsInSingleBytes(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		c := start(t, on.config(server.Config{}), echo).dial(t)
		for range 3 {
			for _, b := range []byte("POST /bytes HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc") {
				c.send(string(b))
			}
			if _, got := c.answer("POST"); got != "/bytes abc" {
				t.Fatalf("got %q", got)
			}
		}
	})
}

// A request and the end of the connection can come in one packet: the answer
// comes, and then the end, without waiting for a time-out.
func TestHalfCloseBehindARequestIsSeen(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		r := start(t, on.config(server.Config{}), echo)
		for range 20 {
			c := r.dial(t)
			c.send("GET /last HTTP/1.1\r\nHost: x\r\n\r\n")
			if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if _, got := c.answer("GET"); got != "/last" {
				t.Fatalf("got %q", got)
			}
			c.closed()
		}
	})
}

// What comes with the end while a handler runs is served, and then the end is seen, though
// all that was read by then did not tell of it.
func TestHalfCloseWhileAHandlerRunsIsSeen(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		entered, leave := make(chan struct{}, 1), make(chan struct{})
		r := start(t, on.config(server.Config{}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if x.Request.Path == "/long" {
				entered <- struct{}{}
				<-leave
			}
			return echo.Serve(x)
		}))
		for _, trial := range []struct {
			name, behind string
			want         []string
		}{
			{"nothing", "", nil},
			{"a request", "GET /last HTTP/1.1\r\nHost: x\r\n\r\n", []string{"200 /last"}},
			{"half of one", "GET /last HTTP/1.1\r\nHos", []string{"400"}},
			{"one and a half", "GET /last HTTP/1.1\r\nHost: x\r\n\r\nGET", []string{"200 /last", "400"}},
		} {
			t.Run(trial.name, func(t *testing.T) {
				for range 10 {
					c := r.dial(t)
					c.send("GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
					<-entered
					c.send(trial.behind)
					if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
						t.Fatal(err)
					}
					leave <- struct{}{}
					c.answers(append([]string{"200 /long"}, trial.want...))
					c.closed()
				}
			})
		}
	})
}

func TestContextEndsWhenTheClientGoes(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		entered, cause := make(chan struct{}), make(chan error, 1)
		r := start(t, on.config(server.Config{}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			ctx := x.Context()
			close(entered)
			<-ctx.Done()
			cause <- context.Cause(ctx)
			return nil
		}))
		c := r.dial(t)
		// A pipelined request behind it must not hide the end.
		c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		<-entered
		_ = c.Close()
		if err := <-cause; !errors.Is(err, gateway.ErrGone) {
			t.Errorf("cause %v, want ErrGone", err)
		}
	})
}

// An exchange's context ends with it, and does not disturb the next one.
func TestContextEndsWithItsExchange(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		contexts := make(chan context.Context, 3)
		c := start(t, on.config(server.Config{}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			contexts <- x.Context()
			return x.Context().Err()
		})).dial(t)
		for range 3 {
			c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			if res, _ := c.answer("GET"); res.StatusCode != 200 {
				t.Fatalf("got %d", res.StatusCode)
			}
			ctx := <-contexts
			<-ctx.Done()
			if !errors.Is(context.Cause(ctx), gateway.ErrFinished) {
				t.Errorf("cause %v, want ErrFinished", context.Cause(ctx))
			}
		}
	})
}

// The handler reads from the connection itself, which on the fast path it could
// not do with the connection that is read there.
func TestHijackedConnectionCanBeReadInTheHandler(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		c := start(t, on.config(server.Config{}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			nc, early, err := x.Hijack()
			if err != nil {
				return err
			}
			defer nc.Close()
			rest := make([]byte, 5-len(early))
			if _, err := io.ReadFull(nc, rest); err != nil {
				return err
			}
			_, err = io.WriteString(nc, string(early)+string(rest))
			return err
		})).dial(t)
		c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nab")
		c.send("cde")
		got, err := io.ReadAll(c.Reader)
		if err != nil || string(got) != "abcde" {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

// An answer does not wait for the slow handler of the request behind it.
func TestPipelinedAnswerIsNotHeldBack(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		leave := make(chan struct{})
		c := start(t, on.config(server.Config{}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if x.Request.Path == "/slow" {
				<-leave
			}
			_, err := x.WriteString(x.Request.Path)
			return err
		})).dial(t)
		c.send("GET /fast HTTP/1.1\r\nHost: x\r\n\r\nGET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /last HTTP/1.1\r\nHost: x\r\n\r\n")
		if _, got := c.answer("GET"); got != "/fast" { // waits for ever if it is held
			t.Errorf("got %q", got)
		}
		close(leave)
		for _, want := range []string{"/slow", "/last"} {
			if _, got := c.answer("GET"); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
}

// A client that takes a long answer slowly, but takes it, gets all of it, though
// all of it takes many times the time-out.
func TestSlowReaderGetsItsAnswer(t *testing.T) {
	const size = 16 << 20
	eachPath(t, func(t *testing.T, on path) {
		c := start(t, on.config(server.Config{WriteTimeout: 200 * time.Millisecond}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			x.Response.Body = []byte(strings.Repeat("x", size))
			return nil
		})).dial(t)
		c.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		total, piece := 0, make([]byte, 512<<10)
		for {
			n, err := c.Conn.Read(piece)
			total += n
			if err != nil {
				break
			}
			time.Sleep(5 * time.Millisecond) // being slow is what this client does
		}
		if total < size {
			t.Errorf("got %d bytes of %d", total, size)
		}
	})
}

// The time of the handler is none of the idle connection's.
func TestIdleTimeBeginsBehindTheAnswer(t *testing.T) {
	const idle = 400 * time.Millisecond
	eachPath(t, func(t *testing.T, on path) {
		c := start(t, on.config(server.Config{IdleTimeout: idle}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if x.Request.Path == "/long" {
				time.Sleep(idle + idle/2) // a handler that is busy for longer
			}
			return nil
		})).dial(t)
		for _, path := range []string{"/short", "/long", "/short"} {
			c.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")
			c.answer("GET")
		}
	})
}

// What stands in a body is content, however much it looks like a request, and
// whether or not the handler reads it.
func TestNothingInABodyIsExecuted(t *testing.T) {
	const inner = "GET /inner HTTP/1.1\r\nHost: x\r\n\r\n"
	eachPath(t, func(t *testing.T, on path) {
		for _, target := range []string{"/read", "/unread"} {
			for name, body := range map[string]string{
				"length": fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(inner), inner),
				"chunk":  fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(inner), inner),
				"expect": fmt.Sprintf("Content-Length: %d\r\nExpect: 100-continue\r\n\r\n%s", len(inner), inner),
			} {
				var seen []string
				r := start(t, on.config(server.Config{}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
					seen = append(seen, x.Request.Path)
					if x.Request.Path == "/read" {
						_, err := io.Copy(io.Discard, x)
						return err
					}
					return nil
				}))
				c := r.dial(t)
				c.send("POST " + target + " HTTP/1.1\r\nHost: x\r\n" + body + "GET /outer HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
				if _, err := io.ReadAll(c.Reader); err != nil {
					t.Fatal(err)
				}
				if err := r.stop(); err != nil {
					t.Fatal(err)
				}
				got := strings.Join(seen, " ")
				// A body that was refused unread ends the connection.
				if got != target+" /outer" && !(name == "expect" && target == "/unread" && got == target) {
					t.Errorf("%s, %s: served %s", target, name, got)
				}
			}
		}
	})
}

// A client that sends without reading has to wait, also where the answers have no
// content: what is gathered is bounded.
func TestAnswersWithoutContentAreSentWhileRequestsCome(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		var served atomic.Int64
		r := start(t, on.config(server.Config{WriteTimeout: time.Second}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			served.Add(1)
			x.Response.Status = 204
			return nil
		}))
		c := r.dial(t)
		batch := []byte(strings.Repeat("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 1000))
		_ = c.SetWriteDeadline(time.Now().Add(20 * time.Second))
		sent := 0
		for ; sent < 1<<30; sent += len(batch) {
			if _, err := c.Conn.Write(batch); err != nil {
				return // the server waited for this client, and gave it up in the end
			}
		}
		t.Errorf("%d MB of requests were taken, %d answered, and no answer was read", sent>>20, served.Load())
	})
}

// A handler may ask for its context while another goroutine of it reads: the time-out
// of the body holds all the same, and nothing races.
func TestContextBesideARead(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		r := start(t, on.config(server.Config{BodyTimeout: 100 * time.Millisecond}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if _, err := io.ReadFull(x, make([]byte, 3)); err != nil {
				return err
			}
			read := make(chan error)
			go func() {
				_, err := io.ReadAll(x)
				read <- err
			}()
			for range 100 {
				_ = x.Context().Err()
			}
			return <-read
		}))
		c := r.dial(t)
		c.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
		if res, body := c.answer("POST"); res.StatusCode != 408 {
			t.Errorf("got %d %q, want 408", res.StatusCode, body)
		}
		c.closed()
	})
}

// Chunks that are not all there when the answer begins may be more than the server
// would throw away: the end of the connection is announced (RFC 9112 §9.6).
func TestUnreadChunksEndTheConnection(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		r := start(t, on.config(server.Config{}), text("ignored"))
		for _, test := range []struct {
			body string
			ends bool
		}{
			{"3\r\nabc\r\n0\r\n\r\n", false},
			{"493e0\r\nabc", true},
		} {
			c := r.dial(t)
			c.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + test.body)
			if res, _ := c.answer("POST"); res.Close != test.ends {
				t.Errorf("%q: the connection's end was announced: %v", test.body, res.Close)
			}
		}
	})
}

// HEAD has the fields of GET and never content, refused or not (RFC 9110 §9.3.2).
func TestHEADHasTheFieldsOfGET(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		r := start(t, on.config(server.Config{}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if err := x.Flush(); err != nil {
				return err
			}
			_, err := x.WriteString("streamed")
			return err
		}))
		for _, request := range []string{" / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", " / HTTP/1.1\r\n\r\n"} {
			heads := make([]string, 2)
			for i, method := range []string{"GET", "HEAD"} {
				c := r.dial(t)
				c.send(method + request)
				all, err := io.ReadAll(c.Reader)
				if err != nil {
					t.Fatal(err)
				}
				head, content, _ := strings.Cut(string(all), "\r\n\r\n")
				if (content == "") != (method == "HEAD") {
					t.Errorf("%s%q: content %q", method, request, content)
				}
				before, after, _ := strings.Cut(head, "Date: ")
				heads[i] = before + after[len("Sun, 22 Nov 2026 08:24:31 GMT"):]
			}
			if heads[0] != heads[1] {
				t.Errorf("GET has %q, HEAD %q", heads[0], heads[1])
			}
		}
	})
}

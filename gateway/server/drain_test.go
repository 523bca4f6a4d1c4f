package server_test

import (
	"crypto/tls"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway/server"
)

// A request that begins in the last moment of an idle connection has all the time of a
// request, also where the time-outs are alike, so that its deadline seems to stand.
func TestLastCallIsNotTheDeadlineOfARequest(t *testing.T) {
	const alike = 5 * time.Second
	eachPath(t, func(t *testing.T, on path) {
		for name, half := range map[string]string{
			"head": "POST /late HTTP/1.1\r\nHost: x\r\n",
			"body": "POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n",
		} {
			t.Run(name, func(t *testing.T) {
				r := start(t, on.config(server.Config{IdleTimeout: alike, HeaderTimeout: alike, BodyTimeout: alike}), echo)
				late, idle := r.dial(t), r.dial(t)
				for _, c := range []*client{late, idle} {
					c.send("GET /kept HTTP/1.1\r\nHost: x\r\n\r\n")
					c.answer("GET")
				}
				stopped := make(chan error, 1)
				go func() { stopped <- r.stop() }()
				<-r.info.Stopping
				// Between now and then the last call comes: the request meets it early or
				// late, and is served.
				late.silent(50 * time.Millisecond)
				late.send(half)
				idle.closed()
				late.silent(100 * time.Millisecond) // the last call is over
				if name == "head" {
					late.send("Content-Length: 3\r\n\r\n")
				}
				late.send("abc")
				if res, body := late.answer("POST"); res.StatusCode != 200 || body != "/late abc" || !res.Close {
					t.Errorf("got %d %q, close %v", res.StatusCode, body, res.Close)
				}
				late.closed()
				if err := <-stopped; err != nil {
					t.Error(err)
				}
			})
		}
	})
}

// silent fails if the server says something within d.
func (c *client) silent(d time.Duration) {
	c.t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(d))
	if b, err := c.ReadByte(); !errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Fatalf("got %q, %v; want silence", b, err)
	}
	_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
}

// Over TLS as well, where another goroutine than the connection's moves the deadline, too.
func TestLastCallOverTLS(t *testing.T) {
	ours, theirs := adhoc(t)
	theirs = theirs.Clone()
	theirs.NextProtos = []string{"http/1.1"}
	const alike = 5 * time.Second
	r := start(t, server.Config{TLS: ours, IdleTimeout: alike, HeaderTimeout: alike, BodyTimeout: alike}, echo)
	dial := func() *client {
		nc, err := tls.Dial("tcp", r.addr.String(), theirs)
		if err != nil {
			t.Fatal(err)
		}
		c := wrap(t, nc)
		c.send("GET /kept HTTP/1.1\r\nHost: x\r\n\r\n")
		c.answer("GET")
		return c
	}
	late, idle := dial(), dial()
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	<-r.info.Stopping
	late.silent(50 * time.Millisecond)
	late.send("POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n")
	idle.closed()
	late.silent(100 * time.Millisecond)
	late.send("abc")
	if res, body := late.answer("POST"); res.StatusCode != 200 || body != "/late abc" || !res.Close {
		t.Errorf("got %d %q, close %v", res.StatusCode, body, res.Close)
	}
	late.closed()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

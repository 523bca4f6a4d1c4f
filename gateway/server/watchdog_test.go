package server_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// stuckHere is looked for in the stack.
func stuckHere(leave chan struct{}) { <-leave }

type report struct {
	target string
	stuck  *server.StuckError
}

// reports is an error hook for the watchdog's findings.
func reports(t *testing.T) (chan report, func(*gateway.Request, error)) {
	found := make(chan report, 10)
	return found, func(r *gateway.Request, err error) {
		stuck, ok := errors.AsType[*server.StuckError](err)
		if !ok {
			t.Errorf("fault: %v", err)
			return
		}
		found <- report{r.Method + " " + r.Target, stuck}
	}
}

// What is stuck is told once, with its own goroutine's stack among many.
func TestWatchdog(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		found, hook := reports(t)
		leave := make(chan struct{})
		r := start(t, on.config(server.Config{Watchdog: 30 * time.Millisecond, Error: hook}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if x.Request.Path == "/stuck" {
				stuckHere(leave)
			}
			return nil
		}))
		for range 20 { // that wait for requests, with goroutines of their own
			c := r.dial(t)
			c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			c.answer("GET")
		}
		c := r.dial(t)
		c.send("GET /stuck?a=b HTTP/1.1\r\nHost: x\r\n\r\n")
		got := <-found
		if got.target != "GET /stuck?a=b" || got.stuck.Duration < 30*time.Millisecond {
			t.Errorf("%s after %v", got.target, got.stuck.Duration)
		}
		if !bytes.Contains(got.stuck.Stack, []byte("stuckHere")) || bytes.Count(got.stuck.Stack, []byte("goroutine ")) > 2 { // its own, and who made it
			t.Errorf("stack:\n%s", got.stuck.Stack)
		}
		time.Sleep(100 * time.Millisecond) // the dog has looked some ten times more
		close(leave)
		c.answer("GET")
		if len(found) != 0 {
			t.Errorf("told %d times more", len(found))
		}
		// The connection's next request is another one.
		c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		c.answer("GET")
	})
}

func TestWatchdogCancels(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		found, hook := reports(t)
		r := start(t, on.config(server.Config{Watchdog: 20 * time.Millisecond, WatchdogCancel: true, Error: hook}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if x.Request.Path == "/next" {
				return context.Cause(x.Context()) // nil: that of the one before is not its own
			}
			ctx := x.Context()
			<-ctx.Done()
			if cause := context.Cause(ctx); cause != server.ErrStuck {
				t.Errorf("the context ended with %v", cause)
			}
			return nil
		}))
		c := r.dial(t)
		for range 2 {
			c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n")
			<-found
			for range 2 {
				if res, body := c.answer("GET"); res.StatusCode != 200 {
					t.Errorf("%d %s", res.StatusCode, body)
				}
			}
		}
	})
}

func TestWatchdogOverHTTP2(t *testing.T) {
	ours, theirs := adhoc(t)
	found, hook := reports(t)
	r := start(t, server.Config{TLS: ours, Watchdog: 20 * time.Millisecond, WatchdogCancel: true, Error: hook}, gateway.HandlerFunc(func(x *gateway.Exchange) error {
		stuckHere2(x.Context())
		return nil
	}))
	res, err := http2Client(t, theirs).Get("https://" + r.addr.String() + "/two")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := <-found; got.target != "GET /two" || !bytes.Contains(got.stuck.Stack, []byte("stuckHere2")) {
		t.Errorf("%s:\n%s", got.target, got.stuck.Stack)
	}
}

func stuckHere2(ctx context.Context) { <-ctx.Done() }

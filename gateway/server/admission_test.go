package server_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// N run, Q queue, and the one after those is 503.
func TestMaxInFlight(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		const most, queue = 2, 3
		counters := new(server.Counters)
		entered, leave := make(chan struct{}, 10), make(chan struct{})
		var running, peak atomic.Int64
		r := start(t, on.config(server.Config{MaxInFlight: most, Queue: queue, QueueTimeout: time.Minute, Counters: counters}),
			gateway.HandlerFunc(func(x *gateway.Exchange) error {
				if n := running.Add(1); n > peak.Load() {
					peak.Store(n)
				}
				defer running.Add(-1)
				entered <- struct{}{}
				<-leave
				return nil
			}))
		var conns []*client
		ask := func() *client {
			c := r.dial(t)
			c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			return c
		}
		for range most {
			conns = append(conns, ask())
			<-entered
		}
		for range queue {
			conns = append(conns, ask())
		}
		await(t, counters, "a full queue", func(s server.Stats) bool { return s.Queued == queue })
		late := ask()
		res, body := late.answer("GET")
		if res.StatusCode != 503 || res.Header.Get("Retry-After") != "1" || !strings.HasPrefix(body, "503 ") {
			t.Errorf("beyond the queue: %d %v %q", res.StatusCode, res.Header, body)
		}
		close(leave)
		for i, c := range conns {
			if res, _ := c.answer("GET"); res.StatusCode != 200 {
				t.Errorf("number %d: %d", i, res.StatusCode)
			}
		}
		// The connection that was refused is as good as any other.
		late.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if res, _ := late.answer("GET"); res.StatusCode != 200 {
			t.Errorf("afterwards: %d", res.StatusCode)
		}
		await(t, counters, "nothing queued, one shed", func(s server.Stats) bool { return s.Queued == 0 && s.Shed == 1 })
		if peak.Load() != most {
			t.Errorf("%d ran at a time, want %d", peak.Load(), most)
		}
		if faults := r.allFaults(); len(faults) != 0 {
			t.Errorf("faults: %v", faults)
		}
	})
}

func TestQueueTimeout(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		entered, leave := make(chan struct{}), make(chan struct{})
		r := start(t, on.config(server.Config{MaxInFlight: 1, QueueTimeout: 20 * time.Millisecond}), gateway.HandlerFunc(func(*gateway.Exchange) error {
			entered <- struct{}{}
			<-leave
			return nil
		}))
		first, second := r.dial(t), r.dial(t)
		first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		<-entered
		second.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if res, _ := second.answer("GET"); res.StatusCode != 503 {
			t.Errorf("queued for too long: %d", res.StatusCode)
		}
		close(leave)
		if res, _ := first.answer("GET"); res.StatusCode != 200 {
			t.Errorf("the one that ran: %d", res.StatusCode)
		}
	})
}

// A client that goes away while it queues leaves the queue.
func TestQueueForgetsClientsThatLeave(t *testing.T) {
	counters := new(server.Counters)
	entered, leave := make(chan struct{}), make(chan struct{})
	r := start(t, server.Config{MaxInFlight: 1, Queue: 1, QueueTimeout: time.Minute, Counters: counters}, gateway.HandlerFunc(func(*gateway.Exchange) error {
		entered <- struct{}{}
		<-leave
		return nil
	}))
	first, second := r.dial(t), r.dial(t)
	first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-entered
	second.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	await(t, counters, "one queued", func(s server.Stats) bool { return s.Queued == 1 })
	_ = second.Close()
	await(t, counters, "none queued", func(s server.Stats) bool { return s.Queued == 0 })
	close(leave)
	first.answer("GET")
}

// Under load every request is answered with 200 or 503, and no slot is lost.
func TestAdmissionUnderLoad(t *testing.T) {
	var running atomic.Int64
	counters := new(server.Counters)
	r := start(t, server.Config{MaxInFlight: 4, Queue: 4, QueueTimeout: 5 * time.Millisecond, Counters: counters}, gateway.HandlerFunc(func(x *gateway.Exchange) error {
		if n := running.Add(1); n > 4 {
			t.Errorf("%d at a time", n)
		}
		defer running.Add(-1)
		if strings.HasSuffix(x.Request.Path, "7") {
			panic("on purpose")
		}
		_, err := x.WriteString("ok")
		return err
	}))
	var all sync.WaitGroup
	for i := range 32 {
		c := r.dial(t)
		all.Go(func() {
			for j := range 50 {
				if _, err := fmt.Fprintf(c.Conn, "GET /%d/%d HTTP/1.1\r\nHost: x\r\n\r\n", i, j); err != nil {
					t.Error(err)
					return
				}
				if res, _ := c.answer("GET"); res.StatusCode != 200 && res.StatusCode != 503 && res.StatusCode != 500 {
					t.Errorf("%d", res.StatusCode)
				}
			}
		})
	}
	all.Wait()
	if s := counters.Stats(); s.Queued != 0 || s.Requests[2]+s.Requests[5] != 32*50 || s.Shed > s.Requests[5] {
		t.Errorf("%+v", s)
	}
}

// The N-th request of a connection is its last, and says so; one more is not answered.
func TestMaxRequests(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		const most = 3
		r := start(t, on.config(server.Config{MaxRequests: most}), echo)
		c := r.dial(t)
		c.send(strings.Repeat("GET /a HTTP/1.1\r\nHost: x\r\n\r\n", most+1))
		for i := 1; i <= most; i++ {
			if res, _ := c.answer("GET"); res.Close != (i == most) {
				t.Errorf("answer %d of %d: Connection: close is %v", i, most, res.Close)
			}
		}
		c.closed()
	})
}

// A layer inside sets the time of a handler that has queued as of one that has not.
func TestQueuedRequestsKeepTheirHandlerTimeout(t *testing.T) {
	ours, theirs := adhoc(t)
	for _, http2 := range []bool{false, true} {
		for _, own := range []time.Duration{0, time.Hour} {
			t.Run(fmt.Sprintf("http2 %v, own %v", http2, own), func(t *testing.T) {
				counters := new(server.Counters)
				entered, leave := make(chan struct{}), make(chan struct{})
				r := start(t, server.Config{TLS: ours, MaxInFlight: 1, QueueTimeout: time.Minute, HandlerTimeout: time.Minute, Counters: counters},
					gateway.HandlerFunc(func(x *gateway.Exchange) error {
						server.SetHandlerTimeout(x, own)
						by, limited := x.Context().Deadline()
						if x.Request.Path == "/first" {
							entered <- struct{}{}
							<-leave
						}
						_, err := fmt.Fprint(x, limited && time.Until(by) > time.Minute, limited)
						return err
					}))
				client := &http.Client{Transport: &http.Transport{TLSClientConfig: theirs, ForceAttemptHTTP2: http2}}
				defer client.CloseIdleConnections()
				var all sync.WaitGroup
				ask := func(path string) {
					all.Go(func() {
						res, err := client.Get("https://" + r.addr.String() + path)
						if err != nil {
							t.Error(err)
							return
						}
						defer res.Body.Close()
						body, err := io.ReadAll(res.Body)
						if want := fmt.Sprint(own > 0, own > 0); string(body) != want || err != nil || res.ProtoMajor == 2 != http2 {
							t.Errorf("%s over %s: long and limited are %q, %v; want %q", path, res.Proto, body, err, want)
						}
					})
				}
				ask("/first")
				<-entered
				ask("/queued")
				await(t, counters, "one queued", func(s server.Stats) bool { return s.Queued == 1 })
				close(leave)
				all.Wait()
			})
		}
	}
}

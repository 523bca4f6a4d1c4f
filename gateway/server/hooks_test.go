package server_test

import (
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// The server's life, and a connection's, in order.
func TestHooks(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		var mu sync.Mutex
		var life []string
		states := make(map[string][]server.ConnState) // by the client's address
		note := func(s string) {
			mu.Lock()
			defer mu.Unlock()
			life = append(life, s)
		}
		r := start(t, on.config(server.Config{Hooks: server.Hooks{
			Ready: func(addrs []net.Addr) {
				if len(addrs) != 1 || addrs[0].(*net.TCPAddr).Port == 0 {
					t.Errorf("ready on %v", addrs)
				}
				note("ready")
			},
			Drain: func() { note("drain") },
			Exit: func(err error) {
				if err != nil {
					t.Errorf("exit: %v", err)
				}
				note("exit")
			},
			ConnState: func(c net.Conn, s server.ConnState) {
				mu.Lock()
				defer mu.Unlock()
				client := c.RemoteAddr().String()
				states[client] = append(states[client], s)
			},
		}}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if x.Request.Path == "/take" {
				conn, _, err := x.Hijack()
				if err != nil {
					return err
				}
				return conn.Close()
			}
			return nil
		}))
		kept, taken, silent := r.dial(t), r.dial(t), r.dial(t)
		for range 2 {
			kept.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			kept.answer("GET")
		}
		taken.send("GET /take HTTP/1.1\r\nHost: x\r\n\r\n")
		taken.closed()
		for _, c := range []*client{kept, silent} {
			_ = c.Close()
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		if want := []string{"ready", "drain", "exit"}; !slices.Equal(life, want) {
			t.Errorf("life %v, want %v", life, want)
		}
		const n, a, i, h, c = server.ConnNew, server.ConnActive, server.ConnIdle, server.ConnHijacked, server.ConnClosed
		for conn, want := range map[*client][]server.ConnState{kept: {n, a, i, a, i, c}, taken: {n, a, h, c}, silent: {n, c}} {
			if got := states[conn.LocalAddr().String()]; !slices.Equal(got, want) {
				t.Errorf("states %v, want %v", got, want)
			}
		}
	})
}

// A hook that panics is a fault, and the server goes on.
func TestPanicsInHooksAreContained(t *testing.T) {
	r := start(t, server.Config{Hooks: server.Hooks{
		Ready:     func([]net.Addr) { panic("ready") },
		Drain:     func() { panic("drain") },
		Exit:      func(error) { panic("exit") },
		ConnState: func(net.Conn, server.ConnState) { panic("state") },
	}}, echo)
	c := r.dial(t)
	c.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
	if res, body := c.answer("GET"); res.StatusCode != 200 || body != "/a" {
		t.Errorf("%d %q", res.StatusCode, body)
	}
	_ = c.Close()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if n := len(r.allFaults()); n < 6 { // three of the server's, and new, active, closed at least
		t.Errorf("%d faults: %v", n, r.allFaults())
	}
}

package server

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/dewar-go/dewar/gateway"
)

// alive counts the goroutines of runners.
func alive() (n int) {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return strings.Count(string(stacks), "server.(*runner).run(")
}

// Those that were idle for a second end, and the others stay; closing ends all, those
// that are given back later included.
func TestRunnersEnd(t *testing.T) {
	var s runners
	s.open()
	before := alive()
	take := func(n int) (all []*runner) {
		for range n {
			all = append(all, s.get(0))
		}
		return all
	}
	give := func(all []*runner, now *tick) {
		for _, r := range all {
			s.put(r, 0, now)
		}
	}
	now, later, last := new(tick), new(tick), new(tick)
	give(take(10), now)
	if n := len(s.spare); n != 9 {
		t.Fatalf("%d spare, want 9 and one warm", n)
	}
	give(take(4), later)
	if n := len(s.spare); n != 9 {
		t.Errorf("%d spare where all were taken in the second before, want 9", n)
	}
	give(take(4), last) // six of the spare nobody has taken in a whole second
	if n := len(s.spare); n != 3 {
		t.Errorf("%d spare two seconds later, want 3", n)
	}
	kept := take(2)
	give(take(3), last)
	s.close()
	give(kept, last)
	if n := alive() - before; n != 0 {
		t.Errorf("%d runners are left", n)
	}
}

// Handlers may block, all at once, and lock their thread meanwhile.
func TestHandlersBlockOnRunners(t *testing.T) {
	const clients = 100
	var all sync.WaitGroup
	all.Add(clients)
	address := dozeAtOnce(t, Config{}, func(x *gateway.Exchange) error {
		if x.Request.Path == "/together" {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			all.Done()
			all.Wait()
		}
		_, err := x.WriteString(x.Request.Path)
		return err
	})
	var done sync.WaitGroup
	for range clients {
		done.Go(func() {
			nc, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			defer nc.Close()
			in := bufio.NewReader(nc)
			for _, path := range []string{"/together", "/alone"} {
				if _, err := io.WriteString(nc, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
					t.Error(err)
					return
				}
				resp, err := http.ReadResponse(in, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if body, _ := io.ReadAll(resp.Body); string(body) != path {
					t.Errorf("%q, want %q", body, path)
				}
			}
		})
	}
	done.Wait()
}

//go:build unix

package process_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// rounds is how often a load test upgrades or terminates: 5 times, or as often as
// DEWAR_LOAD says.
func rounds(t *testing.T) int {
	text := os.Getenv("DEWAR_LOAD")
	if text == "" {
		return 5
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("DEWAR_LOAD is %q, want a number", text)
	}
	return n
}

// A crowd is clients that hammer one address on kept connections.
type crowd struct {
	t       *testing.T
	addr    string
	refusal bool // that nobody listens is no failure

	served, connections atomic.Int64
	done                chan struct{}
	all                 sync.WaitGroup
}

func hammer(t *testing.T, addr string, clients int, refusal bool) *crowd {
	c := &crowd{t: t, addr: addr, refusal: refusal, done: make(chan struct{})}
	for range clients {
		c.all.Go(func() {
			for !c.over() {
				if err := c.connection(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	return c
}

func (c *crowd) stop() {
	close(c.done)
	c.all.Wait()
	c.t.Logf("%d requests on %d connections", c.served.Load(), c.connections.Load())
}

func (c *crowd) over() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// await waits until n more requests were served.
func (c *crowd) await(n int64) {
	for until := c.served.Load() + n; c.served.Load() < until && !c.t.Failed(); {
		time.Sleep(time.Millisecond) // the clients work
	}
}

// patience is after how long an unused connection may be closed without a word: less
// than what a server that stops waits for one more request (250 ms), as this client
// cannot know when the server's wait began.
const patience = 100 * time.Millisecond

// connection asks until the server ends the connection. What a client may rightly expect
// is an answer to every request that it sends on a kept connection soon after the last
// answer, unless that said that it is the last; where somebody always listens, also to
// the first request of a connection, and that it is not refused.
func (c *crowd) connection() error {
	nc, err := net.DialTimeout("tcp", c.addr, 30*time.Second)
	if err != nil {
		if c.refusal && errors.Is(err, syscall.ECONNREFUSED) {
			time.Sleep(time.Millisecond)
			return nil
		}
		return err
	}
	defer nc.Close()
	c.connections.Add(1)
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	r := bufio.NewReader(nc)
	answered := time.Now()
	for i := 0; !c.over(); i++ {
		idle := time.Since(answered)
		last, err := ask(nc, r)
		switch {
		case err != nil && i == 0 && c.refusal, err != nil && i > 0 && idle > patience:
			return nil
		case err != nil:
			return fmt.Errorf("request %d of a connection, %v after the last answer: %w", i, idle, err)
		}
		answered = time.Now()
		c.served.Add(1)
		if last {
			return nil
		}
	}
	return nil
}

// ask asks once and reports whether the connection ends.
func ask(nc net.Conn, r *bufio.Reader) (last bool, err error) {
	if _, err := io.WriteString(nc, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return false, err
	}
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		return false, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return false, err
	}
	if _, err := strconv.Atoi(string(body)); err != nil || res.StatusCode != 200 {
		return false, fmt.Errorf("got %d %q", res.StatusCode, body)
	}
	return res.Close, nil
}

// upgrade asks for a successor, which is refused as long as the predecessor of pid has
// not ended altogether.
func (c *child) upgrade(pid int) {
	c.t.Helper()
	for {
		if err := syscall.Kill(pid, syscall.SIGUSR2); err != nil {
			c.t.Fatal(err)
		}
		line := c.expect("")
		if line == "serves "+c.addr {
			return
		}
		if !strings.Contains(line, "has not finished yet") && !strings.Contains(line, "under way already") {
			c.t.Fatalf("asked for an upgrade: %q", line)
		}
	}
}

// While programs replace each other, every request is answered and no connection refused.
func TestUpgradesUnderLoad(t *testing.T) {
	c := run(t, anyPort)
	crowd := hammer(t, c.addr, 8, false)
	defer crowd.stop()
	pid := c.cmd.Process.Pid
	for range rounds(t) {
		crowd.await(200)
		c.upgrade(pid)
		c.expect(fmt.Sprintf("ended %d", pid))
		if pid == c.cmd.Process.Pid {
			if err := c.cmd.Wait(); err != nil {
				t.Error(err)
			}
		}
		successor := c.pid()
		if successor == pid {
			t.Fatal("nobody took over")
		}
		pid = successor
	}
	crowd.await(200)
}

// A program that is told to end leaves no request on a kept connection unanswered, and
// tells with the last answer that it is the last.
func TestTerminationsUnderLoad(t *testing.T) {
	l, err := net.Listen("tcp", anyPort)
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	crowd := hammer(t, addr, 8, true)
	defer crowd.stop()
	for range rounds(t) {
		c := run(t, addr)
		crowd.await(200)
		c.signal(syscall.SIGTERM)
		c.ended()
	}
}

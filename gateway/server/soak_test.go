package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/accesslog"
	"github.com/dewar-go/dewar/gateway/server"
)

// soaking is how long a test under load goes on: some seconds, or as long as DEWAR_SOAK
// says, with as many clients as the real thing has. .ci/soak does that.
func soaking(t *testing.T) (d time.Duration, long bool) {
	text := os.Getenv("DEWAR_SOAK")
	if text == "" {
		return 4 * time.Second, false
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("DEWAR_SOAK: %v", err)
	}
	return d, true
}

const largeSize = 1 << 20

// large is content of which every part is unlike the others, to tell a hole or a
// repetition.
var large = func() []byte {
	b := make([]byte, 0, largeSize+8)
	for len(b) < largeSize {
		b = fmt.Appendf(b, "%07d\n", len(b))
	}
	return b[:largeSize]
}()

// mixed answers what the soak's clients ask for.
var mixed = gateway.HandlerFunc(func(x *gateway.Exchange) error {
	switch {
	case x.Request.Path == "/large":
		for rest := large; len(rest) > 0; {
			n := min(len(rest), 40_000)
			if _, err := x.Write(rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		return nil
	case x.Request.Method == "POST":
		_, err := io.Copy(x, x)
		return err
	}
	_, err := x.WriteString(x.Request.Path)
	return err
})

// A soak is one server with many clients that each do one thing for ever.
type soak struct {
	t       *testing.T
	addr    string
	end     chan struct{}
	answers atomic.Int64
}

func (s *soak) over() bool {
	select {
	case <-s.end:
		return true
	default:
		return false
	}
}

// rest waits a moment, or for the end.
func (s *soak) rest(d time.Duration) {
	select {
	case <-s.end:
	case <-time.After(d):
	}
}

func (s *soak) dial() (net.Conn, *bufio.Reader, error) {
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		return nil, nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(2 * time.Minute))
	return conn, bufio.NewReader(conn), nil
}

// answer reads one answer and holds it to what was asked.
func (s *soak) answer(r *bufio.Reader, status int, want []byte) error {
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		return fmt.Errorf("lost: %w", err)
	}
	got, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("cut off after %d bytes: %w", len(got), err)
	}
	if res.StatusCode != status || want != nil && !bytes.Equal(got, want) {
		return fmt.Errorf("wrong: %d with %d bytes %.40q, want %d with %d bytes %.40q", res.StatusCode, len(got), got, status, len(want), want)
	}
	s.answers.Add(1)
	return nil
}

// The clients. Each is one connection's life; the soak begins it anew until the end.

func (s *soak) keptAlive() error { return s.pipelined(1, 20*time.Millisecond) }
func (s *soak) idle() error      { return s.pipelined(1, time.Second) }
func (s *soak) batches() error   { return s.pipelined(16, time.Millisecond) }

// pipelined sends n requests at once, again and again.
func (s *soak) pipelined(n int, pause time.Duration) error {
	conn, r, err := s.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	for range 50 {
		first := rand.Uint64()
		batch := ""
		for i := range n {
			batch += fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: x\r\n\r\n", first+uint64(i))
		}
		if _, err := io.WriteString(conn, batch); err != nil {
			return err
		}
		for i := range n {
			if err := s.answer(r, 200, fmt.Appendf(nil, "/%d", first+uint64(i))); err != nil {
				return err
			}
		}
		if s.rest(pause); s.over() {
			return nil
		}
	}
	return nil
}

// posts sends content of any size, declared and chunked.
func (s *soak) posts() error {
	conn, r, err := s.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	for i := range 20 {
		content := large[:rand.IntN(100_000)]
		if i%2 == 0 {
			_, err = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(content), content)
		} else {
			_, err = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(content)+1, append(content[:len(content):len(content)], '.'))
			content = append(content[:len(content):len(content)], '.')
		}
		if err != nil {
			return err
		}
		if err := s.answer(r, 200, content); err != nil {
			return err
		}
		if s.rest(5 * time.Millisecond); s.over() {
			return nil
		}
	}
	return nil
}

// slowReader takes a large answer in small pieces.
func (s *soak) slowReader() error {
	conn, _, err := s.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.(*net.TCPConn).SetReadBuffer(16 << 10)
	if _, err := io.WriteString(conn, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return err
	}
	return s.answer(bufio.NewReaderSize(&slowly{conn, s}, 64<<10), 200, large)
}

// slowly reads with a pause before each read.
type slowly struct {
	net.Conn
	s *soak
}

func (r *slowly) Read(p []byte) (int, error) {
	r.s.rest(time.Millisecond)
	return r.Conn.Read(p)
}

// slowWriter sends a request in small pieces.
func (s *soak) slowWriter() error {
	conn, r, err := s.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	const request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\n\r\nabcdefghijklmnopqrstuvwxyz"
	for i := 0; i < len(request); i += 3 {
		if _, err := io.WriteString(conn, request[i:min(i+3, len(request))]); err != nil {
			return err
		}
		s.rest(time.Millisecond)
	}
	return s.answer(r, 200, []byte("abcdefghijklmnopqrstuvwxyz"))
}

// resets asks and leaves with a reset, anywhere in the answer.
func (s *soak) resets() error {
	conn, r, err := s.dial()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return err
	}
	_, _ = io.CopyN(io.Discard, r, rand.Int64N(largeSize))
	_ = conn.(*net.TCPConn).SetLinger(0)
	s.rest(time.Millisecond)
	return conn.Close()
}

// oversized sends heads that are too large.
func (s *soak) oversized() error {
	conn, r, err := s.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nX-Much: "+strings.Repeat("x", 9000)+"\r\n\r\n"); err != nil {
		return err
	}
	s.rest(time.Millisecond)
	return s.answer(r, 431, nil)
}

// Mixed load leaves no answer wrong or lost, no goroutine and no memory behind, and is
// no fault.
func TestSoak(t *testing.T) {
	lasting, long := soaking(t)
	goroutines := runtime.NumGoroutine()
	counters := new(server.Counters)
	r := start(t, server.Config{
		Counters: counters, AccessLog: accessLog(t, accesslog.Config{Writer: io.Discard}),
		MaxInFlight: 10_000, HandlerTimeout: time.Minute, Watchdog: time.Minute,
	}, mixed)
	s := &soak{t: t, addr: r.addr.String(), end: make(chan struct{})}
	crowd := []struct {
		client func() error
		n      int // of 1,000
	}{
		{s.idle, 850}, {s.keptAlive, 60}, {s.batches, 20}, {s.posts, 20},
		{s.slowReader, 15}, {s.slowWriter, 20}, {s.resets, 5}, {s.oversized, 10},
	}
	var all sync.WaitGroup
	for _, c := range crowd {
		n := c.n
		if !long {
			n = (n + 4) / 5
		}
		for range n {
			all.Go(func() {
				for !s.over() {
					if err := c.client(); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	time.Sleep(lasting / 2)
	early := heap()
	time.Sleep(lasting / 2)
	late := heap()
	close(s.end)
	all.Wait()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if grown := int64(late) - int64(early); grown > int64(early)/2+8<<20 {
		t.Errorf("the heap grew from %d to %d KiB in the second half", early>>10, late>>10)
	}
	if faults := r.allFaults(); len(faults) != 0 {
		t.Errorf("%d faults, the first: %v", len(faults), faults[0])
	}
	for range 100 { // the clients' own sockets end a moment later
		if runtime.NumGoroutine() <= goroutines+2 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > goroutines+2 {
		t.Errorf("%d goroutines, %d before", n, goroutines)
	}
	stats := counters.Stats()
	t.Logf("%v: %d answers checked, %d requests on %d connections, heap %d and %d KiB", lasting, s.answers.Load(), stats.Duration.Count(), stats.Accepted, early>>10, late>>10)
}

// heap is what is in use behind a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// An attack is what one attacker does with one connection: it holds on to it for as long
// as the server lets it.
type attack func(s *soak) error

var attacks = map[string]attack{
	"slowloris": func(s *soak) error { return s.trickle("GET / HTTP/1.1\r\nHost: x\r\n", "X-A: b\r\n") },
	"slow body": func(s *soak) error {
		return s.trickle("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n", "x")
	},
	"slow read": func(s *soak) error {
		conn, _, err := s.dial()
		if err != nil {
			return err
		}
		defer conn.Close()
		_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		if _, err := io.WriteString(conn, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return nil
		}
		<-s.end
		return nil
	},
}

// trickle sends a beginning and then a little every second.
func (s *soak) trickle(beginning, more string) error {
	conn, _, err := s.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	for text := beginning; !s.over(); text = more {
		if _, err := io.WriteString(conn, text); err != nil {
			return nil // the server has had enough
		}
		s.rest(time.Second)
	}
	return nil
}

// While attackers hold connections, everybody else is served. What that costs them is
// printed; the long form holds it to twice its quiet value.
func TestSlowAttacks(t *testing.T) {
	lasting, long := soaking(t)
	attackers := 200
	if lasting /= 8; long {
		attackers, lasting = 1000, min(lasting, 15*time.Second)
	}
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			r := start(t, server.Config{HeaderTimeout: 2 * time.Second, Grace: 100 * time.Millisecond, Error: quiet}, mixed)
			s := &soak{t: t, addr: r.addr.String(), end: make(chan struct{})}
			quietly := s.p99(lasting)
			var all sync.WaitGroup
			for range attackers {
				all.Go(func() {
					for !s.over() {
						if err := attack(s); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			attacked := s.p99(lasting)
			close(s.end)
			all.Wait()
			t.Logf("%d attackers: p99 %v, %v without", attackers, attacked, quietly)
			if long && attacked > 2*quietly+time.Millisecond {
				t.Errorf("p99 %v, more than twice the quiet %v", attacked, quietly)
			}
			_ = r.stop() // slow readers are cut off, which is what it says
		})
	}
}

// p99 is the slowest but one in a hundred answers to ten clients that are as they should
// be.
func (s *soak) p99(d time.Duration) time.Duration {
	var mu sync.Mutex
	var took []time.Duration
	var all sync.WaitGroup
	until := time.Now().Add(d)
	for range 10 {
		all.Go(func() {
			conn, r, err := s.dial()
			if err != nil {
				s.t.Error(err)
				return
			}
			defer conn.Close()
			for i := 0; time.Now().Before(until); i++ {
				began := time.Now()
				path := "/" + strconv.Itoa(i)
				if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
					s.t.Error(err)
					return
				}
				if err := s.answer(r, 200, []byte(path)); err != nil {
					s.t.Error(err)
					return
				}
				mu.Lock()
				took = append(took, time.Since(began))
				mu.Unlock()
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	all.Wait()
	slices.Sort(took)
	if len(took) == 0 {
		return 0
	}
	return took[len(took)*99/100]
}

package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/server"
)

// byStatus answers with the status that the path names.
var byStatus = gateway.HandlerFunc(func(x *gateway.Exchange) error {
	status, err := strconv.Atoi(strings.TrimPrefix(x.Request.Path, "/"))
	if err != nil {
		return gateway.ErrAbort
	}
	x.Response.Status = status
	return nil
})

// Every request, connection and byte is counted once, whoever counts beside.
func TestCountersAreExactUnderLoad(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		counters := new(server.Counters)
		r := start(t, on.config(server.Config{Counters: counters}), byStatus)
		const conns, rounds = 32, 25
		batch := ""
		for _, status := range []int{200, 201, 302, 404, 503} {
			batch += fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: x\r\n\r\n", status)
		}
		var all sync.WaitGroup
		var mu sync.Mutex
		got := 0
		for range conns {
			c := r.dial(t)
			all.Go(func() {
				defer c.Close()
				n := 0
				for range rounds {
					if _, err := io.WriteString(c.Conn, batch); err != nil {
						t.Error(err)
						return
					}
					for range 5 {
						k, err := countAnswer(c.Reader)
						if err != nil {
							t.Error(err)
							return
						}
						n += k
					}
				}
				mu.Lock()
				got += n
				mu.Unlock()
			})
		}
		all.Wait()
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		s := counters.Stats()
		const each = conns * rounds
		if want := [6]uint64{2: 2 * each, 3: each, 4: each, 5: each}; s.Requests != want {
			t.Errorf("requests %v, want %v", s.Requests, want)
		}
		if s.Accepted != conns || s.Received != uint64(each*len(batch)) || s.Sent != uint64(got) {
			t.Errorf("accepted %d, received %d, sent %d; want %d, %d, %d", s.Accepted, s.Received, s.Sent, conns, each*len(batch), got)
		}
		if s.Duration.Count() != 5*each || s.Duration.Sum <= 0 {
			t.Errorf("%d durations of %v in all", s.Duration.Count(), s.Duration.Sum)
		}
		if s.Idle+s.Active+s.HTTP2+s.Hijacked+s.InFlight+s.Queued != 0 {
			t.Errorf("something is open on a server that has stopped: %+v", s)
		}
	})
}

// countAnswer reads one answer without content and returns its length.
func countAnswer(r *bufio.Reader) (n int, err error) {
	for {
		line, err := r.ReadString('\n')
		if n += len(line); err != nil || line == "\r\n" {
			return n, err
		}
	}
}

// await looks until the counters are as wanted: the server counts when it has
// answered, and tells nobody.
func await(t *testing.T, c *server.Counters, what string, want func(s server.Stats) bool) {
	t.Helper()
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		s := c.Stats()
		if want(s) {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("%s: %+v", what, s)
		}
	}
}

func TestConnectionsByState(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		counters := new(server.Counters)
		entered, leave := make(chan struct{}), make(chan struct{})
		r := start(t, on.config(server.Config{Counters: counters}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			switch x.Request.Path {
			case "/busy":
				entered <- struct{}{}
				<-leave
			case "/hijack":
				conn, _, err := x.Hijack()
				if err != nil {
					return err
				}
				defer conn.Close()
				entered <- struct{}{}
				<-leave
			}
			return nil
		}))
		idle, busy, hijacked := r.dial(t), r.dial(t), r.dial(t)
		idle.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		idle.answer("GET")
		busy.send("GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
		<-entered
		hijacked.send("GET /hijack HTTP/1.1\r\nHost: x\r\n\r\n")
		<-entered
		await(t, counters, "three connections", func(s server.Stats) bool {
			return s.Idle == 1 && s.Active == 1 && s.Hijacked == 1 && s.InFlight == 1 && s.Accepted == 3
		})
		leave <- struct{}{}
		leave <- struct{}{}
		busy.answer("GET")
		await(t, counters, "two idle ones", func(s server.Stats) bool {
			return s.Idle == 2 && s.Active == 0 && s.Hijacked == 0 && s.Requests == [6]uint64{0: 1, 2: 2}
		})
	})
}

func TestRefusedRequestsAreCounted(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		counters := new(server.Counters)
		r := start(t, on.config(server.Config{Counters: counters, HeaderTimeout: 50 * time.Millisecond}), echo)
		for request, status := range map[string]int{
			"nonsense\r\n\r\n":   400,
			"GET / HTTP/1.1\r\n": 408,
			"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 10000) + "\r\n\r\n": 431,
		} {
			c := r.dial(t)
			c.send(request)
			if res, _ := c.answer("GET"); res.StatusCode != status {
				t.Errorf("%.20q: %d, want %d", request, res.StatusCode, status)
			}
		}
		r.dial(t).Close() // a connection without a request is none
		await(t, counters, "three refused", func(s server.Stats) bool {
			return s.Refused == 3 && s.Requests == [6]uint64{4: 3} && s.Accepted == 4
		})
	})
}

func TestCountersOfHTTP2(t *testing.T) {
	ours, theirs := adhoc(t)
	counters := new(server.Counters)
	entered, leave := make(chan struct{}), make(chan struct{})
	r := start(t, server.Config{TLS: ours, Counters: counters}, gateway.HandlerFunc(func(x *gateway.Exchange) error {
		entered <- struct{}{}
		<-leave
		_, err := x.WriteString("hello")
		return err
	}))
	client := http2Client(t, theirs)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			res, err := client.Get("https://" + r.addr.String() + "/")
			if err != nil {
				t.Error(err)
				return
			}
			res.Body.Close()
		})
	}
	for range 3 {
		<-entered
	}
	await(t, counters, "three streams", func(s server.Stats) bool { return s.HTTP2 >= 1 && s.InFlight == 3 && s.Active == 0 })
	close(leave)
	all.Wait()
	await(t, counters, "three answers", func(s server.Stats) bool { return s.Requests[2] == 3 && s.InFlight == 0 && s.Sent == 15 })
}

func TestPrometheus(t *testing.T) {
	counters := new(server.Counters)
	mux := gateway.Dispatch(byStatus, map[string]gateway.Handler{"/metrics": counters.Handler()})
	r := start(t, server.Config{Counters: counters}, mux)
	for path, status := range map[string]int{"/200": 200, "/404": 404} {
		res, err := http.Get("http://" + r.addr.String() + path)
		if err != nil || res.StatusCode != status {
			t.Fatalf("%s: %v, %v", path, res, err)
		}
		res.Body.Close()
	}
	res, err := http.Get("http://" + r.addr.String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); got != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	m := parsePrometheus(t, string(text))
	for series, want := range map[string]float64{
		`dewar_requests_total{class="2xx"}`:              1,
		`dewar_requests_total{class="3xx"}`:              0, // zeros are told, too
		`dewar_requests_total{class="4xx"}`:              1,
		`dewar_request_duration_seconds_count`:           2,
		`dewar_connections_accepted_total`:               1,
		`dewar_connections{state="active"}`:              1,
		`dewar_request_duration_seconds_bucket{le="10"}`: 2,
	} {
		if got, ok := m[series]; !ok || got != want {
			t.Errorf("%s is %v, %v; want %v", series, got, ok, want)
		}
	}
	if m["dewar_received_bytes_total"] <= 0 || m["dewar_sent_bytes_total"] <= 0 || m["dewar_request_duration_seconds_sum"] <= 0 {
		t.Errorf("no bytes or no time: %v", m)
	}
	if res := gatewaytest.Do(counters.Handler(), gatewaytest.Request{Method: "POST"}); res.Status != 405 || res.Header.Value("Allow") == "" {
		t.Errorf("POST: %d", res.Status)
	}
}

var (
	metricName = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)
	sampleLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_][a-zA-Z0-9_]*="[^"\\\n]*"\})? (\S+)$`)
)

// parsePrometheus holds the text to the format's rules: HELP and TYPE once, before the
// family's samples, which stand together; counters end in _total; buckets ascend and end
// in +Inf, which is the count; no series twice; a line end at the end.
func parsePrometheus(t *testing.T, text string) map[string]float64 {
	t.Helper()
	m := make(map[string]float64)
	kinds := make(map[string]string)
	var family, help string
	var done []string
	if !strings.HasSuffix(text, "\n") {
		t.Error("the last line has no end")
	}
	last := -1.0
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if rest, ok := strings.CutPrefix(line, "# HELP "); ok {
			name, words, _ := strings.Cut(rest, " ")
			if !metricName.MatchString(name) || words == "" || slices.Contains(done, name) {
				t.Errorf("%q", line)
			}
			done, help = append(done, name), name
			continue
		}
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(rest, " ")
			if name != help || kinds[name] != "" || !slices.Contains([]string{"counter", "gauge", "histogram"}, kind) {
				t.Errorf("%q behind HELP of %q", line, help)
			}
			if (kind == "counter") != strings.HasSuffix(name, "_total") {
				t.Errorf("%s is a %s", name, kind)
			}
			family, kinds[name], last = name, kind, -1
			continue
		}
		s := sampleLine.FindStringSubmatch(line)
		if s == nil {
			t.Errorf("%q is no sample", line)
			continue
		}
		value, err := strconv.ParseFloat(s[3], 64)
		if err != nil {
			t.Errorf("%q: %v", line, err)
		}
		suffix, ok := strings.CutPrefix(s[1], family)
		if kind := kinds[family]; !ok || (kind == "histogram") != slices.Contains([]string{"_bucket", "_sum", "_count"}, suffix) || kind != "histogram" && suffix != "" {
			t.Errorf("%q stands below %s", line, family)
		}
		if _, twice := m[s[1]+s[2]]; twice {
			t.Errorf("%s twice", s[1]+s[2])
		}
		if suffix == "_bucket" {
			if value < last {
				t.Errorf("%q: buckets are cumulative", line)
			}
			last = value
		}
		m[s[1]+s[2]] = value
	}
	for name, kind := range kinds {
		if kind == "histogram" && m[name+`_bucket{le="+Inf"}`] != m[name+"_count"] {
			t.Errorf("%s: +Inf is not the count", name)
		}
	}
	return m
}

package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

var ok = gateway.HandlerFunc(func(x *gateway.Exchange) error { return nil })

func Example() {
	h := gateway.Chain(ok, New(Config{Policy: Policy{Requests: 2, Window: time.Hour}}))
	for range 3 {
		res := gatewaytest.Do(h, gatewaytest.Request{})
		fmt.Println(res.Status, res.Header.Value("RateLimit-Policy"), res.Header.Value("Retry-After") != "")
	}
	// Output:
	// 200 "default";q=2;w=3600 false
	// 200 "default";q=2;w=3600 false
	// 429 "default";q=2;w=3600 true
}

// clock is time that the test moves.
type clock struct{ nanos atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nanos.Store(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()) // begins every window up to a day
	return c
}
func (c *clock) Now() time.Time          { return time.Unix(0, c.nanos.Load()) }
func (c *clock) advance(d time.Duration) { c.nanos.Add(int64(d)) }

func TestTokenBucket(t *testing.T) {
	clock := newClock()
	m := newMemory(0, clock.Now)
	p := Policy{Requests: 3, Window: time.Minute}
	for i, c := range []struct {
		after time.Duration
		want  Decision
	}{
		{0, Decision{OK: true, Remaining: 2, Reset: 20 * time.Second}},
		{0, Decision{OK: true, Remaining: 1, Reset: 40 * time.Second}},
		{0, Decision{OK: true, Remaining: 0, Reset: 60 * time.Second}},
		{0, Decision{Reset: 60 * time.Second, Retry: 20 * time.Second}},
		{20*time.Second - 1, Decision{Reset: 40*time.Second + 1, Retry: 1}},
		{1, Decision{OK: true, Remaining: 0, Reset: 60 * time.Second}},
		{0, Decision{Reset: 60 * time.Second, Retry: 20 * time.Second}},
		{time.Hour, Decision{OK: true, Remaining: 2, Reset: 20 * time.Second}}, // never more than is full
	} {
		clock.advance(c.after)
		if got, _ := m.Take(context.Background(), "k", p); got != c.want {
			t.Errorf("step %d: %+v, want %+v", i, got, c.want)
		}
	}
}

func TestSlidingWindow(t *testing.T) {
	clock := newClock()
	m := newMemory(0, clock.Now)
	p := Policy{Requests: 4, Window: time.Minute, Sliding: true}
	for i, c := range []struct {
		after time.Duration
		ok    bool
		left  int
	}{
		{30 * time.Second, true, 3}, {0, true, 2}, {0, true, 1}, {0, true, 0}, {0, false, 0},
		{30 * time.Second, false, 0}, // a new window: all 4 of the previous one still count
		{15 * time.Second, true, 0},  // 3 of them do
		{0, false, 0},
		{15 * time.Second, true, 0}, // 2 of them, and 1
		{2 * time.Minute, true, 3},
	} {
		clock.advance(c.after)
		got, _ := m.Take(context.Background(), "k", p)
		if got.OK != c.ok || got.Remaining != c.left {
			t.Errorf("step %d: %+v, want %+v", i, got, c)
		}
		if !got.OK { // what Retry promises holds, and nothing less would do
			later := &counter{}
			*later = *find(m, "k")
			if d := later.slide(clock.Now().Add(got.Retry), p); !d.OK {
				t.Errorf("step %d: not admitted after %v: %+v", i, got.Retry, d)
			}
		}
	}
}

// find looks for a counter in whichever shard it is.
func find(m *Memory, key string) *counter {
	for i := range m.shards {
		if place := m.shards[i].counters[id{"", key}]; place != nil {
			return place.Value.(*counter)
		}
	}
	return nil
}

// 64 goroutines get just what the budget has, by either way of counting.
func TestBudgetIsExact(t *testing.T) {
	for _, sliding := range []bool{false, true} {
		for _, requests := range []int{1, 7, 1000} {
			m := newMemory(0, newClock().Now)
			h := New(Config{Policy: Policy{Requests: requests, Window: time.Minute, Sliding: sliding}, Store: m})(ok)
			var admitted atomic.Int64
			var wg sync.WaitGroup
			for range 64 {
				wg.Go(func() {
					r := gatewaytest.Recorder{Handler: h}
					for range 50 {
						switch r.Do(gatewaytest.Request{}).Status {
						case 200:
							admitted.Add(1)
						case 429:
						default:
							t.Error("neither 200 nor 429")
						}
					}
				})
			}
			wg.Wait()
			if got := int(admitted.Load()); got != requests {
				t.Errorf("sliding %v: %d admitted of a budget of %d", sliding, got, requests)
			}
		}
	}
}

// For a client that asks evenly, no time of the length of Window has more than Requests.
func TestSlidingWindowHoldsEverywhere(t *testing.T) {
	clock := newClock()
	m := newMemory(0, clock.Now)
	p := Policy{Requests: 10, Window: time.Minute, Sliding: true}
	var times []time.Duration
	for now := time.Duration(0); now < 10*time.Minute; now += 700 * time.Millisecond {
		if d, _ := m.Take(context.Background(), "k", p); d.OK {
			times = append(times, now)
		}
		clock.advance(700 * time.Millisecond)
	}
	for i := range times {
		n := 0
		for _, other := range times[i:] {
			if other-times[i] < p.Window {
				n++
			}
		}
		if n > p.Requests {
			t.Errorf("%d requests in the minute from %v", n, times[i])
		}
	}
	if len(times) < 80 {
		t.Errorf("only %d admitted in ten minutes", len(times))
	}
}

func TestFields(t *testing.T) {
	clock := newClock()
	h := New(Config{Policy: Policy{Name: "api", Requests: 2, Window: 90 * time.Second}, Store: newMemory(0, clock.Now)})(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		return errors.New("no")
	}))
	for _, want := range []struct {
		status             int
		limit, retry, body string
	}{{500, `"api";r=1;t=45`, "", ""}, {500, `"api";r=0;t=90`, "", ""}, {429, `"api";r=0;t=90`, "45", ""}} {
		res := gatewaytest.Do(h, gatewaytest.Request{})
		if res.Status != want.status || res.Header.Value("RateLimit") != want.limit || res.Header.Value("Retry-After") != want.retry || res.Header.Value("RateLimit-Policy") != `"api";q=2;w=90` {
			t.Errorf("%d %v, want %+v", res.Status, res.Header, want)
		}
	}
}

// Two policies are told side by side, and each counts.
func TestTwoPolicies(t *testing.T) {
	second := New(Config{Policy: Policy{Name: "second", Requests: 1, Window: time.Second}, Store: newMemory(0, newClock().Now)})
	day := New(Config{Policy: Policy{Name: "day", Requests: 100, Window: 24 * time.Hour}, Store: newMemory(0, newClock().Now)})
	h := gateway.Chain(ok, day, second)
	for _, status := range []int{200, 429} {
		res := gatewaytest.Do(h, gatewaytest.Request{})
		n := 0
		for range res.Header.List("RateLimit") {
			n++
		}
		if n != 2 || res.Status != status {
			t.Errorf("%d %v", res.Status, res.Header)
		}
	}
}

func TestKeys(t *testing.T) {
	for _, c := range []struct {
		remote net.Addr
		want   string
	}{
		{&net.TCPAddr{IP: net.ParseIP("192.0.2.1"), Port: 5}, "192.0.2.1"},
		{&net.TCPAddr{IP: net.ParseIP("::ffff:192.0.2.1"), Port: 5}, "192.0.2.1"},
		{&net.TCPAddr{IP: net.ParseIP("2001:db8:1:2:3:4:5:6"), Port: 5}, "2001:db8:1:2::/64"},
		{&net.TCPAddr{IP: net.ParseIP("fe80::1"), Zone: "eth0"}, "fe80::/64"},
		{&net.UnixAddr{Name: "@", Net: "unix"}, "unix"},
		{&net.TCPAddr{}, "unknown"},
	} {
		r := gatewaytest.Recorder{Remote: c.remote, Handler: gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if got := ClientAddress(x); got != c.want {
				t.Errorf("%v: %q, want %q", c.remote, got, c.want)
			}
			return nil
		})}
		r.Do(gatewaytest.Request{})
	}
	h := New(Config{Policy: Policy{Requests: 1, Window: time.Hour}, Except: []string{"/livez"}, Key: func(x *gateway.Exchange) string { return x.Request.Header.Value("Authorization") }})(ok)
	for _, c := range []struct {
		key, target string
		want        int
	}{{"a", "/", 200}, {"a", "/", 429}, {"b", "/", 200}, {"", "/", 200}, {"", "/", 200}, {"a", "/livez", 200}} {
		q := gatewaytest.Request{Target: c.target}
		if c.key != "" {
			q.Header.Add("Authorization", c.key)
		}
		if res := gatewaytest.Do(h, q); res.Status != c.want {
			t.Errorf("%+v: %d", c, res.Status)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	m := newMemory(16*10, newClock().Now)
	p := Policy{Requests: 1, Window: time.Hour}
	for i := range 10_000 {
		m.Take(context.Background(), fmt.Sprint(i), p)
	}
	n := 0
	for i := range m.shards {
		n += len(m.shards[i].counters)
		if len(m.shards[i].counters) != m.shards[i].recent.Len() {
			t.Error("map and list differ")
		}
	}
	if n != 160 {
		t.Errorf("%d counters of 160", n)
	}
	if d, _ := m.Take(context.Background(), "9999", p); d.OK {
		t.Error("the latest client was forgotten")
	}
}

// Two policies on one Memory count apart.
func TestMemoryKeepsPoliciesApart(t *testing.T) {
	m := newMemory(0, newClock().Now)
	for _, c := range []struct {
		name, key string
		ok        bool
	}{{"a", "b:k", true}, {"a", "b:k", false}, {"a:b", "k", true}, {"a:b", "k", false}, {"", "k", true}, {"k", "", true}} {
		if d, _ := m.Take(context.Background(), c.key, Policy{Name: c.name, Requests: 1, Window: time.Hour}); d.OK != c.ok {
			t.Errorf("%+v: %+v", c, d)
		}
	}
}

// A key takes no more memory than maxKey, whatever a client sends, and differs from
// all others still.
func TestLongKeys(t *testing.T) {
	m := newMemory(0, newClock().Now)
	p := Policy{Requests: 1, Window: time.Hour}
	long := strings.Repeat("k", 8<<10)
	for i, c := range []struct {
		key string
		ok  bool
	}{{long, true}, {long, false}, {long + "x", true}, {"x" + long, true}, {long[:maxKey], true}, {long[:maxKey], false}, {long[:maxKey+1], true}} {
		if d, _ := m.Take(context.Background(), c.key, p); d.OK != c.ok {
			t.Errorf("step %d: %+v", i, d)
		}
	}
	for i := range m.shards {
		for of := range m.shards[i].counters {
			if len(of.key) > maxKey {
				t.Errorf("a key of %d bytes is kept", len(of.key))
			}
		}
	}
}

type broken struct{}

func (broken) Take(context.Context, string, Policy) (Decision, error) {
	return Decision{}, errors.New("store is away")
}

func TestStoreThatFails(t *testing.T) {
	for closed, want := range map[bool]int{false: 200, true: 503} {
		var heard error
		h := New(Config{Policy: Policy{Requests: 1, Window: time.Hour}, Store: broken{}, Closed: closed, Error: func(_ *gateway.Request, err error) { heard = err }})(ok)
		if res := gatewaytest.Do(h, gatewaytest.Request{}); res.Status != want || heard == nil {
			t.Errorf("closed %v: %d, heard %v", closed, res.Status, heard)
		}
	}
}

func TestNewPanicsAtMistakes(t *testing.T) {
	for _, c := range []Config{
		{}, {Policy: Policy{Requests: 1}}, {Policy: Policy{Window: time.Second}}, {Policy: Policy{Requests: 2_000_000, Window: time.Second}},
		{Policy: Policy{Name: `a"b`, Requests: 1, Window: time.Second}}, {Policy: Policy{Requests: 1, Window: time.Second}, Except: []string{"x"}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is taken", c)
				}
			}()
			New(c)
		}()
	}
}

func TestTakeAllocatesNothing(t *testing.T) {
	m := NewMemory(0)
	p := Policy{Requests: 1000, Window: time.Second}
	m.Take(context.Background(), "k", p)
	if n := testing.AllocsPerRun(100, func() { m.Take(context.Background(), "k", p) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

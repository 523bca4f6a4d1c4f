package cache_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/cache"
	"github.com/dewar-go/dewar/gateway/middleware/compress"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
)

// origin is a handler that counts, and answers with a header of the test's.
type origin struct {
	calls  atomic.Int64
	answer func(x *gateway.Exchange) error
}

func (o *origin) Serve(x *gateway.Exchange) error {
	n := o.calls.Add(1)
	x.Response.Body = fmt.Appendf(nil, "answer %d", n)
	return o.answer(x)
}

func saying(fields ...string) *origin {
	return &origin{answer: func(x *gateway.Exchange) error {
		for i := 0; i < len(fields); i += 2 {
			x.Response.Header.Add(fields[i], fields[i+1])
		}
		return nil
	}}
}

// clock is time that the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func get(fields ...string) gatewaytest.Request {
	q := gatewaytest.Request{Target: "/page?q"}
	for i := 0; i < len(fields); i += 2 {
		q.Header.Add(fields[i], fields[i+1])
	}
	return q
}

func Example() {
	c := cache.New(cache.Config{})
	o := saying("Cache-Control", "max-age=60")
	h := gateway.Chain(o, c.Middleware())
	for range 3 {
		fmt.Println(string(gatewaytest.Do(h, gatewaytest.Request{}).Body))
	}
	// Output:
	// answer 1
	// answer 1
	// answer 1
}

// What is kept, in the order of RFC 9111 §3.
func TestStorable(t *testing.T) {
	page := get()
	for _, c := range []struct {
		name  string
		o     *origin
		q     gatewaytest.Request
		calls int64 // of two requests
	}{
		{"max-age", saying("Cache-Control", "max-age=60"), page, 1},
		{"s-maxage", saying("Cache-Control", "s-maxage=60, max-age=0"), page, 1},
		{"s-maxage=0", saying("Cache-Control", "s-maxage=0, max-age=60"), page, 2},
		{"Expires", saying("Date", "Thu, 01 Jan 2026 00:00:00 GMT", "Expires", "Thu, 01 Jan 2026 00:01:00 GMT"), page, 1},
		{"Expires in the past", saying("Date", "Thu, 01 Jan 2026 00:00:00 GMT", "Expires", "Wed, 31 Dec 2025 00:00:00 GMT"), page, 2},
		{"Expires: 0", saying("Expires", "0"), page, 2},
		{"nothing is guessed", saying("Last-Modified", "Wed, 31 Dec 2025 00:00:00 GMT"), page, 2},
		{"public alone", saying("Cache-Control", "public"), page, 2},
		{"private", saying("Cache-Control", "private, max-age=60"), page, 2},
		{"no-store", saying("Cache-Control", "no-store, max-age=60"), page, 2},
		{"no-cache", saying("Cache-Control", "no-cache, max-age=60"), page, 2},
		{"malformed", saying("Cache-Control", "max-age=soon"), page, 2},
		{"a cookie", saying("Cache-Control", "max-age=60", "Set-Cookie", "a=b"), page, 2},
		{"Vary: *", saying("Cache-Control", "max-age=60", "Vary", "*"), page, 2},
		{"too old when it came", saying("Cache-Control", "max-age=60", "Age", "60"), page, 2},
		{"Authorization", saying("Cache-Control", "max-age=60"), get("Authorization", "Bearer x"), 2},
		{"Authorization, public", saying("Cache-Control", "max-age=60, public"), get("Authorization", "Bearer x"), 1},
		{"Authorization, s-maxage", saying("Cache-Control", "s-maxage=60"), get("Authorization", "Bearer x"), 1},
		{"no-store of the request", saying("Cache-Control", "max-age=60"), get("Cache-Control", "no-store"), 2},
		{"POST", saying("Cache-Control", "max-age=60"), gatewaytest.Request{Method: "POST"}, 2},
		{"GET with content", saying("Cache-Control", "max-age=60"), gatewaytest.Request{Body: []byte("x")}, 2},
		{"a range", saying("Cache-Control", "max-age=60"), get("Range", "bytes=0-1"), 2},
		{"404", &origin{answer: func(x *gateway.Exchange) error {
			x.Response.Status = 404
			x.Response.Header.Add("Cache-Control", "max-age=60")
			return nil
		}}, page, 1},
		{"500", &origin{answer: func(x *gateway.Exchange) error {
			x.Response.Status = 500
			x.Response.Header.Add("Cache-Control", "max-age=60")
			return nil
		}}, page, 2},
		{"an error", &origin{answer: func(x *gateway.Exchange) error {
			x.Response.Header.Add("Cache-Control", "max-age=60")
			return errors.New("no")
		}}, page, 2},
		{"a stream", &origin{answer: func(x *gateway.Exchange) error {
			x.Response.Header.Add("Cache-Control", "max-age=60")
			x.Flush()
			_, err := x.WriteString(" and more")
			return err
		}}, page, 1},
		{"cut off", &origin{answer: func(x *gateway.Exchange) error {
			x.Response.Header.Add("Cache-Control", "max-age=60")
			x.Flush()
			return errors.New("no")
		}}, page, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			lint := gatewaytest.Lint(func(err error) { t.Error(err) })
			h := gateway.Chain(c.o, lint, cache.New(cache.Config{Now: newClock().Now}).Middleware(), lint)
			first := gatewaytest.Do(h, c.q)
			second := gatewaytest.Do(h, c.q)
			if got := c.o.calls.Load(); got != c.calls {
				t.Errorf("the handler was called %d times, want %d", got, c.calls)
			}
			if c.calls == 1 && (string(first.Body) != string(second.Body) || second.Header.Value("Age") != "0" || second.Status != first.Status) {
				t.Errorf("first %q, then %q with %v", first.Body, second.Body, second.Header)
			}
		})
	}
}

// An answer for one user is not given to another, though it stands in the cache.
func TestAuthorizationIsNotGivenWhatIsForOthers(t *testing.T) {
	o := saying("Cache-Control", "max-age=60")
	h := cache.New(cache.Config{}).Middleware()(o)
	gatewaytest.Do(h, get())
	if res := gatewaytest.Do(h, get("Authorization", "Bearer x")); string(res.Body) != "answer 2" {
		t.Errorf("%q", res.Body)
	}
}

func TestVary(t *testing.T) {
	o := saying("Cache-Control", "max-age=60", "Vary", "Accept-Language, Cookie")
	h := cache.New(cache.Config{}).Middleware()(o)
	for _, c := range []struct {
		fields []string
		want   string
	}{
		{[]string{"Accept-Language", "de"}, "answer 1"},
		{[]string{"Accept-Language", "en"}, "answer 2"},
		{[]string{"accept-language", "de"}, "answer 1"},
		{[]string{"Accept-Language", "de", "Cookie", "a=b"}, "answer 3"},
		{[]string{"Accept-Language", "de", "X-Other", "a"}, "answer 1"},
		{nil, "answer 4"},
		{[]string{"Accept-Language", ""}, "answer 5"},
		{[]string{"Accept-Language", "de", "Accept-Language", "en"}, "answer 6"},
	} {
		if res := gatewaytest.Do(h, get(c.fields...)); string(res.Body) != c.want {
			t.Errorf("%q: %q, want %q", c.fields, res.Body, c.want)
		}
	}
}

func TestKeys(t *testing.T) {
	o := saying("Cache-Control", "max-age=60")
	h := cache.New(cache.Config{}).Middleware()(o)
	seen := map[string]string{}
	for _, q := range []gatewaytest.Request{
		{Target: "/"}, {Target: "/a"}, {Target: "/a?"}, {Target: "/a?b"}, {Target: "/a/"}, {Target: "/%61"}, {Target: "/", Host: "other"}, {Target: "https://localhost/"},
	} {
		res := gatewaytest.Do(h, q)
		name := q.Host + q.Target
		if name == "/a?" {
			name = "/a"
		}
		if before, ok := seen[name]; ok && before != string(res.Body) {
			t.Errorf("%s: %q and %q", name, before, res.Body)
		}
		seen[name] = string(res.Body)
	}
	if o.calls.Load() != 7 {
		t.Errorf("%d calls", o.calls.Load())
	}
	// HEAD is answered by what GET brought.
	if res := gatewaytest.Do(h, gatewaytest.Request{Method: "HEAD", Target: "/a"}); o.calls.Load() != 7 || res.Length != int64(len("answer 2")) {
		t.Errorf("HEAD: %d calls, length %d", o.calls.Load(), res.Length)
	}
}

func TestAge(t *testing.T) {
	clock := newClock()
	o := saying("Cache-Control", "max-age=60", "Age", "10")
	h := cache.New(cache.Config{Now: clock.Now}).Middleware()(o)
	gatewaytest.Do(h, get())
	for _, c := range []struct {
		after time.Duration
		age   string
		calls int64
	}{{0, "10", 1}, {49 * time.Second, "59", 1}, {time.Second - 1, "59", 1}, {1, "10", 2}} {
		clock.advance(c.after)
		res := gatewaytest.Do(h, get())
		if got := slices.Collect(res.Header.Values("Age")); !slices.Equal(got, []string{c.age}) || o.calls.Load() != c.calls {
			t.Errorf("after %v: Age %q, %d calls", c.after, got, o.calls.Load())
		}
	}
}

// Conditions are judged by what is kept.
func TestConditions(t *testing.T) {
	o := saying("Cache-Control", "max-age=60", "ETag", `"v1"`)
	h := cache.New(cache.Config{}).Middleware()(o)
	gatewaytest.Do(h, get())
	if res := gatewaytest.Do(h, get("If-None-Match", `"v1"`)); res.Status != 304 || res.Header.Value("Age") != "0" || o.calls.Load() != 1 {
		t.Errorf("%d %v", res.Status, res.Header)
	}
	if res := gatewaytest.Do(h, get("If-None-Match", `"v2"`)); res.Status != 200 || o.calls.Load() != 1 {
		t.Errorf("%d", res.Status)
	}
}

// Many that miss at once: one asks, all get its answer.
func TestConcurrentMissesCallTheHandlerOnce(t *testing.T) {
	const clients = 64
	entered, leave := make(chan struct{}), make(chan struct{})
	o := &origin{}
	o.answer = func(x *gateway.Exchange) error {
		close(entered) // panics at a second call
		<-leave
		x.Response.Header.Add("Cache-Control", "max-age=60")
		return nil
	}
	h := cache.New(cache.Config{}).Middleware()(o)
	var wg sync.WaitGroup
	var arrived atomic.Int64
	for range clients {
		wg.Go(func() {
			arrived.Add(1)
			if res := gatewaytest.Do(h, get()); string(res.Body) != "answer 1" {
				t.Errorf("%d %q", res.Status, res.Body)
			}
		})
	}
	<-entered
	close(leave)
	wg.Wait()
	if o.calls.Load() != 1 {
		t.Errorf("%d calls", o.calls.Load())
	}
}

// An answer that is not for all frees those that wait as soon as its head is known.
func TestWhatIsNotForAllIsNotWaitedFor(t *testing.T) {
	clock := newClock()
	hold := make(chan struct{})
	first := make(chan struct{}, 1)
	o := &origin{}
	o.answer = func(x *gateway.Exchange) error {
		x.Response.Header.Add("Cache-Control", "private")
		if o.calls.Load() == 1 {
			if err := x.Flush(); err != nil {
				return err
			}
			first <- struct{}{}
			<-hold
		}
		return nil
	}
	h := cache.New(cache.Config{Now: clock.Now}).Middleware()(o)
	call := (&gatewaytest.Recorder{Handler: h}).Start(get())
	<-first
	for range 3 {
		if res := gatewaytest.Do(h, get()); res.Status != 200 {
			t.Errorf("%d", res.Status)
		}
	}
	close(hold)
	if _, err := gatewaytest.Finish(call); err != nil {
		t.Fatal(err)
	}
	if o.calls.Load() != 4 {
		t.Errorf("%d calls", o.calls.Load())
	}
}

// One who waits and goes away is not held.
func TestWaitingEndsWithTheClient(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	o := &origin{answer: func(x *gateway.Exchange) error {
		close(entered)
		<-leave
		return nil
	}}
	h := cache.New(cache.Config{}).Middleware()(o)
	leader := (&gatewaytest.Recorder{Handler: h}).Start(get())
	<-entered
	follower := (&gatewaytest.Recorder{Handler: h}).Start(get())
	follower.Close()
	if _, err := io.ReadAll(follower); err == nil {
		t.Error("the client that went away got an answer")
	}
	close(leave)
	if _, err := gatewaytest.Finish(leader); err != nil {
		t.Fatal(err)
	}
}

// While it is stale, what is kept is given at once, and one request in the background
// fetches the next (RFC 5861 §3).
func TestStaleWhileRevalidate(t *testing.T) {
	clock := newClock()
	fetched := make(chan struct{}, 10)
	o := &origin{}
	o.answer = func(x *gateway.Exchange) error {
		x.Response.Header.Add("Cache-Control", "max-age=60, stale-while-revalidate=60")
		x.OnFinish(func(gateway.Outcome) { fetched <- struct{}{} })
		return nil
	}
	c := cache.New(cache.Config{Now: clock.Now})
	h := gateway.Chain(o, c.Middleware())
	gatewaytest.Do(h, get())
	<-fetched
	clock.advance(61 * time.Second)
	res := gatewaytest.Do(h, get("If-None-Match", `"x"`))
	if string(res.Body) != "answer 1" || res.Header.Value("Age") != "61" {
		t.Errorf("%q %v", res.Body, res.Header)
	}
	<-fetched
	if err := gateway.Shutdown(context.Background(), h); err != nil {
		t.Fatal(err)
	}
	if res := gatewaytest.Do(h, get()); string(res.Body) != "answer 2" || res.Header.Value("Age") != "0" {
		t.Errorf("after the refresh: %q %v", res.Body, res.Header)
	}
	clock.advance(121 * time.Second)
	if res := gatewaytest.Do(h, get()); string(res.Body) != "answer 3" {
		t.Errorf("beyond the window: %q", res.Body)
	}
}

func TestStaleIfError(t *testing.T) {
	clock := newClock()
	o := &origin{}
	failing := false
	o.answer = func(x *gateway.Exchange) error {
		if failing {
			return errors.New("no database")
		}
		x.Response.Header.Add("Cache-Control", "max-age=60, stale-if-error=60")
		return nil
	}
	c := cache.New(cache.Config{Now: clock.Now})
	h := c.Middleware()(o)
	gatewaytest.Do(h, get())
	failing = true
	clock.advance(90 * time.Second)
	for range 2 {
		if res := gatewaytest.Do(h, get()); res.Status != 200 || string(res.Body) != "answer 1" || res.Header.Value("Age") != "90" {
			t.Errorf("%d %q %v", res.Status, res.Body, res.Header)
		}
	}
	failing = false
	if res := gatewaytest.Do(h, get()); string(res.Body) != "answer 4" {
		t.Errorf("%q", res.Body)
	}
	if res := gatewaytest.Do(h, get()); string(res.Body) != "answer 4" {
		t.Errorf("the new answer was not kept: %q", res.Body)
	}
	failing = true
	clock.advance(121 * time.Second)
	if res := gatewaytest.Do(h, get()); res.Status != 500 {
		t.Errorf("beyond the window: %d", res.Status)
	}
}

// A change makes what is kept for its address invalid (RFC 9111 §4.4).
func TestInvalidation(t *testing.T) {
	o := saying("Cache-Control", "max-age=60")
	c := cache.New(cache.Config{})
	h := c.Middleware()(o)
	gatewaytest.Do(h, get())
	gatewaytest.Do(h, gatewaytest.Request{Method: "PUT", Target: "/other"})
	if gatewaytest.Do(h, get()); o.calls.Load() != 2 {
		t.Error("another address made it invalid")
	}
	gatewaytest.Do(h, gatewaytest.Request{Method: "PUT", Target: "/page?q"})
	if gatewaytest.Do(h, get()); o.calls.Load() != 4 {
		t.Error("still kept after a change")
	}
	c.Purge("http://localhost/page?q")
	if gatewaytest.Do(h, get()); o.calls.Load() != 5 {
		t.Error("still kept after Purge")
	}
	c.Clear()
	if c.Len() != 0 || c.Bytes() != 0 {
		t.Errorf("%d answers, %d bytes after Clear", c.Len(), c.Bytes())
	}
}

// An answer that was being made when its address changed shows what was before.
func TestInvalidationOfWhatIsBeingMade(t *testing.T) {
	c := cache.New(cache.Config{})
	var change func()
	o := &origin{answer: func(x *gateway.Exchange) error {
		x.Response.Header.Add("Cache-Control", "max-age=60, stale-while-revalidate=60")
		if x.Request.Method == "GET" {
			change()
		}
		return nil
	}}
	h := c.Middleware()(o)
	for name, f := range map[string]func(){
		"a PUT": func() { gatewaytest.Do(h, gatewaytest.Request{Method: "PUT", Target: "/page?q"}) },
		"Purge": func() { c.Purge("http://localhost/page?q") },
		"Clear": c.Clear,
	} {
		change = f
		if gatewaytest.Do(h, get()); c.Len() != 0 {
			t.Errorf("%s: what was made before is kept", name)
		}
		change = func() {}
		if gatewaytest.Do(h, get()); c.Len() != 1 {
			t.Errorf("%s: what was made afterwards is not kept", name)
		}
		c.Clear()
	}
}

func TestOnlyIfCached(t *testing.T) {
	o := saying("Cache-Control", "max-age=60")
	h := cache.New(cache.Config{}).Middleware()(o)
	if res := gatewaytest.Do(h, get("Cache-Control", "only-if-cached")); res.Status != 504 {
		t.Errorf("%d", res.Status)
	}
	gatewaytest.Do(h, get())
	if res := gatewaytest.Do(h, get("Cache-Control", "only-if-cached")); res.Status != 200 {
		t.Errorf("%d", res.Status)
	}
}

// Memory is bounded, whatever clients ask for: the least recently used goes.
func TestMemoryIsBounded(t *testing.T) {
	o := &origin{answer: func(x *gateway.Exchange) error {
		x.Response.Header.Add("Cache-Control", "max-age=60")
		x.Response.Body = make([]byte, 10_000)
		return nil
	}}
	c := cache.New(cache.Config{MaxBytes: 100_000})
	h := c.Middleware()(o)
	for i := range 100 {
		gatewaytest.Do(h, gatewaytest.Request{Target: fmt.Sprint("/", i)})
		gatewaytest.Do(h, gatewaytest.Request{Target: "/0"}) // stays, as it is used
		if c.Bytes() > 100_000 || c.Bytes() < 0 {
			t.Fatalf("%d bytes after %d answers", c.Bytes(), i)
		}
	}
	if n := c.Len(); n != 9 {
		t.Errorf("%d answers", n)
	}
	if o.calls.Load() != 100 {
		t.Errorf("%d calls: what is used was dropped", o.calls.Load())
	}
}

// Of addresses whose answers are not kept no text is held either: clients can make them
// long, and as many as they like.
func TestMemoryOfWhatIsNotKeptIsBounded(t *testing.T) {
	c := cache.New(cache.Config{})
	h := c.Middleware()(saying("Cache-Control", "no-store"))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 2000 {
		gatewaytest.Do(h, gatewaytest.Request{Target: fmt.Sprintf("/%0*d", 8<<10, i)})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("2000 addresses of 8 KiB hold %d bytes", grown)
	}
	runtime.KeepAlive(c)
}

func TestVariantsAreBounded(t *testing.T) {
	o := saying("Cache-Control", "max-age=60", "Vary", "User-Agent")
	c := cache.New(cache.Config{})
	h := c.Middleware()(o)
	for i := range 100 {
		gatewaytest.Do(h, get("User-Agent", fmt.Sprint(i)))
	}
	if c.Len() != 32 {
		t.Errorf("%d variants", c.Len())
	}
}

func TestBodiesAreBounded(t *testing.T) {
	for size, want := range map[int]int{100: 1, 101: 0} {
		o := &origin{answer: func(x *gateway.Exchange) error {
			x.Response.Header.Add("Cache-Control", "max-age=60")
			x.Response.Body = make([]byte, size)
			return nil
		}}
		c := cache.New(cache.Config{MaxBody: 100})
		gatewaytest.Do(c.Middleware()(o), get())
		if c.Len() != want {
			t.Errorf("%d bytes: %d answers kept", size, c.Len())
		}
	}
}

// What layers outside add belongs to each answer anew; what a layer inside made of
// the content is kept with what it said of it.
func TestLayersAroundAndWithin(t *testing.T) {
	o := &origin{answer: func(x *gateway.Exchange) error {
		x.Response.Header = append(x.Response.Header, gateway.Field{Name: "Cache-Control", Value: "max-age=60"}, gateway.Field{Name: "Content-Type", Value: "text/plain"}, gateway.Field{Name: "ETag", Value: `"v1"`})
		x.Response.Body = []byte(strings.Repeat("text ", 1000))
		return nil
	}}
	h := gateway.Chain(o, secure.New(secure.Config{Policy: "script-src 'nonce-{nonce}'"}), cache.New(cache.Config{}).Middleware(), compress.New(compress.Config{}))
	zipped := get("Accept-Encoding", "gzip")
	first, second := gatewaytest.Do(h, zipped), gatewaytest.Do(h, zipped)
	if o.calls.Load() != 1 {
		t.Fatalf("%d calls", o.calls.Load())
	}
	if second.Header.Value("Content-Encoding") != "gzip" || string(first.Body) != string(second.Body) || second.Header.Value("ETag") != `W/"v1"` {
		t.Errorf("compressed within: %v", second.Header)
	}
	if a, b := first.Header.Value("Content-Security-Policy"), second.Header.Value("Content-Security-Policy"); a == b || b == "" {
		t.Errorf("the nonce was kept: %q, %q", a, b)
	}
	if plain := gatewaytest.Do(h, get()); plain.Header.Has("Content-Encoding") || o.calls.Load() != 2 {
		t.Errorf("a client that does not understand gzip got %v", plain.Header)
	}
	outside := gateway.Chain(o, compress.New(compress.Config{}), cache.New(cache.Config{}).Middleware())
	for range 2 {
		if res := gatewaytest.Do(outside, zipped); res.Header.Value("Content-Encoding") != "gzip" || res.Header.Value("ETag") != `W/"v1"` {
			t.Errorf("compressed outside: %v", res.Header)
		}
	}
	if plain := gatewaytest.Do(outside, get()); plain.Header.Has("Content-Encoding") || len(plain.Body) != 5000 {
		t.Errorf("uncompressed: %v", plain.Header)
	}
}

package server

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// A StuckError tells Config.Error of a handler that has run for longer than
// Config.Watchdog and still does.
type StuckError struct {
	Duration time.Duration // so far
	Stack    []byte        // owned: of the goroutine that runs the handler
}

// Error says how long.
func (e *StuckError) Error() string {
	return fmt.Sprintf("server: the handler has run for %v and still does", e.Duration.Round(time.Millisecond))
}

// ErrStuck is the cause of a context that ended for Config.WatchdogCancel.
var ErrStuck = fmt.Errorf("server: the watchdog ended the request: %w", context.DeadlineExceeded)

// A watchdog looks for handlers that do not come back.
//
// Go has no name for a goroutine, and no way to see the stack of one. But a connection
// is served by one goroutine, which knows its number once it has looked at its own
// stack; in the stacks of all goroutines, which the runtime gives, the number finds it.
// So a connection costs a look at the start, an exchange two locks that nobody else
// wants, some 30 ns, and something stuck a stop of all goroutines for as long as their
// stacks take to write: about a millisecond for a thousand. That happens once for each
// request that is stuck, and not more often than the dog looks.
type watchdog struct {
	after  time.Duration
	cancel bool
	tell   func(*gateway.Request, error)

	mu  sync.Mutex
	all map[*watchee]struct{}
}

// A watchee is a goroutine that runs one exchange after the other.
type watchee struct {
	head []byte // of its stack: "goroutine 17 "
	stop func(error)

	mu      sync.Mutex
	begun   time.Time // zero: nothing runs
	told    bool
	request gateway.Request // what the hook may see: no Header, which is the exchange's
}

func newWatchdog(c *Config) *watchdog {
	if c.Watchdog <= 0 {
		return nil
	}
	return &watchdog{after: c.Watchdog, cancel: c.WatchdogCancel, tell: c.Error, all: make(map[*watchee]struct{})}
}

// follow begins to watch the goroutine that calls it; stop ends an exchange's context.
func (d *watchdog) follow(stop func(error)) *watchee {
	var buf [64]byte
	stack := buf[:runtime.Stack(buf[:], false)]
	w := &watchee{head: append([]byte(nil), stack[:bytes.IndexByte(stack, '[')]...), stop: stop}
	d.mu.Lock()
	d.all[w] = struct{}{}
	d.mu.Unlock()
	return w
}

func (d *watchdog) forget(w *watchee) {
	d.mu.Lock()
	delete(d.all, w)
	d.mu.Unlock()
}

// begin and end surround an exchange. hot path

func (w *watchee) begin(r *gateway.Request) {
	w.mu.Lock()
	w.begun, w.told = time.Now(), false // not r.Time: pipelined requests wait for those before
	w.request = gateway.Request{Method: r.Method, Target: r.Target, Proto: r.Proto, Scheme: r.Scheme, Host: r.Host, Remote: r.Remote, Local: r.Local, Time: r.Time}
	w.mu.Unlock()
}

func (w *watchee) end() {
	w.mu.Lock()
	w.begun = time.Time{}
	w.mu.Unlock()
}

// follow has the dog watch the exchange that begins. It runs in the connection's
// goroutine. hot path
func (c *conn) follow() {
	if c.watchee == nil {
		c.watchee = c.run.dog.follow(c.watch.interrupt)
	}
	c.watchee.begin(&c.x.Request)
}

// run looks until ctx ends. Serve owns its goroutine.
func (d *watchdog) run(ctx context.Context) {
	ticker := time.NewTicker(min(max(d.after/4, time.Millisecond), time.Second))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			d.look(now)
		}
	}
}

// look reports what is stuck and was not reported.
func (d *watchdog) look(now time.Time) {
	var found []*watchee
	d.mu.Lock()
	for w := range d.all {
		if w.stuck(now, d.after) {
			found = append(found, w)
		}
	}
	d.mu.Unlock()
	if len(found) == 0 {
		return
	}
	stacks := allStacks()
	for _, w := range found {
		d.report(w, stacks, now)
	}
}

func (w *watchee) stuck(now time.Time, after time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.begun.IsZero() && !w.told && now.Sub(w.begun) >= after
}

// report tells of w, unless its exchange has ended meanwhile.
func (d *watchdog) report(w *watchee, stacks []byte, now time.Time) {
	w.mu.Lock()
	begun, request := w.begun, w.request
	still := !begun.IsZero() && now.Sub(begun) >= d.after
	if still {
		w.told = true
		if d.cancel {
			w.stop(ErrStuck) // under the lock, so that it is this exchange's
		}
	}
	w.mu.Unlock()
	if still {
		d.tell(&request, &StuckError{Duration: now.Sub(begun), Stack: stackOf(w.head, stacks)})
	}
}

// mostStacks bounds the memory for the stacks of all goroutines; beyond, a stuck one may
// be reported without its own.
const mostStacks = 64 << 20

func allStacks() []byte {
	for size := 1 << 20; ; size *= 2 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size || size >= mostStacks {
			return buf[:n]
		}
	}
}

// stackOf cuts one goroutine's stack out of all, owned.
func stackOf(head, stacks []byte) []byte {
	for one := range bytes.SplitSeq(stacks, []byte("\n\n")) {
		if bytes.HasPrefix(one, head) {
			return append([]byte(nil), one...)
		}
	}
	return nil
}

// watched is middleware for HTTP/2, whose exchanges have a goroutine each.
func (d *watchdog) watched(h gateway.Handler) gateway.Handler {
	return gateway.HandlerFunc(func(x *gateway.Exchange) error {
		ctx, stop := context.WithCancelCause(x.Context())
		defer stop(nil)
		if err := x.Wrap(func(t gateway.Transport) gateway.Transport { return &stoppable{t, ctx} }); err != nil {
			return err
		}
		w := d.follow(stop)
		defer d.forget(w)
		w.begin(&x.Request)
		defer w.end()
		return h.Serve(x)
	})
}

// stoppable is a transport with another context.
type stoppable struct {
	gateway.Transport
	ctx context.Context
}

func (s *stoppable) Context() context.Context { return s.ctx }

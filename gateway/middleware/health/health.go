// Package health answers those who ask whether the process works: an orchestrator or
// a load balancer.
//
//	probe := health.New(health.Config{Ready: map[string]health.Check{"database": db.PingContext}})
//	h := gateway.Chain(app, probe.Middleware())
//
// /livez is 200 as long as the process can answer: where it fails, it is to be
// started anew, so that it asks nobody else. /startupz is 200 once the application
// has started. /readyz is 200 while requests are welcome: the application has started,
// all checks hold, and no server of it has been told to stop (gateway.ServerInfo.Stopping),
// which the probe learns by itself; where it fails, traffic is to go elsewhere.
// ?verbose names the checks, each with its state; what is wrong is for Config.Error,
// and not for everybody who asks.
package health

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// Limits, with their precedents.
const (
	timeout = time.Second            // of a check; Kubernetes gives a probe as a whole so long
	keep    = 500 * time.Millisecond // a result serves those who ask at the same time
)

// A Check tells whether something works. It ends when ctx does.
type Check func(ctx context.Context) error

// Config says what is asked and where. Its zero value is useful: nothing is checked.
type Config struct {
	Ready map[string]Check // of /readyz
	Live  map[string]Check // of /livez: only what a new start would mend, such as a deadlock

	Timeout time.Duration // of each check; 0 is 1 s. All run at once
	Keep    time.Duration // how long a result is used again; 0 is 500 ms, negative not at all

	LivePath, ReadyPath, StartPath string // "" is /livez, /readyz and /startupz

	// Error hears of a check that fails; nil: nobody does.
	Error func(name string, err error)
}

// A Probe answers. It may be used by any number of goroutines.
type Probe struct {
	config   Config
	live     *group
	ready    *group
	draining atomic.Bool

	mu       sync.Mutex
	servers  int               // that run the application
	stopping []<-chan struct{} // of each, closed when it has been told to stop
}

// New returns a Probe. It panics at a path that does not begin with a slash, and at a
// check that is nil.
func New(c Config) *Probe {
	for _, d := range []struct {
		path  *string
		value string
	}{{&c.LivePath, "/livez"}, {&c.ReadyPath, "/readyz"}, {&c.StartPath, "/startupz"}} {
		if *d.path == "" {
			*d.path = d.value
		}
		if !strings.HasPrefix(*d.path, "/") {
			panic(fmt.Sprintf("health: %q is no path: it does not begin with a slash", *d.path))
		}
	}
	if c.Timeout == 0 {
		c.Timeout = timeout
	}
	if c.Keep == 0 {
		c.Keep = keep
	}
	return &Probe{config: c, live: newGroup(c, c.Live), ready: newGroup(c, c.Ready)}
}

// Drain makes /readyz fail from now on, while all else goes on: for an application
// that knows before its server that it will stop. Servers that tell need nobody who
// calls it.
func (p *Probe) Drain() { p.draining.Store(true) }

// Linger returns a context for the server that ends d after ctx does; as soon as ctx
// ends, the probe drains. It is for servers that stop accepting when their context
// ends, such as nethttp, which balancers in front of them should know some seconds
// before; Dewar's own server has server.Config.Lameduck for that.
//
//	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
//	defer stop()
//	app.RunContext(probe.Linger(ctx, 5*time.Second), nethttp.New(nethttp.Config{}))
//
// Where ctx never ends, it costs no goroutine.
func (p *Probe) Linger(ctx context.Context, d time.Duration) context.Context {
	lingering, end := context.WithCancelCause(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		p.Drain()
		time.AfterFunc(d, func() { end(context.Cause(ctx)) })
	})
	return lingering
}

// Middleware answers requests for the paths, and passes on all others. Put it outside
// of what could keep a probe from its answer: limits, redirects, authentication.
func (p *Probe) Middleware() gateway.Middleware {
	return func(next gateway.Handler) gateway.Handler { return &front{p, next} }
}

type front struct {
	*Probe
	next gateway.Handler
}

// Startup notes that everything inside has started, since gateway.Chain starts layers
// from the innermost outwards, and what will tell that the server stops.
func (f *front) Startup(_ context.Context, s gateway.ServerInfo) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.servers == 0 {
		f.stopping = nil
		f.draining.Store(false)
	}
	f.servers++
	f.stopping = append(f.stopping, s.Stopping)
	return nil
}

// Shutdown notes that one server has ended.
func (f *front) Shutdown(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.servers--
	return nil
}

// started is what the probe knows of the start.
func (p *Probe) started() finding {
	p.mu.Lock()
	defer p.mu.Unlock()
	return finding{"started", p.servers > 0}
}

// welcome is whether requests shall still come: no server has been told to stop. One
// that does not tell has a nil channel, which is never closed.
func (p *Probe) welcome() finding {
	p.mu.Lock()
	defer p.mu.Unlock()
	return finding{"not draining", !p.draining.Load() && !slices.ContainsFunc(p.stopping, closed)}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// Serve answers a probe.
func (f *front) Serve(x *gateway.Exchange) error {
	r := &x.Request
	var rep report
	switch c := &f.config; r.Path {
	case c.LivePath:
		rep = f.live.run()
	case c.StartPath:
		rep = report{f.started()}
	case c.ReadyPath:
		rep = append(report{f.started(), f.welcome()}, f.ready.run()...)
	default:
		return f.next.Serve(x)
	}
	if r.Method != "GET" && r.Method != "HEAD" {
		x.Response = gateway.Response{Status: 405, Header: append(x.Response.Header[:0], gateway.Field{Name: "Allow", Value: "GET, HEAD"})}
		return nil
	}
	rep.answer(x)
	return nil
}

// A report is what was found, in order.
type report []finding

type finding struct {
	name string
	ok   bool
}

// answer writes ok or not, and where ?verbose asks for it each finding on a line.
func (rep report) answer(x *gateway.Exchange) {
	failed := slices.ContainsFunc(rep, func(f finding) bool { return !f.ok })
	status, text := 200, "ok\n"
	if failed {
		status, text = 503, "not ok\n"
	}
	if q := x.Request.Query; q == "verbose" || strings.HasPrefix(q, "verbose=") {
		var b strings.Builder
		for _, f := range rep {
			if f.ok {
				b.WriteString("[+] " + f.name + " ok\n")
			} else {
				b.WriteString("[-] " + f.name + " failed\n")
			}
		}
		text = b.String() + text
	}
	x.Response = gateway.Response{Status: status, Body: []byte(text), Header: append(x.Response.Header[:0],
		gateway.Field{Name: "Content-Type", Value: "text/plain; charset=utf-8"},
		gateway.Field{Name: "Cache-Control", Value: "no-store"},
		gateway.Field{Name: "X-Content-Type-Options", Value: "nosniff"})}
}

// A group is checks that run together. Whoever asks while they run waits for the same
// result, so that probes, however many, do not become the load that they measure.
type group struct {
	names   []string
	checks  map[string]Check
	timeout time.Duration
	keep    time.Duration
	error   func(string, error)

	busy []atomic.Bool // by check: it runs

	mu     sync.Mutex
	last   report
	at     time.Time
	closed chan struct{} // of the run that is under way; nil: none is
}

func newGroup(c Config, checks map[string]Check) *group {
	for name, check := range checks {
		if check == nil || !gateway.ValidValue(name) {
			panic(fmt.Sprintf("health: the check %q is nil, or has a name that no line can hold", name))
		}
	}
	return &group{
		names: slices.Sorted(maps.Keys(checks)), checks: maps.Clone(checks), busy: make([]atomic.Bool, len(checks)),
		timeout: c.Timeout, keep: c.Keep, error: c.Error,
	}
}

// run returns a report that is not older than keep.
func (g *group) run() report {
	if len(g.names) == 0 {
		return nil
	}
	g.mu.Lock()
	if g.last != nil && g.keep > 0 && time.Since(g.at) < g.keep {
		defer g.mu.Unlock()
		return g.last
	}
	if running := g.closed; running != nil {
		g.mu.Unlock()
		<-running // ends after timeout
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.last
	}
	running := make(chan struct{})
	g.closed = running
	g.mu.Unlock()

	rep := g.check()

	g.mu.Lock()
	defer g.mu.Unlock()
	g.last, g.at, g.closed = rep, time.Now(), nil
	close(running)
	return rep
}

// check runs the checks at once and waits for each until its time is over. One that
// does not heed its context is left behind, counts as failed, and is not called again
// before it has ended: there is one goroutine for each check at most.
func (g *group) check() report {
	ctx, cancel := context.WithTimeout(context.Background(), g.timeout)
	defer cancel()
	type result struct {
		index int
		err   error
	}
	results := make(chan result, len(g.names))
	waiting := 0
	for i, name := range g.names {
		if !g.busy[i].CompareAndSwap(false, true) {
			continue
		}
		waiting++
		go func() { // ends with the check, which is to end with ctx
			err := guarded(ctx, g.checks[name])
			g.busy[i].Store(false)
			results <- result{i, err}
		}()
	}
	rep := make(report, len(g.names))
	errs := make([]error, len(g.names))
	for i, name := range g.names {
		rep[i].name, errs[i] = name, context.DeadlineExceeded
	}
	for range waiting {
		select {
		case r := <-results:
			errs[r.index] = r.err
			continue
		case <-ctx.Done():
		}
		break
	}
	for i, err := range errs {
		rep[i].ok = err == nil
		if err != nil && g.error != nil {
			g.error(rep[i].name, err)
		}
	}
	return rep
}

// guarded is check, in which a panic is a failure and no end of the process.
func guarded(ctx context.Context, check Check) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("health: check panicked: %v", v)
		}
	}()
	return check(ctx)
}

package debug

import (
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// A trace is what is known of one request. It begins with the exchange, and is kept
// after its end; a layer that runs handlers in a goroutine of its own, and the pages
// that show it, may come at any time, so that everything is under its lock.
type trace struct {
	id   uint64
	mu   sync.Mutex
	data Trace

	depth      int
	capturing  bool // a failure is being written down
	inject     bool // the answer, as far as is known of it, gets the script
	nonce      string
	dispatched time.Time
	started    time.Time // the response
	timed      bool      // the answer has its Server-Timing
	own        string    // what the application has in it
}

// A Trace is a request as it is shown.
type Trace struct {
	ID       uint64
	Method   string
	Path     string // with the root; still escaped
	Query    string // secrets masked
	Proto    string
	Remote   string
	Route    string
	Endpoint string

	HeadRead time.Time     // when the server had read the head: what everything is counted from
	Accepted time.Duration // before HeadRead, of a connection's first request; 0: another one, or not known
	Total    time.Duration // until the last byte was handed to the system; 0: it runs
	Status   int
	Bytes    int64
	Aborted  bool
	Err      string

	Spans   []Span
	Cut     int // spans that there was no room for
	Failure *Failure
}

// A Span is a stage that the request passed.
type Span struct {
	Kind  string // accept, routing, middleware, before, handler, template, after, write
	Name  string
	At    string // file:line
	Depth int
	Start time.Duration // after HeadRead
	End   time.Duration // -1: it runs
	Fails bool          // it returned an error or panicked
}

// Took is the span's length, 0 while it runs.
func (s Span) Took() time.Duration { return max(s.End-s.Start, 0) }

// traceKey is what a trace is kept under in its exchange.
type traceKey struct{}

func traceOf(x *gateway.Exchange) *trace {
	r, _ := x.Value(traceKey{}).(*trace)
	return r
}

// begin opens a span and returns what closes it.
func (r *trace) begin(kind, name, at string) (end func(failed bool)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := r.add(Span{Kind: kind, Name: name, At: at, Depth: r.depth, Start: time.Since(r.data.HeadRead), End: -1})
	r.depth++
	return func(failed bool) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.depth = max(r.depth-1, 0)
		if i >= 0 {
			r.data.Spans[i].End, r.data.Spans[i].Fails = time.Since(r.data.HeadRead), failed
		}
	}
}

// add keeps a span where there is room, and returns its index or -1. Its caller holds mu.
func (r *trace) add(s Span) int {
	if len(r.data.Spans) == maxSpans {
		r.data.Cut++
		return -1
	}
	r.data.Spans = append(r.data.Spans, s)
	return len(r.data.Spans) - 1
}

// note adds a span that is over.
func (r *trace) note(kind, name string, from, to time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(Span{Kind: kind, Name: name, Depth: r.depth, Start: from.Sub(r.data.HeadRead), End: to.Sub(r.data.HeadRead)})
}

// closeLast ends the innermost open span of a kind: a stage that tells of its beginning
// and its end, and of neither where it fails.
func (r *trace) closeLast(kind, name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.data.Spans) - 1; i >= 0; i-- {
		if s := &r.data.Spans[i]; s.Kind == kind && s.Name == name && s.End < 0 {
			s.End = time.Since(r.data.HeadRead)
			r.depth = max(r.depth-1, 0)
			return
		}
	}
}

// failure is what was written down of the error that ended the request, nil for none.
func (r *trace) failure() *Failure {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.data.Failure
}

// finish is the OnFinish hook.
func (r *trace) finish(out gateway.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := &r.data
	now := time.Now()
	d.Total = max(now.Sub(d.HeadRead), 1)
	d.Status, d.Bytes, d.Aborted = out.Status, out.Bytes, out.Aborted
	if out.Err != nil {
		d.Err = messageOf(out.Err)
	}
	if !r.started.IsZero() {
		r.add(Span{Kind: "write", Name: "bytes written", Start: r.started.Sub(d.HeadRead), End: d.Total})
	}
	for i := range d.Spans { // of a template that failed nobody tells the end
		if d.Spans[i].End < 0 {
			d.Spans[i].End, d.Spans[i].Fails = d.Total, true
		}
	}
}

// view is a copy that can be shown.
func (r *trace) view() Trace {
	r.mu.Lock()
	defer r.mu.Unlock()
	shown := r.data
	shown.Spans = append([]Span(nil), r.data.Spans...)
	return shown
}

// A ring keeps the last traces, and numbers them.
type ring struct {
	mu   sync.Mutex
	next uint64
	list []*trace
}

// keep numbers a trace and forgets the oldest where there are too many.
func (g *ring) keep(r *trace, most int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.next++
	r.id = g.next
	r.data.ID = g.next
	if len(g.list) >= most {
		clear(g.list[:len(g.list)-most+1])
		g.list = g.list[len(g.list)-most+1:]
	}
	g.list = append(g.list, r)
}

// all returns the traces, the newest first.
func (g *ring) all() []Trace {
	g.mu.Lock()
	list := append([]*trace(nil), g.list...)
	g.mu.Unlock()
	shown := make([]Trace, 0, len(list))
	for i := len(list) - 1; i >= 0; i-- {
		shown = append(shown, list[i].view())
	}
	return shown
}

// find returns a trace by its number.
func (g *ring) find(id uint64) (Trace, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range g.list {
		if r.id == id {
			return r.view(), true
		}
	}
	return Trace{}, false
}

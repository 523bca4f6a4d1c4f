package accesslog

import (
	"context"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// Middleware logs every exchange when it is over. Put it outermost, so that the line
// tells what the client got. What was gathered is written at the server's Shutdown;
// the Log stays open.
func (l *Log) Middleware() gateway.Middleware {
	return func(h gateway.Handler) gateway.Handler { return &handler{h, l} }
}

type handler struct {
	gateway.Handler
	log *Log
}

// Serve leaves a hook for the end. hot path
func (h *handler) Serve(x *gateway.Exchange) error {
	r, _ := records.Get().(*record)
	if r == nil {
		r = newRecord()
	}
	r.log, r.x, r.began = h.log, x, time.Time{}
	x.OnFinish(r.finish)
	if h.log.WantsFirst() {
		x.OnStart(r.start)
	}
	return h.Handler.Serve(x)
}

// A record is one exchange on its way into the log. Its hooks are made once, so that
// registering them allocates nothing.
type record struct {
	log    *Log
	x      *gateway.Exchange
	began  time.Time // the answer
	entry  Entry     // a field, so that lending it costs no allocation
	start  func(*gateway.Exchange)
	finish func(gateway.Outcome)
}

var records sync.Pool // of *record

func newRecord() *record {
	r := new(record)
	r.start = func(*gateway.Exchange) { r.began = time.Now() }
	r.finish = r.end
	return r
}

// end logs the exchange. hot path
func (r *record) end(out gateway.Outcome) {
	log, x := r.log, r.x
	r.entry = Entry{Request: &x.Request, Header: x.Response.Header, Route: x.Route, Outcome: out}
	if !r.began.IsZero() {
		r.entry.First = r.began.Sub(x.Request.Time)
	}
	log.Add(&r.entry)
	r.log, r.x, r.entry = nil, nil, Entry{}
	records.Put(r)
}

// Startup has nothing to do: New has opened the log.
func (h *handler) Startup(context.Context, gateway.ServerInfo) error { return nil }

// Shutdown writes what was gathered.
func (h *handler) Shutdown(context.Context) error {
	return h.log.Flush()
}

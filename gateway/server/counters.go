package server

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// Counters count what servers do (Config.Counters). The zero value is ready. They are
// read at any time, with Stats or as Prometheus's text with Handler.
//
// Exchanges add to one of a few parts, chosen by connection, so that processors do not
// fight for one line of memory; reading adds the parts up. A reader sees every number
// as it was at some moment of the reading, not all at the same one.
type Counters struct {
	accepted atomic.Uint64
	refused  atomic.Uint64
	shed     atomic.Uint64
	http2    atomic.Int64 // connections
	streams  atomic.Int64 // exchanges that run on them
	hijacked atomic.Int64 // connections
	queued   atomic.Int64

	parts [parts]part

	mu   sync.Mutex
	runs []*run
}

const parts = 16

// A part is what some connections have done.
type part struct {
	exchanges      [classes][len(latencies) + 1]atomic.Uint64 // one more for those beyond the last
	spent          atomic.Uint64                              // ns
	received, sent atomic.Uint64
	_              [64]byte // the next part is on another line of the cache
}

// classes are those of the status: index 2 for 200 to 299, 0 for no answer.
const classes = 6

// latencies are the upper bounds of the histogram: three a decade, from what a handler
// takes that only reads memory to what nobody waits for.
var latencies = [...]time.Duration{
	100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second,
}

// Stats are the counters at one moment.
type Stats struct {
	Accepted uint64 // connections, ever

	// Connections that are open now: Idle wait for a request, Active are at one, HTTP2
	// speak it, Hijacked were taken over by a handler that still runs.
	Idle, Active, HTTP2, Hijacked int

	InFlight int // requests that are being read or answered
	Queued   int // of them, those that wait for Config.MaxInFlight

	// Requests are those that ended, by the class of their status: Requests[2] had 200
	// to 299, Requests[0] no answer (aborted, or hijacked).
	Requests [classes]uint64
	Refused  uint64 // of them, those that could not be read: 400, 408, 414, 431
	Shed     uint64 // of them, those answered with 503 for Config.MaxInFlight

	Received, Sent uint64 // bytes, without TLS; of HTTP/2 the content of answers only

	// Duration is that of the exchanges, from the head being read to the answer being
	// handed over.
	Duration Histogram
}

// A Histogram tells how many durations there were up to each bound.
type Histogram struct {
	Bounds []time.Duration // owned, ascending
	Counts []uint64        // owned, one for each bound and one for what is beyond the last
	Sum    time.Duration
}

// Count is how many durations there were.
func (h *Histogram) Count() (n uint64) {
	for _, c := range h.Counts {
		n += c
	}
	return n
}

// Stats reads the counters.
func (c *Counters) Stats() (s Stats) {
	s.Accepted, s.Refused, s.Shed = c.accepted.Load(), c.refused.Load(), c.shed.Load()
	s.HTTP2, s.Hijacked, s.Queued = int(c.http2.Load()), int(c.hijacked.Load()), int(c.queued.Load())
	s.Duration.Bounds = append(s.Duration.Bounds, latencies[:]...)
	s.Duration.Counts = make([]uint64, len(latencies)+1)
	for i := range c.parts {
		p := &c.parts[i]
		for class := range p.exchanges {
			for bucket := range p.exchanges[class] {
				n := p.exchanges[class][bucket].Load()
				s.Requests[class] += n
				s.Duration.Counts[bucket] += n
			}
		}
		s.Duration.Sum += time.Duration(p.spent.Load())
		s.Received += p.received.Load()
		s.Sent += p.sent.Load()
	}
	c.connections(&s)
	return s
}

// connections counts those that are open.
func (c *Counters) connections(s *Stats) {
	c.mu.Lock()
	defer c.mu.Unlock()
	open := 0
	for _, r := range c.runs {
		open += r.each(func(c *conn) {
			if c.idle.Load() {
				s.Idle++
			}
		})
	}
	s.Active = max(open-s.Idle-s.HTTP2-s.Hijacked, 0)
	s.InFlight = s.Active + int(c.streams.Load())
}

// attach and detach tell of a run whose connections are to be counted. They, and all
// below, may be called on nil: then nothing is counted.
func (c *Counters) attach(r *run) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs = append(c.runs, r)
}

func (c *Counters) detach(r *run) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.runs {
		if c.runs[i] == r {
			c.runs = append(c.runs[:i], c.runs[i+1:]...)
			return
		}
	}
}

// accept counts a connection and gives it its part.
func (c *Counters) accept() *part {
	if c == nil {
		return nil
	}
	return &c.parts[c.accepted.Add(1)%parts]
}

func (c *Counters) shedding() {
	if c != nil {
		c.shed.Add(1)
	}
}

func (c *Counters) queueing(n int64) {
	if c != nil {
		c.queued.Add(n)
	}
}

// exchange counts one that is over. hot path
func (p *part) exchange(status int, d time.Duration) {
	bucket := 0
	for bucket < len(latencies) && d > latencies[bucket] {
		bucket++
	}
	class := status / 100
	if class >= classes {
		class = 0
	}
	p.exchanges[class][bucket].Add(1)
	p.spent.Add(uint64(d))
}

// streaming is middleware for HTTP/2, whose exchanges are served elsewhere.
func (c *Counters) streaming(h gateway.Handler) gateway.Handler {
	return gateway.HandlerFunc(func(x *gateway.Exchange) error {
		c.streams.Add(1)
		x.OnFinish(func(out gateway.Outcome) {
			c.streams.Add(-1)
			p := &c.parts[0]
			p.exchange(out.Status, out.Duration)
			p.sent.Add(uint64(out.Bytes))
		})
		return h.Serve(x)
	})
}

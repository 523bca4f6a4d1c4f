package server

import (
	"bytes"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/accesslog"
)

// observed is what a connection remembers for those who look (run.watched). The access
// log and the counters see an exchange here, and not through OnFinish, which would send
// every answer of a pipelined batch by itself.
type observed struct {
	part           *part // of the counters; nil: nobody counts
	received, sent int64 // that were counted
	first          time.Time
	entry          accesslog.Entry // a field, so that lending it costs no allocation
}

// observe tells of an exchange that is over. hot path
func (c *conn) observe(out *gateway.Outcome) {
	s, r := &c.seen, &c.x.Request
	d := time.Since(r.Time)
	if s.part != nil {
		s.part.exchange(out.Status, d)
		c.countBytes()
	}
	if log := c.run.config.AccessLog; log != nil {
		s.entry = accesslog.Entry{Request: r, Header: c.x.Response.Header, Route: c.x.Route, Outcome: *out}
		s.entry.Outcome.Duration = d
		if !s.first.IsZero() {
			s.entry.First = s.first.Sub(r.Time)
		}
		log.Add(&s.entry)
		s.entry = accesslog.Entry{}
	}
	s.first = time.Time{}
}

// countBytes adds what has gone through the connection since the last time.
func (c *conn) countBytes() {
	s := &c.seen
	if s.part == nil {
		return
	}
	s.part.received.Add(uint64(c.in.total - s.received))
	s.part.sent.Add(uint64(c.out.total - s.sent))
	s.received, s.sent = c.in.total, c.out.total
}

// observeRefusal tells of what was refused before it was a request.
func (c *conn) observeRefusal(e *gateway.StatusError, n int) {
	now := time.Now()
	if p := c.seen.part; p != nil {
		p.exchange(e.Status, 0)
		c.run.config.Counters.refused.Add(1)
	}
	if log := c.run.config.AccessLog; log != nil {
		log.Add(&accesslog.Entry{
			Request: &gateway.Request{Remote: c.socket.RemoteAddr(), Local: c.socket.LocalAddr(), Scheme: c.port.scheme, Time: now},
			Outcome: gateway.Outcome{Status: e.Status, Bytes: int64(n), Err: e},
			Line:    firstLine(c.in.unread()),
		})
	}
}

// firstLine is what the log tells of a request that could not be read: nginx, too, logs
// the line as it came.
func firstLine(b []byte) string {
	const most = 256
	b = b[:min(len(b), most)]
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		b = b[:i]
	}
	return string(bytes.TrimSuffix(b, []byte("\r")))
}

// overHTTP2 is h with what a conn does around the exchanges of HTTP/1.
func (r *run) overHTTP2(h gateway.Handler) gateway.Handler {
	c := &r.config
	if c.HandlerTimeout > 0 {
		h = c.limiting(h)
	}
	if r.dog != nil {
		h = r.dog.watched(h)
	}
	if c.Counters != nil {
		h = c.Counters.streaming(h)
	}
	if c.AccessLog != nil {
		h = c.AccessLog.Middleware()(h)
	}
	return h
}

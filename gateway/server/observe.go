package server

import (
	"bytes"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/accesslog"
)

// attend is what options that are off by default want before a handler runs
// (run.attends). hot path
func (c *conn) attend() {
	c.enter(ConnActive)
	if most := c.run.config.MaxRequests; most > 0 {
		c.requests++
		c.t.close = c.t.close || c.requests >= most
	}
	if c.run.config.HandlerTimeout > 0 {
		c.called = time.Now()
	}
	if c.run.dog != nil {
		c.follow()
	}
}

// observe tells of an exchange that is over those who look (run.watched). The access log
// and the counters see it here, and not through OnFinish, which would send every answer
// of a pipelined batch by itself. hot path
func (c *conn) observe(out *gateway.Outcome) {
	r := &c.x.Request
	d := time.Since(r.Time)
	if c.part != nil {
		c.part.exchange(out.Status, d)
		c.countBytes()
	}
	if log := c.run.config.AccessLog; log != nil {
		c.entry = accesslog.Entry{Request: r, Header: c.x.Response.Header, Route: c.x.Route, Outcome: *out}
		c.entry.Outcome.Duration = d
		if !c.started.IsZero() {
			c.entry.First = c.started.Sub(r.Time)
		}
		log.Add(&c.entry)
	}
	c.started = time.Time{}
}

// countBytes adds what has gone through the connection since the last time.
func (c *conn) countBytes() {
	if c.part == nil {
		return
	}
	c.part.received.Add(uint64(c.in.count))
	c.part.sent.Add(uint64(c.out.count))
	c.in.count, c.out.count = 0, 0
}

// observeRefusal tells of what was refused before it was a request.
func (c *conn) observeRefusal(e *gateway.StatusError, n int) {
	now := time.Now()
	if p := c.part; p != nil {
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

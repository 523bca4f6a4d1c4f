package server

import (
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/accesslog"
	"github.com/dewar-go/dewar/gateway/http1"
)

// A desk is what a connection needs while it serves requests, and not while it waits
// for them. Most connections of a busy server wait, so that desks are pooled: one that
// waits costs a kilobyte less, and the few desks in use stay in the processor's cache.
type desk struct {
	x    *gateway.Exchange // new or renewed, but for the time of an exchange
	msg  http1.Message     // the current request's
	t    transport         // of the current exchange
	recv receiver          // of the fast path

	called  time.Time       // the handler, where its time is limited
	started time.Time       // the answer, where there is an access log
	entry   accesslog.Entry // a field, so that lending it costs no allocation
}

// reset lets go of what the last connection's exchanges left. A test lists what it keeps
// and why. hot path
func (d *desk) reset() {
	if d.msg.Body != http1.None {
		d.t.body = http1.Body{} // its trailer
	}
	d.t.conn, d.t.fail = nil, nil
	d.msg = http1.Message{}
	d.called, d.started = time.Time{}, time.Time{}
	if d.entry.Request != nil {
		d.entry = accesslog.Entry{}
	}
}

var desks = sync.Pool{New: func() any { return &desk{x: new(gateway.Exchange)} }}

// sit takes a desk unless there is one. hot path
func (c *conn) sit() {
	if c.desk == nil {
		c.desk = desks.Get().(*desk)
		c.t.conn = c
	}
}

// rise gives the desk back. hot path
func (c *conn) rise() {
	if d := c.desk; d != nil {
		c.desk = nil
		d.reset()
		desks.Put(d)
	}
}

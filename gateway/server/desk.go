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
	x   *gateway.Exchange // new or renewed, but for the time of an exchange
	msg http1.Message     // the current request's
	t   transport         // of the current exchange

	// The buffers of whoever has no desk; nil where it took them along. One pool for all
	// costs a third of three.
	input, output []byte

	encoder http1.Encoder // of heads

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
		d := desks.Get().(*desk)
		c.desk = d
		c.t.conn = c
		if c.in.buf == nil {
			c.in.buf, d.input = d.input, nil
		}
		if c.out.buf == nil {
			c.out.buf, d.output = d.output, nil
		}
	}
}

// rise gives the desk back, with the buffers in which there is nothing. hot path
func (c *conn) rise() {
	if d := c.desk; d != nil {
		c.desk = nil
		d.reset()
		if d.input == nil {
			d.input = c.in.lend()
		}
		if d.output == nil {
			d.output = c.out.lend()
		}
		desks.Put(d)
	}
	c.in.giveBack()
	c.out.giveBack()
}

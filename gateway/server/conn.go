package server

import (
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/http1"
)

// A conn is one connection: it reads heads, runs exchanges one after the other,
// and decides after each whether the connection goes on.
//
// Pipelined requests are answered in order, one at a time; their answers gather
// in out, which is sent before anything that could wait for the client.
type conn struct {
	run    *run
	nc     net.Conn
	in     input
	out    output
	parser http1.Parser
	msg    http1.Message // the current request's
	x      *gateway.Exchange
	t      transport // of the current exchange

	idle   atomic.Bool // waiting for the first byte of a request that may never come
	served bool        // at least one exchange has run
}

func newConn(r *run, nc net.Conn) *conn {
	c := &conn{run: r, nc: nc, x: new(gateway.Exchange)}
	c.in.nc = nc
	c.out.nc, c.out.timeout = nc, r.config.WriteTimeout
	c.parser.Limits = r.config.Limits
	c.t.conn = c
	return c
}

// serve runs the connection from its first byte to its last. It owns the
// connection, and the goroutine that the server gave it.
func (c *conn) serve() {
	defer func() {
		if !c.t.hijacked {
			_ = c.nc.Close()
		}
	}()
	for c.readHead() && c.exchange() {
	}
}

// readHead waits for a whole request head. It reports false where none comes, and
// has then said why to the client if there was a request to answer.
func (c *conn) readHead() bool {
	var begun time.Time // when the head's first byte was there
	for {
		n, err := c.parser.Parse(c.in.unread(), &c.x.Request, &c.msg)
		if err != nil {
			c.refuse(err)
			return false
		}
		if n > 0 {
			c.in.consume(n)
			return true
		}
		if err := c.out.flush(); err != nil {
			return false
		}
		if err := c.awaitHead(&begun); err != nil {
			if !c.parser.Idle() {
				c.refuse(unfinishedHead(err))
			}
			return false
		}
	}
}

// awaitHead reads once. Between requests the connection is idle; from the first
// byte of a head on, time runs for the whole of it.
func (c *conn) awaitHead(begun *time.Time) error {
	now := time.Now()
	if idle := c.parser.Idle(); idle && c.served {
		c.idle.Store(true)
		defer c.idle.Store(false)
		c.in.within(now, c.run.config.IdleTimeout)
	} else {
		if begun.IsZero() {
			*begun = now
		}
		c.in.within(*begun, c.run.config.HeaderTimeout)
	}
	if c.run.draining.Load() && c.idle.Load() {
		c.in.until(now.Add(lastCall)) // see lastCall: the deadline it set may just have been overwritten
	}
	return c.in.fill()
}

// lastCall leaves an idle connection a moment to bring a request that is on its
// way. It is called by the goroutine that drains the server.
func (c *conn) lastCall() {
	if c.idle.Load() {
		_ = c.nc.SetReadDeadline(time.Now().Add(lastCall))
	}
}

// cut closes the connection whatever it does.
func (c *conn) cut() { _ = c.nc.Close() }

// unfinishedHead is the answer to a client that began a head and did not end it.
func unfinishedHead(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &gateway.StatusError{Status: 408, Reason: "the request head took too long", Section: "RFC 9110 §15.5.9", Err: err}
	}
	return &gateway.StatusError{Status: 400, Reason: "the connection ended inside the request head", Section: "RFC 9112 §8", Err: err}
}

// exchange runs one exchange and reports whether the connection goes on.
func (c *conn) exchange() bool {
	x := c.x
	r := &x.Request
	r.Scheme = "http"
	r.Remote, r.Local = c.nc.RemoteAddr(), c.nc.LocalAddr()
	r.Time = time.Now()
	c.served = true
	c.t.begin(&c.msg)

	out := gateway.Run(c.run.handler, x, &c.t)

	if c.t.hijacked {
		c.run.fault(r, out.Fault())
		return false
	}
	c.t.end()
	c.run.fault(r, out.Fault())
	if c.t.aborted || c.t.close || !c.t.discardBody() {
		if c.out.flush() == nil && !c.t.reset {
			c.linger()
		}
		return false
	}
	c.x = x.Renew()
	return true
}

// refuse answers what is no request, and ends the connection: after a message
// that cannot be understood nobody knows where the next one begins.
func (c *conn) refuse(err error) {
	s, ok := errors.AsType[*gateway.StatusError](err)
	if !ok {
		return
	}
	body := strconv.Itoa(s.Status) + " " + s.Text() + "\n"
	c.out.buf = http1.AppendHead(c.out.buf, &http1.Head{
		Status: s.Status, Header: plainText,
		Body: http1.Fixed, Length: int64(len(body)),
		Minor: 1, Date: c.run.clock.date(),
	})
	c.out.buf = append(c.out.buf, body...)
	if c.out.flush() == nil {
		c.linger()
	}
}

var plainText = gateway.Header{
	{Name: "Content-Type", Value: "text/plain; charset=utf-8"},
	{Name: "X-Content-Type-Options", Value: "nosniff"},
}

const (
	// lingerTime and lingerBytes bound how long a connection that the server closes
	// is still read from. Closing a socket with unread input sends a reset, which
	// can destroy the answer before the client has read it (RFC 9112 §9.6); nginx
	// waits up to 5 s for input (lingering_timeout).
	lingerTime  = time.Second
	lingerBytes = 1 << 20
)

// linger ends the sending side, and reads until the client ends its own.
func (c *conn) linger() {
	patience := lingerTime
	if c.run.draining.Load() {
		patience = lastCall
	}
	closer, ok := c.nc.(interface{ CloseWrite() error })
	if !ok || closer.CloseWrite() != nil {
		return
	}
	c.in.r, c.in.w = 0, 0
	c.in.makeRoom()
	c.in.until(time.Now().Add(patience))
	_, _ = io.CopyBuffer(io.Discard, io.LimitReader(c.nc, lingerBytes), c.in.buf)
}

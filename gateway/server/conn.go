package server

import (
	"bytes"
	"crypto/tls"
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
//
// There are two ways through a connection. The plain one, here, works on any
// net.Conn. The fast one (fast_linux.go) waits and reads by itself, serves the
// requests that are whole in the buffer, and leaves everything else to this one.
//
// Of many connections none is in the processor's cache when its request comes, so that
// what a request touches stands together, here and in the parts.
type conn struct {
	run   *run
	port  *port // that the connection came in on
	*desk       // nil while the connection waits
	tls   *tls.ConnectionState

	remote, local net.Addr // the socket's, once the connection knows

	now   time.Time     // when the last bytes of a head were there
	pause time.Duration // how long they had been waited for
	begun time.Time     // when the first byte of an unfinished head was there
	idle  atomic.Bool   // waiting for the first byte of a request that may never come

	served   bool      // at least one exchange has run
	state    ConnState // that the hook was told of
	answered bool      // the server ends the connection behind its last answer
	hijacked bool      // it is the handler's

	in     input
	out    output
	fast   fast
	parser http1.Parser
	watch  watch

	socket   net.Conn // as it was accepted; other goroutines know only this one
	nc       net.Conn // the socket, or TLS on it
	part     *part    // of the counters; nil: nobody counts
	watchee  *watchee // of the watchdog
	requests int      // that were answered, or are
	reset    bool     // it is to end with a reset
	reserved bool     // it has its port's slot, not one of the run's
}

func newConn(r *run, p *port, nc net.Conn) *conn {
	c := &conn{run: r, port: p, socket: nc, nc: nc}
	c.in.nc = nc
	c.out.nc, c.out.fd, c.out.timeout = nc, noFD, r.config.WriteTimeout
	c.parser.Limits = r.config.Limits
	return c
}

// serve runs the connection from its first byte to its last, or to where it dozes. It
// owns the connection, and the goroutine that the server gave it.
func (c *conn) serve() (t turn) {
	t = ended
	returned := false
	defer func() {
		if !returned {
			c.exited()
		}
		if t == ended {
			c.close()
		}
	}()
	t = c.live()
	returned = true
	return t
}

// live is serve but for the end.
func (c *conn) live() turn {
	if c.served { // and dozed
		return c.turns(c.doze())
	}
	c.enter(ConnNew)
	c.identify()
	if config := c.port.tls; config != nil && !c.secure(config) {
		return ended
	}
	if c.tls == nil && c.mayBeginAsHTTP2() && c.begunAsHTTP2() {
		return ended
	}
	return c.turns(c.serveFast())
}

// turns changes from one way through the connection to the other until it ends or dozes.
func (c *conn) turns(t turn) turn {
	for {
		switch t {
		case ended, dozing:
			return t
		case headRead:
			if !c.exchange() {
				return ended
			}
		case headWanted:
			if !c.readHead() || !c.exchange() {
				return ended
			}
		}
		t = c.serveFast()
	}
}

// A turn is where one way through a connection leaves it to the other.
type turn uint8

const (
	headWanted turn = iota // the next thing is a request head
	headRead               // a head is there, its exchange has not begun
	ended                  // the connection is over
	dozing                 // the connection waits, and another goroutine shall go on
)

// exited makes the connection one that can be closed where a handler has ended the
// goroutine (runtime.Goexit). Its exchange is half done, so the desk that it is on is not
// for another connection.
func (c *conn) exited() {
	if c.desk == nil {
		return
	}
	if !c.hijacked {
		c.t.Abort()
		c.answered = true // unread input shall not destroy the answers before
	}
	if c.run.watched {
		c.observe(&gateway.Outcome{Aborted: true, Hijacked: c.hijacked})
	}
	c.watch.forget(c)
	c.desk = nil
}

func (c *conn) close() {
	c.watch.forget(c)
	if c.answered && c.out.flush() == nil && !c.reset {
		c.linger()
	}
	c.rise()
	if !c.hijacked || c.fast.cloned {
		_ = c.nc.Close()
	}
}

// readHead waits for a whole request head. It reports false where none comes, and
// has then said why to the client if there was a request to answer.
func (c *conn) readHead() bool {
	for {
		switch found, err := c.nextHead(); {
		case err != nil:
			c.refuse(err)
			return false
		case found:
			return true
		}
		if err := c.out.flush(); err != nil {
			return false
		}
		c.park()
		err := c.in.fill()
		c.tick()
		c.idle.Store(false)
		if err != nil {
			c.refuse(c.unfinishedHead(err))
			return false
		}
	}
}

// park prepares for waiting.
func (c *conn) park() {
	c.setHeadDeadline()
	c.rise()
}

// tick notes that bytes have come.
func (c *conn) tick() {
	now := c.run.clock.now()
	c.pause = now.Sub(c.now)
	c.now = now
}

// nextHead looks for a head among the bytes that are there.
func (c *conn) nextHead() (found bool, err error) {
	c.sit()
	n, err := c.parser.Parse(c.in.unread(), &c.x.Request, &c.msg)
	if n == 0 || err != nil {
		return false, err
	}
	c.in.consume(n)
	c.begun = time.Time{}
	return true, nil
}

// setHeadDeadline bounds the wait for the next bytes of a head. Between requests
// the connection is idle; a new connection, and from the first byte of a head on
// every one, has the time of a head.
func (c *conn) setHeadDeadline() {
	between, limit := c.parser.Idle(), c.run.config.IdleTimeout
	if between && c.served {
		c.in.rest(c.run.clock, limit)
	} else {
		if c.begun.IsZero() {
			c.begun = time.Now()
		}
		c.in.within(c.begun, c.run.config.HeaderTimeout)
	}
	if between {
		c.idle.Store(true)
		if c.served {
			c.enter(ConnIdle)
		}
		if c.run.draining.Load() {
			c.in.until(time.Now().Add(lastCall)) // what lastCall did may just have been undone
		}
	}
}

// cut ends the connection whatever it does. It is called by the goroutine that
// drains the server. Closing would wait for the fast path's callback, and so for
// its handler.
func (c *conn) cut() {
	tcp, ok := c.socket.(*net.TCPConn)
	if !ok {
		_ = c.socket.Close()
		return
	}
	_ = tcp.CloseRead()
	_ = tcp.CloseWrite()
}

// lastCall leaves an idle connection a moment to bring a request that is on its
// way. It is called by the goroutine that drains the server.
func (c *conn) lastCall() {
	c.in.hasten(time.Now().Add(lastCall), &c.idle)
}

// unfinishedHead is the answer to a client that began a head and did not end it;
// nil where it had not begun.
func (c *conn) unfinishedHead(err error) error {
	switch {
	case c.parser.Idle():
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &gateway.StatusError{Status: 408, Reason: "the request head took too long", Section: "RFC 9110 §15.5.9", Err: err}
	}
	return &gateway.StatusError{Status: 400, Reason: "the connection ended inside the request head", Section: "RFC 9112 §8", Err: err}
}

// exchange runs one exchange and reports whether the connection goes on. hot path
func (c *conn) exchange() bool {
	x := c.x
	r := &x.Request
	r.Scheme, r.TLS, r.Time = c.port.scheme, c.tls, c.now
	r.Remote, r.Local = c.remote, c.local
	c.served = true
	c.out.acquire()
	c.t.begin(&c.msg)
	if c.run.attends {
		c.attend()
	}
	if c.out.offer() {
		c.run.sweeper.wake()
	}
	out := gateway.Run(c.run.handler, x, &c.t)
	if c.run.dog != nil {
		c.watchee.end()
	}
	c.out.reclaim()
	if c.run.watched {
		c.observe(&out)
	}
	if out.Err != nil {
		c.run.fault(r, out.Fault())
	}
	c.x = x.Renew()
	if c.hijacked {
		return false
	}
	c.t.end()
	if c.t.aborted || c.t.close || !c.t.discardBody() {
		c.answered = true
		return false
	}
	// Answers without content gather too: a client that sends and does not read
	// has to wait at some point.
	return len(c.out.buf) < outputSize || c.out.flush() == nil
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
	if !bytes.HasPrefix(c.in.unread(), []byte("HEAD ")) { // RFC 9110 §9.3.2
		c.out.buf = append(c.out.buf, body...)
	}
	c.answered = true
	if c.run.watched {
		c.observeRefusal(s, len(body))
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
	c.in.consume(c.in.w - c.in.r)
	c.in.makeRoom()
	c.in.until(time.Now().Add(patience))
	_, _ = io.CopyBuffer(io.Discard, io.LimitReader(c.nc, lingerBytes), c.in.buf)
}

package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/http1"
)

// A transport is one exchange on an HTTP/1 connection: it turns the calls of
// gateway.Transport into bytes. It lives in its conn and begins anew for each
// request.
type transport struct {
	conn  *conn
	body  http1.Body
	fail  error        // why the body cannot be read on; sticky
	left  atomic.Int64 // of the body, as Body.Remaining says, or broken; for the writing side
	begun atomic.Bool  // the handler has begun to read the body

	framing http1.Framing // of the response
	close   bool          // the connection ends after this exchange
	aborted bool

	interim sync.Mutex // guards expect: Read may run beside the methods that write
	expect  expectation
}

// An expectation is where Expect: 100-continue stands (RFC 9110 §10.1.1).
type expectation uint8

const (
	nothing  expectation = iota // none, or it was met
	waiting                     // the client may hold the body back until 100
	answered                    // the final response came first: the body may never come
)

const (
	unknown = -1            // the body's end will tell
	broken  = math.MaxInt64 // the body failed: nobody knows where the next request begins
)

var _ gateway.Transport = (*transport)(nil)

// begin makes t ready for the request with head m.
func (t *transport) begin(m *http1.Message) {
	t.body.Reset(m, &t.conn.run.config.Limits)
	t.fail = nil
	// Nearly always they stand there already, and an atomic store costs as much as
	// finding a route.
	if left := t.body.Remaining(); t.left.Load() != left {
		t.left.Store(left)
	}
	if t.begun.Load() {
		t.begun.Store(false)
	}
	t.framing = http1.None
	t.close, t.aborted = !m.KeepAlive, false
	t.expect = nothing
	if m.Continue {
		t.expect = waiting
	}
}

// end stops what the exchange had started.
func (t *transport) end() {
	t.conn.watch.end(t.conn)
	t.conn.in.release()
	t.conn.out.release()
}

// Inform sends an interim response; HTTP/1.0 has none (RFC 9110 §15.2).
func (t *transport) Inform(status int, h gateway.Header) error {
	c := t.conn
	if c.msg.Minor == 0 {
		return errors.ErrUnsupported
	}
	t.interim.Lock() // a Read beside it may send 100 Continue
	defer t.interim.Unlock()
	if status == 100 && t.expect == waiting {
		t.expect = nothing
	}
	c.out.reclaim()
	c.out.buf = http1.AppendInterim(c.out.buf, status, h)
	return t.gone(c.out.flush())
}

// WriteHead gathers the head. Here the connection's fate is decided, since the
// head must tell it (RFC 9112 §9.6).
func (t *transport) WriteHead(h *gateway.Head) error {
	c := t.conn
	if c.msg.Continue {
		t.uninvite()
	}
	c.out.reclaim()
	if c.run.config.AccessLog != nil {
		c.started = time.Now()
	}
	t.close = t.close || h.Close || t.expect == answered || c.run.draining.Load() || t.endless()
	framing := t.frame(h)
	t.framing = framing
	if h.Empty {
		t.framing = http1.None
	}
	var head http1.Head // field by field: see gateway's Response.validate
	head.Status, head.Header = h.Status, h.Header
	head.Body, head.Length = framing, h.Length
	head.Minor, head.KeepAlive, head.Date = c.msg.Minor, !t.close, c.run.clock.date()
	c.out.buf = c.encoder.AppendHead(c.out.buf, &head)
	return c.out.err
}

// endless reports whether more of the body is to come than the server would throw
// away, or might be: chunks that the handler has not begun to read and that are not
// all there. A handler that has begun is taken to go on.
func (t *transport) endless() bool {
	left := t.left.Load()
	if left != unknown || t.begun.Load() {
		return left > t.conn.run.config.DrainLimit
	}
	rest := t.body // a copy: looking ahead takes nothing
	_, err := rest.Discard(t.conn.in.unread())
	return err != io.EOF
}

// frame chooses how the client will find the end of the content (RFC 9112 §6.3).
// HEAD has the fields of GET (RFC 9110 §9.3.2).
func (t *transport) frame(h *gateway.Head) http1.Framing {
	old := t.conn.msg.Minor == 0
	switch {
	case h.Length >= 0 && (h.Empty || old || len(h.Trailer) == 0):
		return http1.Fixed
	case h.Status == 304 || h.Status == 204 || h.Empty && old:
		return http1.None
	case old:
		t.close = true
		return http1.ToClose
	}
	return http1.Chunked
}

// Write sends content.
func (t *transport) Write(p []byte) (int, error) {
	out := &t.conn.out
	if t.framing == http1.Chunked {
		out.buf = http1.AppendChunkHead(out.buf, int64(len(p)))
	}
	err := out.write(p)
	if t.framing == http1.Chunked && err == nil {
		out.buf = append(out.buf, "\r\n"...)
	}
	if err != nil {
		return 0, t.gone(err)
	}
	return len(p), nil
}

// WriteFile sends content from a file, through sendfile(2) where there is one.
func (t *transport) WriteFile(f *os.File, off, n int64) error {
	out := &t.conn.out
	if t.framing == http1.Chunked {
		out.buf = http1.AppendChunkHead(out.buf, n)
	}
	err := out.flush()
	if err == nil {
		err = out.sendFile(f, off, n)
	}
	if t.framing == http1.Chunked && err == nil {
		out.buf = append(out.buf, "\r\n"...)
	}
	return t.gone(err)
}

// Flush sends what is gathered.
func (t *transport) Flush() error { return t.gone(t.conn.out.flush()) }

// Close ends the response. Its bytes may stay gathered while more requests are
// there to be answered; the conn sends them before it waits.
func (t *transport) Close(trailer gateway.Header) error {
	out := &t.conn.out
	if t.framing == http1.Chunked {
		out.buf = http1.AppendLastChunk(out.buf, trailer)
	}
	return t.gone(out.err)
}

// Abort cuts the connection after what is gathered. Where only its end ends the
// content, a reset tells the client that this is no good end.
func (t *transport) Abort() {
	t.aborted = true
	t.conn.out.reclaim()
	_ = t.conn.out.flush()
	if tcp, ok := t.conn.nc.(*net.TCPConn); ok && t.framing == http1.ToClose {
		t.conn.reset = tcp.SetLinger(0) == nil
	}
}

// Hijack gives the connection away, with no deadline set.
func (t *transport) Hijack() (net.Conn, []byte, error) {
	c := t.conn
	c.out.reclaim()
	if err := c.out.flush(); err != nil {
		return nil, nil, t.gone(err)
	}
	t.conn.watch.release(c)
	nc, err := c.nc, c.nc.SetDeadline(time.Time{})
	if c.fast.inside {
		nc, err = c.fast.clone(c.nc)
	}
	if err != nil {
		return nil, nil, err
	}
	c.hijacked = true
	c.enter(ConnHijacked)
	if n := c.run.config.Counters; n != nil {
		n.hijacked.Add(1)
	}
	return nc, append([]byte(nil), c.in.unread()...), nil
}

// Context watches the connection from its first call on.
func (t *transport) Context() context.Context { return t.conn.watch.context(t.conn) }

// SetDeadlines replaces the time-outs for this exchange.
func (t *transport) SetDeadlines(read, write time.Time) error {
	t.interim.Lock() // a Read beside it may send 100 Continue
	defer t.interim.Unlock()
	t.conn.out.reclaim()
	t.conn.in.customise(read)
	t.conn.out.customise(write)
	return nil
}

// gone ends the exchange's context when the client has: err is from writing.
func (t *transport) gone(err error) error {
	if err != nil {
		t.conn.watch.cancel(err)
	}
	return err
}

// Read reads the body.
func (t *transport) Read(p []byte) (int, error) {
	if t.fail != nil || len(p) == 0 {
		return 0, t.fail
	}
	c := t.conn
	t.begun.Store(true)
	t.conn.watch.pause(c)
	defer t.conn.watch.resume(c)
	if err := t.invite(); err != nil {
		return 0, err
	}
	n, err := t.read(p)
	if err == io.EOF {
		c.x.Request.Trailer = t.body.Trailer()
	}
	t.fail = err
	t.left.Store(t.body.Remaining())
	if err != nil && err != io.EOF {
		t.left.Store(broken)
		if errors.Is(err, gateway.ErrGone) {
			t.conn.watch.cancel(err)
		}
	}
	return n, err
}

// uninvite settles an expectation that the final response came before.
func (t *transport) uninvite() {
	t.interim.Lock()
	defer t.interim.Unlock()
	if t.expect == waiting {
		t.expect = answered
	}
}

// invite sends 100 Continue where the client waits for it and its body is not
// there already.
func (t *transport) invite() error {
	c := t.conn
	if !c.msg.Continue {
		return nil
	}
	t.interim.Lock()
	defer t.interim.Unlock()
	if t.expect != waiting {
		return nil
	}
	t.expect = nothing
	if len(c.in.unread()) > 0 {
		return nil
	}
	c.out.reclaim()
	c.out.buf = http1.AppendInterim(c.out.buf, 100, nil)
	return t.gone(c.out.flush())
}

// read decodes what is there, and waits for more where that is not enough. A
// large p takes content straight from the connection.
func (t *transport) read(p []byte) (int, error) {
	c := t.conn
	for {
		n, used, err := t.body.Decode(p, c.in.unread())
		c.in.consume(used)
		if n > 0 || err != nil {
			return n, err
		}
		c.in.within(time.Now(), c.run.config.BodyTimeout)
		if run := t.body.Run(); run > 0 && len(p) >= len(c.in.buf) && len(c.in.unread()) == 0 {
			if n, err = c.nc.Read(p[:min(int64(len(p)), run)]); n > 0 {
				c.in.count += int64(n)
				return n, t.body.Advance(int64(n))
			}
		} else {
			err = c.in.fill()
		}
		if err != nil {
			return 0, unfinishedBody(err)
		}
	}
}

// unfinishedBody is the error of a body that stopped before its end.
func unfinishedBody(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &gateway.StatusError{Status: 408, Reason: "the request body took too long", Section: "RFC 9110 §15.5.9", Err: err}
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	err = fmt.Errorf("%w: %w", gateway.ErrGone, err) // answered all the same: it may have closed one side only
	return &gateway.StatusError{Status: 400, Reason: "the connection ended inside the request body", Section: "RFC 9112 §8", Err: err}
}

// discardBody reads what the handler left of the body, up to DrainLimit bytes,
// and reports whether the next request can follow.
func (t *transport) discardBody() bool {
	c := t.conn
	if t.body.Done() {
		return true
	}
	if t.left.Load() > c.run.config.DrainLimit || t.expect == answered {
		return false
	}
	if c.out.flush() != nil { // the client may wait for the answer before it goes on
		return false
	}
	for left := c.run.config.DrainLimit; left >= 0; {
		used, err := t.body.Discard(c.in.unread())
		c.in.consume(used)
		if left -= int64(used); err != nil {
			return err == io.EOF
		}
		c.in.within(time.Now(), c.run.config.BodyTimeout)
		if c.in.fill() != nil {
			return false
		}
	}
	return false
}

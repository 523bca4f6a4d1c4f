package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// A line is the recorder's transport: where a server has a connection, it has the
// client's Result. What the client may already see of it grows with Flush and
// Close only; the recording half waits for that with changed.
type line struct {
	mu      sync.Mutex // guards all below except incoming, which Read alone uses
	changed sync.Cond
	x       *gateway.Exchange
	method  string
	old     bool // HTTP/1.0: no interim responses, no trailers

	incoming incoming
	expect   bool // the client waits for 100 Continue

	result  Result
	length  lengthText
	begun   bool // the client may see Status and Header
	visible int  // bytes of Body that the client may see
	closed  bool // the answer is whole
	over    bool // Run has returned
	gone    bool // the client went away

	readBy, writeBy time.Time
	ctx             context.Context // made when first asked for
	cancel          context.CancelCauseFunc
}

func (l *line) begin(q *Request, x *gateway.Exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed.L = &l.mu
	l.x, l.method, l.old = x, x.Request.Method, x.Request.Proto == "HTTP/1.0"
	l.incoming = newIncoming(q, x.Request.Length)
	l.expect = q.expects()
	res := &l.result
	*res = Result{
		Interim: res.Interim[:0],
		Header:  res.Header[:0],
		Body:    res.Body[:0],
		Trailer: res.Trailer[:0],
		Length:  -1,
		flushed: res.flushed[:0],
	}
	l.begun, l.visible, l.closed, l.over, l.gone = false, 0, false, false, false
	l.readBy, l.writeBy = time.Time{}, time.Time{}
	l.ctx, l.cancel = nil, nil
}

// end is what a server does when Run has returned: it decides about the
// connection, ends the context and releases the client.
func (l *line) end(out gateway.Outcome) {
	kept := l.incoming.finish() && !l.expect
	l.mu.Lock()
	defer l.mu.Unlock()
	l.result.Outcome = out
	l.result.Close = l.result.Close || l.result.Aborted || !kept
	l.over = true
	if l.cancel != nil {
		l.cancel(gateway.ErrFinished)
	}
	l.changed.Broadcast()
}

// leave is the client going away.
func (l *line) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over || l.gone {
		return
	}
	l.gone = true
	l.incoming.interrupt(errGone)
	if l.cancel != nil {
		l.cancel(errGone)
	}
	l.changed.Broadcast()
}

var (
	errGone = fmt.Errorf("client: %w", gateway.ErrGone)
	errLate = fmt.Errorf("client: the deadline is over: %w", os.ErrDeadlineExceeded)
)

// Read implements gateway.Transport.
func (l *line) Read(p []byte) (int, error) {
	if err := l.readable(); err != nil {
		return 0, err
	}
	n, err := l.incoming.read(p, l.leave)
	if err == io.EOF {
		l.x.Request.Trailer = l.incoming.trailer
	}
	return n, err
}

// readable sends 100 Continue where the client waits for it, and fails when the
// client has gone or the time is over.
func (l *line) readable() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone {
		return errGone
	}
	if late(l.readBy) {
		return errLate
	}
	if l.expect {
		l.expect = false
		l.result.Interim = append(l.result.Interim, Interim{Status: 100})
		l.changed.Broadcast()
	}
	return nil
}

// Inform implements gateway.Transport.
func (l *line) Inform(status int, h gateway.Header) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.old {
		return fmt.Errorf("client: HTTP/1.0 has no interim responses (RFC 9110 §15.2): %w", errors.ErrUnsupported)
	}
	if err := l.writable(); err != nil {
		return err
	}
	l.expect = l.expect && status != 100
	l.result.Interim = append(l.result.Interim, Interim{status, h.Clone()})
	l.changed.Broadcast()
	return nil
}

// writable is called with mu held.
func (l *line) writable() error {
	switch {
	case l.gone:
		return errGone
	case late(l.writeBy):
		return errLate
	}
	return nil
}

// WriteHead implements gateway.Transport: it writes the head as a client would
// see it, with the Content-Length that follows from the length.
func (l *line) WriteHead(h *gateway.Head) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.writable(); err != nil {
		return err
	}
	res := &l.result
	res.Status, res.Length, res.Close = h.Status, h.Length, h.Close
	res.Header = append(res.Header, h.Header...)
	if res.Header.Has("Content-Length") {
		res.Header.Del("Content-Length")
	}
	if h.Length >= 0 && (len(h.Trailer) == 0 || l.old || h.Empty) {
		res.Header.Add("Content-Length", l.length.of(h.Length))
	}
	return nil
}

// Write implements gateway.Transport.
func (l *line) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.writable(); err != nil {
		return 0, err
	}
	l.result.Body = append(l.result.Body, p...)
	return len(p), nil
}

// WriteFile implements gateway.Transport.
func (l *line) WriteFile(f *os.File, off, n int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.writable(); err != nil {
		return err
	}
	part, err := io.ReadAll(io.NewSectionReader(f, off, n))
	l.result.Body = append(l.result.Body, part...)
	l.result.Files += int64(len(part))
	if err == nil && int64(len(part)) < n {
		err = fmt.Errorf("client: %s ended %d bytes early: %w", f.Name(), n-int64(len(part)), io.ErrUnexpectedEOF)
	}
	return err
}

// Flush implements gateway.Transport.
func (l *line) Flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.writable(); err != nil {
		return err
	}
	l.show()
	l.result.flushed = append(l.result.flushed, len(l.result.Body))
	return nil
}

// show lets the client see what there is; it is called with mu held.
func (l *line) show() {
	l.begun = l.result.Status != 0
	l.visible = len(l.result.Body)
	l.changed.Broadcast()
}

// Close implements gateway.Transport.
func (l *line) Close(trailer gateway.Header) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.writable(); err != nil {
		return err
	}
	if !l.old && l.method != "HEAD" && !gateway.Bodyless(l.result.Status) {
		l.result.Trailer = append(l.result.Trailer, trailer...)
	}
	l.closed = true
	l.show()
	return nil
}

// Abort implements gateway.Transport.
func (l *line) Abort() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.result.Aborted = true
	l.changed.Broadcast()
}

// Hijack implements gateway.Transport with the two ends of a net.Pipe.
func (l *line) Hijack() (net.Conn, []byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone {
		return nil, nil, errGone
	}
	ours, theirs := net.Pipe()
	l.result.Conn = theirs
	l.changed.Broadcast()
	return ours, nil, nil
}

// Context implements gateway.Transport.
func (l *line) Context() context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx == nil {
		l.ctx, l.cancel = context.WithCancelCause(context.Background())
		if l.gone {
			l.cancel(errGone)
		}
	}
	return l.ctx
}

// SetDeadlines implements gateway.Transport. No Write waits here, so the one for
// writing only refuses what comes too late.
func (l *line) SetDeadlines(read, write time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.readBy, l.writeBy = read, write
	l.incoming.interruptAt(read)
	return nil
}

func late(by time.Time) bool { return !by.IsZero() && !time.Now().Before(by) }

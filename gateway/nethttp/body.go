package nethttp

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// A body is the request's content on its way to the application.
//
// net/http ends the body of an HTTP/1 request when the response begins, unless it
// is told that both go on at once (EnableFullDuplex). Then it also trusts the
// handler to read to the end, and would take what is left of a broken body for the
// next request. So duplex is asked for only where the application can still read,
// and a connection on which it did not read to the end is not used again.
type body struct {
	src     io.Reader
	failed  error         // sticky: io.EOF, or why it cannot be read on
	state   atomic.Uint32 // a bodyState; atomic because Read may run beside the methods that write
	duplex  bool          // net/http leaves the body alone
	rolling rolling
}

// A bodyState is how far a body has been read.
type bodyState = uint32

const (
	untouched bodyState = iota // a client that waits for 100 Continue does not have it
	touched
	whole  // read to its end
	broken // nobody can read on
)

func (b *body) begin(c *carrier) {
	b.src = c.r.Body
	if c.r.Body == nil || c.r.Body == http.NoBody {
		b.failed = io.EOF
		b.state.Store(whole)
	}
}

func (b *body) reset() {
	b.src = nil
	b.failed = nil
	b.state.Store(untouched)
	b.duplex = false
	b.rolling = rolling{}
}

// read is Transport.Read. It may run beside the methods that write.
func (b *body) read(c *carrier, p []byte) (int, error) {
	if b.failed != nil {
		return 0, b.failed
	}
	b.state.CompareAndSwap(untouched, touched)
	b.await(c)
	n, err := b.src.Read(p)
	switch err {
	case nil:
	case io.EOF:
		b.failed = b.finish(c)
		b.state.Store(whole)
	default:
		b.failed = bodyError(c.r.Context(), err)
		b.state.Store(broken)
	}
	return n, b.failed
}

// await sets the rolling deadline.
func (b *body) await(c *carrier) {
	within := c.adapter.waits.read
	if within == 0 || c.custom.Load() {
		return
	}
	if by, ok := b.rolling.due(within); ok {
		_ = http.NewResponseController(c.w).SetReadDeadline(by)
	}
}

// finish takes over the trailer at the body's end, and lifts the deadline: net/http
// reads on to see the client go away.
func (b *body) finish(c *carrier) error {
	if !b.rolling.set.IsZero() && !c.custom.Load() {
		_ = http.NewResponseController(c.w).SetReadDeadline(time.Time{})
	}
	var fields gateway.Header
	for name, values := range c.r.Trailer {
		if len(values) > 0 && !gateway.ValidTrailer(name) {
			return &gateway.StatusError{Status: 400, Section: "RFC 9110 §6.5.1", Reason: "trailer without fields for framing, routing or authentication expected, got " + name}
		}
		for _, value := range values {
			fields = append(fields, gateway.Field{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(fields, func(a, b gateway.Field) int { return strings.Compare(a.Name, b.Name) })
	c.x.Request.Trailer = fields
	return io.EOF
}

// answered is told that the response begins.
func (b *body) answered(c *carrier) error {
	state := b.state.Load()
	if c.r.ProtoMajor > 1 || state == whole || state == broken || b.waiting(c) {
		return nil
	}
	if c.returned || c.refused != nil {
		b.await(c) // net/http reads what is left before it answers
		return nil
	}
	err := http.NewResponseController(c.w).EnableFullDuplex()
	b.duplex = err == nil
	if errors.Is(err, errors.ErrUnsupported) { // the body ends here, as it does for net/http's own handlers
		return nil
	}
	return err
}

// waiting reports whether the client still holds the body back; once the response
// has begun it may do so for ever (RFC 9110 §10.1.1).
func (b *body) waiting(c *carrier) bool {
	return b.state.Load() == untouched && gateway.EqualFold(c.r.Header.Get("Expect"), "100-continue")
}

// linger is how long a connection that is going to be closed is still read from,
// so that a client that is sending sees the answer before a reset destroys it (RFC
// 9112 §9.6); as in net/http (rstAvoidanceDelay).
const linger = 500 * time.Millisecond

// end leaves what is left of the body to net/http, which reads up to 256 KiB of it
// to keep the connection, and would wait for them without end; also where it is
// going to close.
func (b *body) end(c *carrier) {
	state := b.state.Load()
	if c.r.ProtoMajor > 1 || state == whole {
		return
	}
	within := c.adapter.waits.read
	if b.duplex || state == broken || b.waiting(c) {
		within = linger
	}
	if within > 0 {
		_ = http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(within))
	}
	if b.duplex {
		retire(c.w)
	}
}

// retire tells net/http not to use the connection again after this response. Its
// one public way to say so once the head is sent is a body that is too large.
func retire(w http.ResponseWriter) {
	for {
		inner, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		w = inner.Unwrap()
	}
	_, _ = http.MaxBytesReader(w, io.NopCloser(strings.NewReader("x")), 0).Read(make([]byte, 1))
}

// bodyError says in the contract's words why a body cannot be read on.
func bodyError(ctx context.Context, err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &gateway.StatusError{Status: 413, Section: "RFC 9110 §15.5.14", Reason: "the request body is too large", Err: tooLarge}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &gateway.StatusError{Status: 408, Section: "RFC 9110 §15.5.9", Reason: "the request body took too long", Err: err}
	}
	if errors.Is(err, http.ErrBodyReadAfterClose) {
		return err
	}
	_, network := errors.AsType[*net.OpError](err)
	if network || errors.Is(err, io.ErrUnexpectedEOF) || ctx.Err() != nil {
		return &gateway.StatusError{Status: 400, Section: "RFC 9112 §8", Reason: "the connection ended inside the request body", Err: errors.Join(gateway.ErrGone, err)}
	}
	return &gateway.StatusError{Status: 400, Section: "RFC 9112 §7.1", Reason: "the request body is malformed", Err: err}
}

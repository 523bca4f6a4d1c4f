package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
	"unsafe"
)

// BufferSize is how many bytes Write holds back before it starts the response: up
// to that a response can still be replaced, and gets its Content-Length by itself.
const BufferSize = 16 << 10

// An Exchange is one request and its response. See the package comment for who
// may use it and how long.
type Exchange struct {
	Request  Request
	Response Response // plain data until Started; see Response

	// Route is the pattern by which the application chose what answers, such as
	// /notes/<int:id>; "" where it has none. A router sets it, for logs and metrics: of
	// patterns there are few, of paths as many as clients think of. Where routers nest,
	// the innermost has the last word.
	Route string

	phase     phase // see now and advance
	transport Transport
	wrapped   bool  // by Wrap: content must pass through Write
	head      Head  // what was sent; a field, so that passing it costs no allocation
	sent      int64 // bytes of content that the application gave since the start
	fault     error // the first failure to write, or ErrLength; the exchange then ends in Abort

	// Kept is memory that the application keeps with x from one request to the next, so
	// that it need not look for some: Renew leaves it alone. It is whoever's wrote it
	// last, so that one who finds another's there takes memory of his own.
	Kept any

	buffer []byte          // what Write made of Response.Body, to know it again
	fields [16]Field       // first storage of Response.Header, room for a page's fields and those of security; kept between requests
	hooks  []func(Outcome) // OnFinish, in order of registration

	preparing []func(*Exchange) // OnStart, in order of registration
	values    []value           // SetValue

	checked checked // of Response.Header; kept between requests
}

// Renew makes x ready for the connection's next request and returns it. With
// misuse detection on (race detector, dewardebug) it returns a new Exchange
// instead, so that whoever kept the old one is found out.
func (x *Exchange) Renew() *Exchange {
	if detectMisuse {
		return new(Exchange)
	}
	x.reset()
	return x
}

// reset clears every field; memory that only the exchange knows is kept. A test
// holds this list complete.
func (x *Exchange) reset() {
	x.Request = Request{}
	x.Response = Response{}
	x.Route = ""
	x.phase = idle
	x.transport = nil
	x.wrapped = false
	x.head = Head{}
	x.sent = 0
	x.fault = nil
	x.buffer = nil
	x.clearFields()
	clear(x.hooks)
	x.hooks = x.hooks[:0]
	clear(x.preparing)
	x.preparing = x.preparing[:0]
	clear(x.values)
	x.values = x.values[:0]
}

// clearFields clears what was used of fields, which are used from the first on: clearing
// all costs as much as finding a route.
func (x *Exchange) clearFields() {
	for i := range x.fields {
		if x.fields[i].Name == "" {
			return
		}
		x.fields[i] = Field{}
	}
}

// now is the phase, for any goroutine that the handler may have.
func (x *Exchange) now() phase { return phase(atomic.LoadUint32((*uint32)(&x.phase))) }

// advance is the only place where the phase changes. What happens while the handler
// runs may happen beside a Read in another goroutine, which looks at the phase. What
// happens before and after it may not, so that a plain store does: an atomic one
// costs as much as finding a route. Whoever looks all the same is found out by the
// race detector.
func (x *Exchange) advance(e event) error {
	from := x.now()
	to := transitions[from][e]
	if to == refused {
		x.misused(from)
		return refusals[from]
	}
	if e == start || e == hijack {
		atomic.StoreUint32((*uint32)(&x.phase), uint32(to))
	} else {
		x.phase = to
	}
	return nil
}

// usable returns nil while the response can still be worked on.
func (x *Exchange) usable() error {
	switch p := x.now(); p {
	case open, started:
		return nil
	default:
		x.misused(p)
		return refusals[p]
	}
}

// misused panics in debug builds when an exchange is used after its handler
// returned. In other builds it may already serve another request: a race that
// only the reuse itself could hide.
func (x *Exchange) misused(p phase) {
	if detectMisuse && p == finished {
		panic("gateway: exchange used after its handler returned; copy what you need before, or wait for your goroutines (" +
			x.Request.Method + " " + x.Request.Target + ")")
	}
}

// Started reports whether the head has been handed to the server, so that
// Response can no longer be changed. It is also true after Hijack.
func (x *Exchange) Started() bool { return x.now() > open }

// Read reads the request's content; io.EOF at its end, always, and at once where
// there is none. The application does not close it: what is left unread the
// server drains, or else it closes the connection. A client that waits for 100
// Continue gets it at the first Read (RFC 9110 §10.1.1).
func (x *Exchange) Read(p []byte) (int, error) {
	if err := x.usable(); err != nil {
		return 0, err
	}
	return x.transport.Read(p)
}

// Write appends to the response's content. It holds back up to BufferSize bytes
// in Response.Body; beyond that it starts the response and streams: with the
// Content-Length that Response.Header declares, else chunked. p is borrowed until
// Write returns. On HEAD, 204 and 304 the bytes count and are dropped.
func (x *Exchange) Write(p []byte) (int, error) {
	if err := x.usable(); err != nil {
		return 0, err
	}
	if !x.Started() {
		if len(x.Response.Body)+len(p) <= BufferSize {
			x.hold()
			x.Response.Body = append(x.Response.Body, p...)
			x.buffer = x.Response.Body
			return len(p), nil
		}
		if err := x.start(start, -1); err != nil {
			return 0, err
		}
	}
	return x.send(p)
}

// WriteString is Write without a copy of s.
func (x *Exchange) WriteString(s string) (int, error) {
	// Write only reads its argument, so the string's bytes can be lent to it.
	return x.Write(unsafe.Slice(unsafe.StringData(s), len(s)))
}

// hold makes Response.Body memory that can be appended to. It is new for every
// exchange and never written again after it: a layer that replaces the Response, or
// a cache, may keep what an inner one wrote. Recycling it would save an allocation,
// and show one client's page to another one day.
func (x *Exchange) hold() {
	body := x.Response.Body
	if len(x.buffer) == 0 || len(body) != len(x.buffer) || &body[0] != &x.buffer[0] {
		x.Response.Body = append(make([]byte, 0, max(firstHold, 2*len(body))), body...)
	}
}

// firstHold is how much memory the first Write asks for.
const firstHold = 512

// Flush starts the response if it has not started, and hands everything written
// so far to the operating system.
func (x *Exchange) Flush() error {
	if err := x.usable(); err != nil {
		return err
	}
	if !x.Started() {
		if err := x.start(start, -1); err != nil {
			return err
		}
	}
	return x.note(x.transport.Flush())
}

// SendFile sends n bytes of f from offset off on, after what was written before:
// PEP 3333's file_wrapper. n < 0 means up to the file's end. f is borrowed until
// SendFile returns and is not closed; its own offset does not count and does not
// move. Where Response.Header declares no Content-Length, the file ends the
// content; to send several parts, declare their sum first.
func (x *Exchange) SendFile(f *os.File, off, n int64) error {
	if err := x.usable(); err != nil {
		return err
	}
	n, err := fileLength(f, off, n)
	if err != nil {
		return err
	}
	if !x.Started() {
		length := int64(len(x.Response.Body)) + n
		if x.Response.Header.Has("Content-Length") {
			length = -1 // the file may be one part of several
		}
		if err := x.start(start, length); err != nil {
			return err
		}
	}
	if x.wrapped && !x.head.drops() {
		_, err := io.Copy(streamed{x}, io.NewSectionReader(f, off, n))
		return err
	}
	if ok, err := x.admit(n); !ok || n == 0 {
		return err
	}
	return x.note(x.transport.WriteFile(f, off, n))
}

// fileLength settles how many bytes SendFile promises, so that a file that is too
// short fails before the head has promised them.
func fileLength(f *os.File, off, n int64) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("gateway: SendFile wants a regular file, whose size is known; %s is %v", f.Name(), info.Mode().Type())
	}
	left := info.Size() - off
	if off < 0 || left < 0 || n > left {
		return 0, fmt.Errorf("gateway: SendFile wants %d bytes from offset %d of %s, which has %d", n, off, f.Name(), info.Size())
	}
	if n < 0 {
		return left, nil
	}
	return n, nil
}

// streamed is an exchange that has started, as an io.Writer.
type streamed struct{ x *Exchange }

func (s streamed) Write(p []byte) (int, error) { return s.x.send(p) }

// Inform sends an interim response, such as 103 Early Hints, before the final one.
// status is 100 to 199 but not 101, which is Hijack's. HTTP/1.0 has no interim
// responses: errors.ErrUnsupported (RFC 9110 §15.2).
func (x *Exchange) Inform(status int, h Header) error {
	if err := x.usable(); err != nil {
		return err
	}
	if x.Started() {
		return ErrStarted
	}
	if status < 100 || status > 199 || status == 101 {
		return fmt.Errorf("gateway: status %d is not an interim status, 100 or 102 to 199 (RFC 9110 §15.2)", status)
	}
	if length, err := h.validate(); err != nil {
		return err
	} else if length >= 0 {
		return errors.New("gateway: an interim response has no Content-Length (RFC 9110 §8.6)")
	}
	return x.transport.Inform(status, h)
}

// Hijack hands over the connection, which the caller then owns and closes, with
// the bytes already read from it (owned). It is refused with ErrStarted once the
// response has started, and with errors.ErrUnsupported where the exchange does
// not have a connection of its own, as in HTTP/2.
func (x *Exchange) Hijack() (net.Conn, []byte, error) {
	if err := x.usable(); err != nil {
		return nil, nil, err
	}
	if x.Started() {
		return nil, nil, ErrStarted
	}
	conn, read, err := x.transport.Hijack()
	if err != nil {
		return nil, nil, err
	}
	return conn, read, x.advance(hijack)
}

// Context ends when the client goes away (context.Cause then wraps ErrGone), when
// the server stops waiting for the exchange, and when the handler has returned. Asking for it may make the server
// watch the connection, so an application that does not need it pays nothing.
func (x *Exchange) Context() context.Context {
	if p := x.now(); p == idle || p == finished {
		x.misused(p)
		return finishedContext
	}
	return x.transport.Context()
}

var finishedContext = func() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(ErrFinished)
	return ctx
}()

// SetDeadlines replaces the server's time-outs for the rest of this exchange: a
// Read or Write that is not done by then fails. A zero time means no limit. It
// wraps errors.ErrUnsupported where the server cannot.
func (x *Exchange) SetDeadlines(read, write time.Time) error {
	if err := x.usable(); err != nil {
		return err
	}
	return x.transport.SetDeadlines(read, write)
}

// Wrap puts f's transport between the exchange and its server, for middleware
// that filters content as it streams: compression, metrics. The last to wrap sees
// the content first. It is refused with ErrStarted once the response has started,
// and must not run beside a Read.
// After Wrap, SendFile copies through Write: no byte slips past a filter.
func (x *Exchange) Wrap(f func(Transport) Transport) error {
	err := x.WrapFiles(f)
	x.wrapped = x.wrapped || err == nil
	return err
}

// WrapFiles is Wrap for a filter that treats a file in its WriteFile as it treats
// content in its Write. Where all filters do, SendFile stays the server's sendfile
// for what none of them has a reason to look at.
func (x *Exchange) WrapFiles(f func(Transport) Transport) error {
	if err := x.usable(); err != nil {
		return err
	}
	if x.Started() {
		return ErrStarted
	}
	x.transport = f(x.transport)
	return nil
}

// OnFinish registers f to be called once, after the last byte was handed to the
// system or the exchange was aborted: last in, first out, in the goroutine that
// runs the exchange. x can still be read then, and no longer be used. A panic in
// f is reported and does not keep the others from running.
func (x *Exchange) OnFinish(f func(Outcome)) {
	if p := x.now(); p == idle || p == finished {
		x.misused(p)
		return
	}
	x.hooks = append(x.hooks, f)
}

// OnStart registers f to be called when the response is about to start, whatever
// starts it: x.Response is what will be sent, also where that is the answer to an
// error, and f may change its Status, Header, Trailer and Close, not its Body. It is
// how a layer sets a field on every answer without holding streams back: last in,
// first out, so that the outermost layer has the last word. Hijack starts nothing.
//
// f may run again, on the answer to an error, where the first could not be sent: it
// sets fields rather than adding them. It does not write. A method or function that
// exists once, and takes what it needs from x, costs no allocation here.
func (x *Exchange) OnStart(f func(x *Exchange)) {
	if p := x.now(); p == idle || p == finished {
		x.misused(p)
		return
	}
	x.preparing = append(x.preparing, f)
}

// prepare runs the hooks of OnStart. While they run there are none, so that one
// that starts the response, against the rule, or panics does not meet itself.
func (x *Exchange) prepare() {
	hooks := x.preparing
	x.preparing = nil
	for i := len(hooks) - 1; i >= 0; i-- {
		hooks[i](x)
	}
	x.preparing = hooks
}

// start hands the head to the transport, then what Response.Body holds: e is start
// where the handler did so, answer where it is done for it. length is the content's
// length where it is known, else -1.
func (x *Exchange) start(e event, length int64) error {
	if len(x.preparing) > 0 {
		x.prepare()
	}
	if err := x.Response.validate(&x.head, &x.Request, &x.checked, length); err != nil {
		return err
	}
	if err := x.advance(e); err != nil {
		return err
	}
	if err := x.note(x.transport.WriteHead(&x.head)); err != nil {
		return err
	}
	_, err := x.send(x.Response.Body)
	return err
}

// send passes content on, as much as the head allows. hot path
func (x *Exchange) send(p []byte) (int, error) {
	ok, err := x.admit(int64(len(p)))
	if err != nil {
		return 0, err
	}
	if !ok || len(p) == 0 {
		return len(p), nil
	}
	n, err := x.transport.Write(p)
	return n, x.note(err)
}

// admit counts n bytes of content and reports whether the transport shall have
// them: not where the response has none to carry, and not beyond its length.
func (x *Exchange) admit(n int64) (bool, error) {
	if x.fault != nil {
		return false, x.fault
	}
	if x.head.drops() {
		x.sent += n
		return false, nil
	}
	if x.head.Length >= 0 && x.sent+n > x.head.Length {
		return false, x.note(fmt.Errorf("%w: %d bytes declared, %d written", ErrLength, x.head.Length, x.sent+n))
	}
	x.sent += n
	return true, nil
}

// note remembers the first fault of the started response.
func (x *Exchange) note(err error) error {
	if err != nil && x.fault == nil {
		x.fault = err
	}
	return err
}

package gatewaytest

import (
	"context"
	"errors"
	"hash/maphash"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// A watchedTransport stands between the exchange, or the filters above it, and the
// server. Whoever calls it in the wrong order is a middleware: the exchange does
// not.
type watchedTransport struct {
	next  gateway.Transport
	check *check

	reading, writing atomic.Int32 // calls under way

	got   int64 // bytes of the request's content
	end   error // of the request's content, sticky
	head  *gateway.Head
	put   int64 // bytes of the response's content
	state wireState
}

// wireState is where a transport stands, for those that write to it.
type wireState uint8

const (
	wireOpen   wireState = iota // Inform
	wireHead                    // Write, WriteFile, Flush
	wireClosed                  // Flush
	wireFailed                  // Abort: Close has failed
	wireOver                    // nothing
)

func (s wireState) String() string {
	return [...]string{"the head", "its end", "Close", "a failed Close", "the end"}[s]
}

// enter notes a call that belongs to the side that writes.
func (w *watchedTransport) enter(method string, allowed ...wireState) func() {
	//spec:middleware The methods of a Transport that write are called by one goroutine. Read may run beside them, in one other.
	if w.writing.Add(1) > 1 {
		w.check.complain(Middleware, "%s runs beside another method that writes", method)
	}
	//spec:middleware A Transport is called in this order: Inform any number of times, WriteHead once, then Write, WriteFile and Flush, then Close or Abort; or Hijack, or Abort, instead of WriteHead. Abort also follows a Close that failed, and Flush may follow Close.
	ok := false
	for _, s := range allowed {
		ok = ok || w.state == s
	}
	if !ok {
		w.check.complain(Middleware, "%s was called before or after its time: next to come was %v", method, w.state)
	}
	return func() { w.writing.Add(-1) }
}

// Read checks the server's reader.
func (w *watchedTransport) Read(p []byte) (int, error) {
	//spec:application One goroutine at a time reads, and none after the handler returned.
	if w.reading.Add(1) > 1 {
		w.check.complain(Application, "two goroutines read at the same time")
	}
	defer w.reading.Add(-1)
	n, err := w.next.Read(p)
	if w.check.returned.Load() { // reported when the handler returned
		return n, err
	}
	c, length := w.check, w.check.x.Request.Length
	//spec:server Read returns 0 to len(p) bytes, and with none of them an error unless p is empty.
	if n < 0 || n > len(p) || n == 0 && err == nil && len(p) > 0 {
		c.complain(Server, "Read of %d bytes returned %d, %v", len(p), n, err)
	}
	//spec:server Read returns io.EOF at the end of the content, always, however often it is asked; another error stays, too.
	if w.end != nil && (n != 0 || err == nil && len(p) > 0 || w.end == io.EOF && err != io.EOF && len(p) > 0) {
		c.complain(Server, "Read returned %d, %v after it had returned %v", n, err, w.end)
	}
	w.got += int64(n)
	//spec:server Where Request.Length is not -1, Read gives just so many bytes: fewer are a client that has gone, more belong to the next request.
	if length >= 0 && (w.got > length || err == io.EOF && w.got != length) {
		c.complain(Server, "Read gave %d bytes and %v; Length is %d", w.got, err, length)
	}
	if err != nil {
		w.end = err
	}
	return n, err
}

func (w *watchedTransport) Inform(status int, h gateway.Header) error {
	defer w.enter("Inform", wireOpen)()
	return w.next.Inform(status, h)
}

func (w *watchedTransport) WriteHead(h *gateway.Head) error {
	defer w.enter("WriteHead", wireOpen)()
	c := w.check
	if !c.returned.Load() {
		c.start()
	}
	//spec:middleware A head that a filter passes on is valid: status 200 to 599, valid fields, Length -1 or the length of what will follow. A filter that changes a head changes a copy, with a Header of its own.
	if h.Status < 200 || h.Status > 599 || h.Length < -1 {
		c.complain(Middleware, "WriteHead got status %d and length %d", h.Status, h.Length)
	}
	for _, f := range h.Header {
		c.field(Middleware, "response", f)
	}
	head := *h
	w.head = &head
	w.state = wireHead
	err := w.next.WriteHead(h)
	//spec:server A head, and what hangs on it, is borrowed until WriteHead returns, and only read.
	if h.Status != head.Status || h.Length != head.Length || len(h.Header) != len(head.Header) {
		c.complain(Server, "WriteHead changed the head")
	}
	return err
}

// start checks a response that starts while the handler runs.
func (c *check) start() {
	r := c.x.Response
	r.Header = r.Header.Clone()
	c.sent = &r
	c.response(&r)
	c.noContent(r.Status, int64(len(r.Body)))
}

// content counts n bytes that are passed on.
func (w *watchedTransport) content(n int64) {
	w.put += n
	//spec:middleware A filter passes on no more content than the head's Length, and none after a head that is Empty. Who changes the length says so in the head: -1, or the new one.
	if h := w.head; h != nil && (h.Empty && n > 0 || h.Length >= 0 && !h.Empty && w.put > h.Length) {
		w.check.complain(Middleware, "%d bytes of content after a head with length %d, empty %v", w.put, h.Length, h.Empty)
	}
}

func (w *watchedTransport) Write(p []byte) (int, error) {
	defer w.enter("Write", wireHead)()
	w.content(int64(len(p)))
	sum := maphash.Bytes(seed, p)
	n, err := w.next.Write(p)
	//spec:server Write takes all of p or returns an error, and does not change p.
	if n < 0 || n > len(p) || n < len(p) && err == nil {
		w.check.complain(Server, "Write of %d bytes returned %d, %v", len(p), n, err)
	}
	if maphash.Bytes(seed, p) != sum {
		w.check.complain(Server, "Write changed the bytes that it was given")
	}
	return n, err
}

func (w *watchedTransport) WriteFile(f *os.File, off, n int64) error {
	defer w.enter("WriteFile", wireHead)()
	w.content(n)
	return w.next.WriteFile(f, off, n)
}

func (w *watchedTransport) Flush() error {
	defer w.enter("Flush", wireHead, wireClosed)()
	return w.next.Flush()
}

func (w *watchedTransport) Close(trailer gateway.Header) error {
	defer w.enter("Close", wireHead)()
	//spec:middleware At Close the content is as long as the head said.
	if h := w.head; h != nil && !h.Empty && h.Length >= 0 && w.put != h.Length {
		w.check.complain(Middleware, "Close after %d bytes of content, of which the head said %d", w.put, h.Length)
	}
	w.state = wireClosed
	err := w.next.Close(trailer)
	if err != nil {
		w.state = wireFailed
	}
	return err
}

func (w *watchedTransport) Abort() {
	defer w.enter("Abort", wireOpen, wireHead, wireFailed)()
	w.state = wireOver
	w.next.Abort()
}

func (w *watchedTransport) Hijack() (net.Conn, []byte, error) {
	defer w.enter("Hijack", wireOpen)()
	conn, early, err := w.next.Hijack()
	//spec:server Hijack gives a connection or an error, one that wraps errors.ErrUnsupported where the exchange has no connection of its own.
	if (conn == nil) != (err != nil) {
		w.check.complain(Server, "Hijack returned %v, %v", conn, err)
	}
	if err == nil {
		w.state = wireOver
		w.check.hijacked = true
	}
	return conn, early, err
}

func (w *watchedTransport) Context() context.Context {
	ctx := w.next.Context()
	//spec:server Context is never nil and the same in every call.
	if ctx == nil {
		w.check.complain(Server, "Context is nil")
	}
	return ctx
}

func (w *watchedTransport) SetDeadlines(read, write time.Time) error {
	err := w.next.SetDeadlines(read, write)
	//spec:server SetDeadlines works, or refuses with an error that wraps errors.ErrUnsupported: no capability is found by type assertion.
	if err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, gateway.ErrGone) {
		w.check.complain(Server, "SetDeadlines failed with %v", err)
	}
	return err
}

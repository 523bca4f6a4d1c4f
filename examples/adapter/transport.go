package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// fill tells the application what came. net/http has parsed it and owns its strings,
// which are never overwritten; the order of fields with different names is lost.
func fill(q *gateway.Request, r *http.Request) {
	q.Method, q.Target, q.Proto, q.Scheme, q.Host = r.Method, r.RequestURI, r.Proto, "http", r.Host
	q.Path, q.Query = r.URL.EscapedPath(), r.URL.RawQuery
	q.Header, q.Length, q.Time = fields(r.Header), r.ContentLength, time.Now()
	q.Local, _ = r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	remote, _ := netip.ParseAddrPort(r.RemoteAddr) // net/http has it from the connection
	q.Remote = net.TCPAddrFromAddrPort(remote)
}

func fields(h http.Header) (list gateway.Header) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			list.Add(name, value)
		}
	}
	return list
}

// A transport is the wire below one exchange. gateway.Run calls it in order, and one
// method at a time but for Read, which may run beside the others.
type transport struct {
	w       http.ResponseWriter
	r       *http.Request
	x       *gateway.Exchange
	control *http.ResponseController
	ctx     context.Context

	ended    error       // why Read gives no more; Read alone uses it
	whole    atomic.Bool // the content was read to its end
	broken   atomic.Bool // it cannot be read to its end
	returned atomic.Bool // the application's handler has returned
	unending bool        // the head promised no length
	empty    bool        // the head has no content behind it
	aborted  bool
}

// Read reads the request's content, and says what became of it in the contract's words.
func (t *transport) Read(p []byte) (int, error) {
	if t.ended != nil || len(p) == 0 {
		return 0, t.ended
	}
	n, err := t.r.Body.Read(p)
	var network net.Error
	switch {
	case err == nil:
		return n, nil
	case err == io.EOF:
		t.x.Request.Trailer = fields(t.r.Trailer)
		t.ended = io.EOF
		t.whole.Store(true)
		return n, io.EOF
	case errors.Is(err, os.ErrDeadlineExceeded):
	case errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &network):
		err = fmt.Errorf("%w: %w", gateway.ErrGone, err)
	default:
		err = &gateway.StatusError{Status: 400, Reason: "the content is malformed", Section: "RFC 9112 §7.1", Err: err}
	}
	t.ended = err
	t.broken.Store(true)
	return n, err
}

// Inform sends an interim response: what is in net/http's header map then.
func (t *transport) Inform(status int, h gateway.Header) error {
	if !t.r.ProtoAtLeast(1, 1) {
		return fmt.Errorf("HTTP/1.0 has no interim responses: %w", errors.ErrUnsupported)
	}
	t.set(h)
	t.w.WriteHeader(status)
	clear(t.w.Header())
	return nil
}

func (t *transport) set(h gateway.Header) {
	for _, f := range h {
		t.w.Header().Add(f.Name, f.Value)
	}
}

// WriteHead hands the head to net/http, which keeps it until content, Flush or the end.
func (t *transport) WriteHead(h *gateway.Head) error {
	t.unending, t.empty = h.Length < 0 && !h.Empty, h.Empty
	t.set(h.Header)
	header := t.w.Header()
	header.Del("Content-Length")
	trailers := len(h.Trailer) > 0 && !h.Empty && t.r.ProtoAtLeast(1, 1)
	if h.Length >= 0 && !trailers { // with trailers the content has to be in chunks
		header.Set("Content-Length", strconv.FormatInt(h.Length, 10))
	}
	if trailers && header["Trailer"] == nil {
		header.Set("Trailer", strings.Join(names(h.Trailer), ", "))
	}
	if header["Content-Type"] == nil {
		header["Content-Type"] = nil // net/http would guess one
	}
	// The handler answers and may still read: net/http has to let both go on at once,
	// and then trusts nobody to read to the end, which only the connection's end makes sure.
	if !t.returned.Load() && !t.whole.Load() && t.r.ContentLength != 0 {
		_ = t.control.EnableFullDuplex()
		header.Set("Connection", "close")
	}
	if h.Close || t.broken.Load() {
		header.Set("Connection", "close")
	}
	t.w.WriteHeader(h.Status)
	return nil
}

func names(h gateway.Header) (list []string) {
	for _, f := range h {
		list = append(list, f.Name)
	}
	return list
}

// Write sends content.
func (t *transport) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	return n, gone(err)
}

// gone says of an error of writing that it is the client's leave.
func gone(err error) error {
	if err == nil || errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return fmt.Errorf("%w: %w", gateway.ErrGone, err)
}

// WriteFile copies, without moving the file's own offset.
func (t *transport) WriteFile(f *os.File, off, n int64) error {
	sent, err := io.Copy(t, io.NewSectionReader(f, off, n))
	if err == nil && sent < n {
		err = fmt.Errorf("%s became shorter while it was sent: %w", f.Name(), io.ErrUnexpectedEOF)
	}
	return err
}

// Flush hands everything to the system.
func (t *transport) Flush() error { return gone(t.control.Flush()) }

// Close leaves the last bytes to net/http, which sends them when ServeHTTP returns.
func (t *transport) Close(trailer gateway.Header) error {
	if t.empty || !t.r.ProtoAtLeast(1, 1) {
		return nil
	}
	for _, f := range trailer {
		t.w.Header().Add(http.TrailerPrefix+f.Name, f.Value)
	}
	return nil
}

// Abort makes exchange panic with http.ErrAbortHandler. Where only the connection's
// end ends the answer that would look whole: there the connection is reset.
func (t *transport) Abort() {
	t.aborted = true
	if !t.unending || t.r.ProtoAtLeast(1, 1) {
		return
	}
	conn, _, err := t.control.Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// Hijack hands the connection over, with what was read of it already.
func (t *transport) Hijack() (net.Conn, []byte, error) {
	conn, both, err := t.control.Hijack()
	if err != nil {
		return nil, nil, err
	}
	early := make([]byte, both.Reader.Buffered())
	_, err = io.ReadFull(both.Reader, early)
	return conn, early, err
}

// Context ends when the client goes, and with the exchange.
func (t *transport) Context() context.Context { return t.ctx }

// SetDeadlines is the application's way to bound its waits.
func (t *transport) SetDeadlines(read, write time.Time) error {
	return errors.Join(t.control.SetReadDeadline(read), t.control.SetWriteDeadline(write))
}

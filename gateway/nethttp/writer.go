package nethttp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// A writer is the http.ResponseWriter of a mounted handler.
//
// Until the exchange starts, the response is data there; the writer only decides
// what it is. Every method holds the lock: a goroutine that outlives the handler
// finds the writer closed, instead of the exchange of another request.
type writer struct {
	mu      sync.Mutex
	mounted *Mounted
	x       *gateway.Exchange // nil: the handler has returned

	header   http.Header
	status   int   // of the final response; 0: none yet
	declared int64 // Content-Length; -1: none
	written  int64
	guess    bool // a Content-Type is to be found for the content
	told     bool // of a superfluous WriteHeader
	hijacked bool

	announced   []string    // names of trailers
	switching   http.Header // of 101 Switching Protocols, until Hijack sends it
	read, write time.Time   // deadlines that the handler has set
}

var (
	_ http.Flusher    = (*writer)(nil)
	_ http.Hijacker   = (*writer)(nil)
	_ io.ReaderFrom   = (*writer)(nil)
	_ io.StringWriter = (*writer)(nil)
)

// errLate is what a writer says after its handler has returned.
var errLate = errors.New("nethttp: ResponseWriter used after its handler returned")

func newWriter(m *Mounted, x *gateway.Exchange) *writer {
	w := &writer{mounted: m, x: x, declared: -1, header: newHeader(x.Response.Header)}
	if x.Started() { // by middleware: nothing is left to say but content
		w.status = cmp.Or(x.Response.Status, http.StatusOK)
	}
	return w
}

// Header is what WriteHeader will send. It begins with what middleware of the
// contract has set.
func (w *writer) Header() http.Header { return w.header }

// WriteHeader freezes the header; interim responses leave at once.
func (w *writer) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(status)
}

func (w *writer) writeHeader(status int) {
	switch {
	case w.x == nil:
		return
	case w.hijacked:
		w.mistake("WriteHeader on a hijacked connection")
		return
	case w.status != 0:
		w.mistake("superfluous WriteHeader(%d): the status is %d", status, w.status)
		return
	case status < 100 || status > 999: // net/http's rule: there is no way to send it
		panic(fmt.Sprintf("nethttp: invalid WriteHeader code %d", status))
	case status < 200 && status != http.StatusSwitchingProtocols:
		w.inform(status)
		return
	}
	w.status = status
	w.freeze()
}

// mistake reports what the handler did wrong and what changes nothing, once for
// each request.
func (w *writer) mistake(format string, args ...any) {
	if !w.told {
		w.told = true
		w.mounted.report(&w.x.Request, fmt.Errorf("nethttp: "+format, args...))
	}
}

// inform sends an interim response with the fields that the header holds now
// (RFC 9110 §15.2). A client of HTTP/1.0 does without.
func (w *writer) inform(status int) {
	if err := w.x.Inform(status, appendFields(nil, w.header)); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, gateway.ErrGone) {
		w.mistake("WriteHeader(%d): %w", status, err)
	}
}

// Write appends to the content.
func (w *writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.admit(len(p)); err != nil || len(p) == 0 {
		return 0, err
	}
	w.settle(p, false)
	return w.x.Write(p)
}

// WriteString is Write without a copy of s.
func (w *writer) WriteString(s string) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.admit(len(s)); err != nil || s == "" {
		return 0, err
	}
	if w.guess {
		w.settle([]byte(s[:min(len(s), sniffed)]), len(w.x.Response.Body)+len(s) > gateway.BufferSize)
	}
	return w.x.WriteString(s)
}

// admit decides, with net/http's errors, whether n bytes of content may come.
func (w *writer) admit(n int) error {
	switch {
	case w.x == nil:
		return errLate
	case w.hijacked:
		return http.ErrHijacked
	}
	if w.status == 0 {
		w.writeHeader(http.StatusOK)
	}
	if n > 0 && gateway.Bodyless(w.status) {
		return http.ErrBodyNotAllowed
	}
	if w.declared >= 0 && w.written+int64(n) > w.declared {
		return http.ErrContentLength
	}
	w.written += int64(n)
	return nil
}

// sniffed is how much content http.DetectContentType looks at.
const sniffed = 512

// settle finds the Content-Type before p, the beginning of what comes next, starts
// the exchange: when it overflows the exchange's buffer, or when the caller is going
// to start it.
func (w *writer) settle(p []byte, starts bool) {
	body := w.x.Response.Body
	if !w.guess || !starts && len(body)+len(p) <= gateway.BufferSize {
		return
	}
	w.guess = false
	if len(body) < sniffed && len(p) > 0 {
		first := append(make([]byte, 0, sniffed), body...)
		body = append(first, p[:min(len(p), sniffed-len(body))]...)
	}
	if len(body) > 0 {
		w.x.Response.Header.Set("Content-Type", http.DetectContentType(body))
	}
}

// Flush sends what was written so far.
func (w *writer) Flush() { _ = w.FlushError() }

// FlushError is Flush for http.ResponseController.
func (w *writer) FlushError() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.flush()
}

func (w *writer) flush() error {
	if err := w.admit(0); err != nil {
		return err
	}
	w.settle(nil, true)
	return w.x.Flush()
}

// ReadFrom sends a file with sendfile where the server can, and copies all else.
func (w *writer) ReadFrom(src io.Reader) (int64, error) {
	limited, _ := src.(*io.LimitedReader)
	file, ok := src.(*os.File)
	limit := int64(-1)
	if limited != nil {
		file, ok = limited.R.(*os.File)
		limit = limited.N
	}
	if ok {
		n, done, err := w.sendFile(file, limit)
		if limited != nil {
			limited.N -= n
		}
		if done || err != nil {
			return n, err
		}
	}
	buf := copyBuffers.Get().(*[]byte)
	defer giveBack(buf)
	return io.CopyBuffer(justWriter{w}, src, *buf)
}

// justWriter hides ReadFrom from io.Copy.
type justWriter struct{ io.Writer }

// sendFile sends up to limit bytes from where f stands, all where limit < 0. Done
// is false where f is better copied: a small file, or one whose size says nothing.
func (w *writer) sendFile(f *os.File, limit int64) (n int64, done bool, err error) {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0, false, nil
	}
	off, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, false, nil
	}
	n = info.Size() - off
	if limit >= 0 {
		n = min(n, limit)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.x != nil && !w.x.Started() && int64(len(w.x.Response.Body))+n <= gateway.BufferSize || n <= 0 {
		return 0, false, nil
	}
	if err := w.startFile(f, off, n); err != nil {
		return 0, true, err
	}
	if err := w.x.SendFile(f, off, n); err != nil {
		return 0, true, err
	}
	_, err = f.Seek(off+n, io.SeekStart)
	return n, true, err
}

// startFile readies the response for n bytes of f. Without a Content-Length more
// may follow the file, so the response has to start before the exchange takes the
// file for its end.
func (w *writer) startFile(f *os.File, off, n int64) error {
	if err := w.admit(int(n)); err != nil {
		return err
	}
	if w.guess {
		var first [sniffed]byte
		k, _ := f.ReadAt(first[:min(n, sniffed)], off)
		w.settle(first[:k], true)
	}
	if w.declared < 0 && !w.x.Started() {
		return w.x.Flush()
	}
	return nil
}

// SetReadDeadline and SetWriteDeadline serve http.ResponseController.

func (w *writer) SetReadDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.read = t
	return w.setDeadlines()
}

func (w *writer) SetWriteDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.write = t
	return w.setDeadlines()
}

func (w *writer) setDeadlines() error {
	if w.x == nil {
		return errLate
	}
	return unsupported(w.x.SetDeadlines(w.read, w.write))
}

// EnableFullDuplex changes nothing: reading beside writing is the contract.
func (w *writer) EnableFullDuplex() error { return nil }

// unsupported gives a refusal the value that net/http's own writers return.
func unsupported(err error) error {
	if errors.Is(err, errors.ErrUnsupported) {
		return http.ErrNotSupported
	}
	return err
}

// CloseNotify serves handlers older than Request.Context.
func (w *writer) CloseNotify() <-chan bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	gone := make(chan bool, 1)
	if w.x != nil {
		context.AfterFunc(w.x.Context(), func() { gone <- true })
	}
	return gone
}

// finish completes the response when the handler has returned.
func (w *writer) finish() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hijacked {
		return nil
	}
	if w.status == 0 && !w.x.Started() {
		w.writeHeader(http.StatusOK)
	}
	if w.status == http.StatusSwitchingProtocols {
		return errors.New("nethttp: the handler answered 101 and did not take the connection with Hijack (RFC 9110 §15.2.2)")
	}
	w.settle(nil, true)
	w.x.Response.Trailer = w.trailer()
	return nil
}

// leave makes the exchange out of reach for what the handler has left behind.
func (w *writer) leave() {
	w.mu.Lock()
	w.x = nil
	w.mu.Unlock()
}

// answer sends a complete response with its length. Its errors stay with the
// exchange.
func (w *writer) answer() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hijacked || w.status == 0 {
		return
	}
	if !w.x.Started() && w.declared < 0 && !gateway.Bodyless(w.status) {
		w.x.Response.Header.Set("Content-Length", strconv.Itoa(len(w.x.Response.Body)))
	}
	_ = w.x.Flush()
}

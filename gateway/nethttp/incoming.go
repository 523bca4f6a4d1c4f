package nethttp

import (
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// newRequest makes the request that an http.Handler sees, and its content, nil where
// it has none.
func newRequest(x *gateway.Exchange) (*http.Request, *content, error) {
	q := &x.Request
	u, err := newURL(q)
	if err != nil {
		return nil, nil, err
	}
	r := (&http.Request{
		Method:        q.Method,
		URL:           u,
		Proto:         q.Proto,
		Header:        newHeader(q.Header),
		Body:          http.NoBody,
		ContentLength: q.Length,
		Host:          q.Host,
		RequestURI:    q.Target,
		TLS:           q.TLS,
	}).WithContext(newContext(x))
	r.ProtoMajor, r.ProtoMinor, _ = http.ParseHTTPVersion(q.Proto)
	if q.Remote != nil {
		r.RemoteAddr = q.Remote.String()
	}
	moveFields(r)
	if q.Length == 0 {
		return r, nil, nil
	}
	body := &content{x: x, r: r}
	r.Body = body
	return r, body, nil
}

// moveFields takes from the header what net/http keeps elsewhere. Trailers exist
// for it where the content ends with them: after chunks, and in HTTP/2.
func moveFields(r *http.Request) {
	delete(r.Header, "Host")
	if r.ProtoMajor == 1 {
		r.Close = closes(r)
		delete(r.Header, "Transfer-Encoding")
		if r.ContentLength >= 0 {
			return
		}
		r.TransferEncoding = []string{"chunked"}
	}
	announced := r.Header["Trailer"]
	if announced == nil {
		return
	}
	delete(r.Header, "Trailer")
	for _, list := range announced {
		for name := range strings.SplitSeq(list, ",") {
			if name = strings.Trim(name, " \t"); name != "" {
				if r.Trailer == nil {
					r.Trailer = make(http.Header)
				}
				r.Trailer[textproto.CanonicalMIMEHeaderKey(name)] = nil
			}
		}
	}
}

// closes reports whether the client wants the connection to end (RFC 9112 §9.3).
func closes(r *http.Request) bool {
	connection := r.Header["Connection"]
	return hasToken(connection, "close") || r.ProtoMajor == 1 && r.ProtoMinor == 0 && !hasToken(connection, "keep-alive")
}

// newURL is the URL as net/http's server would have parsed it, without the Root.
func newURL(q *gateway.Request) (*url.URL, error) {
	u := &url.URL{RawQuery: q.Query}
	path, err := url.PathUnescape(q.Path)
	if err != nil {
		return nil, &gateway.StatusError{Status: 400, Section: "RFC 3986 §2.1", Reason: "two hexadecimal digits expected after each % in the path", Err: err}
	}
	u.Path = path
	if path != q.Path || u.EscapedPath() != q.Path {
		u.RawPath = q.Path
		if (&url.URL{Path: path}).EscapedPath() == q.Path {
			u.RawPath = "" // as net/url has it: only where it is not the default encoding
		}
	}
	u.ForceQuery = q.Query == "" && strings.HasSuffix(q.Target, "?")
	if scheme, rest, ok := strings.Cut(q.Target, "://"); ok && q.Target[0] != '/' {
		u.Scheme = strings.ToLower(scheme)
		u.Host = rest
		if i := strings.IndexAny(rest, "/?"); i >= 0 {
			u.Host = rest[:i]
		}
	}
	if q.Method == "CONNECT" && q.Path == "" {
		u.Host = q.Target
	}
	return u, nil
}

// newHeader is h as net/http has it. One allocation holds the values of all names
// that come once.
func newHeader(h gateway.Header) http.Header {
	header := make(http.Header, len(h))
	values := make([]string, 0, len(h))
	for i := range h {
		name := textproto.CanonicalMIMEHeaderKey(h[i].Name)
		if old := header[name]; old != nil {
			header[name] = append(old, h[i].Value)
			continue
		}
		values = append(values, h[i].Value)
		header[name] = values[len(values)-1 : len(values) : len(values)]
	}
	return header
}

// A content is the Request.Body of a mounted handler. It may be read in another
// goroutine, and says http.ErrBodyReadAfterClose when that goroutine outlives the
// handler, as RoundTrip's can.
type content struct {
	closed atomic.Bool
	mu     sync.Mutex        // held while reading
	x      *gateway.Exchange // nil: the handler has returned
	r      *http.Request
}

// Read reads the exchange's content and sets the request's Trailer at its end.
func (b *content) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.x == nil || b.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := b.x.Read(p)
	switch {
	case err == io.EOF:
		b.trail()
	case err != nil:
		err = handlerError(err)
	}
	return n, err
}

// trail fills r.Trailer in place where the request announced one, so that copies of
// r see it too.
func (b *content) trail() {
	for _, f := range b.x.Request.Trailer {
		if b.r.Trailer == nil {
			b.r.Trailer = make(http.Header)
		}
		name := textproto.CanonicalMIMEHeaderKey(f.Name)
		b.r.Trailer[name] = append(b.r.Trailer[name], f.Value)
	}
}

// handlerError gives an error of the body the type that handlers of net/http look
// for.
func handlerError(err error) error {
	s, ok := errors.AsType[*gateway.StatusError](err)
	if !ok || s.Status != http.StatusRequestEntityTooLarge {
		return err
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return errors.Join(err, new(http.MaxBytesError))
}

// Close keeps what follows from being read. It does not wait for a Read that is on
// its way; the end of the handler does.
func (b *content) Close() error {
	b.closed.Store(true)
	return nil
}

// leave ends all reading. Where a goroutine of the handler still waits for the
// client, answer is called first, since the client may be waiting for that; then
// the wait is cut short, and with it the connection's further use.
func (b *content) leave(answer func()) {
	b.closed.Store(true)
	if !b.mu.TryLock() {
		answer()
		_ = b.x.SetDeadlines(longAgo, time.Now().Add(lastWrite))
		b.mu.Lock()
	}
	b.x = nil
	b.mu.Unlock()
}

// lastWrite bounds the end of a response whose handler left a reader behind.
const lastWrite = 30 * time.Second

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

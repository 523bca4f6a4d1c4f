package gateway

import (
	"context"
	"net"
	"os"
	"time"
)

// A Transport is what a server implements for one exchange: the wire below the
// semantics. An Exchange calls it, never the application, and keeps this order:
//
//	Inform* → WriteHead → (Write | WriteFile | Flush)* → Close | Abort
//
// or Hijack, or Abort, after Inform alone. Abort also follows a Close that failed,
// and Flush a Close where somebody waits for the end (OnFinish). Read may come at
// any time before the end, and from another goroutine. What a transport cannot do it refuses with an error
// that wraps errors.ErrUnsupported; no method is ever found by type assertion.
//
// A Transport may trust what it is given: statuses, names and values have been
// validated, and no more content than the head's Length comes.
type Transport interface {
	// Read reads the request's content, decoded; io.EOF at its end, always. It
	// sends 100 Continue first where the client waits for it. At io.EOF the
	// server has set the Request's Trailer. A body that breaks the protocol or a
	// limit is a *StatusError. p is borrowed until Read returns.
	Read(p []byte) (int, error)

	// Inform sends an interim response (1xx, RFC 9110 §15.2).
	Inform(status int, h Header) error

	// WriteHead takes the head of the final response. It may wait with sending
	// until content, Flush or Close comes. h and all in it is borrowed until
	// WriteHead returns.
	WriteHead(h *Head) error

	// Write takes content. p is borrowed until Write returns.
	Write(p []byte) (int, error)

	// WriteFile takes n bytes of f from offset off on as content, with the
	// system's sendfile where it can. f is borrowed until WriteFile returns.
	WriteFile(f *os.File, off, n int64) error

	// Flush hands everything taken so far to the operating system.
	Flush() error

	// Close ends the response in good order, with trailers where the protocol
	// has them. The last bytes may wait for the answers behind them.
	Close(trailer Header) error

	// Abort ends the exchange so that the client cannot take what it got for a
	// whole answer: HTTP/1.1 closes the connection, HTTP/2 resets the stream.
	Abort()

	// Hijack hands over the connection with the bytes already read from it
	// (owned).
	Hijack() (net.Conn, []byte, error)

	// Context is cancelled when the client goes away, with a cause that wraps
	// ErrGone, when the server gives up waiting for the exchange, and when the
	// exchange is over.
	Context() context.Context

	// SetDeadlines replaces the server's time-outs for the rest of this exchange;
	// a zero time means no limit.
	SetDeadlines(read, write time.Time) error
}

// A Head begins a final response.
type Head struct {
	Status int    // 200 to 599
	Header Header // valid; a server leaves out the Content-Length in it and writes Length instead
	Length int64  // of the content in bytes; -1: unknown until Close
	// Trailer is what is known of the trailer so far: where it is not empty, a
	// server of HTTP/1.1 must send chunked content, though the Length is known.
	Trailer Header
	Empty   bool // no content follows: HEAD, 204, 304. Length is then what GET would have, -1 if not known
	Close   bool // the connection is not used again (RFC 9112 §9.6)
}

package client

import (
	"errors"
	"io"
	"net"
)

// A Client sends requests to one server.
type Client interface {
	// Start sends q and returns without waiting for the answer.
	Start(q Request) (Call, error)

	// Dial opens a connection for a test that writes bytes of its own. It wraps
	// errors.ErrUnsupported where the protocol is not HTTP/1.
	Dial() (net.Conn, error)

	// Close lets go of the connections that no call uses.
	Close()
}

// A Call is one request on its way, seen by the client. Its methods are called by
// one goroutine.
type Call interface {
	// Interim waits for the next response before the final one, such as 103. It
	// fails once the final one has come.
	Interim() (Interim, error)

	// Head waits for the head of the final response. The Result, which is the
	// call's until the end of Read, then has its Status and Header.
	Head() (*Result, error)

	// Read reads the content as it comes, decoded. io.EOF means that the answer
	// was complete and that the Result has its Trailer; an error that wraps
	// ErrTruncated, that it was cut off.
	Read(p []byte) (int, error)

	// Conn waits until the handler took the connection, and returns the client's
	// end of it (owned). It wraps errors.ErrUnsupported where there is none.
	Conn() (net.Conn, error)

	// Close goes away, in the middle of the exchange or after it.
	Close() error
}

// ErrTruncated is what a Call's error wraps when the server cut the answer off.
var ErrTruncated = errors.New("client: the answer was cut off")

// Finish reads a call to its end. An answer that was cut off is no error but a
// Result that is Aborted.
func Finish(c Call) (*Result, error) {
	res, err := c.Head()
	if errors.Is(err, ErrTruncated) {
		return &Result{Aborted: true}, nil
	}
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(reading{c})
	res.Body = body
	if errors.Is(err, ErrTruncated) {
		res.Aborted, err = true, nil
	}
	return res, err
}

// reading is a Call as an io.Reader.
type reading struct{ c Call }

func (r reading) Read(p []byte) (int, error) { return r.c.Read(p) }

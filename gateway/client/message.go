package client

import (
	"io"
	"net"

	"github.com/dewar-go/dewar/gateway"
)

// A Request is what a client asks. Its zero value is GET / of localhost with
// HTTP/1.1 and without content.
type Request struct {
	Method string // "" is GET
	Target string // "" is /; the absolute form sets scheme and host (RFC 9112 §3.2.2)
	Host   string // "" is localhost, and no host at all with HTTP/1.0
	Proto  string // "" is HTTP/1.1; HTTP/1.0 is the other one
	Header gateway.Header

	// Body is the content, sent with its length. It is borrowed until the
	// exchange is over.
	Body []byte

	// Stream is the content instead of Body. It is read while the exchange runs,
	// by a goroutine of its own, and sent as it comes: chunked where Length is 0,
	// else as so many bytes. It may end in an error, at which the client goes away;
	// with HTTP/1 also where it is shorter than Length.
	Stream io.Reader
	Length int64 // of Stream; 0 means unknown

	// Trailer follows the content, which is then sent chunked even if it is Body.
	Trailer gateway.Header
}

// An Interim is a response before the final one (RFC 9110 §15.2).
type Interim struct {
	Status int
	Header gateway.Header
}

// A Result is an answer as a client got it.
type Result struct {
	Interim []Interim // in order, 100 Continue among them
	Status  int       // of the final response; 0 where none came
	Header  gateway.Header
	Body    []byte         // decoded
	Trailer gateway.Header // complete once Body is
	Close   bool           // the connection is not used for another request
	Aborted bool           // cut off: Body is not the whole answer, or there is none

	// Only a recorder knows the rest.

	Outcome gateway.Outcome // what gateway.Run returned
	Length  int64           // of the content, as gateway.Head has it; -1: not known
	Files   int64           // bytes of Body that came through WriteFile
	Conn    net.Conn        // the client's end, where the handler took the connection

	flushed []int // ends of the chunks in Body
}

// Chunks returns Body cut where the handler flushed it: what a client could read
// at that moment. The slices are parts of Body.
func (r *Result) Chunks() [][]byte {
	var chunks [][]byte
	from := 0
	for _, to := range r.flushed {
		if to > from {
			chunks = append(chunks, r.Body[from:to])
		}
		from = to
	}
	if from < len(r.Body) {
		chunks = append(chunks, r.Body[from:])
	}
	return chunks
}

// Continued reports whether 100 Continue was sent (RFC 9110 §10.1.1).
func (r *Result) Continued() bool {
	return len(r.Interim) > 0 && r.Interim[0].Status == 100
}

package client

import (
	"fmt"
	"io"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// incoming is the content of a request on a recorder. A Stream goes through a
// pipe, because a test's Reader cannot be interrupted and a client that leaves
// must be: its goroutine, pump, begins with the first Read (a client that expects
// 100 Continue has sent nothing before that) and ends with the Stream or the
// exchange, whichever the Reader notices first.
type incoming struct {
	body    []byte
	stream  io.Reader
	left    int64 // bytes still to come; -1: unknown
	trailer gateway.Header
	err     error // sticky: io.EOF or why there is no more

	from    *io.PipeReader // of the stream, made with it
	to      *io.PipeWriter
	pumping bool
	timer   *time.Timer // the read deadline; set and stopped by the handler's goroutine
}

// newIncoming prepares the content of q, of which length bytes will come.
func newIncoming(q *Request, length int64) incoming {
	in := incoming{body: q.Body, stream: q.Stream, left: length, trailer: q.Trailer}
	if in.stream != nil {
		in.from, in.to = io.Pipe()
	}
	return in
}

// read is gateway.Transport's Read; leave is what happens when the stream breaks.
func (in *incoming) read(p []byte, leave func()) (n int, err error) {
	if in.err != nil {
		return 0, in.err
	}
	if in.left >= 0 && int64(len(p)) > in.left {
		p = p[:in.left]
	}
	switch {
	case in.left == 0:
		err = io.EOF
	case in.stream == nil:
		n = copy(p, in.body)
		in.body = in.body[n:]
		if len(in.body) == 0 && n == 0 && len(p) > 0 {
			err = io.EOF
		}
	default:
		if !in.pumping {
			in.pumping = true
			go in.pump(in.stream, in.to, in.left, leave)
		}
		n, err = in.from.Read(p)
	}
	if in.left > 0 {
		in.left -= int64(n)
	}
	if err == io.EOF {
		in.left = 0
	}
	in.err = err
	return n, err
}

// pump carries the stream into the pipe, at most length bytes where length is not
// negative. A stream that fails or ends before that is a client that goes away.
func (*incoming) pump(stream io.Reader, to *io.PipeWriter, length int64, leave func()) {
	var n int64
	var err error
	if length < 0 {
		n, err = io.Copy(to, stream)
	} else {
		n, err = io.Copy(to, io.LimitReader(stream, length))
	}
	if err == nil && n < length {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		to.CloseWithError(fmt.Errorf("client: content ended after %d bytes: %w: %w", n, gateway.ErrGone, err))
		leave()
		return
	}
	to.Close()
}

// interrupt makes a Read that waits for the stream, and all later ones, fail.
func (in *incoming) interrupt(err error) {
	if in.to != nil {
		in.to.CloseWithError(err)
	}
}

// interruptAt does so at a time, and a zero time never.
func (in *incoming) interruptAt(by time.Time) {
	if in.to == nil {
		return
	}
	if in.timer != nil {
		in.timer.Stop()
		in.timer = nil
	}
	if !by.IsZero() {
		to := in.to
		in.timer = time.AfterFunc(time.Until(by), func() { to.CloseWithError(errLate) })
	}
}

// finish drains what the handler left, within DrainLimit, and reports whether the
// connection can be used again.
func (in *incoming) finish() bool {
	if in.timer != nil {
		in.timer.Stop()
	}
	if in.to != nil {
		in.from.CloseWithError(errGone) // sets pump free
		return in.err == io.EOF
	}
	return len(in.body) <= DrainLimit
}

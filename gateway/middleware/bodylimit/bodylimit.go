// Package bodylimit refuses requests whose content is too long: before the handler
// where the length is declared, else at the byte that is one too many.
//
//	h := gateway.Chain(app, bodylimit.New(1<<20))
//
// Where several stand around a handler the smallest decides. For one route that takes
// more than all others, put the limit around the others instead of around everything.
package bodylimit

import (
	"fmt"

	"github.com/dewar-go/dewar/gateway"
)

// New returns the middleware for at most n bytes of content, as they are decoded from
// the wire; what a content coding hides in them is not looked at. It panics if n is
// negative; 0 lets no content through.
//
// A request that declares more is answered 413, and a client that waits for 100
// Continue is not asked for the content. One that does not declare it (chunked) fails in
// Exchange.Read with a *gateway.StatusError of 413, once n bytes have been given; a
// handler returns that error. The server decides whether it reads the rest or closes.
func New(n int64) gateway.Middleware {
	if n < 0 {
		panic(fmt.Sprintf("bodylimit: at most %d bytes: wants 0 or more", n))
	}
	return func(h gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			switch length := x.Request.Length; {
			case length > n:
				return tooLong(n, fmt.Sprintf("%d were declared", length))
			case length >= 0: // the server holds it to that
				return h.Serve(x)
			}
			if err := x.Wrap(func(t gateway.Transport) gateway.Transport { return &limited{Transport: t, left: n, most: n} }); err != nil {
				return err // the response has started: whoever did that outside reads no content
			}
			return h.Serve(x)
		})
	}
}

func tooLong(n int64, came string) error {
	return &gateway.StatusError{Status: 413, Reason: fmt.Sprintf("at most %d bytes of content are taken, %s", n, came), Section: "RFC 9110 §15.5.14"}
}

// limited is a transport that counts what is read. It is made for content of unknown
// length only, so that all others keep sendfile and cost nothing.
type limited struct {
	gateway.Transport
	left, most int64
	err        error // sticky
}

// Read reads one byte more than is left, to tell an end from too much.
func (l *limited) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	if int64(len(p)) > l.left {
		p = p[:l.left+1]
	}
	n, err := l.Transport.Read(p)
	if int64(n) > l.left {
		n, l.err = int(l.left), tooLong(l.most, "more came")
		err = l.err
	}
	l.left -= int64(n)
	return n, err
}

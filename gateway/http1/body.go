package http1

import (
	"io"
	"math"

	"github.com/dewar-go/dewar/gateway"
)

// A Body decodes the body of one request: bytes of the connection in, content out.
// The zero value is an empty body.
type Body struct {
	framing Framing
	left    int64 // Fixed: bytes still to come
	err     error // io.EOF at the end, or the fault; every later call repeats it
	limits  Limits
	chunks  chunker
	trailer gateway.Header
}

// Reset makes b the body of the request whose head said m. l is borrowed until
// Reset returns; nil stands for the defaults.
func (b *Body) Reset(m *Message, l *Limits) {
	if m.Body == None && b.framing == None && b.err == io.EOF {
		return // nothing follows nothing, as nearly always
	}
	*b = Body{framing: m.Body}
	switch m.Body {
	case Fixed:
		b.left = m.Length
	case Chunked:
		if l != nil {
			b.limits = *l
		}
		b.limits = b.limits.withDefaults()
		b.chunks.state = atSize
	}
	b.settle()
}

// Decode takes bytes of the connection from src and puts content into dst; both are
// borrowed until it returns, and dst may begin where src begins. It goes on as far
// as it can: until src is used up, or dst is full and content comes next, or the
// body ends. It keeps no byte of src back, so the next call gets the bytes behind
// nSrc, and it takes no byte behind the end of its message.
//
// io.EOF comes with the call that takes the last byte of body and trailers, beside
// nDst > 0 possibly, and again with every later call. Any other error is a
// *gateway.StatusError: the connection has to close. Input that ends before io.EOF
// has come is a body cut off (RFC 9112 §8), which only the caller can know.
//
// hot path
func (b *Body) Decode(dst, src []byte) (nDst, nSrc int, err error) {
	for {
		data, n, err := b.next(src[nSrc:], len(dst)-nDst)
		nDst += copy(dst[nDst:], data)
		nSrc += n
		if err != nil || len(data) == 0 {
			return nDst, nSrc, err
		}
	}
}

// Next is Decode without a copy: it returns the next run of content, which is a
// part of src and borrowed until src is changed. data is empty where src holds no
// content.
func (b *Body) Next(src []byte) (data []byte, nSrc int, err error) {
	return b.next(src, math.MaxInt)
}

// Discard is Decode without a destination: it takes bytes until src is used up or
// the body ends, and checks them all the same.
func (b *Body) Discard(src []byte) (nSrc int, err error) {
	for {
		data, n, err := b.next(src[nSrc:], math.MaxInt)
		nSrc += n
		if err != nil || len(data) == 0 {
			return nSrc, err
		}
	}
}

// Run is how many of the connection's next bytes are content without framing
// between them: a caller may read so many straight to where they are wanted, and
// report them with Advance.
func (b *Body) Run() int64 {
	switch {
	case b.err != nil:
		return 0
	case b.framing == Fixed:
		return b.left
	case b.framing == Chunked && b.chunks.state == inData:
		return b.chunks.left
	}
	return 0
}

// Advance tells b that n bytes of a Run, n <= Run(), went past it. The error is
// io.EOF where they were the last of the body.
func (b *Body) Advance(n int64) error {
	if n < 0 || n > b.Run() {
		panic("http1: Body.Advance beyond Run")
	}
	if b.framing == Fixed {
		b.left -= n
	} else if b.chunks.left -= n; n > 0 && b.chunks.left == 0 {
		b.chunks.state = dataCR
	}
	b.settle()
	return b.err
}

// Done reports whether the body and its trailers are complete: the next byte of the
// connection belongs to the next request.
func (b *Body) Done() bool { return b.framing == None || b.err == io.EOF }

// Remaining is how many bytes of the connection belong to the body still: exact for
// a Content-Length, 0 when Done, else -1: nobody knows.
func (b *Body) Remaining() int64 {
	switch {
	case b.Done():
		return 0
	case b.framing == Fixed:
		return b.left
	}
	return -1
}

// Trailer returns the fields of the trailer section, nil before the end. They own
// their memory and are not changed by Reset.
func (b *Body) Trailer() gateway.Header { return b.trailer }

// next reads up to the end of the next run of content, at most room bytes of it.
func (b *Body) next(src []byte, room int) (data []byte, n int, err error) {
	if b.framing == Chunked && b.err == nil {
		if n, b.err = b.frame(src); b.err != nil {
			return nil, n, b.err
		}
	}
	run := min(b.Run(), int64(room), int64(len(src)-n))
	data = src[n : n+int(run)]
	return data, n + int(run), b.Advance(run)
}

// frame reads what stands between two runs of content.
func (b *Body) frame(src []byte) (n int, err error) {
	k := &b.chunks
	for n < len(src) {
		switch {
		case k.state == inData:
			return n, nil
		case k.state == inTrailer || k.state == atTrailer && src[n] != '\r':
			if k.trailer == nil {
				k.state, k.trailer = inTrailer, newTrailer(&b.limits)
			}
			read, err := k.trailer.read(src[n:])
			n += read
			if err != nil {
				return n, err
			}
			if k.trailer.section.state == atEnd {
				b.trailer = k.trailer.header()
				*k = chunker{state: atDone}
				return n, io.EOF
			}
		default:
			if err := k.step(src[n], &b.limits); err != nil {
				return n, err
			}
			n++
			if k.state == atDone {
				return n, io.EOF
			}
		}
	}
	return n, nil
}

// settle ends a body that has nothing left.
func (b *Body) settle() {
	if b.err == nil && b.framing != Chunked && b.left == 0 {
		b.err = io.EOF
	}
}

package compress

import (
	"compress/gzip"
	"fmt"
	"io"
	"sync"
)

// A Coding is a content coding (RFC 9110 §8.4.1).
type Coding struct {
	Name string        // as in Accept-Encoding: "gzip", "br", "zstd"
	New  func() Writer // called when there is none to use again
}

// A Writer compresses, and is used again after Reset. Those of compress/gzip,
// andybalholm/brotli and klauspost/compress are Writers.
type Writer interface {
	io.Writer
	Flush() error // writes out what was taken so far, so that it can be read
	Close() error // ends the coded content
	Reset(w io.Writer)
}

// Gzip is gzip of the standard library at a level of 1, fast, to 9, small; 0 is 5.
// It panics at another.
func Gzip(level int) Coding {
	if level == 0 {
		level = 5
	}
	if level < gzip.BestSpeed || level > gzip.BestCompression {
		panic(fmt.Sprintf("compress: Gzip(%d): a level is 1 to 9, or 0 for the default", level))
	}
	return Coding{"gzip", func() Writer {
		w, _ := gzip.NewWriterLevel(io.Discard, level) // the level is valid
		return w
	}}
}

// A pool keeps Writers: one has some 100 KiB to MiB, which is too much for every
// answer anew.
type pool struct {
	make func() Writer
	pool sync.Pool
}

func (p *pool) get(to io.Writer) *compressor {
	c, _ := p.pool.Get().(*compressor)
	if c == nil {
		c = &compressor{w: p.make()}
	}
	c.to.Writer = to
	c.w.Reset(&c.to)
	return c
}

// put keeps c, without what it wrote to. Its Writer is not reset here a second time:
// gzip's clears hundreds of KiB of tables at that.
func (p *pool) put(c *compressor) {
	c.to.Writer = io.Discard
	p.pool.Put(c)
}

// A compressor is a Writer with what it writes to, which can be taken from it.
type compressor struct {
	w  Writer
	to destination
}

type destination struct{ io.Writer }

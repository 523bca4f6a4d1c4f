package templates

import (
	"io"
)

// output is the page being written. Captures (macros, set blocks) write to
// its end and cut their part off again, so that there is only one buffer.
type output struct {
	buf   []byte
	mark  int // length at which full is called
	limit int // bytes still allowed after what was flushed
	w     io.Writer
	held  int // captures in progress: buf must not be flushed
	err   error
}

const flushSize = 8 << 10

// reset makes an output ready for use; a very large buffer is not kept.
func (o *output) reset(w io.Writer, limit int) {
	const keep = 1 << 20
	buf := o.buf[:0]
	if cap(buf) > keep {
		buf = nil
	}
	*o = output{buf: buf, limit: limit, mark: limit, w: w}
	if w != nil {
		o.mark = min(limit, flushSize)
	}
}

// full flushes what may be flushed, or fails.
func (f *frame) full() {
	o := f.out
	if len(o.buf) > o.limit {
		f.throw(f.outputLimit(), f.unit.pos)
	}
	if o.held > 0 || o.w == nil {
		o.mark = o.limit
		return
	}
	if err := o.flush(); err != nil {
		panic(thrown{err})
	}
}

func (o *output) flush() error {
	if len(o.buf) > 0 && o.err == nil {
		_, o.err = o.w.Write(o.buf)
		o.limit -= len(o.buf)
		o.buf = o.buf[:0]
	}
	o.mark = min(o.limit, flushSize)
	return o.err
}

// write adds text as it is. // hot path
func (f *frame) write(s string) {
	o := f.out
	o.buf = append(o.buf, s...)
	if len(o.buf) > o.mark {
		f.full()
	}
}

// grown must follow any direct append to out.buf.
func (f *frame) grown() {
	if len(f.out.buf) > f.out.mark {
		f.full()
	}
}

// capture gives what body writes.
func (f *frame) capture(body func()) string {
	o := f.out
	start := len(o.buf)
	o.held++
	body()
	o.held--
	s := string(o.buf[start:])
	o.buf = o.buf[:start]
	if err := f.madeText(len(s)); err != nil {
		f.throw(err, f.unit.pos)
	}
	if o.held == 0 && o.w != nil {
		o.mark = min(o.limit, flushSize)
	}
	return s
}

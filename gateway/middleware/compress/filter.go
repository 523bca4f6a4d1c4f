package compress

import (
	"io"
	"os"

	"github.com/dewar-go/dewar/gateway"
)

// A filter compresses the content of one exchange, or lets it pass.
//
//	fresh ──WriteHead──► plain                      not eligible, or too small
//	        └──────────► waiting ──MinSize, Flush──► coded
//	        └──────────► coded      └──Close──► plain
//
// While it is waiting, or what is coded fits into holdLimit, the head is held back:
// it will then have the right fields, and the right length.
type filter struct {
	gateway.Transport
	policy *policy
	x      *gateway.Exchange
	coding int // index of the coding that the client likes best

	state  state
	head   gateway.Head // while held
	held   bool
	buffer []byte      // while held: plain content in waiting, coded content in coded
	c      *compressor // in coded
}

type state uint8

const (
	fresh state = iota
	plain
	waiting
	coded
	over
)

// WriteHead decides, as far as the head tells.
func (f *filter) WriteHead(h *gateway.Head) error {
	p := f.policy
	f.state = plain
	if !p.eligible(h.Status, h.Header) || h.Length >= 0 && h.Length < p.min || f.x.Value(skip{}) != nil {
		return f.Transport.WriteHead(h)
	}
	if h.Empty {
		if h.Length < 0 { // HEAD that does not tell how long GET would be: nor do we what it would do
			return f.Transport.WriteHead(h)
		}
		f.describe(h)
		return f.Transport.WriteHead(&f.head)
	}
	if p.running.Add(1) > p.limit {
		p.running.Add(-1)
		return f.Transport.WriteHead(h)
	}
	f.head, f.held, f.state = *h, true, waiting
	f.head.Header = h.Header.Clone() // the head is borrowed, and kept
	if h.Length >= p.min {
		f.begin()
	}
	return nil
}

// begin starts to compress.
func (f *filter) begin() {
	f.describe(&f.head)
	f.c = f.policy.pools[f.coding].get((*sink)(f))
	f.state = coded
}

// describe makes the head that of compressed content (RFC 9110 §§8.4, 8.8.1): the
// bytes are others, so that tags become weak, and there are no parts of them.
func (f *filter) describe(h *gateway.Head) {
	fields := h.Header // h may be f.head
	f.head = *h
	f.head.Length = -1
	f.head.Header = make(gateway.Header, 0, len(fields)+1)
	for _, field := range fields {
		switch {
		case gateway.EqualFold(field.Name, "Content-Length"), gateway.EqualFold(field.Name, "Accept-Ranges"):
			continue
		case gateway.EqualFold(field.Name, "ETag") && len(field.Value) > 0 && field.Value[0] == '"':
			field.Value = "W/" + field.Value
		}
		f.head.Header = append(f.head.Header, field)
	}
	f.head.Header.Add("Content-Encoding", f.policy.names[f.coding])
}

// release passes the held head on, and what is in the buffer.
func (f *filter) release(length int64) error {
	if !f.held {
		return nil
	}
	f.held = false
	f.head.Length = length
	if err := f.Transport.WriteHead(&f.head); err != nil {
		return err
	}
	b := f.buffer
	f.buffer = nil
	if len(b) == 0 {
		return nil
	}
	_, err := f.Transport.Write(b)
	return err
}

// sink is the filter as what its Writer writes to.
type sink filter

func (s *sink) Write(p []byte) (int, error) {
	f := (*filter)(s)
	if f.held {
		if len(f.buffer)+len(p) <= holdLimit {
			f.buffer = append(f.buffer, p...)
			return len(p), nil
		}
		if err := f.release(-1); err != nil {
			return 0, err
		}
	}
	return f.Transport.Write(p)
}

// Write takes content.
func (f *filter) Write(p []byte) (int, error) {
	switch f.state {
	case waiting:
		if int64(len(f.buffer)+len(p)) < f.policy.min {
			f.buffer = append(f.buffer, p...)
			return len(p), nil
		}
		if err := f.decide(); err != nil {
			return 0, err
		}
		return f.c.w.Write(p)
	case coded:
		return f.c.w.Write(p)
	}
	return f.Transport.Write(p)
}

// decide ends the waiting: what is in the buffer is compressed.
func (f *filter) decide() error {
	b := f.buffer
	f.buffer = nil
	f.begin()
	if len(b) == 0 {
		return nil
	}
	_, err := f.c.w.Write(b)
	return err
}

// WriteFile takes a file: as it is where it is not compressed.
func (f *filter) WriteFile(file *os.File, off, n int64) error {
	if f.state == plain {
		return f.Transport.WriteFile(file, off, n)
	}
	copied, err := io.Copy(writer{f}, io.NewSectionReader(file, off, n))
	if err == nil && copied < n {
		err = io.ErrUnexpectedEOF
	}
	return err
}

type writer struct{ f *filter }

func (w writer) Write(p []byte) (int, error) { return w.f.Write(p) }

// Flush passes on everything so far, decodable.
func (f *filter) Flush() error {
	if f.state == waiting {
		if err := f.decide(); err != nil {
			return err
		}
	}
	if f.state == coded {
		if err := f.c.w.Flush(); err != nil {
			return err
		}
		if err := f.release(-1); err != nil {
			return err
		}
	}
	return f.Transport.Flush()
}

// Close ends the content.
func (f *filter) Close(trailer gateway.Header) error {
	if err := f.end(); err != nil {
		return err
	}
	return f.Transport.Close(trailer)
}

func (f *filter) end() error {
	defer f.putAway()
	switch f.state {
	case waiting: // small: as it is, and its length is known now
		n := int64(len(f.buffer))
		return f.release(n)
	case coded:
		if err := f.c.w.Close(); err != nil {
			return err
		}
		return f.release(int64(len(f.buffer)))
	}
	return nil
}

// Abort ends the exchange.
func (f *filter) Abort() {
	f.putAway()
	f.Transport.Abort()
}

// putAway gives back the Writer and the place among those that run.
func (f *filter) putAway() {
	if f.state == waiting || f.state == coded {
		f.policy.running.Add(-1)
	}
	f.state = over
	if f.c != nil {
		f.policy.pools[f.coding].put(f.c)
		f.c = nil
	}
}

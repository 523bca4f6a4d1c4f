package http1

import "sync"

// A reading is a head on its way in. It is pooled together with the arena that will
// take the head, so that a connection between two heads keeps neither.
type reading struct {
	progress
	arena arena
	spans []span // of the field lines, in order
}

// progress is what has been read: offsets into the caller's buffer, and facts.
type progress struct {
	begin  int // of the request line
	pos    int // the next byte of the request line to look at
	method int // where the method ends, at its space
	end    int // where the target ends, at its space
	limit  int // of the request line in bytes
	minor  int
	target target
	fields section
	facts  facts
}

var readings = sync.Pool{New: func() any { return new(reading) }}

func startReading(begin int, l Limits) *reading {
	w := readings.Get().(*reading)
	w.begin, w.pos, w.limit = begin, begin, l.Line
	w.fields.maxField, w.fields.maxFields, w.fields.maxBytes = l.Field, l.Fields, l.Header
	return w
}

// release keeps the arena and the capacity of spans.
func (w *reading) release() {
	w.progress = progress{}
	w.spans = w.spans[:0]
	readings.Put(w)
}

func (w *reading) forgetSpans() { w.spans = w.spans[:0] }

// window is the part of buf that the request line may take: a line that is not over
// at its end is too long.
func (w *reading) window(buf []byte) []byte { return buf[:min(len(buf), w.begin+w.limit)] }

// readMethod reads method SP (RFC 9112 §3.1).
func (w *reading) readMethod(buf []byte) (ok bool, err error) {
	b, i := w.window(buf), w.pos
	for i < len(b) && octets[b[i]]&tchar != 0 {
		i++
	}
	w.pos = i
	switch {
	case i == len(b) && i == len(buf):
		return false, nil
	case i == len(b):
		return false, fault(501, "RFC 9112 §3", "method expected that is shorter than the limit of %d bytes, got %s", w.limit, quote(buf[w.begin:]))
	case b[i] != ' ' || i == w.begin:
		return false, w.badMethod(b)
	}
	w.method, w.pos = i, i+1
	return true, nil
}

func (w *reading) badMethod(b []byte) error {
	method, c := b[w.begin:w.pos], b[w.pos]
	switch {
	case len(method) == 0 && c == 0x16:
		return fault(400, "RFC 9112 §3.1", "method expected, got byte 0x16: this looks like TLS, and the port speaks plain HTTP")
	case len(method) == 0:
		return fault(400, "RFC 9112 §3.1", "method expected at the start of the request line, got %s", quoteByte(c))
	}
	return fault(400, "RFC 9112 §3.1", "token and one space expected as method, got %s after %s", quoteByte(c), quote(method))
}

// readTarget reads request-target SP (RFC 9112 §3.2).
func (w *reading) readTarget(buf []byte) (ok bool, err error) {
	b := w.window(buf)
	i := targetEnd(b, w.pos)
	start := w.method + 1
	w.pos = i
	switch {
	case i == len(b) && i == len(buf):
		return false, nil
	case i == len(b), b[i] == ' ' && i+1+len("HTTP/1.1") > w.begin+w.limit:
		return false, fault(414, "RFC 9112 §3", "request line of at most %d bytes expected, got a longer one", w.limit)
	case b[i] != ' ' || i == start:
		return false, badTarget(b[start:i], b[i])
	}
	if w.target, err = parseTarget(buf[w.begin:w.method], buf[start:i]); err != nil {
		return false, err
	}
	w.end, w.pos = i, i+1
	return true, nil
}

func badTarget(target []byte, c byte) error {
	switch {
	case len(target) == 0:
		return fault(400, "RFC 9112 §3.2", "request target expected after method and one space, got %s", quoteByte(c))
	case c == '\r' || c == '\n':
		return fault(400, "RFC 9112 §3", "one space and HTTP/1.1 expected after the request target %s, got %s: HTTP/0.9 is not spoken", quote(target), quoteByte(c))
	case c == '#':
		return fault(400, "RFC 9112 §3.2", "request target without fragment expected, got %s after %s", quoteByte(c), quote(target))
	}
	return fault(400, "RFC 9112 §3.2", "visible ASCII expected in the request target, got %s after %s", quoteByte(c), quote(target))
}

// readVersion reads HTTP-version CRLF (RFC 9112 §2.3). It is short enough to be
// looked at from its start each time.
func (w *reading) readVersion(buf []byte) (ok bool, err error) {
	const http11, http10 = "HTTP/1.1\r\n", "HTTP/1.0\r\n"
	b := buf[w.pos:min(len(buf), w.pos+len(http11))]
	switch {
	case string(b) == http11:
		w.minor = 1
	case string(b) == http10:
		w.minor = 0
	default:
		if w.minor, err = version(b); err != nil || len(b) < len(http11) {
			return false, err
		}
	}
	w.pos += len(http11)
	w.fields.begin, w.fields.pos = w.pos, w.pos
	return true, nil
}

// version checks the version and line end that begin with b. A minor version above
// ours is answered as ours (RFC 9110 §2.5).
func version(b []byte) (minor int, err error) {
	const form = "HTTP/0.0\r\n" // 0: any digit
	for i, c := range b {
		if c != form[i] && (form[i] != '0' || !is(c, digit)) {
			return 0, badVersion(b[:i], c)
		}
	}
	if len(b) < len(form) {
		return 0, nil
	}
	switch number := b[:len("HTTP/0.0")]; number[5] {
	case '0':
		return 0, fault(400, "RFC 9112 §2.3", "version HTTP/1.1 expected, got %s", quote(number))
	case '1':
		return min(int(number[7]-'0'), 1), nil
	default:
		return 0, fault(505, "RFC 9110 §15.6.6", "version HTTP/1.1 expected, got %s", quote(number))
	}
}

// badVersion tells why c cannot stand behind good, which is the beginning of a
// version.
func badVersion(good []byte, c byte) error {
	switch n := len(good) - len("HTTP/0.0"); {
	case n > 0:
		return bareCR(c)
	case n == 0 && c == '\n':
		return fault(400, "RFC 9112 §2.2", "CRLF expected at the end of the request line, got a bare LF")
	case n == 0:
		return fault(400, "RFC 9112 §3", "CRLF expected after the version, got %s", quoteByte(c))
	}
	return fault(400, "RFC 9112 §2.3", "one space and HTTP/1.1 expected after the request target, got %s after %s", quoteByte(c), quote(good))
}

// readFields reads the header section and takes the facts from each line.
func (w *reading) readFields(buf []byte) (ok bool, err error) {
	for {
		f, ok, err := w.fields.next(buf)
		if !ok {
			return w.fields.state == atEnd, err
		}
		if err := w.facts.note(len(w.spans), buf[f.name:f.colon], buf[f.value:f.end]); err != nil {
			return false, err
		}
		w.spans = append(w.spans, f)
	}
}

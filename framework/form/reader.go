package form

import (
	"bytes"
	"io"
	"strings"
	"sync"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
	"github.com/dewar-go/dewar/internal/poison"
)

// A Reader reads multipart/form-data part by part (RFC 7578, RFC 2046 §5.1).
//
// The theory: a part ends where CRLF, two dashes and the boundary stand, so the
// reader looks through a window for those bytes, the delimiter. What stands before
// them is content; where they are not found all but the last bytes of the window are,
// which may be the beginning of a delimiter. The body begins with a delimiter without
// its CRLF; the window begins with a CRLF, so that it is none of a special case.
//
//	--X CRLF head CRLF CRLF content CRLF--X CRLF head ... CRLF--X-- epilogue
//	        └─ NextPart ─┘ └─ Read ┘
type Reader struct {
	source    io.Reader
	delimiter []byte // CRLF, dashes and boundary
	buf       *[window]byte
	start     int // of what is not read yet, in buf
	end       int
	eof       bool // of the source
	inside    bool // a part whose delimiter has not come yet
	parts     int  // that came
	most      int
	err       error // sticky
}

// A Part is one field or file of a form. It is borrowed until the next one is asked
// for.
type Part struct {
	Name        string // of the field
	Filename    string // as the client named it: it may be a path, or empty
	IsFile      bool   // there is a filename, though it may be empty
	ContentType string // "" where the client did not say
	Header      gateway.Header

	r *Reader
}

// A MalformedError is a body that does not follow the rules.
type MalformedError struct {
	Reason string // what was expected and what came
}

// Error gives the reason and the rule.
func (e *MalformedError) Error() string {
	return "form: multipart/form-data is malformed: " + e.Reason + " (RFC 7578 §4)"
}

// A LimitError is a body that is larger than a limit.
type LimitError struct {
	Reason string
}

// Error says which limit.
func (e *LimitError) Error() string { return "form: " + e.Reason }

var windows = sync.Pool{New: func() any { return new([window]byte) }}

// NewReader returns a Reader of a body with that Content-Type. The error is a
// *MalformedError where that has no usable boundary. At most most parts are given.
// source is borrowed until Close.
func NewReader(source io.Reader, contentType string, most int) (*Reader, error) {
	_, params := semantics.ParseOptions(contentType)
	boundary := params.Value("boundary")
	if twice(params, "boundary") {
		return nil, &MalformedError{"its Content-Type has two boundaries"}
	}
	if boundary == "" || len(boundary) > maxBoundary || strings.ContainsAny(boundary, "\r\n\x00") || boundary[len(boundary)-1] == ' ' {
		return nil, &MalformedError{"its Content-Type has no boundary of 1 to 70 characters"}
	}
	r := &Reader{source: source, delimiter: []byte("\r\n--" + boundary), buf: windows.Get().(*[window]byte), most: most}
	r.end = copy(r.buf[:], "\r\n")
	r.inside = true // the preamble is a part that nobody reads
	return r, nil
}

// Close gives the reader's memory back. It does not read the rest of the body.
func (r *Reader) Close() error {
	if r.buf != nil {
		poison.Bytes(r.buf[:])
		windows.Put(r.buf)
		r.buf, r.start, r.end = nil, 0, 0
		r.err = io.ErrClosedPipe
	}
	return nil
}

// NextPart passes over what is left of a part and returns the next one; io.EOF after
// the last.
func (r *Reader) NextPart() (*Part, error) {
	for r.err == nil && r.inside {
		n, err := r.content()
		r.start += n
		if err != nil && err != io.EOF {
			r.err = err
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	last, err := r.pass()
	if err == nil && last {
		err = io.EOF
	}
	if err == nil && r.parts == r.most {
		err = &LimitError{"the form has too many parts"}
	}
	if err != nil {
		r.err = err
		return nil, err
	}
	r.parts++
	p, err := r.head()
	r.inside, r.err = true, err
	return p, err
}

// Read reads the part's content; io.EOF at its end. A body that ends inside of it is
// a *MalformedError.
func (p *Part) Read(b []byte) (int, error) {
	r := p.r
	if r == nil || len(b) == 0 {
		return 0, nil
	}
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.content()
	if n > 0 {
		n = copy(b, r.buf[r.start:r.start+n])
		r.start += n
		return n, nil
	}
	if err != nil && err != io.EOF {
		r.err = err
	}
	return 0, err
}

// WriteTo writes the part's content to w without another copy.
func (p *Part) WriteTo(w io.Writer) (sum int64, err error) {
	r := p.r
	for {
		if r.err != nil {
			return sum, r.err
		}
		n, err := r.content()
		if n > 0 {
			k, err := w.Write(r.buf[r.start : r.start+n])
			r.start, sum = r.start+k, sum+int64(k)
			if err != nil {
				return sum, err
			}
			continue
		}
		if err == io.EOF {
			return sum, nil
		}
		r.err = err
		return sum, err
	}
}

// content returns how many bytes at start are content: 0 with io.EOF where the
// delimiter stands there. hot path
func (r *Reader) content() (int, error) {
	if !r.inside {
		return 0, io.EOF
	}
	for from := 0; ; {
		seen := r.buf[r.start:r.end]
		if i := bytes.Index(seen[from:], r.delimiter); i >= 0 {
			i += from
			whole, is := r.endsPart(seen[i+len(r.delimiter):])
			switch {
			case is && i > 0:
				return i, nil
			case is:
				r.inside = false
				return 0, io.EOF
			case whole: // the boundary is only the beginning of a longer text
				from = i + 1
				continue
			case i > 0:
				return i, nil
			}
		} else if n := len(seen) - len(r.delimiter) + 1; n > 0 {
			return n, nil
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
}

// endsPart looks at what follows a delimiter: dashes, or blanks and a line end, make
// it one. whole is false where more bytes are needed to tell.
func (r *Reader) endsPart(after []byte) (whole, is bool) {
	for i, c := range after {
		switch {
		case i == 1 && after[0] == '-':
			return true, c == '-'
		case i == 0 && c == '-':
		case c == ' ' || c == '\t':
			if i > maxBoundary {
				return true, false
			}
		case c == '\r':
			if i+1 == len(after) {
				return r.eof, false
			}
			return true, after[i+1] == '\n'
		case c == '\n': // others would see a part here, so that it must not be content
			return true, true
		default:
			return true, false
		}
	}
	return r.eof, false
}

// fill reads more. A source that has ended is a body that was cut off.
func (r *Reader) fill() error {
	if r.eof {
		return &MalformedError{"the body ends before its closing boundary"}
	}
	if r.start > 0 {
		r.end = copy(r.buf[:], r.buf[r.start:r.end])
		r.start = 0
	}
	for range 100 { // as bufio.Reader bears with a source that gives nothing
		n, err := r.source.Read(r.buf[r.end:])
		r.end += n
		if err == io.EOF {
			r.eof = true
			return nil
		}
		if err != nil || n > 0 {
			return err
		}
	}
	return io.ErrNoProgress
}

// pass goes past the delimiter at start and reports whether it is the last one.
func (r *Reader) pass() (last bool, err error) {
	r.start += len(r.delimiter)
	if bytes.HasPrefix(r.buf[r.start:r.end], []byte("--")) {
		return true, nil
	}
	r.start += bytes.IndexByte(r.buf[r.start:r.end], '\n') + 1 // content has seen it
	if r.buf[r.start-2] != '\r' {
		return false, &MalformedError{"a boundary ends with LF instead of CRLF"}
	}
	return false, nil
}

// head reads a part's head.
func (r *Reader) head() (*Part, error) {
	p := &Part{r: r}
	for size := 0; ; {
		line, err := r.line(maxHead - size + 2) // the empty line does not count
		if err != nil {
			return nil, err
		}
		if line == "" {
			if err := p.describe(); err != nil {
				return nil, err
			}
			return p, r.open()
		}
		if size += len(line) + 2; size > maxHead {
			return nil, errHead
		}
		name, value, ok := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		if !ok || !gateway.ValidName(name) || !gateway.ValidValue(value) {
			return nil, &MalformedError{"a line in the head of a part is not of the form Name: value"}
		}
		if len(p.Header) == maxFields {
			return nil, &LimitError{"the head of a part has too many fields"}
		}
		p.Header.Add(name, value)
	}
}

// open goes back to the CRLF of the empty line where that is the delimiter's too: a
// part without content may end right behind its head (RFC 2046 §5.1.1).
func (r *Reader) open() error {
	r.start -= len("\r\n")
	for {
		seen := r.buf[r.start:r.end]
		n := min(len(seen), len(r.delimiter))
		if !bytes.Equal(seen[:n], r.delimiter[:n]) {
			break
		}
		if n == len(r.delimiter) {
			if whole, is := r.endsPart(seen[n:]); is {
				return nil
			} else if whole {
				break
			}
		}
		if err := r.fill(); err != nil {
			return err
		}
	}
	r.start += len("\r\n")
	return nil
}

var errHead = &LimitError{"the head of a part is too large"}

// line reads up to CRLF, no more than most bytes.
func (r *Reader) line(most int) (string, error) {
	for from := 0; ; {
		seen := r.buf[r.start:r.end]
		if i := bytes.IndexByte(seen[from:], '\n'); i >= 0 {
			i += from
			if i == 0 || seen[i-1] != '\r' {
				return "", &MalformedError{"a line in the head of a part ends with LF instead of CRLF"}
			}
			if i >= most {
				return "", errHead
			}
			r.start += i + 1
			return string(seen[:i-1]), nil
		}
		if from = len(seen); from > most {
			return "", errHead
		}
		if err := r.fill(); err != nil {
			return "", err
		}
	}
}

// describe reads what the head says. %22 stands for a quote in names (WHATWG HTML
// §4.10.21.8). What is said twice is refused: a filter in front may have looked at the
// other one.
func (p *Part) describe() error {
	var dispositions int
	var disposition string
	for disposition = range p.Header.Values("Content-Disposition") {
		dispositions++
	}
	if dispositions != 1 {
		return &MalformedError{"a part has no Content-Disposition, or more than one"}
	}
	_, params := semantics.ParseOptions(disposition)
	var ok bool
	if p.Name, ok = params.Lookup("name"); !ok {
		return &MalformedError{"a part has no name"}
	}
	if twice(params, "name") || twice(params, "filename") {
		return &MalformedError{"a part has two names"}
	}
	p.Name = readable(p.Name)
	p.Filename, p.IsFile = params.Lookup("filename")
	p.Filename = readable(p.Filename)
	p.ContentType = p.Header.Value("Content-Type")
	return nil
}

// twice reports whether a parameter comes twice in one form. filename* beside filename
// is one of another form, and goes before it.
func twice(params semantics.Params, name string) bool {
	n := 0
	for i := range params {
		if params[i].Name == name {
			n++
		}
	}
	return n > 1
}

func readable(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "%22", `"`), "\uFFFD")
}

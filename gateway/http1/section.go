package http1

import "github.com/dewar-go/dewar/gateway"

// A section reads field lines, which are the same in a header and in a trailer
// section (RFC 9112 §5):
//
//	field-line = field-name ":" OWS field-value OWS CRLF
//
// It stops at any byte and goes on there with the next call. Nothing that the
// grammar calls obsolete or that recipients MAY repair is repaired: two parties
// that repair in different ways see different messages (RFC 9112 §11.2).
type section struct {
	state sectionState
	pos   int // the next byte to look at
	begin int // of the section
	field span
	end   int // of the part of the buffer in which the line's CR has to be

	maxField, maxFields, maxBytes int
	trailer                       bool // for the error texts
	count                         int  // field lines begun
}

// A span is one field line in the buffer: its name begins at name and ends at
// colon, its value begins at value and ends at end.
type span struct{ name, colon, value, end int }

type sectionState uint8

const (
	atLine  sectionState = iota // at the first byte of a line
	inName                      // in a field name
	inGap                       // in the white space before a value
	inValue                     // in a value
	atEnd                       // behind the empty line
)

// next reads on to the end of a field line and returns it. ok is false where buf
// ends before the line does, and behind the last line: the state is atEnd then.
//
// hot path
func (s *section) next(buf []byte) (f span, ok bool, err error) {
	switch s.state {
	case atLine:
		if ok, err := s.line(buf); !ok {
			return f, false, err
		}
		s.state = inName
		fallthrough

	case inName:
		b, i := buf[:min(len(buf), s.end)], s.pos
		for uint(i) < uint(len(b)) && octets[b[i]]&tchar != 0 {
			i++
		}
		s.pos = i
		if i == len(b) {
			return f, false, s.short(buf)
		}
		if buf[i] != ':' || i == s.field.name {
			return f, false, s.badName(buf)
		}
		s.field.colon, s.pos = i, i+1
		s.state = inGap
		fallthrough

	case inGap:
		i, end := s.pos, min(len(buf), s.end)
		for i < end && blank(buf[i]) {
			i++
		}
		s.pos = i
		if i == end {
			return f, false, s.short(buf)
		}
		s.field.value = i
		s.state = inValue
		fallthrough

	case inValue:
		i := valueEnd(buf[:min(len(buf), s.end)], s.pos)
		s.pos = i
		if i >= s.end || i == len(buf) {
			return f, false, s.short(buf)
		}
		if buf[i] != '\r' {
			return f, false, s.badValue(buf)
		}
		if i+1 == len(buf) {
			return f, false, nil
		}
		if buf[i+1] != '\n' {
			return f, false, bareCR(buf[i+1])
		}
		s.pos = i + 2
		s.state = atLine
		for i > s.field.value && blank(buf[i-1]) {
			i--
		}
		s.field.end = i
		return s.field, true, nil
	}
	return f, false, nil
}

// line looks at the first byte of a line: it begins a field, or it ends the
// section.
func (s *section) line(buf []byte) (ok bool, err error) {
	i := s.pos
	if i == len(buf) {
		return false, nil
	}
	switch c := buf[i]; {
	case c == '\r':
		if i+1 == len(buf) {
			return false, nil
		}
		if buf[i+1] != '\n' {
			return false, bareCR(buf[i+1])
		}
		s.pos = i + 2
		s.state = atEnd
		return false, nil
	case blank(c) && s.count == 0:
		return false, fault(400, "RFC 9112 §2.2", "field name expected at the start of the first line of the %s, got %s", s.name(), quoteByte(c))
	case blank(c):
		return false, fault(400, "RFC 9112 §5.2", "field name or CRLF expected at the start of a line of the %s, got %s: line folding is obsolete", s.name(), quoteByte(c))
	case s.count == s.maxFields:
		return false, fault(431, "RFC 6585 §5", "at most %d fields expected in the %s, got more", s.maxFields, s.name())
	}
	// A CR at index end-1 is the last that keeps both the line and, with its LF,
	// the section within their limits.
	s.end = min(i+s.maxField, s.begin+s.maxBytes-len("\r\n")) + 1
	if s.end <= i {
		return false, s.tooLarge()
	}
	s.count++
	s.field = span{name: i}
	return true, nil
}

// short is what to answer where the scan has come to the end of the buffer or of
// what the limits allow: nil asks for more bytes.
func (s *section) short(buf []byte) error {
	if s.pos < s.end {
		return nil
	}
	if s.end-1-s.field.name >= s.maxField {
		return fault(431, "RFC 6585 §5", "field line of at most %d bytes expected in the %s, got a longer one: %s", s.maxField, s.name(), quote(buf[s.field.name:]))
	}
	return s.tooLarge()
}

func (s *section) tooLarge() error {
	return fault(431, "RFC 6585 §5", "%s of at most %d bytes expected, got a longer one", s.name(), s.maxBytes)
}

// badName tells why the byte at pos, which is no colon, cannot stand in a name.
func (s *section) badName(buf []byte) error {
	line, c := buf[s.field.name:s.pos], buf[s.pos]
	switch {
	case c == '\n' && len(line) == 0:
		return fault(400, "RFC 9112 §2.2", "CRLF expected at the end of the %s, got a bare LF", s.name())
	case c == ':':
		return fault(400, "RFC 9112 §5.1", "field name expected before the colon, got none")
	case blank(c):
		return fault(400, "RFC 9112 §5.1", "colon expected right after the field name %s, got %s", quote(line), quoteByte(c))
	case c == '\r' || c == '\n':
		return fault(400, "RFC 9112 §5", "colon expected after the field name %s, got %s", quote(line), quoteByte(c))
	}
	return fault(400, "RFC 9110 §5.1", "token expected as field name, got %s after %s", quoteByte(c), quote(line))
}

// badValue tells why the byte at pos cannot stand in a value.
func (s *section) badValue(buf []byte) error {
	name, c := buf[s.field.name:s.field.colon], buf[s.pos]
	if c == '\n' {
		return fault(400, "RFC 9112 §2.2", "CRLF expected at the end of the field %s, got a bare LF", quote(name))
	}
	return fault(400, "RFC 9110 §5.5", "visible bytes, spaces and tabs expected in the field %s, got %s", quote(name), quoteByte(c))
}

func (s *section) name() string {
	if s.trailer {
		return "trailer section"
	}
	return "header section"
}

// bareCR is a CR with something else than LF behind it.
func bareCR(next byte) error {
	return fault(400, "RFC 9112 §2.2", "LF expected after CR, got %s", quoteByte(next))
}

// fill cuts the fields out of text, which holds the buffer from begin on.
func fill(h gateway.Header, spans []span, text string, begin int) {
	for i, f := range spans {
		h[i] = gateway.Field{
			Name:  text[f.name-begin : f.colon-begin],
			Value: text[f.value-begin : f.end-begin],
		}
	}
}

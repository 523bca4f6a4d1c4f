package binding

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A scanner reads JSON text (RFC 8259) that is valid UTF-8. Methods that return a
// bool return false once the text is malformed; err then says where.
type scanner struct {
	text  string
	at    int
	depth int
	err   *Error
	share bool // strings may be parts of text
}

// maxDepth bounds how deep arrays and objects nest. Precedent: encoding/json,
// 10,000; what people send stays below 100.
const maxDepth = 1000

// space skips white space (RFC 8259 §2). hot path
func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// peek returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

// fail notes that the text is malformed here, and returns false.
func (s *scanner) fail(expected string) bool {
	if s.err != nil {
		return false
	}
	var came any = say("the end")
	if s.at < len(s.text) {
		r, size := utf8.DecodeRuneInString(s.text[s.at:])
		came = fmt.Sprintf("%q", s.text[s.at:s.at+size])
		if r < ' ' {
			came = say("the control character %U", r)
		}
	}
	before := s.text[:s.at]
	line := 1 + strings.Count(before, "\n")
	column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	s.err = fault(400, say("The JSON is malformed at line %d, column %d (byte %d): expected %s, got %s.", line, column, s.at, say(expected), came))
	return false
}

// enter and leave count the nesting.
func (s *scanner) enter() bool {
	s.depth++
	if s.depth > maxDepth {
		s.err = fault(400, say("The JSON nests deeper than %d levels at byte %d.", maxDepth, s.at))
		return false
	}
	return true
}

func (s *scanner) leave() { s.depth-- }

// next stands between two elements: it reports whether another one follows, after
// a comma, or the end, which is passed. first is true before the first element.
func (s *scanner) next(end byte, first bool) (more, ok bool) {
	s.space()
	switch c := s.peek(); {
	case c == end && s.at < len(s.text):
		s.at++
		return false, true
	case first:
		return true, true
	case c == ',':
		s.at++
		s.space()
		if s.peek() == end && s.at < len(s.text) {
			return false, s.fail("another element after the comma")
		}
		return true, true
	case end == '}':
		return false, s.fail("a comma or }")
	}
	return false, s.fail("a comma or ]")
}

// key reads the name of a member and its colon. The result is a part of text, to
// be used up at once.
func (s *scanner) key() (string, bool) {
	s.space()
	if s.peek() != '"' {
		return "", s.fail("a name in quotation marks")
	}
	k, ok := s.string(true)
	if !ok {
		return "", false
	}
	s.space()
	if s.peek() != ':' {
		return "", s.fail("a colon")
	}
	s.at++
	s.space()
	return k, true
}

// plain marks the bytes that stand for themselves in a string (RFC 8259 §7).
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return t
}()

// string reads a string, whose opening quotation mark is next. hot path
func (s *scanner) string(share bool) (string, bool) {
	start := s.at + 1
	i := start
	for i < len(s.text) && plain[s.text[i]] {
		i++
	}
	if i < len(s.text) && s.text[i] == '"' {
		s.at = i + 1
		if share {
			return s.text[start:i], true
		}
		return strings.Clone(s.text[start:i]), true
	}
	return s.escaped(start, i)
}

// escaped reads on where a backslash stands at i, or a mistake.
func (s *scanner) escaped(start, i int) (string, bool) {
	b := make([]byte, 0, 2*(i-start)+16)
	b = append(b, s.text[start:i]...)
	for i < len(s.text) {
		c := s.text[i]
		switch {
		case c == '"':
			s.at = i + 1
			return string(b), true
		case c < ' ':
			s.at = i
			return "", s.fail("an escape such as \\n")
		case c != '\\':
			run := i
			for i < len(s.text) && plain[s.text[i]] {
				i++
			}
			b = append(b, s.text[run:i]...)
			continue
		}
		s.at = i
		var ok bool
		if b, ok = s.escape(b); !ok {
			return "", false
		}
		i = s.at
	}
	s.at = len(s.text)
	return "", s.fail("a quotation mark that ends the string")
}

// escape decodes the escape sequence that is next.
func (s *scanner) escape(b []byte) ([]byte, bool) {
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	s.at++
	c := s.peek()
	if i := strings.IndexByte(from, c); i >= 0 && c != 0 {
		s.at++
		return append(b, to[i]), true
	}
	if c != 'u' {
		return b, s.fail(`one of "\/bfnrtu after the backslash`)
	}
	s.at++
	r, ok := s.hex()
	if !ok {
		return b, false
	}
	if utf16.IsSurrogate(r) {
		r = s.pair(r)
	}
	return utf8.AppendRune(b, r), true
}

// pair joins a surrogate with the one that follows; one that is alone becomes
// U+FFFD, as encoding/json has it (RFC 8259 §8.2 leaves it open).
func (s *scanner) pair(high rune) rune {
	if !strings.HasPrefix(s.text[s.at:], `\u`) {
		return utf8.RuneError
	}
	mark := s.at
	s.at += 2
	low, ok := s.hex()
	if !ok {
		s.err = nil // the next escape tells, at its place
	}
	if r := utf16.DecodeRune(high, low); ok && r != utf8.RuneError {
		return r
	}
	s.at = mark
	return utf8.RuneError
}

func (s *scanner) hex() (rune, bool) {
	var r rune
	for range 4 {
		c := s.peek()
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, s.fail("four hexadecimal digits")
		}
		r = r<<4 | rune(c)
		s.at++
	}
	return r, true
}

// number reads a number and returns it as it is written (RFC 8259 §6). hot path
func (s *scanner) number() (string, bool) {
	start := s.at
	if s.peek() == '-' {
		s.at++
	}
	switch c := s.peek(); {
	case c == '0':
		s.at++
	case c >= '1' && c <= '9':
		s.digits()
	default:
		return "", s.fail("a digit")
	}
	if s.peek() == '.' {
		s.at++
		if !s.digits() {
			return "", s.fail("a digit after the point")
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		if !s.digits() {
			return "", s.fail("a digit of the exponent")
		}
	}
	return s.text[start:s.at], true
}

func (s *scanner) digits() bool {
	start := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at > start
}

// word reads true, false or null.
func (s *scanner) word(w string) bool {
	if strings.HasPrefix(s.text[s.at:], w) {
		s.at += len(w)
		return true
	}
	return s.fail("a value")
}

// null passes null where it is next.
func (s *scanner) null() bool {
	if s.peek() == 'n' && strings.HasPrefix(s.text[s.at:], "null") {
		s.at += 4
		return true
	}
	return false
}

// skip passes one value, checking it.
func (s *scanner) skip() bool {
	switch c := s.peek(); c {
	case '{', '[':
		return s.skipNested(c)
	case '"':
		_, ok := s.string(true)
		return ok
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	default:
		if c != '-' && (c < '0' || c > '9') {
			return s.fail("a value")
		}
		_, ok := s.number()
		return ok
	}
}

func (s *scanner) skipNested(open byte) bool {
	if !s.enter() {
		return false
	}
	defer s.leave()
	s.at++
	end := open + 2 // [ and ], { and } are two apart in ASCII
	for first := true; ; first = false {
		more, ok := s.next(end, first)
		if !ok || !more {
			return ok
		}
		if open == '{' {
			if _, ok := s.key(); !ok {
				return false
			}
		}
		if !s.skip() {
			return false
		}
	}
}

// raw passes one value and returns its text, a part of the whole.
func (s *scanner) raw() (string, bool) {
	start := s.at
	ok := s.skip()
	return s.text[start:s.at], ok
}

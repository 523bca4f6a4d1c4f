package routing

import (
	"strings"
	"unicode/utf8"
)

// slashByte stands for an escaped slash in decoded text, so that %2F stays
// apart from a separator while a pattern is matched. It is no byte of UTF-8, and
// decode lets no other through.
const slashByte = '\xff'

// A survey is what one look over a path finds out.
type survey struct {
	plain  bool // nothing to decode
	double bool // has an empty segment that is not the last
	dots   bool // may have a dot segment
}

// inspect looks over a path once. hot path
func inspect(path string) survey {
	s := survey{plain: true}
	last := byte(0)
	for i := 0; i < len(path); i++ {
		c := path[i]
		switch {
		case c == '%' || c >= utf8.RuneSelf:
			s.plain = false
		case c == '/' && last == '/':
			s.double = true
		case c == '.' && last == '/':
			s.dots = true
		}
		last = c
	}
	return s
}

// hasDotSegment reports whether a segment of the decoded path is . or .., where
// escaped slashes count as slashes too.
func hasDotSegment(path string) bool {
	for segment := range strings.SplitSeq(reveal(decode(path)), "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// decode unescapes s (RFC 3986 §2.1); escaped slashes become slashByte and bytes
// that are not UTF-8 become U+FFFD. A % without two hex digits stays.
func decode(s string) string {
	b := make([]byte, 0, len(s)+8)
	from := 0 // of the stretch since the last escaped slash
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) && hex(s[i+1]) >= 0 && hex(s[i+2]) >= 0 {
			c = byte(hex(s[i+1])<<4 | hex(s[i+2]))
			i += 2
			if c == '/' {
				b = append(validate(b, from), slashByte)
				from = len(b)
				continue
			}
		}
		b = append(b, c)
	}
	return string(validate(b, from))
}

// validate replaces what is not UTF-8 in b[from:].
func validate(b []byte, from int) []byte {
	if utf8.Valid(b[from:]) {
		return b
	}
	return append(b[:from], strings.ToValidUTF8(string(b[from:]), "\uFFFD")...)
}

// reveal turns the escaped slashes of decoded text into slashes.
func reveal(s string) string {
	if strings.IndexByte(s, slashByte) < 0 {
		return s
	}
	return strings.ReplaceAll(s, string([]byte{slashByte}), "/")
}

// hex is the value of a hexadecimal digit, -1 for any other byte.
func hex(c byte) int {
	switch {
	case digit(c):
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// escape writes decoded text as part of a path: everything that is neither a
// slash nor a pchar is percent-encoded (RFC 3986 §3.3).
func escape(s string) string { return escapeExcept(s, false) }

// requote escapes what a received path should have escaped and keeps what it has,
// so that the result can stand in a Location field.
func requote(s string) string { return escapeExcept(s, true) }

func escapeExcept(s string, keepEscapes bool) string {
	var b []byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		if pathByte(c) || keepEscapes && c == '%' && i+2 < len(s) && hex(s[i+1]) >= 0 && hex(s[i+2]) >= 0 {
			if b != nil {
				b = append(b, c)
			}
			continue
		}
		if b == nil {
			b = append(make([]byte, 0, len(s)+8), s[:i]...)
		}
		b = append(b, escapeByte(c)...)
	}
	if b == nil {
		return s
	}
	return string(b)
}

func escapeByte(c byte) string {
	const digits = "0123456789ABCDEF"
	return string([]byte{'%', digits[c>>4], digits[c&15]})
}

// pathByte reports whether c stands in a path unescaped: pchar or slash.
func pathByte(c byte) bool {
	return letter(c) || digit(c) || strings.IndexByte("/-.~!$&'()*+,;=:@", c) >= 0
}

// requoteQuery escapes what a received query should have escaped (RFC 3986 §3.4).
func requoteQuery(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"#<>\\^`{|}", c) >= 0 {
			b.WriteString(escapeByte(c))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

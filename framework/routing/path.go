package routing

import (
	"strings"
	"unicode/utf8"
)

// slashByte stands for an escaped slash in decoded text, so that %2F stays
// apart from a separator while a pattern is matched. It is no byte of UTF-8, and
// decode lets no other through.
const slashByte = '\xff'

// isPlain reports whether there is nothing in s to decode: no % and no byte beyond
// ASCII. It looks at eight bytes at a time, since it sees every path; the last eight
// may overlap those before. hot path
func isPlain(s string) bool {
	if len(s) < 8 {
		for i := 0; i < len(s); i++ {
			if s[i] == '%' || s[i] >= utf8.RuneSelf {
				return false
			}
		}
		return true
	}
	found := encoded(eight(s[len(s)-8:]))
	for ; len(s) > 8; s = s[8:] {
		found |= encoded(eight(s))
	}
	return found&0x8080808080808080 == 0
}

// eight are the first eight bytes of s, which the compiler loads at once.
func eight(s string) uint64 {
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// encoded has the high bit of a byte set, if not only there, where one of the word is
// a % or beyond ASCII: a byte of x is zero where there is a %, and x-ones borrows into
// its high bit.
func encoded(word uint64) uint64 {
	const ones, percents = 0x0101010101010101, '%' * 0x0101010101010101
	x := word ^ percents
	return word | (x-ones)&^x
}

// isDot reports whether a decoded segment is . or .. . hot path
func isDot(segment string) bool {
	return len(segment) > 0 && len(segment) <= 2 && segment[0] == '.' && segment[len(segment)-1] == '.'
}

// hasDotSegment reports whether a segment of a decoded path is . or .., where
// escaped slashes count as slashes too.
func hasDotSegment(decoded string) bool {
	decoded = reveal(decoded)
	for {
		segment, rest, more := strings.Cut(decoded, "/")
		if isDot(segment) || !more {
			return isDot(segment)
		}
		decoded = rest
	}
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

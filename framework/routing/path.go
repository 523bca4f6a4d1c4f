package routing

import (
	"strings"
	"unicode/utf8"
)

// slashByte stands for an escaped slash in decoded text, so that %2F stays
// apart from a separator while a pattern is matched. It is no byte of UTF-8, and
// decode lets no other through.
const slashByte = '\xff'

// survey looks over a path once, eight bytes at a time: is it plain, that is, is there
// nothing to decode, no % and no byte beyond ASCII; and where do segments end in its
// first 64 bytes? Bit i of ends is set where path[i] is a slash or the path is over: of
// /a/bc it is 0b100101, and the segment that begins at 3 is as long as ends>>3, 0b100,
// ends in zeros: two bytes. ends is meant for plain paths alone. hot path
func survey(path string) (plain bool, ends uint64) {
	if len(path) < 8 {
		return surveyShort(path)
	}
	found, i := uint64(0), 0
	for ; i < 64 && i+8 <= len(path); i += 8 {
		word := eight(path[i:])
		found |= encoded(word)
		ends |= slashed(word) << (i & 63)
	}
	if i < 64 {
		ends |= 1 << (len(path) & 63)
		i = len(path) - 8 // the last eight overlap those before, which is no harm
		word := eight(path[i:])
		return (found|encoded(word))&highs == 0, ends | slashed(word)<<(i&63)
	}
	for i = 64; i+8 < len(path); i += 8 {
		found |= encoded(eight(path[i:]))
	}
	found |= encoded(eight(path[len(path)-8:]))
	return found&highs == 0, ends
}

func surveyShort(path string) (plain bool, ends uint64) {
	plain, ends = true, 1<<len(path)
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '/':
			ends |= 1 << i
		case c == '%' || c >= utf8.RuneSelf:
			plain = false
		}
	}
	return plain, ends
}

// ones times a byte are eight of it.
const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// eight are the first eight bytes of s, which the compiler loads at once.
func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// encoded has the high bit of a byte set, if not only there, where one of the word is
// a % or beyond ASCII. A byte of an ASCII word with the % turned to zero is at most 0x7f,
// so that 0x80 less it keeps the high bit for zero alone, and borrows nothing.
func encoded(word uint64) uint64 { return word | (highs - (word ^ '%'*ones)) }

// slashed has a bit for each of the eight bytes, which are ASCII, that is a slash: its
// high bit, found as in encoded. The product gathers the eight, each at a distance of its
// own, in the topmost byte.
func slashed(word uint64) uint64 {
	zero := (highs - (word ^ '/'*ones)) & highs
	return zero >> 7 * 0x0102040810204080 >> 56
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

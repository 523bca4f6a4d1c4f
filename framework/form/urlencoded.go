package form

import (
	"strings"
	"unsafe"
)

// A Pair is one name and value.
type Pair struct{ Name, Value string }

// Parse reads application/x-www-form-urlencoded (WHATWG URL §5.1): + is a blank, a
// malformed escape stays, bytes that are not UTF-8 become U+FFFD, and a pair is
// separated by & alone. It returns false where there are more than most pairs. The
// strings may be parts of text, and of memory that they share: one that is kept keeps
// the whole. hot path
func Parse(text string, most int) ([]Pair, bool) {
	if text == "" {
		return nil, true
	}
	n := strings.Count(text, "&") + 1
	if most >= 0 {
		n = min(n, most)
	}
	pairs := make([]Pair, 0, n)
	d := decoder{block: min(len(text), maxBlock)}
	for part := range strings.SplitSeq(text, "&") {
		if part == "" {
			continue
		}
		if len(pairs) == most {
			return nil, false
		}
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, Pair{d.decode(name), d.decode(value)})
	}
	return pairs, true
}

// A decoder decodes texts into blocks of memory that several share.
type decoder struct {
	room  []byte // what is left of the last block, and what is written of it
	block int    // bytes of a block
}

// maxBlock is how large a block is at most, unless one text needs more.
const maxBlock = 1 << 10

// decode returns s where there is nothing to decode.
func (d *decoder) decode(s string) string {
	i := 0
	for i < len(s) && s[i] != '+' && s[i] != '%' {
		i++
	}
	if i == len(s) {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	if cap(d.room)-len(d.room) < len(s) { // it becomes no longer by being decoded
		d.room = make([]byte, 0, max(len(s), d.block))
	}
	start := len(d.room)
	b := append(d.room, s[:i]...)
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(s):
			if hi, lo := unhex(s[i+1]), unhex(s[i+2]); hi|lo < 16 {
				c = hi<<4 | lo
				i += 2
			}
		}
		b = append(b, c)
	}
	d.room = b
	// Nothing is written there any more.
	return strings.ToValidUTF8(unsafe.String(&b[start], len(b)-start), "\uFFFD")
}

// unhex is the value of a hexadecimal digit, 255 for any other byte.
func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 255
}

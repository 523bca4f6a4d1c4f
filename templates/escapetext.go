package templates

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"unsafe"
)

// Text is escaped as MarkupSafe does it: five characters, for HTML text and
// quoted attributes. Most text has none of them, and most of it is short; so
// eight bytes are looked at together, and the last eight of a text once more
// rather than one by one.

// special are the characters and what stands for them. All are below 64, so
// that one word tells which they are.
var special = [64]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&#34;", '\'': "&#39;"}

const specialSet uint64 = 1<<'&' | 1<<'<' | 1<<'>' | 1<<'"' | 1<<'\''

// appendEscaped appends s, escaped. Short text is copied while it is looked
// at, in the same words. // hot path
func appendEscaped(b []byte, s string) []byte {
	n, at := len(s), len(b)
	if n > 64 || n < 4 {
		return appendSearched(b, s)
	}
	if cap(b)-at < n {
		b = slices.Grow(b, n)
	}
	from, to := unsafe.Pointer(unsafe.StringData(s)), unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), at)
	if n < 8 {
		low, high := load32(from, 0), load32(from, n-4)
		if specials(uint64(low)|uint64(high)<<32) != 0 {
			return appendSearched(b, s)
		}
		store32(to, 0, low)
		store32(to, n-4, high)
		return b[:at+n]
	}
	if n <= 16 {
		low, high := load64(from, 0), load64(from, n-8)
		if specials(low)|specials(high) != 0 {
			return appendSearched(b, s)
		}
		store64(to, 0, low)
		store64(to, n-8, high)
		return b[:at+n]
	}
	for i := 0; ; i += 8 {
		i = min(i, n-8)
		w := load64(from, i)
		if specials(w) != 0 {
			return appendSearched(b, s)
		}
		store64(to, i, w)
		if i == n-8 {
			return b[:at+n]
		}
	}
}

// appendSearched is appendEscaped for text that is long, or has something to
// escape.
func appendSearched(b []byte, s string) []byte {
	last := 0
	for i := firstSpecial(s); i < len(s); i++ {
		if c := s[i]; c < 64 && specialSet>>c&1 != 0 {
			b = append(b, s[last:i]...)
			b = append(b, special[c&63]...)
			last = i + 1
			i += firstSpecial(s[last:])
		}
	}
	return append(b, s[last:]...)
}

// firstSpecial gives the index of the first character of s to escape, or
// len(s). // hot path
func firstSpecial(s string) int {
	p, n := unsafe.Pointer(unsafe.StringData(s)), len(s)
	switch {
	case n >= 8:
		for i := 0; i <= n-8; i += 8 {
			if m := specials(load64(p, i)); m != 0 {
				return i + bits.TrailingZeros64(m)/8
			}
		}
		if m := specials(load64(p, n-8)); m != 0 {
			return n - 8 + bits.TrailingZeros64(m)/8
		}
	case n >= 4:
		if m := specials(uint64(load32(p, 0)) | uint64(load32(p, n-4))<<32); m != 0 {
			i := bits.TrailingZeros64(m) / 8
			if i >= 4 {
				i += n - 8
			}
			return i
		}
	default:
		for i := range n {
			if c := s[i]; c < 64 && specialSet>>c&1 != 0 {
				return i
			}
		}
	}
	return n
}

// load64 and load32 read the bytes of a string from i; the caller has looked
// that there are as many. For an index the first byte must be the lowest.

func load64(p unsafe.Pointer, i int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(p, i))[:])
}

func load32(p unsafe.Pointer, i int) uint32 {
	return binary.LittleEndian.Uint32((*[4]byte)(unsafe.Add(p, i))[:])
}

func store64(p unsafe.Pointer, i int, w uint64) {
	binary.LittleEndian.PutUint64((*[8]byte)(unsafe.Add(p, i))[:], w)
}

func store32(p unsafe.Pointer, i int, w uint32) {
	binary.LittleEndian.PutUint32((*[4]byte)(unsafe.Add(p, i))[:], w)
}

// specials marks the bytes to escape by their top bit; above the lowest one
// it may err on the safe side. A byte is zero if subtracting one borrows from
// its top bit (Hacker's Delight §6-1). & and ' differ in the lowest bit only,
// < and > in the next, so that three comparisons do for five characters.
func specials(w uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	quotes := w ^ ones*'"'
	ampersands := (w | ones) ^ ones*'\''
	brackets := (w | ones*2) ^ ones*'>'
	return ((quotes-ones)&^quotes | (ampersands-ones)&^ampersands | (brackets-ones)&^brackets) & tops
}

// appendInt appends a number in decimals. Most are small, and then written
// without a copy. // hot path
func appendInt(b []byte, n int64) []byte {
	switch u := uint64(n); {
	case u < 10:
		return append(b, byte('0'+u))
	case u < 100:
		return append(b, byte('0'+u/10), byte('0'+u%10))
	case u < 1000:
		return append(b, byte('0'+u/100), byte('0'+u/10%10), byte('0'+u%10))
	case u < 10000:
		return append(b, byte('0'+u/1000), byte('0'+u/100%10), byte('0'+u/10%10), byte('0'+u%10))
	}
	return strconv.AppendInt(b, n, 10)
}

func escapeString(s string) string {
	if !strings.ContainsAny(s, `&<>"'`) {
		return s
	}
	return string(appendEscaped(make([]byte, 0, len(s)+16), s))
}

// escapeText gives a string value as safe text.
func escapeText(v value) string {
	if v.isMarkup() {
		return v.str()
	}
	return escapeString(v.str())
}

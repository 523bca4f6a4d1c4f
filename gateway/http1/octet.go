package http1

import (
	"encoding/binary"
	"math/bits"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/internal/octet"
)

// Classes of octets, one bit each, so that a check is one load.
const (
	tchar   = 1 << iota // token (RFC 9110 §5.6.2)
	vchar               // field value: visible, SP, HTAB, obs-text (RFC 9110 §5.5)
	regname             // reg-name but for pct-encoded (RFC 3986 §3.2.2)
	digit               // RFC 5234 appendix B.1
	hexdig              // RFC 5234 appendix B.1, both cases (RFC 9112 §7.1)
)

var octets = func() (t [256]uint8) {
	for i := range t {
		c := byte(i)
		if gateway.IsTokenByte(c) {
			t[c] |= tchar
		}
		if gateway.IsValueByte(c) {
			t[c] |= vchar
		}
		if c >= '0' && c <= '9' {
			t[c] |= digit | hexdig | regname
		}
		if l := c | 0x20; l >= 'a' && l <= 'z' {
			t[c] |= regname
			if l <= 'f' {
				t[c] |= hexdig
			}
		}
	}
	for _, c := range []byte("-._~" + "!$&'()*+,;=") { // unreserved, sub-delims
		t[c] |= regname
	}
	return t
}()

func is(c byte, class uint8) bool { return octets[c]&class != 0 }

func blank(c byte) bool { return c == ' ' || c == '\t' }

// The two scans below take eight bytes a step; see package octet.

// valueEnd returns the index of the first byte from i on that cannot stand in a
// field value (CR ends it; any other is a fault), or len(b).
func valueEnd(b []byte, i int) int {
	for ; len(b)-i >= 8; i += 8 {
		if m := octet.Controls(binary.LittleEndian.Uint64(b[i:])); m != 0 {
			i += bits.TrailingZeros64(m) >> 3
			if b[i] != '\t' {
				return i
			}
			i -= 7 // the tab is the one control that may stand; go on behind it
		}
	}
	for ; i < len(b) && octets[b[i]]&vchar != 0; i++ {
	}
	return i
}

// targetEnd returns the index of the first byte from i on that cannot stand in a
// request target (SP ends it; any other is a fault), or len(b).
func targetEnd(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		del, hash := x^0x7f*octet.Lows, x^'#'*octet.Lows
		if m := ((x-0x21*octet.Lows)&^x | (del-octet.Lows)&^del | (hash-octet.Lows)&^hash | x) & octet.Highs; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(b) && b[i] > ' ' && b[i] < 0x7f && b[i] != '#'; i++ {
	}
	return i
}

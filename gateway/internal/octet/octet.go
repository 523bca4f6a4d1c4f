// Package octet looks at eight bytes of a message at a time, for the gateway and its
// codecs.
//
// x - n*Lows borrows into the high bit of each byte that is smaller than n; &^ x
// leaves out bytes that had that bit before (obs-text). A borrow can falsely mark
// bytes above a marked one, never below, so the lowest mark is exact (Bit Twiddling
// Hacks, "hasless").
package octet

import "unsafe"

// Lows and Highs have the lowest and the highest bit of each byte set.
const (
	Lows  = 0x0101010101010101
	Highs = 0x8080808080808080
)

// Controls marks the high bit of the bytes of x that are controls: below 0x20, or
// DEL. Marks above the lowest one can be false.
func Controls(x uint64) uint64 {
	return ((x - 0x20*Lows) | (x ^ 0x7f*Lows - Lows)) &^ x & Highs
}

// Load returns the eight bytes of s from i on, the first one lowest.
func Load(s string, i int) uint64 {
	s = s[i : i+8] // one check of bounds, and one load
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// Same reports whether a and b are one string in one place, not only equal ones. A
// string does not change, so what was found out about it stays true as long as it is
// kept: no other one can come to lie there.
func Same(a, b string) bool {
	return len(a) == len(b) && unsafe.StringData(a) == unsafe.StringData(b)
}

//go:build dewarpoison

package poison

// On reports whether the tag is set.
const On = true

// Byte is what is left of what was there. It is no UTF-8 text and begins none.
const Byte = 0xFE

// Bytes overwrites b up to its capacity. b is borrowed until it returns.
func Bytes(b []byte) {
	b = b[:cap(b)]
	for i := range b {
		b[i] = Byte
	}
}

package octet

import (
	"math/bits"
	"testing"
)

// The lowest mark is the first control, wherever it stands and whatever is around it.
func TestControls(t *testing.T) {
	for c := range 256 {
		control := c < 0x20 || c == 0x7f
		for place := range 8 {
			for _, around := range []byte{' ', 'a', '~', 0x80, 0xff} {
				b := [8]byte{around, around, around, around, around, around, around, around}
				b[place] = byte(c)
				m := Controls(Load(string(b[:]), 0))
				if control != (m != 0) || control && bits.TrailingZeros64(m)>>3 != place {
					t.Fatalf("byte %#x at %d among %#x: marks %#x", c, place, around, m)
				}
			}
		}
	}
}

func TestLoad(t *testing.T) {
	if x := Load("-\x01\x02\x03\x04\x05\x06\x07\x08-", 1); x != 0x0807060504030201 {
		t.Errorf("%#x", x)
	}
}

// Same is about the place: an equal string elsewhere is another one, and so is a part.
func TestSame(t *testing.T) {
	text := string([]byte("text"))
	copied := string([]byte(text))
	for _, c := range []struct {
		name string
		a, b string
		same bool
	}{
		{"itself", text, text, true},
		{"a copy", text, copied, false},
		{"its beginning", text, text[:3], false},
		{"its end", text[1:], text, false},
		{"two parts that are one", text[1:3], text[1:3], true},
		{"nothing", "", "", true},
	} {
		if same := Same(c.a, c.b); same != c.same {
			t.Errorf("%s: %v", c.name, same)
		}
	}
}

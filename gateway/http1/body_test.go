package http1_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/dewar-go/dewar/gateway/http1"
)

// drink decodes input in the pieces that end at cuts, with room for so many bytes
// at a time, and writes down all of the answer.
func drink(m http1.Message, l *http1.Limits, input string, room int, cuts ...int) string {
	var b http1.Body
	b.Reset(&m, l)
	var content []byte
	taken, from := 0, 0
	for _, cut := range append(cuts, len(input)) {
		for {
			dst, src := make([]byte, room), []byte(input[from:cut])
			nDst, nSrc, err := b.Decode(dst, src)
			content = append(content, dst[:nDst]...)
			from += nSrc
			taken += nSrc
			if errors.Is(err, io.EOF) {
				return fmt.Sprintf("%q %d %q", content, taken, b.Trailer())
			}
			if err != nil {
				return err.Error()
			}
			if nDst == 0 {
				break
			}
		}
	}
	return fmt.Sprintf("%q more", content)
}

func TestBodyChunked(t *testing.T) {
	const in = "4;a=\"b;\\\"c\"\r\nWiki\r\n0005\r\npedia\r\n0\r\nX: y\r\n\r\n"
	want := fmt.Sprintf("%q %d [{\"X\" \"y\"}]", "Wikipedia", len(in))
	m := http1.Message{Body: http1.Chunked, Length: -1}
	for _, room := range []int{1, 2, 3, 100} {
		if got := drink(m, nil, in+"GET", room); got != want {
			t.Errorf("room %d: got %s, want %s", room, got, want)
		}
		if got := drink(m, nil, in+"GET", room, everyByte(in)...); got != want {
			t.Errorf("room %d byte by byte: got %s, want %s", room, got, want)
		}
	}
}

func TestBodyFixed(t *testing.T) {
	m := http1.Message{Body: http1.Fixed, Length: 5}
	if got, want := drink(m, nil, "helloGET", 3), `"hello" 5 []`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

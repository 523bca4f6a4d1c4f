package load

import (
	"strings"
	"testing"
)

// Each stream is read whole and in pieces of every size (RFC 9112 §6.3).
func TestFramingAtEveryCut(t *testing.T) {
	for _, c := range []struct {
		name, stream string
		answers      int
	}{
		{"Content-Length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 1},
		{"two, any case", strings.Repeat("HTTP/1.1 200 OK\r\nDate: x\r\ncOnTent-lEngth:  13 \r\n\r\nHello, World!", 2), 2},
		{"no content", "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 2},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n", 1},
		{"trailer", "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n1\r\na\r\n0\r\nSum: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb", 2},
		{"head inside a body", "HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 1},
	} {
		for size := 1; size <= len(c.stream); size++ {
			var f framing
			got, err := answers(&f, c.stream, size)
			if err != nil || got != c.answers || f.phase != inHead || len(f.line) > 0 {
				t.Errorf("%s, pieces of %d: %d answers, %v; want %d", c.name, size, got, err, c.answers)
			}
		}
	}
}

// answers counts the answers in stream, read in pieces of size.
func answers(f *framing, stream string, size int) (n int, err error) {
	for stream != "" {
		piece := []byte(stream[:min(size, len(stream))])
		stream = stream[len(piece):]
		for len(piece) > 0 {
			rest, done, err := f.next(piece)
			if err != nil {
				return n, err
			}
			if done {
				n++
			}
			piece = rest
		}
	}
	return n, nil
}

func TestFramingRefuses(t *testing.T) {
	for _, stream := range []string{
		"garbage\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\r\n", // until the connection ends
		"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
		strings.Repeat("x", maxLine+1),
	} {
		var f framing
		if n, err := answers(&f, stream, len(stream)); err == nil {
			t.Errorf("%.40q: %d answers, want an error", stream, n)
		}
	}
}

func TestFramingSeesTheServerClose(t *testing.T) {
	for head, want := range map[string]bool{
		"HTTP/1.1 200 OK\r\n":                           false,
		"HTTP/1.1 200 OK\r\nConnection: close\r\n":      true,
		"HTTP/1.0 200 OK\r\n":                           true,
		"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n": false,
	} {
		var f framing
		if _, err := answers(&f, head+"Content-Length: 0\r\n\r\n", 1000); err != nil || f.closes != want {
			t.Errorf("%q: closes %v, %v; want %v", head, f.closes, err, want)
		}
	}
}

func TestFramingAllocatesNothing(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nDate: Sun, 01 Nov 2026 00:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!"
	var f framing
	p := []byte(answer)
	if n := testing.AllocsPerRun(100, func() {
		if _, done, err := f.next(p); !done || err != nil {
			t.Fatal(done, err)
		}
	}); n > 0 {
		t.Errorf("%v allocations for an answer, want none", n)
	}
}

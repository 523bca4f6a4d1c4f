package client

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// In RFC 9112's order. want is the content of a good answer, or what the
// complaint about a bad one says.
var wireCases = []struct {
	method, proto, raw string
	good               bool
	want               string
}{
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 3\r\n\r\nabc", true, "abc"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 \r\nDate: x\r\nContent-Length: 0\r\n\r\n", true, ""},
	{"GET", "HTTP/1.1", "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno", true, "no"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\nDate: x\r\nContent-Length: 0\r\n\r\n", false, "RFC 9112 §2.2"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 O\x00K\r\nDate: x\r\nContent-Length: 0\r\n\r\n", false, "RFC 9112 §2.2"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 O\rK\r\nDate: x\r\nContent-Length: 0\r\n\r\n", false, "RFC 9112 §2.2"},
	{"GET", "HTTP/1.1", "HTTP/2.0 200 OK\r\nDate: x\r\nContent-Length: 0\r\n\r\n", false, "RFC 9112 §2.3"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200\r\nDate: x\r\nContent-Length: 0\r\n\r\n", false, "RFC 9112 §4"},
	{"GET", "HTTP/1.1", "HTTP/1.1 20 OK\r\nDate: x\r\nContent-Length: 0\r\n\r\n", false, "RFC 9112 §4"},
	{"GET", "HTTP/1.1", "HTTP/1.1 2000 OK\r\nDate: x\r\nContent-Length: 0\r\n\r\n", false, "RFC 9112 §4"},
	{"GET", "HTTP/1.1", "HTTP/1.1 600 OK\r\nDate: x\r\nContent-Length: 0\r\n\r\n", false, "RFC 9112 §4"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate : x\r\nContent-Length: 0\r\n\r\n", false, "RFC 9112 §5"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\n y\r\nContent-Length: 0\r\n\r\n", false, "RFC 9112 §5"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate x\r\nContent-Length: 0\r\n\r\n", false, "RFC 9112 §5"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nDate: x\r\nContent-Length: 0\r\n\r\n", false, "RFC 9110 §5.3"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, "RFC 9110 §6.6.1"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", false, "RFC 9112 §7"},
	{"GET", "HTTP/1.0", "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false, "RFC 9112 §6.1"},
	{"GET", "HTTP/1.1", "HTTP/1.1 204 No Content\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n", false, "RFC 9112 §6.1"},
	{"GET", "HTTP/1.1", "HTTP/1.1 204 No Content\r\nDate: x\r\nContent-Length: 0\r\n\r\n", false, "RFC 9110 §8.6"},
	{"GET", "HTTP/1.1", "HTTP/1.1 103 Early Hints\r\nContent-Length: 0\r\n\r\n", false, "RFC 9110 §8.6"},
	{"GET", "HTTP/1.1", "HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n", true, ""},
	{"GET", "HTTP/1.1", "HTTP/1.1 304 Not Modified\r\nDate: x\r\nContent-Length: 5\r\n\r\n", true, ""},
	{"HEAD", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 5\r\n\r\n", true, ""},
	{"HEAD", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\n\r\n", true, ""},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false, "RFC 9112 §6.2"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: +1\r\n\r\na", false, "RFC 9110 §8.6"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nConnection: close\r\n\r\nrest", false, "RFC 9112 §8"},
	{"GET", "HTTP/1.0", "HTTP/1.1 200 OK\r\nDate: x\r\n\r\nrest", true, "rest"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", true, "abc0123456789"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 3\r\n\r\n", true, "abc"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\n\r\n", false, "RFC 9112 §7.1"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", false, "RFC 9112 §7.1"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n", false, "RFC 9112 §7.1"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", false, "RFC 9112 §2.2"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX Y: 3\r\n\r\n", false, "RFC 9112 §5"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", false, "cut off"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", false, "cut off"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 3\r\n\r\nab", false, "cut off"},
	{"GET", "HTTP/1.1", "HTTP/1.1 200 OK\r\nDate: x\r\n", false, "cut off"},
	{"GET", "HTTP/1.1", "", false, "cut off"},
}

// readWire reads one answer and returns its content and what is left behind it.
func readWire(r io.Reader, method, proto string) (content, rest string, err error) {
	br := bufio.NewReader(r)
	a, err := wire{br}.answer(method, proto)
	if err != nil {
		return "", "", err
	}
	body, err := io.ReadAll(&a.content)
	left, _ := io.ReadAll(br)
	return string(body), string(left), err
}

func TestWire(t *testing.T) {
	for _, c := range wireCases {
		ways := map[string]io.Reader{
			"whole":        strings.NewReader(c.raw),
			"byte by byte": iotest.OneByteReader(strings.NewReader(c.raw)),
		}
		trailing := "HTTP/1.1 next"
		if c.good && c.proto != "HTTP/1.0" {
			ways["trailing"] = strings.NewReader(c.raw + trailing)
		}
		for way, r := range ways {
			content, rest, err := readWire(r, c.method, c.proto)
			switch {
			case c.good && (err != nil || content != c.want):
				t.Errorf("%q %s: %q, %v", c.raw, way, content, err)
			case c.good && way == "trailing" && rest != trailing:
				t.Errorf("%q %s: left %q", c.raw, way, rest)
			case !c.good && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%q %s: %v, want a complaint with %q", c.raw, way, err, c.want)
			case !c.good && errors.Is(err, ErrTruncated) != (c.want == "cut off"):
				t.Errorf("%q %s: truncated %v", c.raw, way, errors.Is(err, ErrTruncated))
			}
		}
	}
}

// The limit of a line, at N and N+1.
func TestWireLimitsLines(t *testing.T) {
	for n, good := range map[int]bool{maxLine: true, maxLine + 1: false} {
		line := "X: " + strings.Repeat("x", n-len("X: \r\n")) + "\r\n"
		raw := "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 0\r\n" + line + "\r\n"
		if _, _, err := readWire(strings.NewReader(raw), "GET", "HTTP/1.1"); (err == nil) != good {
			t.Errorf("a line of %d bytes: %v", len(line), err)
		}
	}
}

func FuzzWire(f *testing.F) {
	for _, c := range wireCases {
		f.Add(c.method, c.proto, c.raw)
	}
	f.Fuzz(func(t *testing.T, method, proto, raw string) {
		content, rest, err := readWire(strings.NewReader(raw), method, proto)
		if err == nil && len(content)+len(rest) > len(raw) {
			t.Errorf("%q gave more than it has", raw)
		}
		again, _, errAgain := readWire(iotest.OneByteReader(strings.NewReader(raw)), method, proto)
		if again != content || (err == nil) != (errAgain == nil) {
			t.Errorf("%q: %q, %v; byte by byte %q, %v", raw, content, err, again, errAgain)
		}
	})
}

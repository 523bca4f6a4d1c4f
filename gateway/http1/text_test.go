package http1_test

import (
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway/http1"
)

// What a developer reads who has made one of the usual mistakes.
func TestTexts(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"\x16\x03\x01", "gateway: 400 method expected, got byte 0x16: this looks like TLS, and the port speaks plain HTTP (RFC 9112 §3.1)"},
		{"\n", "gateway: 400 method expected at the start of the request line, got LF (RFC 9112 §3.1)"},
		{"GET\t/", `gateway: 400 token and one space expected as method, got a tab after "GET" (RFC 9112 §3.1)`},
		{"GET /a#b", `gateway: 400 request target without fragment expected, got '#' after "/a" (RFC 9112 §3.2)`},
		{"GET /a\r\n", `gateway: 400 one space and HTTP/1.1 expected after the request target "/a", got CR: HTTP/0.9 is not spoken (RFC 9112 §3)`},
		{"GET / HTTP/1.1\r\n\r\n", "gateway: 400 Host field expected in HTTP/1.1, got none (RFC 9112 §3.2)"},
		{"GET / HTTP/1.1\r\n" + strings.Repeat("a", 60) + "\x00", `gateway: 400 token expected as field name, got byte 0x00 after "` + strings.Repeat("a", 40) + `"... (RFC 9110 §5.1)`},
		{"GET / HTTP/1.1\r\nContent-Length: \xff1\r\n", `gateway: 400 decimal digits expected as Content-Length, got byte 0xFF in "\xff1" (RFC 9110 §8.6)`},
	} {
		if _, _, _, err := feed(new(http1.Parser), c.in); err == nil || err.Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.in, err, c.want)
		}
	}
	for _, c := range []struct{ in, want string }{
		{"5\nhello", "gateway: 400 a hexadecimal digit, ; or CRLF in the chunk size line expected, got LF (RFC 9112 §7.1)"},
		{"5\r\nhello!", "gateway: 400 CRLF after the chunk data expected, got '!' (RFC 9112 §7.1)"},
		{"0\r\nA: b\r\n c", "gateway: 400 field name or CRLF expected at the start of a line of the trailer section, got a space: line folding is obsolete (RFC 9112 §5.2)"},
	} {
		if got := drink(chunked, nil, c.in, 9); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.in, got, c.want)
		}
	}
}

package http1_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway/http1"
)

// limitCases have a row for each limit: what a message of size n looks like, and
// the answer to one that is larger than the limit.
var limitCases = []struct {
	name    string
	n       int // the default
	set     func(*http1.Limits, int)
	head    func(n int) string // one of head and body
	body    func(n int) string
	status  int
	section string
}{
	{
		name: "Line", n: 8190, set: func(l *http1.Limits, n int) { l.Line = n },
		head:   func(n int) string { return "GET /" + strings.Repeat("a", n-14) + " HTTP/1.1\r\nHost: a\r\n\r\n" },
		status: 414, section: "RFC 9112 §3",
	},
	{
		name: "Line of an absolute-form target", n: 8190, set: func(l *http1.Limits, n int) { l.Line = n },
		head: func(n int) string {
			return "GET http://b/?" + strings.Repeat("a", n-23) + " HTTP/1.1\r\nHost: a\r\n\r\n"
		},
		status: 414, section: "RFC 9112 §3",
	},
	{
		name: "Field", n: 8190, set: func(l *http1.Limits, n int) { l.Field = n },
		head:   func(n int) string { return field("X: " + strings.Repeat("a", n-3)) },
		status: 431, section: "RFC 6585 §5",
	},
	{
		name: "Field of white space", n: 8190, set: func(l *http1.Limits, n int) { l.Field = n },
		head:   func(n int) string { return field("X:" + strings.Repeat(" ", n-2)) },
		status: 431, section: "RFC 6585 §5",
	},
	{
		name: "Field of a name", n: 8190, set: func(l *http1.Limits, n int) { l.Field = n },
		head:   func(n int) string { return field(strings.Repeat("a", n-1) + ":") },
		status: 431, section: "RFC 6585 §5",
	},
	{
		name: "Fields", n: 100, set: func(l *http1.Limits, n int) { l.Fields = n },
		head: func(n int) string {
			return "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("a: b\r\n", n-1) + "\r\n"
		},
		status: 431, section: "RFC 6585 §5",
	},
	{
		name: "Header", n: 64 << 10, set: func(l *http1.Limits, n int) { l.Header = n },
		head:   func(n int) string { return "GET / HTTP/1.1\r\n" + lines("Host: a\r\n", n) + "\r\n" },
		status: 431, section: "RFC 6585 §5",
	},
	{
		name: "Field of a trailer", n: 8190, set: func(l *http1.Limits, n int) { l.Field = n },
		body:   func(n int) string { return "0\r\nX: " + strings.Repeat("a", n-3) + "\r\n\r\n" },
		status: 431, section: "RFC 6585 §5",
	},
	{
		name: "Trailers", n: 32, set: func(l *http1.Limits, n int) { l.Trailers = n },
		body:   func(n int) string { return "0\r\n" + strings.Repeat("a: b\r\n", n) + "\r\n" },
		status: 431, section: "RFC 6585 §5",
	},
	{
		name: "Trailer", n: 16 << 10, set: func(l *http1.Limits, n int) { l.Trailer = n },
		body:   func(n int) string { return "0\r\n" + lines("", n) + "\r\n" },
		status: 431, section: "RFC 6585 §5",
	},
	{
		name: "ChunkLine", n: 4096, set: func(l *http1.Limits, n int) { l.ChunkLine = n },
		body:   func(n int) string { return "1\r\nx\r\n1;" + strings.Repeat("a", n-2) + "\r\nx\r\n0\r\n\r\n" },
		status: 400, section: "RFC 9112 §7.1.1",
	},
	{
		name: "Extensions (Puma's CVE-2024-21647, Node's CVE-2024-22019)", n: 16 << 10, set: func(l *http1.Limits, n int) { l.Extensions = n },
		body: func(n int) string {
			const chunk = "1;" + "aaaaaaaaa" + "\r\nx\r\n" // 10 octets of extension
			return strings.Repeat(chunk, n/10-1) + "1;" + strings.Repeat("a", n%10+9) + "\r\nx\r\n0\r\n\r\n"
		},
		status: 400, section: "RFC 9112 §7.1.1",
	},
}

// lines returns field lines of n bytes in all, which begin with first, and each of
// which keeps within the limit of a line.
func lines(first string, n int) string {
	var b strings.Builder
	b.WriteString(first)
	for n-b.Len() > 2000 {
		b.WriteString("X: " + strings.Repeat("a", 995) + "\r\n")
	}
	b.WriteString("X: " + strings.Repeat("a", n-b.Len()-5) + "\r\n")
	return b.String()
}

func TestLimits(t *testing.T) {
	for _, c := range limitCases {
		for _, n := range []int{c.n, 100} {
			t.Run(fmt.Sprint(c.name, " ", n), func(t *testing.T) {
				var l http1.Limits
				if n != c.n {
					c.set(&l, n)
				}
				run := func(in string, cuts ...int) string {
					if c.body != nil {
						return drink(chunked, &l, in, 1<<16, cuts...)
					}
					return result(feed(&http1.Parser{Limits: l}, in, cuts...))
				}
				message := c.body
				if message == nil {
					message = c.head
				}
				if got := run(message(n)); strings.HasPrefix(got, "gateway:") {
					t.Errorf("at the limit: got %s", got)
				}
				want := run(message(n + 1))
				if !strings.HasPrefix(want, fmt.Sprintf("gateway: %d ", c.status)) || !strings.HasSuffix(want, "("+c.section+")") {
					t.Errorf("beyond the limit: got %.300s, want %d (%s)", want, c.status, c.section)
				}
				if n > 100 {
					return // bytes by the square
				}
				if got := run(message(n+1), everyByte(message(n+1))...); got != want {
					t.Errorf("beyond the limit, byte by byte: got %s, want %s", got, want)
				}
				if got := run(message(n), everyByte(message(n))...); strings.HasPrefix(got, "gateway:") {
					t.Errorf("at the limit, byte by byte: got %s", got)
				}
			})
		}
	}
}

// A line that is too long is refused at its first byte too many: no peer makes the
// server keep more than the limits say.
func TestLimitsFireEarly(t *testing.T) {
	for _, c := range []struct {
		in     string // one byte too many, and no line end
		status int
	}{
		{"GET /" + strings.Repeat("a", 8190-5+1), 414},
		{strings.Repeat("M", 8190+1), 501},
		{"GET / HTTP/1.1\r\nX: " + strings.Repeat("a", 8190-3+1), 431},
		{"GET / HTTP/1.1\r\n" + strings.Repeat("X", 8190+1), 431},
		{"GET / HTTP/1.1\r\nX:" + strings.Repeat(" ", 8190-2+1), 431},
		{"GET / HTTP/1.1\r\n" + strings.Repeat("a:b\r\n", 100) + "c", 431},
		{"GET / HTTP/1.1\r\n" + lines("", 64<<10) + "X", 431},
	} {
		if got := result(feed(new(http1.Parser), c.in[:len(c.in)-1])); got != "more" {
			t.Errorf("%.40q, one byte less: got %.200s, want more", c.in, got)
		}
		_, _, _, err := feed(new(http1.Parser), c.in)
		if status, _ := statusOf(err); status != c.status {
			t.Errorf("%.40q: got %v, want %d", c.in, err, c.status)
		}
	}
}

// What the default limits let through at least, as RFC 9112 §3 and users expect.
func TestLimitsLetThrough(t *testing.T) {
	in := "GET /" + strings.Repeat("a", 8000-14) + " HTTP/1.1\r\nHost: a\r\n" +
		strings.Repeat("X: "+strings.Repeat("b", 155)+"\r\n", 99) + "\r\n"
	if got := result(feed(new(http1.Parser), in)); !strings.HasPrefix(got, fmt.Sprintf("n=%d ", len(in))) {
		t.Errorf("got %.300s", got)
	}
}

// Limits so large that their sums overflow are limits all the same.
func TestLimitsBeyondMemory(t *testing.T) {
	const n = math.MaxInt
	l := http1.Limits{Line: n, Field: n, Fields: n, Header: n, Trailers: n, Trailer: n, ChunkLine: n, Extensions: n}
	for _, c := range limitCases {
		var got string
		if c.body != nil {
			got = drink(chunked, &l, c.body(c.n+1), 9)
		} else {
			got = result(feed(&http1.Parser{Limits: l}, c.head(c.n+1)))
		}
		if strings.HasPrefix(got, "gateway:") || strings.HasSuffix(got, "more") {
			t.Errorf("%s: got %.200s", c.name, got)
		}
	}
}

// There is no limit that can be switched off.
func TestLimitsBelowZero(t *testing.T) {
	l := http1.Limits{Line: -1, Field: -1, Fields: -1, Header: -1, Trailers: -1, Trailer: -1, ChunkLine: -1, Extensions: -1}
	for _, c := range limitCases {
		var at, beyond string
		if c.body != nil {
			at, beyond = drink(chunked, &l, c.body(c.n), 9), drink(chunked, &l, c.body(c.n+1), 9)
		} else {
			at = result(feed(&http1.Parser{Limits: l}, c.head(c.n)))
			beyond = result(feed(&http1.Parser{Limits: l}, c.head(c.n+1)))
		}
		if strings.HasPrefix(at, "gateway:") || !strings.HasPrefix(beyond, "gateway:") {
			t.Errorf("%s: got %.100s and %.100s", c.name, at, beyond)
		}
	}
}

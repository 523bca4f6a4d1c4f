package http1_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway/http1"
)

// drink decodes input, which comes in the pieces that end at cuts, with room for so
// many bytes at a time, and writes down all of the answer.
func drink(m http1.Message, l *http1.Limits, input string, room int, cuts ...int) string {
	var b http1.Body
	b.Reset(&m, l)
	var content []byte
	from := 0
	for _, cut := range append(cuts, len(input)) {
		for {
			dst, src := make([]byte, room), []byte(input[from:cut])
			nDst, nSrc, err := b.Decode(dst, src)
			clear(src) // what was decoded must not point here
			content = append(content, dst[:nDst]...)
			from += nSrc
			if errors.Is(err, io.EOF) {
				return ended(&b, content, from)
			}
			if err != nil {
				return err.Error()
			}
			if nDst == 0 {
				break
			}
		}
		if from != cut {
			return fmt.Sprintf("%d bytes kept back", cut-from)
		}
	}
	return fmt.Sprintf("%q more", content)
}

func ended(b *http1.Body, content []byte, taken int) string {
	if n, n2, err := b.Decode(make([]byte, 1), []byte("GET")); n != 0 || n2 != 0 || err != io.EOF {
		return fmt.Sprintf("after the end: %d %d %v", n, n2, err)
	}
	if !b.Done() || b.Remaining() != 0 || b.Run() != 0 {
		return fmt.Sprintf("after the end: Done %v, Remaining %d, Run %d", b.Done(), b.Remaining(), b.Run())
	}
	return fmt.Sprintf("%q n=%d %q", content, taken, b.Trailer())
}

// A bodyCase is a chunked body, or a broken beginning of one. taken is how much of
// in belongs to it, all where it is 0.
type bodyCase struct {
	name    string
	in      string
	status  int    // the fault's, 0: a good body
	rule    string // the fault's section
	content string
	trailer string // as %q prints it; "" stands for []
}

var chunked = http1.Message{Body: http1.Chunked, Length: -1, Minor: 1}

func TestBodyChunked(t *testing.T) {
	for _, c := range bodyCases {
		t.Run(c.name, func(t *testing.T) { c.run(t) })
	}
}

func (c bodyCase) run(t *testing.T) {
	whole := drink(chunked, nil, c.in, 1<<16)
	want := fmt.Sprintf("%q n=%d %s", c.content, len(c.in), c.trailer)
	if c.trailer == "" {
		want += "[]"
	}
	if c.status != 0 {
		want = fmt.Sprintf("gateway: %d ", c.status)
		if !strings.HasPrefix(whole, want) || !strings.HasSuffix(whole, "("+c.rule+")") {
			t.Fatalf("%.200q: got %s, want %d (%s)", c.in, whole, c.status, c.rule)
		}
		if _, after, ok := strings.Cut(whole, " expected"); !ok || !strings.Contains(after, ", got ") {
			t.Errorf("%.200q: the text teaches nothing: %s", c.in, whole)
		}
		want = whole
	}
	same := func(how, got string) {
		t.Helper()
		if got != want {
			t.Errorf("%.200q %s:\n got %s\nwant %s", c.in, how, got, want)
		}
	}
	same("whole", whole)
	for _, room := range []int{1, 2, 7} {
		same("with little room", drink(chunked, nil, c.in, room))
	}
	same("byte by byte", drink(chunked, nil, c.in, 3, everyByte(c.in)...))
	same("with trailing bytes", drink(chunked, nil, c.in+"\r\n\x00GET", 1<<16))
	for i := range min(len(c.in), 400) {
		same(fmt.Sprintf("cut at %d", i), drink(chunked, nil, c.in, 5, i))
	}
	same("discarded", discard(c.in, c.content))
	same("through Next", next(c.in))
	same("through Run and Advance", advance(c.in))
}

// discard decodes without a destination; content is what the answer would be.
func discard(in, content string) string {
	var b http1.Body
	b.Reset(&chunked, nil)
	n, err := b.Discard([]byte(in))
	if err == nil {
		return "more"
	}
	if err != io.EOF {
		return err.Error()
	}
	return ended(&b, []byte(content), n)
}

// next decodes by pieces of the source.
func next(in string) string {
	var b http1.Body
	b.Reset(&chunked, nil)
	var content []byte
	for taken := 0; ; {
		data, n, err := b.Next([]byte(in[taken:]))
		content = append(content, data...)
		taken += n
		switch {
		case err == io.EOF:
			return ended(&b, content, taken)
		case err != nil:
			return err.Error()
		case len(data) == 0:
			return "more"
		}
	}
}

// advance reads content past the Body, as a server does for large ones.
func advance(in string) string {
	var b http1.Body
	b.Reset(&chunked, nil)
	var content []byte
	taken := 0
	for {
		if run := int(min(b.Run(), int64(len(in)-taken))); run > 0 {
			content = append(content, in[taken:taken+run]...)
			taken += run
			if err := b.Advance(int64(run)); err != nil {
				return err.Error()
			}
		}
		_, n, err := b.Decode(nil, []byte(in[taken:]))
		taken += n
		switch {
		case err == io.EOF:
			return ended(&b, content, taken)
		case err != nil:
			return err.Error()
		case n == 0 && b.Run() == 0:
			return "more"
		}
	}
}

// bodyCases are grouped in the order of RFC 9112 §7.1.
var bodyCases = []bodyCase{
	// §7.1 Chunked transfer coding
	{name: "§7.1 last chunk alone", in: "0\r\n\r\n"},
	{name: "§7.1 one chunk", in: "4\r\nWiki\r\n0\r\n\r\n", content: "Wiki"},
	{name: "§7.1 several chunks", in: "4\r\nWiki\r\n6\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\n\r\n", content: "Wikipedia in \r\n\r\nchunks."},
	{name: "§7.1 size in both cases", in: "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", content: "01234567890123456789"},
	{name: "§7.1 size of several digits", in: "1f\r\n" + strings.Repeat("x", 31) + "\r\n0\r\n\r\n", content: strings.Repeat("x", 31)},
	{name: "§7.1 leading zeros", in: "0000000000000001\r\nx\r\n0000000000000000\r\n\r\n", content: "x"},
	{name: "§7.1 data that looks like the end", in: "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", content: "\r\n0\r\n\r\n"},
	{name: "§7.1 17 digits", in: "00000000000000001\r\nx\r\n0\r\n\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 size 2^63", in: "8000000000000000\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 size 2^64-1", in: "ffffffffffffffff\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 size 2^64+5", in: "10000000000000005\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 no size", in: "\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 no size but an extension", in: ";a=b\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 size is no number", in: "xyz\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 minus", in: "-5\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 plus", in: "+5\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 0x", in: "0x5\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 underscore", in: "0_5\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 fraction", in: "5.0\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 space before the size", in: " 5\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 space behind the size", in: "5 \r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 tab behind the size", in: "5\t\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 space behind the last size", in: "0 \r\n\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 NUL behind the size", in: "5\x00\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 LF behind the size", in: "5\nhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 CR behind the size", in: "5\rhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 CR CR LF behind the size", in: "5\r\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 LF behind the last size", in: "0\n\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 data too long", in: "5\r\nhelloX\r\n0\r\n\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 data too long by two octets", in: "5\r\nhelloXX0\r\n\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 data too short", in: "5\r\nhell\r\n0\r\n\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 no CRLF behind the data", in: "5\r\nhello0\r\n\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 LF behind the data", in: "5\r\nhello\n0\r\n\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 CR behind the data", in: "5\r\nhello\r0\r\n\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 LF CR behind the data", in: "5\r\nhello\n\r0\r\n\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 empty line between chunks", in: "5\r\nhello\r\n\r\n0\r\n\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 LF as the last line", in: "0\r\n\n", status: 400, rule: "RFC 9112 §2.2"},
	{name: "§7.1 CR as the last line", in: "0\r\n\rX", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1 request for the last line", in: "0\r\nGET / HTTP/1.1\r\n", status: 400, rule: "RFC 9112 §5.1"},

	// §7.1.1 Chunk extensions
	{name: "§7.1.1 name", in: "1;a\r\nx\r\n0;b\r\n\r\n", content: "x"},
	{name: "§7.1.1 names and values", in: "1;a=b;c;d=\"e\"\r\nx\r\n0;signature=0123abcd\r\n\r\n", content: "x"},
	{name: "§7.1.1 quoted string", in: "1;a=\" ;=\\\"\\\\\t\xff\\\x80\"\r\nx\r\n0\r\n\r\n", content: "x"},
	{name: "§7.1.1 empty quoted string", in: "1;a=\"\";b\r\nx\r\n0\r\n\r\n", content: "x"},
	{name: "§7.1.1 name that looks like a size", in: "1;5\r\nx\r\n0;5=5\r\n\r\n", content: "x"},
	{name: "§7.1.1 no name", in: "5;\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1.1"},
	{name: "§7.1.1 two semicolons", in: "5;;a\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1.1"},
	{name: "§7.1.1 no name before =", in: "5;=b\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1.1"},
	{name: "§7.1.1 no value", in: "5;a=\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1.1"},
	{name: "§7.1.1 two =", in: "5;a=b=c\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1.1"},
	{name: "§7.1.1 bad white space before ;", in: "5 ;a\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1.1 bad white space behind ;", in: "5; a\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1.1"},
	{name: "§7.1.1 bad white space before =", in: "5;a =b\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1.1"},
	{name: "§7.1.1 bad white space behind =", in: "5;a= b\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1.1"},
	{name: "§7.1.1 bad white space behind a value", in: "5;a=b \r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1.1"},
	{name: "§7.1.1 bad white space behind a quote", in: "5;a=\"b\" \r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1.1"},
	{name: "§7.1.1 text behind a quote", in: "5;a=\"b\"c\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1.1"},
	{name: "§7.1.1 name is no token", in: "5;a[0]=b\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1.1"},
	{name: "§7.1.1 value is no token", in: "5;a=b/c\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1.1"},
	{name: "§7.1.1 NUL in a name", in: "5;a\x00b\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1.1"},
	{name: "§7.1.1 NUL in a quoted string", in: "5;a=\"\x00\"\r\nhello\r\n", status: 400, rule: "RFC 9110 §5.6.4"},
	{name: "§7.1.1 NUL in a quoted pair", in: "5;a=\"\\\x00\"\r\nhello\r\n", status: 400, rule: "RFC 9110 §5.6.4"},
	{name: "§7.1.1 LF in a name", in: "5;a\nb\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1.1"},
	{name: "§7.1.1 LF behind ;", in: "5;\nhello\r\n", status: 400, rule: "RFC 9112 §7.1.1"},
	{name: "§7.1.1 CR in a name", in: "5;a\rb\r\nhello\r\n", status: 400, rule: "RFC 9112 §7.1"},
	{name: "§7.1.1 CR in a quoted string", in: "5;a=\"\r\n\"\r\nhello\r\n", status: 400, rule: "RFC 9110 §5.6.4"},
	{name: "§7.1.1 LF in a quoted string", in: "5;a=\"\n\"\r\nhello\r\n", status: 400, rule: "RFC 9110 §5.6.4"},
	{name: "§7.1.1 CR in a quoted pair", in: "5;a=\"\\\r\n\"\r\nhello\r\n", status: 400, rule: "RFC 9110 §5.6.4"},
	{name: "§7.1.1 open quoted string", in: "5;a=\"b\r\nhello\r\n", status: 400, rule: "RFC 9110 §5.6.4"},

	// §7.1.2 Trailer section
	{name: "§7.1.2 fields", in: "1\r\nx\r\n0\r\nX-Sum: abc\r\nx-sum:\t d e \r\nE:\r\n\r\n", content: "x", trailer: `[{"X-Sum" "abc"} {"x-sum" "d e"} {"E" ""}]`},
	{name: "§7.1.2 Content-Digest (RFC 9530)", in: "0\r\nContent-Digest: sha-256=:AA==:\r\n\r\n", trailer: `[{"Content-Digest" "sha-256=:AA==:"}]`},
	{name: "§7.1.2 Server-Timing", in: "0\r\nServer-Timing: a\r\n\r\n", trailer: `[{"Server-Timing" "a"}]`},
	{name: "§7.1.2 Content-Length", in: "0\r\nContent-Length: 5\r\n\r\n", status: 400, rule: "RFC 9110 §6.5.1"},
	{name: "§7.1.2 Transfer-Encoding", in: "0\r\ntransfer-encoding: chunked\r\n\r\n", status: 400, rule: "RFC 9110 §6.5.1"},
	{name: "§7.1.2 Host", in: "0\r\nA: b\r\nHOST: a\r\n\r\n", status: 400, rule: "RFC 9110 §6.5.1"},
	{name: "§7.1.2 Content-Type", in: "0\r\nContent-Type: a/b\r\n\r\n", status: 400, rule: "RFC 9110 §6.5.1"},
	{name: "§7.1.2 Content-Encoding", in: "0\r\nContent-Encoding: gzip\r\n\r\n", status: 400, rule: "RFC 9110 §6.5.1"},
	{name: "§7.1.2 Authorization", in: "0\r\nAuthorization: Basic AA==\r\n\r\n", status: 400, rule: "RFC 9110 §6.5.1"},
	{name: "§7.1.2 Cookie", in: "0\r\nCookie: a=b\r\n\r\n", status: 400, rule: "RFC 9110 §6.5.1"},
	{name: "§7.1.2 If-Match", in: "0\r\nIf-Match: *\r\n\r\n", status: 400, rule: "RFC 9110 §6.5.1"},
	{name: "§7.1.2 Connection", in: "0\r\nConnection: close\r\n\r\n", status: 400, rule: "RFC 9110 §6.5.1"},
	{name: "§7.1.2 Trailer", in: "0\r\nTrailer: a\r\n\r\n", status: 400, rule: "RFC 9110 §6.5.1"},
	{name: "§7.1.2 X-Forwarded-For", in: "0\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n", status: 400, rule: "RFC 9110 §6.5.1"},
	{name: "§7.1.2 white space at its start", in: "0\r\n A: b\r\n\r\n", status: 400, rule: "RFC 9112 §2.2"},
	{name: "§7.1.2 folded", in: "0\r\nA: b\r\n c\r\n\r\n", status: 400, rule: "RFC 9112 §5.2"},
	{name: "§7.1.2 space before the colon", in: "0\r\nA : b\r\n\r\n", status: 400, rule: "RFC 9112 §5.1"},
	{name: "§7.1.2 empty name", in: "0\r\n: b\r\n\r\n", status: 400, rule: "RFC 9112 §5.1"},
	{name: "§7.1.2 LF", in: "0\r\nA: b\n\r\n", status: 400, rule: "RFC 9112 §2.2"},
	{name: "§7.1.2 CR", in: "0\r\nA: b\rC: d\r\n\r\n", status: 400, rule: "RFC 9112 §2.2"},
	{name: "§7.1.2 NUL", in: "0\r\nA: \x00\r\n\r\n", status: 400, rule: "RFC 9110 §5.5"},
	{name: "§7.1.2 CR at its end", in: "0\r\nA: b\r\n\rX", status: 400, rule: "RFC 9112 §2.2"},
}

func TestBodyFixed(t *testing.T) {
	m := http1.Message{Body: http1.Fixed, Length: 5}
	for _, room := range []int{1, 2, 5, 100} {
		for i := range 8 {
			if got, want := drink(m, nil, "helloGET", room, i), `"hello" n=5 []`; got != want {
				t.Errorf("room %d, cut at %d: got %s, want %s", room, i, got, want)
			}
		}
	}
	if got, want := drink(m, nil, "hell", 100), `"hell" more`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBodyNone(t *testing.T) {
	for _, m := range []http1.Message{{}, {Body: http1.Fixed}} {
		if got, want := drink(m, nil, "GET", 1), `"" n=0 []`; got != want {
			t.Errorf("%+v: got %s, want %s", m, got, want)
		}
	}
	var zero http1.Body
	if !zero.Done() || zero.Remaining() != 0 {
		t.Error("the zero Body is not an empty body")
	}
}

func TestBodyAccounts(t *testing.T) {
	var b http1.Body
	b.Reset(&http1.Message{Body: http1.Fixed, Length: 10}, nil)
	b.Discard([]byte("abc"))
	if b.Run() != 7 || b.Remaining() != 7 || b.Done() {
		t.Errorf("Content-Length 10 after 3: Run %d, Remaining %d, Done %v", b.Run(), b.Remaining(), b.Done())
	}
	if err := b.Advance(7); err != io.EOF || !b.Done() {
		t.Errorf("Advance to the end: %v, Done %v", err, b.Done())
	}
	b.Reset(&chunked, nil)
	b.Discard([]byte("a\r\nabc"))
	if b.Run() != 7 || b.Remaining() != -1 || b.Done() {
		t.Errorf("chunk of 10 after 3: Run %d, Remaining %d, Done %v", b.Run(), b.Remaining(), b.Done())
	}
	if err := b.Advance(7); err != nil || b.Run() != 0 || b.Done() {
		t.Errorf("Advance to the chunk's end: %v, Run %d, Done %v", err, b.Run(), b.Done())
	}
	defer func() {
		if recover() == nil {
			t.Error("Advance beyond Run does not panic")
		}
	}()
	b.Advance(1)
}

// A body can be decoded into the buffer that it came in.
func TestDecodeInPlace(t *testing.T) {
	for _, c := range bodyCases {
		if c.status != 0 {
			continue
		}
		var b http1.Body
		b.Reset(&chunked, nil)
		buf := []byte(c.in + evil)
		n, taken, err := b.Decode(buf, buf)
		if err != io.EOF || string(buf[:n]) != c.content || string(buf[taken:]) != evil {
			t.Errorf("%s: got %q, %v, then %q", c.name, buf[:n], err, buf[taken:])
		}
	}
}

// A fault is final: what follows it is not looked at.
func TestBodyFaultStays(t *testing.T) {
	var b http1.Body
	b.Reset(&chunked, nil)
	_, first := b.Discard([]byte("x"))
	_, _, again := b.Decode(make([]byte, 9), []byte("0\r\n\r\n"))
	if first == nil || first != again {
		t.Errorf("got %v, then %v", first, again)
	}
}

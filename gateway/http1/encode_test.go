package http1_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/http1"
)

// fields makes a header of names and values.
func fields(pairs ...string) (h gateway.Header) {
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func TestAppendHead(t *testing.T) {
	date := []byte("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n")
	const dated = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	for _, c := range []struct {
		name string
		head http1.Head
		want string
	}{
		{"fixed", http1.Head{Status: 200, Body: http1.Fixed, Length: 12, Minor: 1, KeepAlive: true, Date: date},
			"HTTP/1.1 200 OK\r\n" + dated + "Content-Length: 12\r\n\r\n"},
		{"fixed and empty", http1.Head{Status: 404, Body: http1.Fixed, Minor: 1, KeepAlive: true},
			"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"},
		{"none", http1.Head{Status: 200, Minor: 1, KeepAlive: true}, "HTTP/1.1 200 OK\r\n\r\n"},
		{"§7.1 chunked", http1.Head{Status: 200, Body: http1.Chunked, Minor: 1, KeepAlive: true},
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
		{"§6.3 to close", http1.Head{Status: 200, Body: http1.ToClose, Minor: 0, KeepAlive: true},
			"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"},
		{"§9.6 close", http1.Head{Status: 200, Body: http1.Fixed, Length: 1, Minor: 1},
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n"},
		{"§9.3 HTTP/1.0 keep-alive", http1.Head{Status: 200, Body: http1.Fixed, Length: 1, KeepAlive: true},
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n"},
		{"§9.3 HTTP/1.0 close", http1.Head{Status: 200, Body: http1.Fixed, Length: 1},
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n"},
		{"RFC 9110 §8.6 204", http1.Head{Status: 204, Body: http1.Fixed, Minor: 1, KeepAlive: true}, "HTTP/1.1 204 No Content\r\n\r\n"},
		{"§6.1 204", http1.Head{Status: 204, Body: http1.Chunked, Minor: 1, KeepAlive: true}, "HTTP/1.1 204 No Content\r\n\r\n"},
		{"RFC 9110 §15.4.5 304", http1.Head{Status: 304, Body: http1.Fixed, Length: 7, Minor: 1, KeepAlive: true}, "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"},
		{"304 chunked", http1.Head{Status: 304, Body: http1.Chunked, Minor: 1, KeepAlive: true}, "HTTP/1.1 304 Not Modified\r\n\r\n"},
		{"§4 no phrase", http1.Head{Status: 299, Minor: 1, KeepAlive: true}, "HTTP/1.1 299 \r\n\r\n"},
		{"§4 beyond the registry", http1.Head{Status: 999, Minor: 1, KeepAlive: true}, "HTTP/1.1 999 \r\n\r\n"},
		{"fields in order", http1.Head{Status: 200, Minor: 1, KeepAlive: true, Header: fields("b", "1", "A", "", "b", "2")},
			"HTTP/1.1 200 OK\r\nb: 1\r\nA: \r\nb: 2\r\n\r\n"},
		{"a Date of its own", http1.Head{Status: 200, Minor: 1, KeepAlive: true, Date: date, Header: fields("date", "x")},
			"HTTP/1.1 200 OK\r\ndate: x\r\n\r\n"},
		{"framing is not the application's", http1.Head{Status: 200, Body: http1.Fixed, Length: 3, Minor: 1, KeepAlive: true,
			Header: fields("content-length", "7", "Transfer-Encoding", "gzip", "connection", "Close", "Connection", "keep-alive", "Connection", "Upgrade")},
			"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"},
		{"an offer to upgrade is named by Connection (RFC 9110 §7.8)", http1.Head{Status: 426, Body: http1.Fixed, Minor: 1, KeepAlive: true, Header: fields("upgrade", "websocket")},
			"HTTP/1.1 426 Upgrade Required\r\nupgrade: websocket\r\nContent-Length: 0\r\nConnection: upgrade\r\n\r\n"},
		{"and beside the connection's end", http1.Head{Status: 426, Body: http1.Fixed, Minor: 1, Header: fields("Upgrade", "websocket")},
			"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\nConnection: close, upgrade\r\n\r\n"},
	} {
		if got := string(http1.AppendHead([]byte("before "), &c.head)); got != "before "+c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestAppendInterim(t *testing.T) {
	got := string(http1.AppendInterim(nil, 103, fields("Link", "</a.css>; rel=preload")))
	if want := "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := string(http1.AppendInterim(nil, 100, nil)); got != http1.Continue {
		t.Errorf("got %q, want %q", got, http1.Continue)
	}
}

// Every answer is read by net/http's client as it was meant.
func TestAppendChunks(t *testing.T) {
	for _, sizes := range [][]int{nil, {1}, {0, 1, 0}, {9, 10, 15, 16, 17, 255, 256, 65536}} {
		b := http1.AppendHead(nil, &http1.Head{Status: 200, Body: http1.Chunked, Minor: 1, KeepAlive: true})
		var want []byte
		for i, n := range sizes {
			data := bytes.Repeat([]byte{byte('a' + i)}, n)
			want = append(want, data...)
			b = http1.AppendChunk(b, data)
		}
		b = http1.AppendLastChunk(b, fields("X-Sum", fmt.Sprint(len(want))))
		r := bufio.NewReader(bytes.NewReader(append(b, "HTTP"...)))
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		if err != nil || !bytes.Equal(got, want) || resp.Trailer.Get("X-Sum") != fmt.Sprint(len(want)) {
			t.Errorf("%v: got %d bytes, %v, trailer %v", sizes, len(got), err, resp.Trailer)
		}
		if rest, _ := io.ReadAll(r); string(rest) != "HTTP" {
			t.Errorf("%v: %q is left", sizes, rest)
		}
	}
}

func TestAppendAllocations(t *testing.T) {
	buf := make([]byte, 0, 4096)
	h := &http1.Head{Status: 200, Body: http1.Fixed, Length: 12, Minor: 1, KeepAlive: true,
		Header: fields("Content-Type", "text/plain", "Server", "x"), Date: []byte("Date: x\r\n")}
	if got := testing.AllocsPerRun(100, func() {
		buf = http1.AppendHead(buf[:0], h)
		buf = http1.AppendChunk(buf, []byte("hello"))
		buf = http1.AppendLastChunk(buf, nil)
	}); got != 0 {
		t.Errorf("%.0f allocations, want 0", got)
	}
}

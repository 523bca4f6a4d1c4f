package http1_test

import (
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/http1"
)

func benchmarkParse(b *testing.B, heads [][]byte) {
	var (
		p http1.Parser
		r gateway.Request
		m http1.Message
	)
	b.SetBytes(int64(len(heads[0])))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		head := heads[i%len(heads)]
		if n, err := p.Parse(head, &r, &m); n != len(head) || err != nil {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkParseRepeat: a browser's head that repeats (12 fields, 700 bytes).
func BenchmarkParseRepeat(b *testing.B) { benchmarkParse(b, [][]byte{[]byte(browser(1))}) }

// BenchmarkParseVary: target and last field vary; the other fields are reused.
func BenchmarkParseVary(b *testing.B) {
	var heads [][]byte
	for i := range 64 {
		heads = append(heads, []byte(browser(i)))
	}
	benchmarkParse(b, heads)
}

// BenchmarkParseVaryLine: only the target varies; the header section is reused.
func BenchmarkParseVaryLine(b *testing.B) {
	var heads [][]byte
	_, section, _ := strings.Cut(browser(1), "\r\n")
	for i := range 64 {
		line, _, _ := strings.Cut(browser(i), "\r\n")
		heads = append(heads, []byte(line+"\r\n"+section))
	}
	benchmarkParse(b, heads)
}

// BenchmarkParseSmall: the head of a load generator, with a target that varies.
func BenchmarkParseSmall(b *testing.B) {
	benchmarkParse(b, [][]byte{
		[]byte("GET /a HTTP/1.1\r\nHost: localhost:8081\r\n\r\n"),
		[]byte("GET /b HTTP/1.1\r\nHost: localhost:8080\r\n\r\n"),
	})
}

// BenchmarkParsePost: a JSON request with the fields that steer the connection.
func BenchmarkParsePost(b *testing.B) {
	var heads [][]byte
	for _, n := range []string{"7", "8"} {
		heads = append(heads, []byte("POST /"+n+" HTTP/1.1\r\nHost: localhost:8080\r\nConnection: Keep-Alive, TE\r\n"+
			"Content-Type: application/json\r\nContent-Length: "+n+"\r\nExpect: 100-continue\r\n\r\n"))
	}
	benchmarkParse(b, heads)
}

func BenchmarkChunked(b *testing.B) {
	var src []byte
	data := make([]byte, 4096)
	for range 16 {
		src = http1.AppendChunk(src, data)
	}
	src = http1.AppendLastChunk(src, nil)
	dst := make([]byte, len(src))
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	var body http1.Body
	for b.Loop() {
		body.Reset(&chunked, nil)
		body.Decode(dst, src)
	}
}

func BenchmarkAppendHead(b *testing.B) {
	buf := make([]byte, 0, 4096)
	h := &http1.Head{
		Status: 200, Body: http1.Fixed, Length: 13, Minor: 1, KeepAlive: true,
		Header: fields("Content-Type", "text/plain; charset=utf-8", "Server", "dewar"),
		Date:   []byte("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"),
	}
	b.ReportAllocs()
	for b.Loop() {
		buf = http1.AppendHead(buf[:0], h)
	}
}

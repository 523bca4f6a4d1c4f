package http1_test

import (
	"fmt"
	"io"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/http1"
)

// A server appends to its buffer what the socket gives and asks again.
func ExampleParser() {
	var (
		p   http1.Parser
		r   gateway.Request
		m   http1.Message
		buf []byte
	)
	for _, packet := range []string{"GET /a?b HT", "TP/1.1\r\nHost: exam", "ple.org\r\n\r\nGET /next"} {
		buf = append(buf, packet...)
		n, err := p.Parse(buf, &r, &m)
		fmt.Println(n, err)
		buf = buf[n:]
	}
	fmt.Println(r.Method, r.Host, r.Path, r.Query, m.KeepAlive)
	fmt.Printf("next: %s\n", buf)
	// Output:
	// 0 <nil>
	// 0 <nil>
	// 40 <nil>
	// GET example.org /a b true
	// next: GET /next
}

// Errors name what was expected, what came, and the rule.
func ExampleParser_error() {
	var p http1.Parser
	_, err := p.Parse([]byte("GET / HTTP/1.1\r\nContent-Length : 5\r\n\r\n"), new(gateway.Request), new(http1.Message))
	fmt.Println(err)
	// Output:
	// gateway: 400 colon expected right after the field name "Content-Length", got a space (RFC 9112 §5.1)
}

func ExampleBody() {
	var b http1.Body
	b.Reset(&http1.Message{Body: http1.Chunked, Length: -1}, nil)
	dst := make([]byte, 100)
	n, taken, err := b.Decode(dst, []byte("5\r\nhello\r\n0\r\nX-Sum: 5d41\r\n\r\nGET /next"))
	fmt.Printf("%s %d %v\n", dst[:n], taken, err == io.EOF)
	fmt.Println(b.Trailer())
	// Output:
	// hello 28 true
	// [{X-Sum 5d41}]
}

func ExampleAppendHead() {
	out := http1.AppendHead(nil, &http1.Head{
		Status:    200,
		Header:    gateway.Header{{Name: "Content-Type", Value: "text/plain"}},
		Body:      http1.Chunked,
		Minor:     1,
		KeepAlive: true,
		Date:      []byte("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"),
	})
	out = http1.AppendChunk(out, []byte("hello"))
	out = http1.AppendLastChunk(out, nil)
	fmt.Printf("%q\n", out)
	// Output:
	// "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
}

// Command floor is no peer but the measure of all: a server that answers a
// constant and looks for nothing in what comes but the ends of heads. What a
// real server costs above it is what parsing, routing and safety cost; what the
// floor itself costs is the kernel's.
package main

import (
	"bytes"

	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

func main() { site.Must(serve(site.Listen())) }

// answer is the constant. Its Date never moves: keeping it would be work.
const answer = "HTTP/1.1 200 OK\r\n" +
	"Date: Sun, 01 Nov 2026 00:00:00 GMT\r\n" +
	"Content-Type: text/plain; charset=utf-8\r\n" +
	"Content-Length: 13\r\n\r\n" + site.Plaintext

var headEnd = []byte("\r\n\r\n")

// A reader is how much of a head's end the last bytes of a connection matched.
type reader int

// heads counts the heads that end in p, which follows what r has seen. Where p
// begins with a head, as nearly always, whole heads pass at the speed of memory.
func (r *reader) heads(p []byte) (n int) {
	for *r == 0 {
		i := bytes.Index(p, headEnd)
		if i < 0 {
			break
		}
		p = p[i+len(headEnd):]
		n++
	}
	for _, c := range p {
		n += r.step(c)
	}
	return n
}

// step moves on by one byte and returns 1 if it ended a head.
func (r *reader) step(c byte) int {
	switch {
	case c == headEnd[*r] && int(*r) == len(headEnd)-1:
		*r = 0
		return 1
	case c == headEnd[*r]:
		*r++
	case c == '\r':
		*r = 1
	default:
		*r = 0
	}
	return 0
}

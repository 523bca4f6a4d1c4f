package client

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// A wire reads HTTP/1 answers the way a conformance checker does: what a
// forgiving client would accept is an error here (RFC 9112 §§3 to 7). It checks
// the server, so it believes nothing that it reads.
type wire struct{ r *bufio.Reader }

// maxLine bounds a line of the answer with its CRLF, in bytes; no test sends a
// longer one.
const maxLine = 64 << 10

// An answer is the head of a response and how its content is framed.
type answer struct {
	Status  int
	Header  gateway.Header
	content content
	close   bool // announced, or HTTP/1.0
}

// line reads one line and returns it without its CRLF.
func (w wire) line() (string, error) {
	var line []byte
	for {
		part, err := w.r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return "", fmt.Errorf("client: line %.60q is longer than %d bytes", line, maxLine)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("%w after %.60q: %v", ErrTruncated, line, err)
		}
		break
	}
	s, ok := strings.CutSuffix(string(line), "\r\n")
	if !ok {
		return "", fmt.Errorf("client: line %.60q does not end with CRLF (RFC 9112 §2.2)", line)
	}
	for i := 0; i < len(s); i++ {
		if !gateway.IsValueByte(s[i]) {
			return "", fmt.Errorf("client: line %.60q has byte %#x (RFC 9112 §2.2)", s, s[i])
		}
	}
	return s, nil
}

// answer reads a head, interim ones too. method and proto are the request's.
func (w wire) answer(method, proto string) (*answer, error) {
	line, err := w.line()
	if err != nil {
		return nil, err
	}
	a := new(answer)
	version, rest, _ := strings.Cut(line, " ")
	code, _, ok := strings.Cut(rest, " ") // the space is there even without a reason
	if a.Status, err = strconv.Atoi(code); err != nil || !ok || len(code) != 3 || a.Status < 100 || a.Status > 599 {
		return nil, fmt.Errorf("client: status line %.60q (RFC 9112 §4)", line)
	}
	if version != "HTTP/1.1" && version != "HTTP/1.0" {
		return nil, fmt.Errorf("client: version in status line %.60q (RFC 9112 §2.3)", line)
	}
	if a.Header, err = w.fields(); err != nil {
		return nil, err
	}
	a.close = a.Header.HasToken("Connection", "close") || proto == "HTTP/1.0"
	return a, a.frame(w, method, proto)
}

// fields reads a header or trailer section with the empty line that ends it.
func (w wire) fields() (h gateway.Header, err error) {
	for {
		line, err := w.line()
		if err != nil || line == "" {
			return h, err
		}
		name, value, ok := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		if !ok || !gateway.ValidName(name) || !gateway.ValidValue(value) {
			return nil, fmt.Errorf("client: field line %.60q (RFC 9112 §5)", line)
		}
		h.Add(name, value)
	}
}

// frame settles how much content follows (RFC 9112 §6.3) and refuses what a server
// must not send.
func (a *answer) frame(w wire, method, proto string) error {
	coding, chunked := a.Header.Lookup("Transfer-Encoding")
	length, fixed := a.Header.Lookup("Content-Length")
	for _, name := range [...]string{"Transfer-Encoding", "Content-Length", "Date", "Content-Type"} {
		n := 0
		for range a.Header.Values(name) {
			n++
		}
		if n > 1 {
			return fmt.Errorf("client: %d fields %s in %d answer (RFC 9110 §5.3)", n, name, a.Status)
		}
	}
	switch {
	case chunked && fixed:
		return errors.New("client: Content-Length beside Transfer-Encoding (RFC 9112 §6.2)")
	case chunked && coding != "chunked":
		return fmt.Errorf("client: Transfer-Encoding %q (RFC 9112 §7)", coding)
	case chunked && proto == "HTTP/1.0":
		return errors.New("client: Transfer-Encoding to a client of HTTP/1.0 (RFC 9112 §6.1)")
	case (chunked || fixed) && (a.Status < 200 || a.Status == 204):
		return fmt.Errorf("client: framing fields in a %d answer (RFC 9110 §8.6, RFC 9112 §6.1)", a.Status)
	case a.Status >= 200 && a.Status < 500 && !a.Header.Has("Date"):
		return fmt.Errorf("client: no Date in a %d answer (RFC 9110 §6.6.1)", a.Status)
	}
	a.content = content{wire: w}
	if fixed {
		n, err := strconv.ParseUint(length, 10, 63)
		if err != nil {
			return fmt.Errorf("client: Content-Length %q (RFC 9110 §8.6)", length)
		}
		a.content.mode, a.content.left = fixedContent, int64(n)
	}
	switch {
	case method == "HEAD" || gateway.Bodyless(a.Status):
		a.content.mode = noContent
	case chunked:
		a.content.mode = chunkedContent
	case !fixed && proto == "HTTP/1.0":
		a.content.mode = restContent
	case !fixed:
		return errors.New("client: content up to the close of an HTTP/1.1 connection: an abort could not be seen (RFC 9112 §8)")
	}
	return nil
}

// content decodes what follows a head. Its Read is strict about the coding; at
// io.EOF nothing of the answer is left unread.
type content struct {
	wire
	mode    contentMode
	left    int64 // bytes of the content, or of the chunk that is being read
	begun   bool  // the first chunk's size line was read
	ended   bool
	trailer gateway.Header
}

type contentMode uint8

const (
	noContent contentMode = iota
	fixedContent
	chunkedContent
	restContent // up to the end of the connection, HTTP/1.0 only
)

func (c *content) Read(p []byte) (int, error) {
	if c.mode == chunkedContent && c.left == 0 && !c.ended {
		if err := c.nextChunk(); err != nil {
			return 0, err
		}
	}
	switch {
	case c.mode == noContent, c.ended, c.mode == fixedContent && c.left == 0:
		return 0, io.EOF
	case c.mode == restContent:
		n, err := c.r.Read(p)
		if err != nil && err != io.EOF {
			err = fmt.Errorf("%w: %v", ErrTruncated, err)
		}
		return n, err
	}
	if int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.r.Read(p)
	c.left -= int64(n)
	if err != nil {
		err = fmt.Errorf("%w, %d bytes before its end: %v", ErrTruncated, c.left, err)
	}
	return n, err
}

// nextChunk reads the end of one chunk and the size of the next; after the last
// one, the trailer section (RFC 9112 §7.1).
func (c *content) nextChunk() error {
	if c.begun {
		if line, err := c.line(); err != nil || line != "" {
			return errors.Join(err, extra(line))
		}
	}
	c.begun = true
	line, err := c.line()
	if err != nil {
		return err
	}
	size, err := strconv.ParseUint(line, 16, 63)
	if err != nil {
		return fmt.Errorf("client: chunk size %.60q (RFC 9112 §7.1)", line)
	}
	c.left = int64(size)
	if size > 0 {
		return nil
	}
	c.trailer, err = c.fields()
	c.ended = err == nil
	return err
}

func extra(line string) error {
	if line == "" {
		return nil
	}
	return fmt.Errorf("client: %.60q after a chunk, where CRLF belongs (RFC 9112 §7.1)", line)
}

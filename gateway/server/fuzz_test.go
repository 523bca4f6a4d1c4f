package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// Whatever bytes come, in whatever pieces: every answer is well-formed, there are
// no more answers than requests, and both paths answer alike.
func FuzzConnection(f *testing.F) {
	for _, s := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /a HTTP/1.1\r\nHost: x\r\n\r\nHEAD /b HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.0\r\n\r\n",
		"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\n\r\nGET /in HTTP/1.1\r\nHost:x\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\na",
		"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\naGET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /stream HTTP/1.1\r\nHost: x\r\n\r\nGET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /unread/error HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /error HTTP/1.1\r\nHost: x\r\n\r\nGET /abort HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"GET / HTTP/1.1\nHost: x\n\n", "\r\n\r\nGET", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	} {
		f.Add([]byte(s), uint16(0))
		f.Add([]byte(s), uint16(len(s)/2))
	}
	servers := [2]*fuzzed{newFuzzed(f, fast), newFuzzed(f, plain)}
	f.Fuzz(func(t *testing.T, sent []byte, split uint16) {
		var answers [2]string
		for i, s := range servers {
			answers[i] = s.exchange(t, sent, int(split))
		}
		if answers[0] != answers[1] {
			t.Errorf("the paths differ on %q, split at %d:\nfast  %q\nplain %q", sent, split, answers[0], answers[1])
		}
	})
}

// unreadPrefix begins the paths below which a handler leaves the content alone. Then the
// connection can go on only if all of the content is there when the answer begins, so that
// the pieces in which it comes would decide by chance: these are sent in one.
const unreadPrefix = "/unread"

type fuzzed struct {
	*running
	served atomic.Int32 // exchanges of the current connection
}

func newFuzzed(f *testing.F, on path) *fuzzed {
	s := new(fuzzed)
	s.running = start(f, on.config(server.Config{HeaderTimeout: 5 * time.Second, BodyTimeout: 5 * time.Second}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
		s.served.Add(1)
		x.Response.Header.Set("X-Method", x.Request.Method)
		path, unread := strings.CutPrefix(x.Request.Path, unreadPrefix)
		if path == "/read" {
			_, err := io.Copy(x, x)
			return err
		}
		if !unread {
			if _, err := io.Copy(io.Discard, x); err != nil {
				return err
			}
		}
		switch path {
		case "/stream":
			_, _ = x.WriteString("a")
			_ = x.Flush()
			_, err := x.WriteString("b")
			return err
		case "/error":
			return fmt.Errorf("some error")
		case "/abort":
			return gateway.ErrAbort
		}
		_, err := x.WriteString(x.Request.Path)
		return err
	}))
	return s
}

// exchange sends bytes in two pieces, if it may, and returns what came back, without dates.
func (s *fuzzed) exchange(t *testing.T, sent []byte, split int) string {
	s.served.Store(0)
	nc, err := net.Dial(s.addr.Network(), s.addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	split = min(split, len(sent))
	if bytes.Contains(sent, []byte(unreadPrefix)) {
		split = len(sent)
	}
	_, _ = nc.Write(sent[:split]) // the server may have refused and closed
	_, _ = nc.Write(sent[split:])
	_ = nc.(*net.TCPConn).CloseWrite()
	got, err := io.ReadAll(nc)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatalf("%v after %q", err, got)
	}
	count, whole := readAnswers(t, got)
	// One refusal can follow what was served.
	if served := int(s.served.Load()); count > served+1 {
		t.Errorf("%d answers to %d requests in %q: %q", count, served, sent, got)
	}
	if err != nil {
		return "" // a reset loses what it loses
	}
	return whole
}

// readAnswers checks that p is a row of well-formed answers, of which the last may
// be cut off, and returns how many there are and p without what may differ.
func readAnswers(t *testing.T, p []byte) (count int, whole string) {
	r := bufio.NewReader(bytes.NewReader(p))
	var b strings.Builder
	for {
		status, err := r.ReadString('\n')
		if err == io.EOF && status == "" {
			return count, b.String()
		}
		if !strings.HasPrefix(status, "HTTP/1.1 ") || !strings.HasSuffix(status, "\r\n") || len(status) < 14 {
			t.Fatalf("no status line: %q in %q", status, p)
		}
		head, err := textproto.NewReader(r).ReadMIMEHeader()
		if err != nil {
			t.Fatalf("head: %v in %q", err, p)
		}
		if status[9] == '1' {
			continue // may differ: 100 is left out where content came with the head (RFC 9110 §10.1.1)
		}
		count++
		delete(head, "Date")
		fmt.Fprintf(&b, "%s%v", status, head)
		if head.Get("X-Method") == "HEAD" {
			continue
		}
		b.Write(readContent(t, r, head, p))
	}
}

func readContent(t *testing.T, r *bufio.Reader, head textproto.MIMEHeader, p []byte) []byte {
	var body io.Reader = r // to the end of the connection
	if length := head.Get("Content-Length"); length != "" {
		n, err := strconv.ParseInt(length, 10, 64)
		if err != nil {
			t.Fatalf("Content-Length %q in %q", length, p)
		}
		body = io.LimitReader(r, n)
	} else if head.Get("Transfer-Encoding") == "chunked" {
		body = chunks{r}
	}
	content, err := io.ReadAll(body)
	if err != nil {
		t.Fatalf("content: %v in %q", err, p)
	}
	return content
}

// chunks reads chunked content strictly: what cannot be read is an error, its
// being cut off is not.
type chunks struct{ r *bufio.Reader }

func (c chunks) Read(p []byte) (int, error) {
	line, err := c.r.ReadString('\n')
	if err != nil {
		return 0, io.EOF
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(line, "\r\n"), 16, 31)
	if err != nil || int(n) > len(p) {
		return 0, fmt.Errorf("chunk size %q", line)
	}
	if _, err := io.ReadFull(c.r, p[:n]); err != nil {
		return 0, io.EOF
	}
	if end, err := c.r.ReadString('\n'); err == nil && end != "\r\n" {
		return 0, fmt.Errorf("chunk ends with %q", end)
	}
	if n == 0 {
		return 0, io.EOF
	}
	return int(n), nil
}

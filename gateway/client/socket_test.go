package client

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/dewar-go/dewar/gateway"
)

// scripted serves connections, one after the other, by a function each.
func scripted(t *testing.T, serve ...func(conn net.Conn, r *bufio.Reader)) *Sockets {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { // ends with the script, or the listener
		defer close(done)
		for _, f := range serve {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			f(conn, bufio.NewReader(conn))
			conn.Close()
		}
	}()
	c := &Sockets{Open: func() (net.Conn, error) { return net.Dial("tcp", l.Addr().String()) }}
	t.Cleanup(func() { l.Close(); c.Close(); <-done })
	return c
}

// readHead reads up to the empty line.
func readHead(r *bufio.Reader) string {
	var head strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil || line == "\r\n" {
			return head.String()
		}
		head.WriteString(line)
	}
}

const answerOK = "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 2\r\n\r\nok"

func finish(t *testing.T, c *Sockets, q Request) (*Result, error) {
	t.Helper()
	call, err := c.Start(q)
	if err != nil {
		t.Fatal(err)
	}
	defer call.Close()
	return Finish(call)
}

func TestSocketSendsWhatItIsTold(t *testing.T) {
	for want, q := range map[string]Request{
		"GET /a?b HTTP/1.1\r\nHost: localhost\r\nX: y\r\n|":              {Target: "/a?b", Header: gateway.Header{{Name: "X", Value: "y"}}},
		"GET / HTTP/1.0\r\n|":                                            {Proto: "HTTP/1.0"},
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n|":           {Method: "POST", Host: "h"},
		"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n|abc": {Method: "PUT", Body: []byte("abc")},
		"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n|ab":  {Method: "PUT", Stream: strings.NewReader("abc"), Length: 2},
		"PUT / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n|" +
			"3\r\nabc\r\n0\r\nA: b\r\n\r\n": {Method: "PUT", Body: []byte("abc"), Trailer: gateway.Header{{Name: "A", Value: "b"}}},
	} {
		got := make(chan string, 1)
		_, content, _ := strings.Cut(want, "|")
		c := scripted(t, func(conn net.Conn, r *bufio.Reader) {
			head := readHead(r)
			p := make([]byte, len(content))
			io.ReadFull(r, p)
			got <- head + "|" + string(p)
			io.WriteString(conn, answerOK)
		})
		res, err := finish(t, c, q)
		if err != nil && q.Proto == "" || res != nil && string(res.Body) != "ok" {
			t.Errorf("%+v, %v", res, err)
		}
		if g := <-got; g != want {
			t.Errorf("sent %q, want %q", g, want)
		}
	}
}

func TestSocketWaitsForContinue(t *testing.T) {
	c := scripted(t, func(conn net.Conn, r *bufio.Reader) {
		readHead(r)
		if r.Buffered() > 0 {
			t.Error("content came before 100 Continue")
		}
		io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
		p := make([]byte, 3)
		io.ReadFull(r, p)
		io.WriteString(conn, answerOK)
	})
	res, err := finish(t, c, Request{Method: "PUT", Body: []byte("abc"), Header: expectContinue})
	if err != nil || !res.Continued() || string(res.Body) != "ok" {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestSocketKeepsConnections(t *testing.T) {
	c := scripted(t, func(conn net.Conn, r *bufio.Reader) { // one for both
		for range 2 {
			readHead(r)
			io.WriteString(conn, answerOK)
		}
	})
	for range 2 {
		call, err := c.Start(Request{})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-call.(*socketCall).sent; err != nil { // so that it is certain that the request has left
			t.Fatal(err)
		}
		call.(*socketCall).sent <- nil
		if res, err := Finish(call); err != nil || string(res.Body) != "ok" {
			t.Errorf("%+v, %v", res, err)
		}
	}
}

func TestSocketFindsFaults(t *testing.T) {
	for name, c := range map[string]struct{ answer, want string }{
		"too much":             {answerOK + "x", "bytes after the answer"},
		"too much after close": {strings.Replace(answerOK, "Date", "Connection: close\r\nDate", 1) + "x", "after the last answer"},
		"malformed":            {"HTTP/1.1 200 OK\n\n", "RFC 9112 §2.2"},
	} {
		client := scripted(t, func(conn net.Conn, r *bufio.Reader) {
			readHead(r)
			io.WriteString(conn, c.answer)
		})
		if res, err := finish(t, client, Request{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v; want a complaint with %q", name, res, err, c.want)
		}
	}
	for name, answer := range map[string]string{"nothing": "", "half a head": "HTTP/1.1 200 OK\r\n", "half a body": answerOK[:len(answerOK)-1]} {
		client := scripted(t, func(conn net.Conn, r *bufio.Reader) {
			readHead(r)
			io.WriteString(conn, answer)
		})
		if res, err := finish(t, client, Request{}); err != nil || !res.Aborted {
			t.Errorf("%s: %+v, %v; want it cut off", name, res, err)
		}
	}
}

func TestSocketLeavesWhenItsStreamBreaks(t *testing.T) {
	got := make(chan error, 1)
	c := scripted(t, func(conn net.Conn, r *bufio.Reader) {
		_, err := io.ReadAll(r)
		got <- err
	})
	res, err := finish(t, c, Request{Method: "PUT", Stream: broken("abc"), Length: 10})
	if err == nil && !res.Aborted || err != nil && !errors.Is(err, net.ErrClosed) {
		t.Errorf("%+v, %v", res, err)
	}
	<-got
}

// A call that is closed after its end leaves its connection to the next one.
func TestCloseAfterTheEndKeepsTheConnection(t *testing.T) {
	c := scripted(t, func(conn net.Conn, r *bufio.Reader) {
		for range 2 {
			readHead(r)
			io.WriteString(conn, answerOK)
		}
	})
	for range 2 {
		call, err := c.Start(Request{})
		if err != nil {
			t.Fatal(err)
		}
		if res, err := Finish(call); err != nil || string(res.Body) != "ok" {
			t.Errorf("%+v %v", res, err)
		}
		call.Close()
	}
}

var expectContinue = gateway.Header{{Name: "Expect", Value: "100-continue"}}

// broken is a stream that fails after some text, at which the client goes away.
func broken(text string) io.Reader {
	return io.MultiReader(strings.NewReader(text), iotest.ErrReader(errors.New("the client loses interest")))
}

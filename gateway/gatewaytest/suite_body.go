package gatewaytest

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
)

// The request's content: decoded, io.EOF at its end, and what is left of it is the
// server's business.
var bodyRules = []rule{
	//spec:server A request without content gives io.EOF at the first Read (RFC 9112 §6.3).
	{name: "no content is io.EOF at once", test: func(s *subject) {
		s.serveFunc(readBack(s, 0))
		equal(s, "content", string(s.do(Request{Method: "POST"}).Body), "")
		equal(s, "content", string(s.get("/").Body), "")
	}},
	{name: "content with a length", test: func(s *subject) {
		s.serveFunc(readBack(s, 5))
		equal(s, "content", string(s.do(Request{Method: "POST", Body: []byte("hello")}).Body), "hello")
	}},
	//spec:server Content is decoded: the application never sees a transfer coding (RFC 9112 §7).
	{name: "content of unknown length, RFC 9112 §7.1", test: func(s *subject) {
		s.serveFunc(readBack(s, -1))
		res := s.do(Request{Method: "POST", Stream: io.MultiReader(strings.NewReader("hel"), strings.NewReader("lo"))})
		equal(s, "content", string(res.Body), "hello")
	}},
	//spec:server Request.Trailer is filled when Read has returned io.EOF (RFC 9110 §6.5).
	{name: "trailers of the request are there at io.EOF, RFC 9110 §6.5", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			body, err := io.ReadAll(x)
			if err != nil {
				return err
			}
			return text(x, string(body)+" "+x.Request.Trailer.Value("x-sum"))
		})
		res := s.do(Request{Method: "POST", Body: []byte("abc"), Header: gateway.Header{{Name: "Trailer", Value: "X-Sum"}},
			Trailer: gateway.Header{{Name: "X-Sum", Value: "42"}}})
		equal(s, "answer", string(res.Body), "abc 42")
	}},
	//spec:server Content that the application left unread is read and dropped, 4 KiB of it at least; none of it becomes a request.
	{name: "a small body left unread does not harm the next request", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error { return text(x, x.Request.Path) })
		equal(s, "first", string(s.do(Request{Method: "POST", Target: "/1", Body: make([]byte, client.SmallBody)}).Body), "/1")
		equal(s, "second", string(s.get("/2").Body), "/2")
		conn, ok := s.dial()
		if !ok {
			return
		}
		s.send(conn, "POST /3 HTTP/1.1\r\nHost: x\r\nContent-Length: 16\r\n\r\nGET /evil HTTP/1")
		equal(s, "third", string(s.receive(conn, "POST").Body), "/3")
		s.send(conn, "GET /4 HTTP/1.1\r\nHost: x\r\n\r\n")
		equal(s, "fourth, on the same connection", string(s.receive(conn, "GET").Body), "/4")
	}},
	{name: "a body read in part does not harm the next request", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			var p [3]byte
			if _, err := io.ReadFull(x, p[:]); err != nil {
				return err
			}
			return text(x, string(p[:]))
		})
		for _, body := range []string{"one", "two and more", "six"} {
			equal(s, "answer", string(s.do(Request{Method: "POST", Body: []byte(body)}).Body), body[:3])
		}
	}},
	//spec:server Where more is left unread than a server wants to drop, it closes the connection, but so that the client can read the answer first (RFC 9112 §9.6).
	{name: "a large body left unread closes the connection, the answer arrives", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error { return text(x, "enough") })
		res := s.do(Request{Method: "POST", Stream: endless{}, Length: 1 << 40})
		equal(s, "answer", string(res.Body), "enough")
		if s.http1() {
			equal(s, "close announced (RFC 9112 §9.6)", res.Close, true)
		}
	}},
	//spec:server 100 Continue is sent with the first Read, once, and only to a client that expects it (RFC 9110 §10.1.1).
	{name: "100 Continue comes with the first Read, once, RFC 9110 §10.1.1", test: func(s *subject) {
		s.serveFunc(readBack(s, 5))
		res := s.do(Request{Method: "POST", Body: []byte("hello"), Header: expectContinue})
		equal(s, "content", string(res.Body), "hello")
		equal(s, "interim responses", len(res.Interim), 1)
		equal(s, "100 Continue", res.Continued(), true)
	}},
	{name: "100 Continue that the application sent does not come again", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			if err := x.Inform(100, nil); err != nil {
				return err
			}
			return readBack(s, 5)(x)
		})
		res := s.do(Request{Method: "POST", Body: []byte("hello"), Header: expectContinue})
		equal(s, "content", string(res.Body), "hello")
		equal(s, "interim responses", len(res.Interim), 1)
	}},
	//spec:server A final answer to content that was expected and not read comes without 100 Continue, and closes the connection (RFC 9110 §10.1.1).
	{name: "100 Continue does not come when nothing is read, RFC 9110 §10.1.1", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Status = 403
			return text(x, "no")
		})
		res := s.do(Request{Method: "POST", Body: []byte("hello"), Header: expectContinue})
		equal(s, "status", res.Status, 403)
		equal(s, "interim responses", len(res.Interim), 0)
		if s.http1() {
			equal(s, "close announced", res.Close, true)
		}
	}},
	//spec:server Content that breaks the protocol or a limit fails Read with a *StatusError that names the status to answer with.
	{name: "malformed content is a StatusError, RFC 9112 §7.1", test: func(s *subject) {
		failures := make(chan error, 1)
		s.serveFunc(func(x *gateway.Exchange) error {
			_, err := io.ReadAll(x)
			failures <- err
			return err
		})
		conn, ok := s.dial()
		if !ok {
			return
		}
		s.send(conn, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n")
		res := s.receive(conn, "POST")
		equal(s, "status", res.Status, 400)
		equal(s, "close announced", res.Close, true)
		var status *gateway.StatusError
		if err := wait(s, failures); !errors.As(err, &status) || status.Status != 400 {
			s.Errorf("Read failed with %v, want a StatusError of 400", err)
		}
	}},
	{name: "an empty Read does nothing", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			if n, err := x.Read(nil); n != 0 || err != nil {
				s.Errorf("Read(nil) = %d, %v before the end", n, err)
			}
			body, err := io.ReadAll(x)
			if err != nil {
				return err
			}
			return text(x, string(body))
		})
		equal(s, "content", string(s.do(Request{Method: "POST", Body: []byte("hello")}).Body), "hello")
	}},
}

var expectContinue = gateway.Header{{Name: "Expect", Value: "100-continue"}}

// readBack answers with the content, of which length is what Request.Length must
// say, and tries to read beyond its end.
func readBack(s *subject, length int64) func(x *gateway.Exchange) error {
	return func(x *gateway.Exchange) error {
		equal(s, "Length", x.Request.Length, length)
		body, err := io.ReadAll(x)
		if err != nil {
			return err
		}
		for range 3 {
			if n, err := x.Read(make([]byte, 9)); n != 0 || err != io.EOF {
				s.Errorf("Read after the end = %d, %v; want io.EOF always", n, err)
			}
		}
		x.Response.Body = bytes.Clone(body)
		x.Response.Header.Set("Content-Type", "application/octet-stream")
		return nil
	}
}

// endless is a stream of zeros.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

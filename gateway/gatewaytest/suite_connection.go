package gatewaytest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// The connection below the exchange.
var connectionRules = []rule{
	//spec:application After Hijack the connection is the handler's, which closes it, with the bytes that the server had read already. Reading, writing and a second Hijack fail with ErrHijacked.
	{name: "Hijack hands over the connection, or is unsupported", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			conn, early, err := x.Hijack()
			if errors.Is(err, errors.ErrUnsupported) {
				return &gateway.StatusError{Status: 501, Reason: "no connection"}
			}
			if err != nil {
				s.Errorf("Hijack: %v", err)
				return err
			}
			defer conn.Close()
			equal(s, "Started", x.Started(), true)
			if _, err := x.WriteString("x"); !errors.Is(err, gateway.ErrHijacked) {
				s.Errorf("Write after Hijack: %v", err)
			}
			if _, err := x.Read(make([]byte, 1)); !errors.Is(err, gateway.ErrHijacked) {
				s.Errorf("Read after Hijack: %v", err)
			}
			if _, _, err := x.Hijack(); !errors.Is(err, gateway.ErrHijacked) {
				s.Errorf("second Hijack: %v", err)
			}
			if _, err := io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"); err != nil {
				return err
			}
			_, err = io.Copy(conn, io.LimitReader(io.MultiReader(bytes.NewReader(early), conn), 4))
			return err
		})
		call := s.start(Request{Header: gateway.Header{{Name: "Connection", Value: "Upgrade"}, {Name: "Upgrade", Value: "echo"}}})
		conn, err := call.Conn()
		if errors.Is(err, errors.ErrUnsupported) {
			equal(s, "status", s.get("/").Status, 501)
			return
		}
		if err != nil {
			s.Fatal(err)
		}
		go io.WriteString(conn, "ping") // ends when the handler has read it
		answer, err := io.ReadAll(conn)
		if err != nil {
			s.Fatal(err)
		}
		if !strings.HasPrefix(string(answer), "HTTP/1.1 101 ") || !strings.HasSuffix(string(answer), "\r\n\r\nping") {
			s.Errorf("the client reads %q", answer)
		}
	}},
	{name: "Hijack gives the bytes that were read already", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			conn, early, err := x.Hijack()
			if err != nil {
				return err
			}
			defer conn.Close()
			_, err = io.Copy(conn, io.LimitReader(io.MultiReader(bytes.NewReader(early), conn), 4))
			return err
		})
		conn, ok := s.dial()
		if !ok {
			return
		}
		s.send(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nping")
		if got, err := io.ReadAll(conn); string(got) != "ping" {
			s.Errorf("the client reads %q, %v", got, err)
		}
	}},
	//spec:application Hijack is refused with ErrStarted once the response has started.
	{name: "Hijack is refused after the start", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.WriteString("started")
			if err := x.Flush(); err != nil {
				return err
			}
			if _, _, err := x.Hijack(); !errors.Is(err, gateway.ErrStarted) {
				s.Errorf("Hijack: %v, want ErrStarted", err)
			}
			return nil
		})
		equal(s, "body", string(s.get("/").Body), "started")
	}},
	//spec:server The requests of an HTTP/1 connection are handled one after the other and answered in order (RFC 9112 §9.3.2).
	{name: "pipelined requests are answered in order, RFC 9112 §9.3.2", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			body, err := io.ReadAll(x)
			if err != nil {
				return err
			}
			if x.Request.Query == "stream" {
				x.Flush()
			}
			return joinError(x.WriteString(x.Request.Path + string(body)))
		})
		conn, ok := s.dial()
		if !ok {
			return
		}
		var raw, want []string
		for i := range 30 {
			body := strings.Repeat("b", i)
			raw = append(raw,
				fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: x\r\n\r\n", i),
				fmt.Sprintf("POST /p%d?stream HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", i, i, body),
				fmt.Sprintf("PUT /c%d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%sb\r\n0\r\n\r\n", i, i+1, body))
			want = append(want, fmt.Sprintf("/%d", i), fmt.Sprintf("/p%d%s", i, body), fmt.Sprintf("/c%d%sb", i, body))
		}
		s.send(conn, strings.Join(raw, ""))
		for _, w := range want {
			equal(s, "answer", string(s.receive(conn, "GET").Body), w)
		}
	}},
	//spec:server HTTP/1.1 connections are kept unless one side asks for their end (RFC 9112 §9.3).
	{name: "connections are kept, and closed where the client asks, RFC 9112 §9.3", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error { return text(x, "ok") })
		conn, ok := s.dial()
		if !ok {
			return
		}
		for range 3 {
			s.send(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			equal(s, "close announced", s.receive(conn, "GET").Close, false)
		}
		s.send(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
		equal(s, "close announced", s.receive(conn, "GET").Close, true)
		if rest, _ := io.ReadAll(conn); len(rest) > 0 {
			s.Errorf("after the last answer came %.80q", rest)
		}
	}},
	{name: "HTTP/1.0 gets its answer and the end", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.WriteString("streamed")
			if err := x.Inform(103, nil); !errors.Is(err, errors.ErrUnsupported) {
				s.Errorf("Inform: %v, want ErrUnsupported", err)
			}
			return x.Flush()
		})
		if res, ok := s.old(Request{}); ok {
			equal(s, "body", string(res.Body), "streamed")
			equal(s, "cut off", res.Aborted, false)
		}
	}},
	//spec:server A request that breaks the protocol is refused by the server and never reaches the application (RFC 9112 §2.2).
	{name: "a malformed request is refused and never handled, RFC 9112 §2.2", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			s.Errorf("handler called for %q", x.Request.Target)
			return text(x, "ok")
		})
		for _, raw := range []string{
			"GET / HTTP/1.1\r\n\r\n",
			"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
			"GET / HTTP/1.1\r\nHost: x\r\nX Y: z\r\n\r\n",
			"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
			"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
			"GET /\r\n\r\n",
		} {
			conn, ok := s.dial()
			if !ok {
				return
			}
			s.send(conn, raw)
			// How the refusal is worded is the server's matter: no exchange began. But
			// it is one answer, and the end.
			answer, err := io.ReadAll(conn)
			if !isRefusal(string(answer)) || err != nil && errors.Is(err, os.ErrDeadlineExceeded) {
				s.Errorf("%q was answered with %.80q, %v; want 400 and the end", raw, answer, err)
			}
		}
	}},
	{name: "CONNECT gets no framed 2xx, RFC 9110 §9.3.6", faulty: true, test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error { return text(x, "ok") })
		conn, ok := s.dial()
		if !ok {
			res, old := s.old(Request{Method: "CONNECT"})
			if s.faulty = old; old { // else a protocol in which CONNECT is a stream
				equal(s, "status", res.Status, 500)
			}
			return
		}
		s.send(conn, "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n")
		equal(s, "status", s.receive(conn, "CONNECT").Status, 500)
	}},
	//spec:application Read may run in another goroutine beside the methods that write, before and after the start.
	{name: "Read runs beside Write", test: func(s *subject) {
		s.serveFunc(duplex)
		from, to := io.Pipe()
		call := s.start(Request{Method: "POST", Stream: from})
		for _, part := range []string{"ping", "pong", "peng"} {
			if _, err := io.WriteString(to, part); err != nil {
				s.Fatal(err)
			}
			equal(s, "echo", s.read(call, len(part)), part)
		}
		to.Close()
		res, err := Finish(call)
		if err != nil {
			s.Fatal(err)
		}
		equal(s, "rest", string(res.Body), "")
		equal(s, "cut off", res.Aborted, false)
	}},
	//spec:server A Read or Write that is not done by its deadline fails with os.ErrDeadlineExceeded. A zero time is no limit.
	{name: "SetDeadlines ends a Read, or is unsupported", test: func(s *subject) {
		unsupported := make(chan bool, 1)
		s.serveFunc(func(x *gateway.Exchange) error {
			err := x.SetDeadlines(time.Now().Add(time.Millisecond), time.Time{})
			unsupported <- errors.Is(err, errors.ErrUnsupported)
			if err == nil {
				if _, err = x.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
					s.Errorf("Read: %v, want os.ErrDeadlineExceeded", err)
				}
			} else if !errors.Is(err, errors.ErrUnsupported) {
				s.Errorf("SetDeadlines: %v", err)
			}
			return text(x, "ok")
		})
		from, to := io.Pipe()
		defer to.Close()
		res := s.do(Request{Method: "POST", Stream: from, Length: 5})
		if !wait(s, unsupported) {
			equal(s, "status", res.Status, 200)
		}
	}},
	{name: "zero deadlines are no limit", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.SetDeadlines(time.Now().Add(time.Hour), time.Now().Add(time.Hour))
			if err := x.SetDeadlines(time.Time{}, time.Time{}); err != nil && !errors.Is(err, errors.ErrUnsupported) {
				s.Errorf("SetDeadlines: %v", err)
			}
			body, err := io.ReadAll(x)
			if err != nil {
				return err
			}
			return text(x, string(body))
		})
		equal(s, "body", string(s.do(Request{Method: "POST", Body: []byte("abc")}).Body), "abc")
		equal(s, "next", s.get("/").Status, 200)
	}},
}

var statusLine = regexp.MustCompile(`(?m)^HTTP/1\.[01] (\d{3}) `)

// isRefusal reports whether all that came is one answer, with 400.
func isRefusal(answer string) bool {
	lines := statusLine.FindAllStringSubmatchIndex(answer, -1)
	return len(lines) == 1 && lines[0][0] == 0 && answer[lines[0][2]:lines[0][3]] == "400"
}

// duplex writes back what it reads, reading in another goroutine, which it waits
// for.
func duplex(x *gateway.Exchange) error {
	if err := x.Flush(); err != nil {
		return err
	}
	parts := make(chan []byte)
	failed := make(chan error, 1)
	go func() { // ends with the content, before the handler
		defer close(parts)
		for {
			p := make([]byte, 64<<10) // 10 MB shall not be thousands of flushes
			n, err := x.Read(p)
			if n > 0 {
				parts <- p[:n]
			}
			if err != nil {
				failed <- err
				return
			}
		}
	}()
	var fault error
	for p := range parts {
		_, err := x.Write(p)
		fault = errors.Join(fault, err, x.Flush())
	}
	if err := <-failed; err != io.EOF {
		return err
	}
	return fault
}

func joinError[T any](_ T, err error) error { return err }

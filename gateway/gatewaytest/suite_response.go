package gatewaytest

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// The answer: data until it has started, then a stream.
var responseRules = []rule{
	//spec:server Content whose length the head tells is sent with that length, all other so that its end can be told from a cut: chunked in HTTP/1.1 (RFC 9112 §7.1).
	{name: "a body gets its length", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error { return text(x, "hello") })
		res := s.get("/")
		equal(s, "status", res.Status, 200)
		equal(s, "body", string(res.Body), "hello")
		equal(s, "Content-Length", res.Header.Value("Content-Length"), "5")
		equal(s, "Content-Type", res.Header.Value("Content-Type"), "text/plain; charset=utf-8")
	}},
	{name: "an empty body has the length 0", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error { x.Response.Status = 404; return nil })
		res := s.get("/")
		equal(s, "status", res.Status, 404)
		equal(s, "Content-Length", res.Header.Value("Content-Length"), "0")
	}},
	//spec:application Write holds back BufferSize bytes, 16 KiB. Up to that the response is data and gets its Content-Length; one byte more starts it and streams.
	{name: "up to BufferSize written bytes get their length, one more streams", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			n, err := strconv.Atoi(x.Request.Query)
			if err != nil {
				return err
			}
			for _, p := range [][]byte{bytes.Repeat([]byte("a"), 7), bytes.Repeat([]byte("b"), n-7)} {
				if n, err := x.Write(p); n != len(p) || err != nil {
					s.Errorf("Write of %d bytes = %d, %v", len(p), n, err)
				}
			}
			equal(s, "started", x.Started(), n > gateway.BufferSize)
			return nil
		})
		for _, n := range []int{gateway.BufferSize, gateway.BufferSize + 1} {
			res := s.get("/?" + strconv.Itoa(n))
			equal(s, "length", len(res.Body), n)
			equal(s, "has Content-Length", res.Header.Has("Content-Length"), n <= gateway.BufferSize)
			equal(s, "sevenths", string(res.Body[6:8]), "ab")
		}
	}},
	//spec:application Until the response has started any layer may read, change or replace all of it after the inner handler returned. What an inner layer wrote stays as it is in memory for the one that replaced it.
	{name: "an outer layer replaces what an inner one wrote", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Header.Add("X-Inner", "1")
			x.WriteString("inner")
			inner := x.Response.Body
			x.Response = gateway.Response{Status: 202}
			x.WriteString("outer(")
			x.Write(inner)
			_, err := x.WriteString(")")
			return err
		})
		for range 2 { // the second one on the same connection
			res := s.get("/")
			equal(s, "status", res.Status, 202)
			equal(s, "body", string(res.Body), "outer(inner)")
			equal(s, "X-Inner is there", res.Header.Has("X-Inner"), false)
		}
	}},
	//spec:server Flush hands everything taken so far to the system before it returns: the client has it while the handler goes on.
	{name: "a flushed chunk arrives before the next is written", test: func(s *subject) {
		seen := make(chan struct{})
		s.serveFunc(func(x *gateway.Exchange) error {
			for _, part := range []string{"first", "second", "third"} {
				if _, err := x.WriteString(part); err != nil {
					return err
				}
				if err := x.Flush(); err != nil {
					return err
				}
				await(s, seen)
			}
			return nil
		})
		call := s.start(Request{})
		for _, want := range []string{"first", "second", "third"} {
			equal(s, "chunk", s.read(call, len(want)), want)
			give(s, seen)
		}
		res, err := Finish(call)
		if err != nil {
			s.Fatal(err)
		}
		equal(s, "rest", string(res.Body), "")
		equal(s, "cut off", res.Aborted, false)
	}},
	{name: "Flush sends the head alone", test: func(s *subject) {
		seen := make(chan struct{})
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Status = 202
			err := x.Flush()
			await(s, seen)
			return err
		})
		call := s.start(Request{})
		res, err := call.Head()
		if err != nil {
			s.Fatal(err)
		}
		equal(s, "status", res.Status, 202)
		close(seen)
	}},
	//spec:server Response fields are sent in their order, with their repetition and, in HTTP/1, their spelling.
	{name: "header fields keep order and repetition", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			h := &x.Response.Header
			for i := range 20 {
				h.Add("X-A", strconv.Itoa(i))
				h.Add("X_A", "under")
			}
			h.Add("Set-Cookie", "a=1")
			h.Add("Set-Cookie", "b=2")
			h.Add("X-Empty", "")
			h.Add("X-Text", "gr\xc3\xbc\xc3\x9fe \xfc")
			return text(x, "ok")
		})
		h := s.get("/").Header
		equal(s, "X-A", strings.Join(slices.Collect(h.Values("X-A")), " "), "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19")
		equal(s, "X_A", len(slices.Collect(h.Values("X_A"))), 20)
		equal(s, "Set-Cookie", strings.Join(slices.Collect(h.Values("Set-Cookie")), " "), "a=1 b=2")
		equal(s, "X-Empty is there", h.Has("X-Empty"), true)
		equal(s, "X-Text", h.Value("X-Text"), "gr\xc3\xbc\xc3\x9fe \xfc")
	}},
	{name: "any final status can be sent, RFC 9110 §15", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Status, _ = strconv.Atoi(x.Request.Query)
			return text(x, "ok")
		})
		for _, status := range []int{200, 201, 203, 226, 299, 300, 399, 400, 418, 499, 500, 503, 599} {
			res := s.get("/?" + strconv.Itoa(status))
			equal(s, "status", res.Status, status)
			equal(s, "body", string(res.Body), "ok")
		}
	}},
	//spec:server HEAD is answered with the header of GET and no content (RFC 9110 §9.3.2).
	{name: "HEAD has the header of GET and no content, RFC 9110 §9.3.2", test: headLikeGet},
	//spec:server 204 and interim responses are sent without Content-Length and Transfer-Encoding (RFC 9110 §8.6, RFC 9112 §6.1).
	{name: "204 has no content and no length, RFC 9110 §8.6", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error { x.Response.Status = 204; return nil })
		res := s.get("/")
		equal(s, "Content-Length is there", res.Header.Has("Content-Length"), false)
		equal(s, "body", string(res.Body), "")
	}},
	{name: "205 has no content, RFC 9110 §15.3.6", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error { x.Response.Status = 205; return nil })
		equal(s, "body", string(s.get("/").Body), "")
		equal(s, "next", s.get("/").Status, 205)
	}},
	{name: "304 has no content and keeps its header, RFC 9110 §15.4.5", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Status = 304
			x.Response.Header.Add("ETag", `"a"`)
			return nil
		})
		res := s.get("/")
		equal(s, "ETag", res.Header.Value("ETag"), `"a"`)
		equal(s, "body", string(res.Body), "")
		equal(s, "next", s.get("/").Status, 304)
	}},
	{name: "content of 204, 205 and 304 is dropped", faulty: true, test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Status, _ = strconv.Atoi(x.Request.Query)
			x.WriteString("not to be seen")
			if x.Request.Path == "/streamed" {
				x.Flush()
				x.WriteString("nor this")
			}
			return nil
		})
		for _, status := range []string{"204", "205", "304", "204"} {
			for _, path := range []string{"/", "/streamed"} {
				equal(s, "body of "+status, string(s.get(path+"?"+status).Body), "")
			}
		}
	}},
	//spec:server Close sends the trailer where the protocol has them: chunked in HTTP/1.1, not in HTTP/1.0, not without content (RFC 9110 §6.5).
	{name: "trailers follow a stream, RFC 9110 §6.5", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Header.Add("Trailer", "X-Sum")
			x.WriteString("abc")
			if err := x.Flush(); err != nil {
				return err
			}
			x.WriteString("def")
			x.Response.Trailer.Add("X-Sum", "6")
			return nil
		})
		res := s.do(Request{Header: gateway.Header{{Name: "TE", Value: "trailers"}}})
		equal(s, "body", string(res.Body), "abcdef")
		equal(s, "trailer", res.Trailer.Value("X-Sum"), "6")
	}},
	{name: "trailers follow a body, RFC 9110 §6.5", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Header.Add("Trailer", "X-Sum")
			x.Response.Trailer.Add("X-Sum", "3")
			return text(x, "abc")
		})
		res := s.do(Request{Header: gateway.Header{{Name: "TE", Value: "trailers"}}})
		equal(s, "body", string(res.Body), "abc")
		equal(s, "trailer", res.Trailer.Value("X-Sum"), "3")
	}},
	{name: "trailers do not follow where there is no content", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Status, _ = strconv.Atoi(x.Request.Query)
			x.Response.Trailer.Add("X-Sum", "3")
			if x.Request.Method == "HEAD" {
				return text(x, "abc")
			}
			return nil
		})
		te := gateway.Header{{Name: "TE", Value: "trailers"}}
		for range 2 { // the next answer is not behind a trailer
			for _, q := range []Request{{Method: "HEAD", Target: "/?200"}, {Target: "/?204"}, {Target: "/?304"}} {
				q.Header = te
				res := s.do(q)
				equal(s, "status", "/?"+strconv.Itoa(res.Status), q.Target)
				equal(s, "trailers", len(res.Trailer), 0)
			}
		}
	}},
	//spec:server Inform sends at once. HTTP/1.0 has no interim responses: errors.ErrUnsupported (RFC 9110 §15.2).
	{name: "103 Early Hints arrives before the answer, RFC 8297", test: func(s *subject) {
		seen := make(chan struct{})
		s.serveFunc(func(x *gateway.Exchange) error {
			for _, link := range []string{"</a.css>; rel=preload", "</b.js>; rel=preload"} {
				if err := x.Inform(103, gateway.Header{{Name: "Link", Value: link}}); err != nil {
					return err
				}
			}
			await(s, seen)
			if err := text(x, "ok"); err != nil {
				return err
			}
			err := x.Flush()
			if x.Inform(103, nil) == nil {
				s.Errorf("Inform succeeded after the start")
			}
			return err
		})
		call := s.start(Request{})
		for _, link := range []string{"</a.css>; rel=preload", "</b.js>; rel=preload"} {
			hint, err := call.Interim()
			if err != nil {
				s.Fatal(err)
			}
			equal(s, "status", hint.Status, 103)
			equal(s, "Link", hint.Header.Value("Link"), link)
		}
		close(seen)
		res, err := Finish(call)
		if err != nil {
			s.Fatal(err)
		}
		equal(s, "body", string(res.Body), "ok")
		equal(s, "Link of the final answer", res.Header.Value("Link"), "")
	}},
	//spec:server A server adds Date where the application did not set one: a proxy passes on that of the answer (RFC 9110 §6.6.1).
	{name: "the application's Date is sent, once, RFC 9110 §6.6.1", test: func(s *subject) {
		const date = "Sun, 06 Nov 1994 08:49:37 GMT"
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Header.Add("Date", date)
			if x.Request.Path == "/streamed" {
				x.Flush()
			}
			return joinError(x.WriteString("ok"))
		})
		for _, path := range []string{"/", "/streamed"} {
			h := s.get(path).Header
			equal(s, "Date", strings.Join(slices.Collect(h.Values("Date")), ", "), date)
		}
	}},
	//spec:server Where the head says Close, an HTTP/1 server announces it and closes (RFC 9112 §9.6).
	{name: "Response.Close ends the connection, RFC 9112 §9.6", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error { x.Response.Close = true; return text(x, "bye") })
		res := s.get("/")
		equal(s, "body", string(res.Body), "bye")
		if s.http1() {
			equal(s, "close announced", res.Close, true)
		}
	}},
	{name: "Response.Body is only read", test: func(s *subject) {
		memory := []byte("shared constant, and what lies behind it")
		original := bytes.Clone(memory)
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Body = memory[:15]
			if x.Request.Path == "/more" {
				x.WriteString(" and more")
			}
			return nil
		})
		for range 3 {
			equal(s, "body", string(s.get("/").Body), "shared constant")
			equal(s, "body", string(s.get("/more").Body), "shared constant and more")
		}
		s.stop()
		equal(s, "the constant", string(memory), string(original))
	}},
}

// headLikeGet compares HEAD with GET for every way to answer.
func headLikeGet(s *subject) {
	f := s.file("0123456789")
	ways := map[string]func(x *gateway.Exchange) error{
		"/body":     func(x *gateway.Exchange) error { return text(x, "hello") },
		"/written":  func(x *gateway.Exchange) error { _, err := x.WriteString("hello"); return err },
		"/file":     func(x *gateway.Exchange) error { return x.SendFile(f, 1, 4) },
		"/streamed": func(x *gateway.Exchange) error { _, err := x.Write(make([]byte, gateway.BufferSize+1)); return err },
		"/declared": func(x *gateway.Exchange) error {
			x.Response.Header.Set("Content-Length", "5")
			if err := x.Flush(); err != nil {
				return err
			}
			_, err := x.WriteString("hello")
			return err
		},
	}
	s.serveFunc(func(x *gateway.Exchange) error {
		x.Response.Header.Set("ETag", `W/"x"`)
		return ways[x.Request.Path](x)
	})
	for path := range ways {
		get, head := s.get(path), s.do(Request{Method: "HEAD", Target: path})
		equal(s, path+": status", head.Status, get.Status)
		equal(s, path+": content", len(head.Body), 0)
		for _, h := range []*gateway.Header{&get.Header, &head.Header} {
			h.Del("Date")              // the clock may have moved on
			h.Del("Transfer-Encoding") // may be left out (RFC 9112 §6.1)
		}
		if !slices.Equal(sorted(get.Header), sorted(head.Header)) {
			s.Errorf("%s: HEAD has %v, GET %v", path, head.Header, get.Header)
		}
	}
}

func sorted(h gateway.Header) gateway.Header {
	slices.SortStableFunc(h, func(a, b gateway.Field) int { return strings.Compare(a.Name, b.Name) })
	return h
}

// read reads exactly n bytes of the answer.
func (s *subject) read(call Call, n int) string {
	s.Helper()
	p := make([]byte, n)
	for got := 0; got < n; {
		m, err := call.Read(p[got:])
		if err != nil {
			s.Fatalf("after %q: %v", p[:got], err)
		}
		got += m
	}
	return string(p)
}

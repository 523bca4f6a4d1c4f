package gatewaytest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
)

// What the application is told about a request (PEP 3333, environ variables).
var requestRules = []rule{
	{name: "request line and host", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			r := &x.Request
			equal(s, "Method", r.Method, "GET")
			equal(s, "Target", r.Target, "/a%2Fb/c?x=1&y=%20")
			equal(s, "Scheme", r.Scheme, s.info.Scheme)
			equal(s, "Host", r.Host, "localhost")
			equal(s, "Root", r.Root, "")
			equal(s, "Path", r.Path, "/a%2Fb/c")
			equal(s, "Query", r.Query, "x=1&y=%20")
			equal(s, "Length", r.Length, 0)
			if !slices.Contains([]string{"HTTP/1.0", "HTTP/1.1", "HTTP/2.0"}, r.Proto) {
				s.Errorf("Proto %q", r.Proto)
			}
			if r.Remote == nil || r.Local == nil {
				s.Errorf("Remote %v, Local %v", r.Remote, r.Local)
			}
			if r.Time.IsZero() || r.Time.After(time.Now()) {
				s.Errorf("Time %v", r.Time)
			}
			if (r.TLS != nil) != (r.Scheme == "https") {
				s.Errorf("Scheme %s with TLS %v", r.Scheme, r.TLS)
			}
			return text(x, "ok")
		})
		equal(s, "status", s.get("/a%2Fb/c?x=1&y=%20").Status, 200)
	}},
	{name: "header fields keep order, repetition and underscores", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			h := x.Request.Header
			equal(s, "X-A", strings.Join(slices.Collect(h.Values("x-a")), " "), "1 3")
			equal(s, "X_A", strings.Join(slices.Collect(h.Values("x_a")), " "), "2")
			equal(s, "X-Empty is there", h.Has("X-Empty"), true)
			equal(s, "X-Empty", h.Value("X-Empty"), "")
			equal(s, "X-None is there", h.Has("X-None"), false)
			equal(s, "X-Text", h.Value("X-Text"), "gr\xc3\xbc\xc3\x9fe \xfc")
			return text(x, "ok")
		})
		s.do(Request{Header: gateway.Header{
			{Name: "X-A", Value: "1"}, {Name: "X_A", Value: "2"}, {Name: "X-A", Value: "3"},
			{Name: "X-Empty", Value: ""}, {Name: "X-Text", Value: "gr\xc3\xbc\xc3\x9fe \xfc"},
		}})
	}},
	{name: "methods are case-sensitive tokens, RFC 9110 §9.1", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error { return text(x, x.Request.Method) })
		for _, method := range []string{"GET", "get", "PROPFIND", "X-M!", "DELETE", "OPTIONS", "PATCH"} {
			equal(s, "method", string(s.do(Request{Method: method}).Body), method)
		}
	}},
	//spec:server OPTIONS * goes to the application like any other request (RFC 9112 §3.2.4).
	{name: "OPTIONS * has the path *, RFC 9112 §3.2.4", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error { return text(x, x.Request.Path) })
		equal(s, "path", string(s.do(Request{Method: "OPTIONS", Target: "*"}).Body), "*")
	}},
	//spec:server An absolute request target decides Host and Path, whatever the Host field says (RFC 9112 §3.2.2).
	{name: "absolute target decides host and path, RFC 9112 §3.2.2", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error { return text(x, x.Request.Host+" "+x.Request.Path+" "+x.Request.Query) })
		conn, ok := s.dial()
		if !ok {
			return
		}
		s.send(conn, "GET http://other.example:81/p%41?q HTTP/1.1\r\nHost: other.example:81\r\n\r\n")
		equal(s, "answer", string(s.receive(conn, "GET").Body), "other.example:81 /p%41 q")
	}},
	{name: "HTTP/1.0 without Host has none", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error { return text(x, x.Request.Proto+" "+x.Request.Host) })
		if res, ok := s.old(Request{}); ok {
			equal(s, "answer", string(res.Body), "HTTP/1.0 ")
		}
	}},
	//spec:server Every string of a Request owns its memory and is never overwritten: an application may keep it, put it in a map, hand it to another goroutine. So it is with the fields of its Header and Trailer.
	{name: "strings are owned for ever", test: stringsKept},
}

// stringsKept holds the strings of many exchanges on one connection against
// copies that were made at once.
func stringsKept(s *subject) {
	type kept struct {
		live, copied []string
		header, copy gateway.Header
	}
	all := make(chan kept, 100)
	s.serveFunc(func(x *gateway.Exchange) error {
		r := &x.Request
		k := kept{live: []string{r.Method, r.Target, r.Host, r.Path, r.Query, r.Proto, r.Scheme}}
		for _, f := range r.Header {
			k.live = append(k.live, f.Name, f.Value)
		}
		for _, v := range k.live {
			k.copied = append(k.copied, strings.Clone(v))
		}
		k.header, k.copy = r.Header, r.Header.Clone()
		all <- k
		return text(x, "ok")
	})
	for i := range 50 {
		s.do(Request{
			Target: fmt.Sprintf("/%c%d?%d", 'a'+i%26, i, i*i),
			Host:   fmt.Sprintf("host%d.example", i),
			Header: gateway.Header{{Name: fmt.Sprintf("X-%c", 'A'+i%26), Value: strings.Repeat(fmt.Sprint(i), 1+i%9)}},
		})
	}
	s.stop()
	close(all)
	for k := range all {
		if !slices.Equal(k.live, k.copied) {
			s.Errorf("strings of a request changed: %q became %q", k.copied, k.live)
		}
		if !slices.Equal(k.header, k.copy) {
			s.Errorf("the header of a request changed: %q became %q", k.copy, k.header)
		}
	}
}

// text answers with s.
func text(x *gateway.Exchange, s string) error {
	x.Response.Header.Set("Content-Type", "text/plain; charset=utf-8")
	x.Response.Body = []byte(s)
	return nil
}

// old sends q with HTTP/1.0, where the target knows it.
func (s *subject) old(q Request) (*Result, bool) {
	s.Helper()
	q.Proto = "HTTP/1.0"
	call, err := s.client.Start(q)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil, false
	}
	if err != nil {
		s.Fatal(err)
	}
	res, err := Finish(call)
	if err != nil {
		s.Fatal(err)
	}
	return res, true
}

// send writes raw bytes.
func (s *subject) send(conn *client.Socket, raw string) {
	s.Helper()
	if _, err := conn.Write([]byte(raw)); err != nil {
		s.Fatal(err)
	}
}

// receive reads one strict HTTP/1.1 answer to method from a raw connection,
// interim ones before it included.
func (s *subject) receive(conn *client.Socket, method string) *Result {
	s.Helper()
	res, err := conn.Receive(method)
	if err != nil {
		s.Fatal(err)
	}
	return res
}

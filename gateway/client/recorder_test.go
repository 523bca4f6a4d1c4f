package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

func handler(f func(x *gateway.Exchange) error) gateway.Handler { return gateway.HandlerFunc(f) }

func TestRecorderRecordsAnAnswer(t *testing.T) {
	res := Do(handler(func(x *gateway.Exchange) error {
		if err := x.Inform(103, gateway.Header{{Name: "Link", Value: "</a.css>"}}); err != nil {
			return err
		}
		x.Response.Status = 201
		x.Response.Header.Add("X-Made", "yes")
		x.Response.Trailer.Add("X-Sum", "7")
		x.WriteString("one ")
		x.Flush()
		x.WriteString("two ")
		x.WriteString("three ")
		x.Flush()
		x.WriteString("four")
		return nil
	}), Request{})
	if res.Status != 201 || res.Header.Value("X-Made") != "yes" || string(res.Body) != "one two three four" {
		t.Fatalf("got %d %v %q", res.Status, res.Header, res.Body)
	}
	if got := bytes.Join(res.Chunks(), []byte("|")); string(got) != "one |two three |four" {
		t.Errorf("chunks %q", got)
	}
	if len(res.Interim) != 1 || res.Interim[0].Status != 103 || res.Interim[0].Header.Value("link") != "</a.css>" {
		t.Errorf("interim %v", res.Interim)
	}
	if res.Trailer.Value("x-sum") != "7" || res.Header.Has("Content-Length") || res.Aborted || res.Close {
		t.Errorf("trailer %v header %v aborted %v close %v", res.Trailer, res.Header, res.Aborted, res.Close)
	}
	if res.Outcome.Status != 201 || res.Outcome.Bytes != 18 || res.Outcome.Err != nil {
		t.Errorf("outcome %+v", res.Outcome)
	}
}

func TestRecorderFillsTheRequest(t *testing.T) {
	for _, c := range []struct {
		q                                Request
		scheme, host, path, query, proto string
	}{
		{Request{}, "http", "localhost", "/", "", "HTTP/1.1"},
		{Request{Target: "/a%2Fb?x=1?y"}, "http", "localhost", "/a%2Fb", "x=1?y", "HTTP/1.1"},
		{Request{Target: "https://example.org:8443/p?q", Host: "ignored"}, "https", "example.org:8443", "/p", "q", "HTTP/1.1"},
		{Request{Target: "http://example.org"}, "http", "example.org", "/", "", "HTTP/1.1"},
		{Request{Target: "http://example.org?q"}, "http", "example.org", "/", "q", "HTTP/1.1"},
		{Request{Target: "*", Method: "OPTIONS"}, "http", "localhost", "*", "", "HTTP/1.1"},
		{Request{Proto: "HTTP/1.0"}, "http", "", "/", "", "HTTP/1.0"},
	} {
		Do(handler(func(x *gateway.Exchange) error {
			r := &x.Request
			got := []string{r.Scheme, r.Host, r.Path, r.Query, r.Proto}
			want := []string{c.scheme, c.host, c.path, c.query, c.proto}
			if strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("%+v: got %q, want %q", c.q, got, want)
			}
			return nil
		}), c.q)
	}
}

func TestRecorderBodies(t *testing.T) {
	sum := gateway.Header{{Name: "X-Sum", Value: "1"}}
	for name, c := range map[string]struct {
		q      Request
		length int64
		want   string
	}{
		"none":           {Request{}, 0, ""},
		"body":           {Request{Body: []byte("abc")}, 3, "abc"},
		"body, trailer":  {Request{Body: []byte("abc"), Trailer: sum}, -1, "abc"},
		"stream":         {Request{Stream: strings.NewReader("abcd")}, -1, "abcd"},
		"stream, length": {Request{Stream: strings.NewReader("abcd"), Length: 4}, 4, "abcd"},
		"stream, longer": {Request{Stream: strings.NewReader("abcdef"), Length: 4}, 4, "abcd"},
	} {
		res := Do(handler(func(x *gateway.Exchange) error {
			if x.Request.Length != c.length {
				t.Errorf("%s: Length %d, want %d", name, x.Request.Length, c.length)
			}
			body, err := io.ReadAll(x)
			if string(body) != c.want || err != nil {
				t.Errorf("%s: read %q, %v", name, body, err)
			}
			if n, err := x.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("%s: read after the end %d, %v", name, n, err)
			}
			if got := len(x.Request.Trailer); got != len(c.q.Trailer) {
				t.Errorf("%s: trailer %v", name, x.Request.Trailer)
			}
			return nil
		}), c.q)
		if res.Close || res.Status != 200 {
			t.Errorf("%s: status %d close %v", name, res.Status, res.Close)
		}
	}
}

func TestRecorderBrokenStreamIsAClientThatHasGone(t *testing.T) {
	for name, q := range map[string]Request{
		"too short": {Stream: strings.NewReader("abc"), Length: 4},
		"fails":     {Stream: broken("abc")},
	} {
		res := Do(handler(func(x *gateway.Exchange) error {
			_, err := io.ReadAll(x)
			if !errors.Is(err, gateway.ErrGone) {
				t.Errorf("%s: %v does not wrap ErrGone", name, err)
			}
			<-x.Context().Done()
			return err
		}), q)
		if !res.Aborted || res.Outcome.Fault() != nil {
			t.Errorf("%s: %+v", name, res)
		}
	}
}

func TestRecorderDrainsUpToItsLimit(t *testing.T) {
	for _, c := range []struct {
		n     int
		close bool
	}{{DrainLimit, false}, {DrainLimit + 1, true}} {
		res := Do(handler(func(x *gateway.Exchange) error { return nil }), Request{Body: make([]byte, c.n)})
		if res.Close != c.close {
			t.Errorf("%d bytes unread: close %v", c.n, res.Close)
		}
	}
}

func TestRecorderExpectContinue(t *testing.T) {
	q := Request{Header: gateway.Header{{Name: "Expect", Value: "100-continue"}}, Body: []byte("abc")}
	read := Do(handler(func(x *gateway.Exchange) error { _, err := io.ReadAll(x); return err }), q)
	if !read.Continued() || read.Close {
		t.Errorf("read: continued %v, close %v", read.Continued(), read.Close)
	}
	unread := Do(handler(func(x *gateway.Exchange) error { return nil }), q)
	if unread.Continued() || !unread.Close {
		t.Errorf("unread: continued %v, close %v", unread.Continued(), unread.Close)
	}
}

func TestRecorderHTTP10(t *testing.T) {
	res := Do(handler(func(x *gateway.Exchange) error {
		if err := x.Inform(103, nil); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Inform: %v", err)
		}
		x.Response.Trailer.Add("X-Sum", "1")
		_, err := x.WriteString("a")
		return err
	}), Request{Proto: "HTTP/1.0"})
	if len(res.Trailer) != 0 || res.Header.Value("Content-Length") != "1" {
		t.Errorf("trailer %v header %v", res.Trailer, res.Header)
	}
}

func TestRecorderSendFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	res := Do(handler(func(x *gateway.Exchange) error { return x.SendFile(f, 2, 3) }), Request{})
	if string(res.Body) != "234" || res.Files != 3 || res.Length != 3 {
		t.Errorf("got %q, %d bytes as file, length %d", res.Body, res.Files, res.Length)
	}
}

func TestRecorderHijack(t *testing.T) {
	rec := &Recorder{Handler: handler(func(x *gateway.Exchange) error {
		conn, _, err := x.Hijack()
		if err != nil {
			return err
		}
		defer conn.Close()
		_, err = conn.Write([]byte("raw"))
		return err
	})}
	call := rec.Start(Request{})
	conn, err := call.Conn()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); string(got) != "raw" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if res := call.Result(); !res.Outcome.Hijacked || res.Status != 0 {
		t.Errorf("%+v", res)
	}
}

func TestRecorderClientSeesWhatWasFlushed(t *testing.T) {
	seen := make(chan struct{})
	rec := &Recorder{Handler: handler(func(x *gateway.Exchange) error {
		x.WriteString("first")
		x.Flush()
		<-seen
		x.WriteString("second")
		return nil
	})}
	call := rec.Start(Request{})
	p := make([]byte, 64)
	n, err := call.Read(p)
	if string(p[:n]) != "first" || err != nil {
		t.Fatalf("read %q, %v", p[:n], err)
	}
	close(seen)
	n, err = call.Read(p)
	if string(p[:n]) != "second" || err != nil {
		t.Fatalf("read %q, %v", p[:n], err)
	}
	if _, err = call.Read(p); err != io.EOF {
		t.Fatal(err)
	}
}

func TestRecorderClientLeaves(t *testing.T) {
	started := make(chan struct{})
	rec := &Recorder{Handler: handler(func(x *gateway.Exchange) error {
		close(started)
		<-x.Context().Done()
		if err := context.Cause(x.Context()); !errors.Is(err, gateway.ErrGone) {
			t.Errorf("cause %v", err)
		}
		return x.Flush()
	})}
	call := rec.Start(Request{})
	<-started
	call.Close()
	res := call.Result()
	if !res.Aborted || !errors.Is(res.Outcome.Err, gateway.ErrGone) {
		t.Errorf("%+v", res)
	}
}

func TestRecorderDeadlines(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	res := Do(handler(func(x *gateway.Exchange) error {
		if err := x.SetDeadlines(time.Now().Add(time.Millisecond), time.Time{}); err != nil {
			t.Error(err)
		}
		if _, err := x.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read: %v", err)
		}
		x.SetDeadlines(time.Time{}, time.Now())
		if err := x.Flush(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("flush: %v", err)
		}
		return nil
	}), Request{Stream: r})
	if !res.Aborted {
		t.Errorf("%+v", res)
	}
}

func TestRecorderContextEndsWithTheHandler(t *testing.T) {
	var ctx context.Context
	Do(handler(func(x *gateway.Exchange) error { ctx = x.Context(); return ctx.Err() }), Request{})
	if ctx.Err() == nil {
		t.Error("the context has not ended")
	}
}

// A constant route behind one middleware costs nothing: the strings of the
// request are the only thing that a server allocates, and the recorder is given
// them.
func TestRecorderConstantTextAllocations(t *testing.T) {
	body := []byte("Hello, world!\n")
	server := func(next gateway.Handler) gateway.Handler {
		return handler(func(x *gateway.Exchange) error {
			err := next.Serve(x)
			x.Response.Header.Add("X-Served-By", "test")
			return err
		})
	}
	rec := &Recorder{Handler: gateway.Chain(handler(func(x *gateway.Exchange) error {
		x.Response.Header.Add("Content-Type", "text/plain; charset=utf-8")
		x.Response.Body = body
		return nil
	}), server)}
	q := Request{Target: "/hello?name=x", Header: gateway.Header{{Name: "Accept", Value: "*/*"}}}
	if n := testing.AllocsPerRun(100, func() { rec.Do(q) }); n != renewCost {
		t.Errorf("%v allocations for a request, want %d", n, renewCost)
	}
	res := rec.Do(q)
	if string(res.Body) != string(body) || len(res.Header) != 3 || res.Header.Value("Content-Length") != "14" {
		t.Errorf("%+v", res)
	}
}

// Content that is written costs its memory, which is new for every exchange: whoever
// keeps it sees it unchanged for ever.
func TestRecorderWrittenTextAllocations(t *testing.T) {
	rec := &Recorder{Handler: handler(func(x *gateway.Exchange) error {
		x.Response.Header.Add("Content-Type", "text/plain; charset=utf-8")
		x.WriteString("Hello, ")
		_, err := x.WriteString("world!\n")
		return err
	})}
	if n := testing.AllocsPerRun(100, func() { rec.Do(Request{}) }); n != renewCost+1 {
		t.Errorf("%v allocations for a request, want %d", n, renewCost+1)
	}
}

func TestMemoryIsAServer(t *testing.T) {
	var m Memory
	if _, err := m.Start(Request{}); err == nil {
		t.Error("a server that does not serve accepted a request")
	}
	if _, err := m.Dial(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Dial: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	life := &lifespan{Handler: handler(func(x *gateway.Exchange) error { return nil }), started: make(chan net.Addr, 1)}
	done := make(chan error)
	go func() { done <- m.Serve(ctx, life) }()
	<-life.started
	call, err := m.Start(Request{})
	if err != nil {
		t.Fatal(err)
	}
	if res, err := Finish(call); err != nil || res.Status != 200 {
		t.Errorf("%+v %v", res, err)
	}
	cancel()
	if err := <-done; err != nil || !life.stopped {
		t.Errorf("%v, stopped %v", err, life.stopped)
	}
}

type lifespan struct {
	gateway.Handler
	started chan net.Addr
	stopped bool
}

func (l *lifespan) Startup(_ context.Context, s gateway.ServerInfo) error {
	l.started <- s.Addrs[0]
	return nil
}

func (l *lifespan) Shutdown(ctx context.Context) error {
	l.stopped = true
	return ctx.Err()
}

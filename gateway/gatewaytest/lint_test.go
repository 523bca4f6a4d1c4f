package gatewaytest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// linted runs q through a recorder, below and above Lint, and returns what Lint
// found.
func linted(q Request, below gateway.Middleware, above gateway.Handler) []*Violation {
	var found []*Violation
	lint := Lint(func(err error) { found = append(found, err.(*Violation)) })
	h := lint(above)
	if below != nil {
		h = below(h)
	}
	Do(h, q)
	return found
}

func expect(t *testing.T, name string, found []*Violation, by Party, what string) {
	t.Helper()
	if len(found) != 1 || found[0].By != by || !strings.Contains(found[0].What, what) {
		t.Errorf("%s: found %v, want one violation by %s with %q", name, found, by, what)
	}
}

func TestLintSaysNothingOfAGoodExchange(t *testing.T) {
	for _, q := range []Request{{}, {Method: "HEAD"}, {Method: "POST", Body: []byte("abc")}, {Proto: "HTTP/1.0"}} {
		found := linted(q, nil, handler(func(x *gateway.Exchange) error {
			if _, err := io.Copy(io.Discard, x); err != nil {
				return err
			}
			x.Response.Header.Add("ETag", `W/"a"`)
			x.Response.Header.Add("Content-Length", "5")
			return text(x, "hello")
		}))
		if len(found) > 0 {
			t.Errorf("%+v: %v", q, found)
		}
	}
}

func TestLintChecksTheApplication(t *testing.T) {
	get, post := Request{}, Request{Method: "POST", Body: []byte("abc")}
	field := func(name, value string) func(x *gateway.Exchange) error {
		return func(x *gateway.Exchange) error {
			x.Response.Header.Add(name, value)
			return nil
		}
	}
	status := func(status int, name, value string) func(x *gateway.Exchange) error {
		return func(x *gateway.Exchange) error {
			x.Response.Status = status
			if name == "" {
				return nil
			}
			return field(name, value)(x)
		}
	}
	started := func(f func(x *gateway.Exchange)) func(x *gateway.Exchange) error {
		return func(x *gateway.Exchange) error {
			x.Response.Status = 201
			err := x.Flush()
			f(x)
			return err
		}
	}
	for name, c := range map[string]struct {
		q    Request
		do   func(x *gateway.Exchange) error
		what string
	}{
		"nothing":       {get, func(x *gateway.Exchange) error { return nil }, "answered nothing"},
		"status low":    {get, status(199, "", ""), "not 200 to 599"},
		"status high":   {get, status(600, "", ""), "not 200 to 599"},
		"name":          {get, field("X Y", "z"), "not a token"},
		"value":         {get, field("X-Y", "z\r\n"), "control byte"},
		"hop by hop":    {get, field("Keep-Alive", "z"), "belongs to the connection"},
		"etag unquoted": {get, field("ETag", "abc"), "not of the form"},
		"etag w/":       {get, field("ETag", `w/"abc"`), "not of the form"},
		"etag quote":    {get, field("ETag", `"a"c"`), "not of the form"},
		"etag open":     {get, field("ETag", `"`), "not of the form"},
		"length syntax": {get, field("Content-Length", "x"), "not a decimal"},
		"length wrong":  {get, field("Content-Length", "1"), "declared 1, body has 0"},
		"204 length":    {get, status(204, "Content-Length", "0"), "204 with Content-Length"},
		"304 type":      {get, status(304, "Content-Type", "text/html"), "304 with Content-Type"},
		"401":           {get, status(401, "", ""), "401 without WWW-Authenticate"},
		"405":           {get, status(405, "", ""), "405 without Allow"},
		"426":           {get, status(426, "", ""), "426 without Upgrade"},
		"connect":       {Request{Method: "CONNECT"}, status(200, "", ""), "200 to CONNECT"},
		"204 body":      {get, func(x *gateway.Exchange) error { x.Response.Status = 204; return joinError(x.WriteString("a")) }, "204 with 1 bytes"},
		"two types": {get, func(x *gateway.Exchange) error {
			field("content-type", "a/b")(x)
			return field("Content-Type", "a/b")(x)
		}, "2 fields Content-Type"},
		"late status": {get, started(func(x *gateway.Exchange) { x.Response.Status = 404 }), "changed after it had started"},
		"late field":  {get, started(func(x *gateway.Exchange) { x.Response.Header.Add("A", "b") }), "changed after it had started"},
		"late close":  {get, started(func(x *gateway.Exchange) { x.Response.Close = true }), "changed after it had started"},
		"late body":   {get, started(func(x *gateway.Exchange) { x.Response.Body = []byte("a") }), "Body was replaced"},
		"trailer":     {get, started(func(x *gateway.Exchange) { x.Response.Trailer.Add("Content-Type", "a") }), "may not stand in a trailer"},
		"root":        {get, func(x *gateway.Exchange) error { x.Request.Root = "/a"; return text(x, "") }, "Root and Path were"},
		"path, panic": {get, func(x *gateway.Exchange) error { x.Request.Path = "/a"; panic("boom") }, "Root and Path were"},
		"hook":        {get, func(x *gateway.Exchange) error { x.OnFinish(func(gateway.Outcome) { panic(1) }); return text(x, "") }, "a hook of OnFinish panicked"},
		"too few":     {get, func(x *gateway.Exchange) error { field("Content-Length", "5")(x); return x.Flush() }, "5 bytes declared, 0 written"},
		"streamed 304": {get, func(x *gateway.Exchange) error {
			x.Response.Status = 304
			x.Flush()
			return joinError(x.WriteString("abc"))
		}, "304 with 3 bytes"},
		"header in place":  {Request{Header: gateway.Header{{Name: "A", Value: "b"}}}, func(x *gateway.Exchange) error { x.Request.Header[0].Value = "c"; return text(x, "") }, "changed in place"},
		"read left behind": {post, readLeftBehind, "still used the exchange"},
	} {
		expect(t, name, linted(c.q, nil, handler(c.do)), Application, c.what)
	}
}

// readLeftBehind returns while its goroutine reads. The goroutine ends with the
// transport's answer, after the handler.
func readLeftBehind(x *gateway.Exchange) error {
	reading, release := make(chan struct{}), make(chan struct{})
	blocked := &blockedReader{reading: reading, release: release}
	x.Wrap(func(next gateway.Transport) gateway.Transport {
		w := next.(*watchedTransport)
		blocked.Transport, w.next = w.next, blocked
		return w
	})
	done := make(chan struct{})
	x.OnFinish(func(gateway.Outcome) { close(release); <-done })
	go func() { // ends in the hook
		defer close(done)
		x.Read(make([]byte, 1))
	}()
	<-reading
	return text(x, "")
}

type blockedReader struct {
	gateway.Transport
	reading, release chan struct{}
}

func (b *blockedReader) Read(p []byte) (int, error) {
	close(b.reading)
	<-b.release
	return 0, io.EOF
}

func TestLintChecksTheRequest(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *gateway.Request)
		what   string
	}{
		"method":       {func(r *gateway.Request) { r.Method = "GE T" }, "Method"},
		"no method":    {func(r *gateway.Request) { r.Method = "" }, "Method"},
		"target":       {func(r *gateway.Request) { r.Target = "" }, "Target is empty"},
		"proto":        {func(r *gateway.Request) { r.Proto = "HTTP/2" }, "Proto"},
		"scheme":       {func(r *gateway.Request) { r.Scheme = "HTTP" }, "Scheme"},
		"no host":      {func(r *gateway.Request) { r.Host = "" }, "Host"},
		"host":         {func(r *gateway.Request) { r.Host = "a/b" }, "Host"},
		"root /":       {func(r *gateway.Request) { r.Root = "/" }, "Root"},
		"root slash":   {func(r *gateway.Request) { r.Root = "/a/" }, "Root"},
		"root without": {func(r *gateway.Request) { r.Root = "a" }, "Root"},
		"path":         {func(r *gateway.Request) { r.Path = "a" }, "Path"},
		"empty path":   {func(r *gateway.Request) { r.Path = "" }, "Path"},
		"star":         {func(r *gateway.Request) { r.Path = "*" }, "Path"},
		"query in it":  {func(r *gateway.Request) { r.Path = "/a?b" }, "holds a byte"},
		"unescaped":    {func(r *gateway.Request) { r.Path = "/a b" }, "holds a byte"},
		"query":        {func(r *gateway.Request) { r.Query = "a#b" }, "holds a byte"},
		"length":       {func(r *gateway.Request) { r.Length = -2 }, "Length"},
		"name":         {func(r *gateway.Request) { r.Header = gateway.Header{{Name: "A ", Value: "b"}} }, "not a token"},
		"value":        {func(r *gateway.Request) { r.Header = gateway.Header{{Name: "A", Value: "b\x00"}} }, "control byte"},
		"trailer":      {func(r *gateway.Request) { r.Trailer, r.Length = gateway.Header{{Name: "A", Value: "b"}}, -1 }, "Trailer is there"},
		"remote":       {func(r *gateway.Request) { r.Remote = nil }, "Remote"},
		"local":        {func(r *gateway.Request) { r.Local = nil }, "Local"},
		"time":         {func(r *gateway.Request) { r.Time = time.Time{} }, "Time"},
	} {
		spoil := func(next gateway.Handler) gateway.Handler {
			return handler(func(x *gateway.Exchange) error { c.change(&x.Request); return next.Serve(x) })
		}
		found := linted(Request{}, spoil, handler(func(x *gateway.Exchange) error { return text(x, "ok") }))
		expect(t, name, found, Server, c.what)
	}
}

// bad is a transport with faults: a field that is set takes the method's place.
type bad struct {
	gateway.Transport
	read      func(p []byte) (int, error)
	write     func(p []byte) (int, error)
	head      func(h *gateway.Head)
	hijack    error
	deadlines error
	context   bool
}

func (b *bad) Read(p []byte) (int, error) {
	if b.read != nil {
		return b.read(p)
	}
	return b.Transport.Read(p)
}

func (b *bad) Write(p []byte) (int, error) {
	if b.write != nil {
		return b.write(p)
	}
	return b.Transport.Write(p)
}

func (b *bad) WriteHead(h *gateway.Head) error {
	err := b.Transport.WriteHead(h)
	if b.head != nil {
		b.head(h)
	}
	return err
}

func (b *bad) Hijack() (net.Conn, []byte, error)        { return nil, nil, b.hijack }
func (b *bad) SetDeadlines(read, write time.Time) error { return b.deadlines }

func (b *bad) Context() context.Context {
	if b.context {
		return nil
	}
	return b.Transport.Context()
}

func TestLintChecksTheServersTransport(t *testing.T) {
	read := func(times, n int) func(x *gateway.Exchange) error {
		return func(x *gateway.Exchange) error {
			for range times {
				x.Read(make([]byte, n))
			}
			return text(x, "ok")
		}
	}
	first := func(a, b func() (int, error)) func([]byte) (int, error) {
		calls := 0
		return func([]byte) (int, error) {
			if calls++; calls == 1 {
				return a()
			}
			return b()
		}
	}
	write := func(x *gateway.Exchange) error { x.Response.Body = []byte("hello"); return nil }
	for name, c := range map[string]struct {
		bad  bad
		do   func(x *gateway.Exchange) error
		what string
	}{
		"read nothing":   {bad{read: func([]byte) (int, error) { return 0, nil }}, read(1, 1), "returned 0, <nil>"},
		"read minus":     {bad{read: func([]byte) (int, error) { return -1, nil }}, read(1, 1), "returned -1"},
		"read beyond p":  {bad{read: func([]byte) (int, error) { return 2, nil }}, read(1, 1), "returned 2"},
		"read too much":  {bad{read: func(p []byte) (int, error) { return len(p), nil }}, read(1, 4), "Length is 3"},
		"eof early":      {bad{read: func([]byte) (int, error) { return 0, io.EOF }}, read(1, 4), "Length is 3"},
		"eof once":       {bad{read: first(func() (int, error) { return 3, io.EOF }, func() (int, error) { return 0, errors.New("again") })}, read(2, 3), "after it had returned EOF"},
		"error once":     {bad{read: first(func() (int, error) { return 0, io.ErrNoProgress }, func() (int, error) { return 3, nil })}, read(2, 3), "after it had returned multiple"},
		"write short":    {bad{write: func(p []byte) (int, error) { return 4, nil }}, write, "returned 4, <nil>"},
		"write scribble": {bad{write: func(p []byte) (int, error) { p[0] = 'H'; return len(p), nil }}, func(x *gateway.Exchange) error { return joinError(x.Write(make([]byte, gateway.BufferSize+1))) }, "changed the bytes"},
		"head":           {bad{head: func(h *gateway.Head) { h.Header.Del("Content-Type"); h.Header = nil }}, func(x *gateway.Exchange) error { return text(x, "") }, "changed the head"},
		"hijack":         {bad{}, func(x *gateway.Exchange) error { x.Hijack(); return text(x, "") }, "Hijack returned"},
		"deadlines":      {bad{deadlines: errors.New("no")}, func(x *gateway.Exchange) error { x.SetDeadlines(time.Time{}, time.Time{}); return text(x, "") }, "SetDeadlines failed"},
		"context":        {bad{context: true}, func(x *gateway.Exchange) error { x.Context(); return text(x, "") }, "Context is nil"},
	} {
		b := c.bad
		spoil := func(next gateway.Handler) gateway.Handler {
			return handler(func(x *gateway.Exchange) error {
				x.Wrap(func(t gateway.Transport) gateway.Transport { b.Transport = t; return &b })
				return next.Serve(x)
			})
		}
		var of []*Violation
		for _, v := range linted(Request{Method: "POST", Body: []byte("abc")}, spoil, handler(c.do)) {
			if v.By == Server {
				of = append(of, v)
			}
		}
		if len(of) > 1 {
			of = of[:1] // one fault may break several rules
		}
		expect(t, name, of, Server, c.what)
	}
}

func TestLintChecksMiddleware(t *testing.T) {
	head := &gateway.Head{Status: 200, Length: 3}
	for name, c := range map[string]struct {
		do   func(w gateway.Transport)
		what string
	}{
		"write before head": {func(w gateway.Transport) { w.Write([]byte("a")) }, "Write was called before or after its time"},
		"file before head":  {func(w gateway.Transport) { w.WriteFile(nil, 0, 0) }, "WriteFile was called"},
		"two heads":         {func(w gateway.Transport) { w.WriteHead(head); w.WriteHead(head) }, "WriteHead was called"},
		"late inform":       {func(w gateway.Transport) { w.WriteHead(head); w.Inform(103, nil) }, "Inform was called"},
		"too much":          {func(w gateway.Transport) { w.WriteHead(head); w.Write([]byte("abcd")) }, "4 bytes of content after a head with length 3"},
		"too little":        {func(w gateway.Transport) { w.WriteHead(head); w.Write([]byte("ab")); w.Close(nil) }, "Close after 2 bytes"},
		"empty": {func(w gateway.Transport) {
			w.WriteHead(&gateway.Head{Status: 204, Length: -1, Empty: true})
			w.Write([]byte("a"))
		}, "empty true"},
		"status": {func(w gateway.Transport) { w.WriteHead(&gateway.Head{Status: 99, Length: -1}) }, "status 99"},
		"field": {func(w gateway.Transport) {
			w.WriteHead(&gateway.Head{Status: 200, Length: -1, Header: gateway.Header{{Name: "A", Value: "\n"}}})
		}, "control byte"},
		"after close": {func(w gateway.Transport) {
			w.WriteHead(&gateway.Head{Status: 200, Length: -1})
			w.Close(nil)
			w.Write(nil)
		}, "Write was called"},
		"abort after close": {func(w gateway.Transport) {
			w.WriteHead(&gateway.Head{Status: 200, Length: -1})
			w.Close(nil)
			w.Abort()
		}, "Abort was called"},
	} {
		var found []*Violation
		report := func(err error) { found = append(found, err.(*Violation)) }
		Do(handler(func(x *gateway.Exchange) error {
			check := &check{lint: &lint{report: report}, x: x, name: "GET /"}
			check.returned.Store(true) // the handler's part is not the matter here
			return x.Wrap(func(below gateway.Transport) gateway.Transport {
				c.do(&watchedTransport{next: below, check: check})
				return below
			})
		}), Request{})
		expect(t, name, found, Middleware, c.what)
	}
}

func handler(f func(x *gateway.Exchange) error) gateway.Handler { return gateway.HandlerFunc(f) }

// A middleware between two of them that changes the application's constant.
func TestLintSeesASharedBodyChange(t *testing.T) {
	body := []byte("constant")
	scribble := func(next gateway.Handler) gateway.Handler {
		return handler(func(x *gateway.Exchange) error {
			err := next.Serve(x)
			x.Response.Body[0] = 'C'
			return err
		})
	}
	found := linted(Request{}, scribble, handler(func(x *gateway.Exchange) error { x.Response.Body = body; return nil }))
	expect(t, "body", found, Middleware, "memory of Response.Body")
}

func ExampleLint() {
	app := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Response.Header.Set("ETag", "v1") // quotes forgotten
		x.Response.Body = []byte("hello")
		return nil
	})
	h := gateway.Chain(app, Lint(func(err error) { fmt.Println(err) }))
	Do(h, Request{Target: "/hello"})
	// Output:
	// gatewaytest: the application broke the contract on GET /hello: ETag "v1" is not of the form "tag" or W/"tag" (RFC 9110 §8.8.3)
}

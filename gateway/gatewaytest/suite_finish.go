package gatewaytest

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/dewar-go/dewar/gateway"
)

// OnFinish: once, last in first out, when all is over.
var finishRules = []rule{
	//spec:application A hook of OnFinish runs once for every exchange: after success, error, panic, abort, disconnect and Hijack.
	{name: "OnFinish runs once with the outcome", test: finishesOnce},
	//spec:application Hooks run last in, first out, in the exchange's goroutine.
	{name: "OnFinish runs last in, first out", test: func(s *subject) {
		order := make(chan string, 1)
		s.serveFunc(func(x *gateway.Exchange) error {
			var names []string
			x.OnFinish(func(gateway.Outcome) { order <- strings.Join(names, " ") })
			for _, name := range []string{"first", "second", "third"} {
				x.OnFinish(func(gateway.Outcome) { names = append(names, name) })
			}
			return text(x, "ok")
		})
		for range 2 {
			s.get("/")
			equal(s, "order", wait(s, order), "third second first")
		}
	}},
	//spec:server Hooks run after the last byte was handed to the system, or the exchange was aborted.
	{name: "OnFinish runs after the last byte", test: func(s *subject) {
		seen := make(chan struct{})
		s.serveFunc(func(x *gateway.Exchange) error {
			x.OnFinish(func(gateway.Outcome) { await(s, seen) })
			switch x.Request.Path {
			case "/error":
				return errBoom
			case "/stream":
				x.Flush()
			}
			return joinError(x.WriteString("ok"))
		})
		for path, want := range map[string]string{"/": "ok", "/stream": "ok", "/error": "500 Internal Server Error\n"} {
			call := s.start(Request{Target: path})
			equal(s, "content, while the hook waits", s.read(call, len(want)), want)
			give(s, seen)
			if _, err := Finish(call); err != nil {
				s.Errorf("%s: %v", path, err)
			}
		}
	}},
	{name: "a panic in OnFinish does not keep the others from running", faulty: true, test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.OnFinish(s.note)
			x.OnFinish(func(gateway.Outcome) { panic("hook") })
			return text(x, "ok")
		})
		for range 2 {
			equal(s, "status", s.get("/").Status, 200)
			var p *gateway.PanicError
			if o := s.outcome(); !errors.As(o.Err, &p) || p.Value != "hook" {
				s.Errorf("the hook behind it is told %+v", o)
			}
		}
	}},
	//spec:application In a hook the exchange can be read and not be used any more.
	{name: "OnFinish can read the exchange", test: func(s *subject) {
		lines := make(chan string, 1)
		s.serveFunc(func(x *gateway.Exchange) error {
			x.OnFinish(func(o gateway.Outcome) {
				lines <- x.Request.Method + " " + x.Request.Target + " " + x.Response.Header.Value("X-Made")
			})
			x.Response.Header.Add("X-Made", "yes")
			return text(x, "ok")
		})
		s.get("/a?b")
		equal(s, "line", wait(s, lines), "GET /a?b yes")
	}},
}

// finishesOnce takes every way in which an exchange can end.
func finishesOnce(s *subject) {
	var mu sync.Mutex
	var calls []string
	s.serveFunc(func(x *gateway.Exchange) error {
		path := x.Request.Path
		x.OnFinish(func(o gateway.Outcome) {
			mu.Lock()
			calls = append(calls, path)
			mu.Unlock()
			if o.Duration <= 0 {
				s.Errorf("%s: Duration %v", path, o.Duration)
			}
			s.note(o)
		})
		switch path {
		case "/error":
			return errBoom
		case "/late":
			return started(s, x, errBoom)
		case "/panic":
			panic(errBoom)
		case "/abort":
			return gateway.ErrAbort
		case "/invalid":
			x.Response.Status = 204
			x.Response.Trailer.Add("Content-Length", "1")
			return nil
		case "/gone":
			_, err := io.ReadAll(x)
			return err
		case "/hijack":
			return hijackAndClose(x)
		}
		return text(x, "hello")
	})
	for _, c := range []struct {
		path   string
		status int
		bytes  int64
		err    error // nil: none
	}{
		{"/", 200, 5, nil},
		{"/error", 500, 26, errBoom},
		{"/late", 200, 9, errBoom},
		{"/panic", 500, 26, errBoom},
		{"/abort", 0, 0, gateway.ErrAbort},
		{"/hijack", 0, 0, nil},
		{"/gone", 0, 0, gateway.ErrGone},
	} {
		q := Request{Target: c.path}
		if c.path == "/gone" {
			q.Method, q.Stream, q.Length = "POST", broken("short"), 10
		}
		Finish(s.start(q)) // how it looks to the client is the other rules' matter
		o := s.outcome()
		if c.path == "/hijack" && !o.Hijacked {
			continue // unsupported
		}
		if c.path != "/gone" {
			equal(s, c.path+": Status", o.Status, c.status)
			equal(s, c.path+": Bytes", o.Bytes, c.bytes)
		}
		if !errors.Is(o.Err, c.err) {
			s.Errorf("%s: Err %v, want %v", c.path, o.Err, c.err)
		}
	}
	s.stop()
	mu.Lock()
	defer mu.Unlock()
	if want := []string{"/", "/error", "/late", "/panic", "/abort", "/hijack", "/gone"}; !slices.Equal(calls, want) {
		s.Errorf("hooks ran for %v, want %v", calls, want)
	}
}

// broken is a stream that fails after some text, at which the client goes away.
func broken(text string) io.Reader { return io.MultiReader(strings.NewReader(text), failure{}) }

type failure struct{}

func (failure) Read([]byte) (int, error) { return 0, errors.New("the client loses interest") }

// hijackAndClose takes the connection and closes it, where there is one.
func hijackAndClose(x *gateway.Exchange) error {
	conn, _, err := x.Hijack()
	if errors.Is(err, errors.ErrUnsupported) {
		return text(x, "no connection")
	}
	if err != nil {
		return err
	}
	return conn.Close()
}

package framework_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// chunks are the pieces in which a client got an answer.
func chunks(r *gatewaytest.Result) string {
	var list []string
	for _, c := range r.Chunks() {
		list = append(list, string(c))
	}
	return strings.Join(list, "|")
}

func TestStreams(t *testing.T) {
	for name, c := range map[string]struct {
		h           framework.Handler
		media, want string
	}{
		"a function": {func(c *framework.Context) error {
			return c.Respond("text/csv", func(w framework.ResponseWriter) error {
				fmt.Fprint(w, "a,b\n")
				if err := w.Flush(); err != nil {
					return err
				}
				_, err := w.WriteString("1,2\n")
				return err
			})
		}, "text/csv", "a,b\n|1,2\n"},
		"a function that writes nothing": {func(c *framework.Context) error {
			return c.Respond("text/csv", func(framework.ResponseWriter) error { return nil })
		}, "text/csv", ""},
		"a reader": {func(c *framework.Context) error {
			return c.Copy("text/plain", io.MultiReader(strings.NewReader("a"), strings.NewReader("b")))
		}, "text/plain", "a|b"},
		"a sequence": {func(c *framework.Context) error {
			return framework.Chunks(c, "text/plain", slices.Values([]string{"a", "b"}))
		}, "text/plain", "a|b"},
		"NDJSON": {func(c *framework.Context) error {
			return framework.NDJSON(c, func(yield func(map[string]int, error) bool) {
				_ = yield(map[string]int{"a": 1}, nil) && yield(map[string]int{"a": 2}, nil)
			})
		}, "application/x-ndjson", "{\"a\":1}\n|{\"a\":2}\n"},
	} {
		linted := gatewaytest.Lint(func(err error) { t.Errorf("%s: %v", name, err) })(one(c.h))
		r := gatewaytest.Do(linted, gatewaytest.Request{})
		if r.Status != 200 || r.Header.Value("Content-Type") != c.media || chunks(r) != c.want || r.Aborted {
			t.Errorf("%s: %d %s %q", name, r.Status, r.Header.Value("Content-Type"), chunks(r))
		}
	}
}

// An error before anything was sent is an answer; after that it cuts the answer off.
func TestStreamErrors(t *testing.T) {
	broken := errors.New("broken")
	values := func(n int) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			for i := range n {
				if !yield(i, nil) {
					return
				}
			}
			yield(0, broken)
		}
	}
	for n, want := range map[int]int{0: 500, 2: 200} {
		app := one(func(c *framework.Context) error { return framework.NDJSON(c, values(n)) })
		app.Logger = slog.New(slog.DiscardHandler)
		if r := gatewaytest.Do(app, gatewaytest.Request{}); r.Status != want || r.Aborted != (n > 0) {
			t.Errorf("after %d values: %d, aborted %v", n, r.Status, r.Aborted)
		}
	}
}

func TestEvents(t *testing.T) {
	app := one(func(c *framework.Context) error {
		return c.Events(framework.Events{Retry: 3 * time.Second}, func(s *framework.EventStream) error {
			if err := s.Send(framework.Event{ID: "8", Data: "after " + s.LastID}); err != nil {
				return err
			}
			if s.Send(framework.Event{Name: "a\nb"}) == nil || s.Send(framework.Event{ID: "a\x00"}) == nil {
				return errors.New("an event that breaks the stream was sent")
			}
			if err := s.Send(framework.Event{Name: "lines", Data: "a\r\nb\rc\n"}); err != nil {
				return err
			}
			return s.SendJSON("price", map[string]int{"eur": 7})
		})
	})
	linted := gatewaytest.Lint(func(err error) { t.Error(err) })(app)
	r := gatewaytest.Do(linted, gatewaytest.Request{Header: gateway.Header{{Name: "Last-Event-ID", Value: "7"}}})
	want := "retry: 3000\n\n|id: 8\ndata: after 7\n\n|event: lines\ndata: a\ndata: b\ndata: c\ndata: \n\n|event: price\ndata: {\"eur\":7}\n\n"
	if got := chunks(r); got != want || r.Header.Value("Content-Type") != "text/event-stream" || r.Header.Value("Cache-Control") != "no-cache" {
		t.Errorf("%q %v", got, r.Header)
	}
}

// A silent stream is kept alive, and ends when the client goes away.
func TestHeartbeat(t *testing.T) {
	ended := make(chan error, 1)
	app := one(func(c *framework.Context) error {
		return c.Events(framework.Events{Heartbeat: time.Millisecond}, func(*framework.EventStream) error {
			<-c.Done()
			ended <- context.Cause(c.Exchange().Context())
			return nil
		})
	})
	call := (&gatewaytest.Recorder{Handler: app}).Start(gatewaytest.Request{})
	beat := make([]byte, 3)
	if _, err := io.ReadFull(call, beat); err != nil || string(beat) != ":\n\n" {
		t.Errorf("%q, %v", beat, err)
	}
	if err := call.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, gateway.ErrGone) {
		t.Errorf("the stream ended for %v", err)
	}
}

func TestReply(t *testing.T) {
	for name, c := range map[string]struct {
		v      any
		status int
		media  string
		body   string
	}{
		"a string":      {"hi", 200, "text/plain; charset=utf-8", "hi"},
		"bytes":         {[]byte("hi"), 200, "application/octet-stream", "hi"},
		"a map":         {map[string]int{"a": 1}, 200, "application/json", `{"a":1}`},
		"a slice":       {[]int{1, 2}, 200, "application/json", `[1,2]`},
		"a struct":      {struct{ A int }{1}, 200, "application/json", `{"A":1}`},
		"a result":      {framework.Result{Status: 201, Header: gateway.Header{{Name: "X-A", Value: "b"}}, Body: []int{1}}, 201, "application/json", `[1]`},
		"a reader":      {strings.NewReader("hi"), 200, "application/octet-stream", "hi"},
		"a sequence":    {slices.Values([]string{"a", "b"}), 200, "text/plain; charset=utf-8", "ab"},
		"bytes in turn": {slices.Values([][]byte{[]byte("a")}), 200, "application/octet-stream", "a"},
		"an error":      {framework.Abort(404), 404, "text/html; charset=utf-8", ""},
		"nothing":       {nil, 500, "text/html; charset=utf-8", ""},
	} {
		app := one(func(x *framework.Context) error { return x.Reply(c.v) })
		app.Logger = slog.New(slog.DiscardHandler)
		r := gatewaytest.Do(app, gatewaytest.Request{})
		if r.Status != c.status || r.Header.Value("Content-Type") != c.media || c.body != "" && string(r.Body) != c.body {
			t.Errorf("%s: %d %s %q", name, r.Status, r.Header.Value("Content-Type"), r.Body)
		}
		if name == "a result" && r.Header.Value("X-A") != "b" {
			t.Errorf("%s: %v", name, r.Header)
		}
	}
}

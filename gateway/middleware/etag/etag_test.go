package etag_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/etag"
)

func Example() {
	h := gateway.Chain(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		_, err := x.WriteString("hello")
		return err
	}), etag.New(etag.Config{}))
	tag := gatewaytest.Do(h, gatewaytest.Request{}).Header.Value("ETag")
	again := gatewaytest.Do(h, gatewaytest.Request{Header: gateway.Header{{Name: "If-None-Match", Value: tag}}})
	fmt.Println(again.Status, len(again.Body))
	// Output: 304 0
}

func answer(f func(x *gateway.Exchange) error) gateway.Handler {
	return gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Response.Header.Add("Content-Type", "text/plain")
		x.Response.Header.Add("Cache-Control", "max-age=60")
		x.Response.Body = []byte("hello")
		if f != nil {
			return f(x)
		}
		return nil
	})
}

const tag = `"LPJNul-wow4m6Dsqxbning"` // the first 128 bits of SHA-256 of hello, in base64url

func TestConditions(t *testing.T) {
	own := func(name, value string) gateway.Handler {
		return answer(func(x *gateway.Exchange) error { x.Response.Header.Add(name, value); return nil })
	}
	const date = "Sun, 06 Nov 1994 08:49:37 GMT"
	for _, c := range []struct {
		name            string
		config          etag.Config
		h               gateway.Handler
		method          string
		condition, with string
		status          int
		etag            string
	}{
		{"no condition", etag.Config{}, answer(nil), "GET", "", "", 200, tag},
		{"same", etag.Config{}, answer(nil), "GET", "If-None-Match", tag, 304, tag},
		{"same, made weak on the way", etag.Config{}, answer(nil), "GET", "If-None-Match", "W/" + tag, 304, tag},
		{"in a list", etag.Config{}, answer(nil), "GET", "If-None-Match", `"x", ` + tag, 304, tag},
		{"any", etag.Config{}, answer(nil), "GET", "If-None-Match", "*", 304, tag},
		{"other", etag.Config{}, answer(nil), "GET", "If-None-Match", `"x"`, 200, tag},
		{"weak", etag.Config{Weak: true}, answer(nil), "GET", "If-None-Match", tag, 304, "W/" + tag},
		{"HEAD", etag.Config{}, answer(nil), "HEAD", "If-None-Match", tag, 304, tag},
		{"If-Match", etag.Config{}, answer(nil), "GET", "If-Match", `"x"`, 412, ""},
		{"If-Match, same", etag.Config{}, answer(nil), "GET", "If-Match", tag, 200, tag},
		{"POST is not judged", etag.Config{}, answer(nil), "POST", "If-None-Match", tag, 200, ""},
		{"a handler's own", etag.Config{}, own("ETag", `"v1"`), "GET", "If-None-Match", `"v1"`, 304, `"v1"`},
		{"a handler's time", etag.Config{}, own("Last-Modified", date), "GET", "If-Modified-Since", date, 304, tag},
		{"tags before times", etag.Config{}, func() gateway.Handler { return own("Last-Modified", date) }(), "GET", "If-None-Match", `"x"`, 200, tag},
		{"no-store", etag.Config{}, own("Cache-Control", "no-store"), "GET", "", "", 200, ""},
		{"404", etag.Config{}, answer(func(x *gateway.Exchange) error { x.Response.Status = 404; return nil }), "GET", "If-None-Match", "*", 404, ""},
		{"N", etag.Config{MaxSize: 5}, answer(nil), "GET", "", "", 200, tag},
		{"N+1", etag.Config{MaxSize: 4}, answer(nil), "GET", "", "", 200, ""},
		{"nothing", etag.Config{}, answer(func(x *gateway.Exchange) error { x.Response.Body = nil; return nil }), "GET", "", "", 200, ""},
		{"an error", etag.Config{}, answer(func(x *gateway.Exchange) error { return errors.New("no") }), "GET", "If-None-Match", "*", 500, ""},
		{"a stream", etag.Config{}, answer(func(x *gateway.Exchange) error { return x.Flush() }), "GET", "If-None-Match", "*", 200, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := gatewaytest.Request{Method: c.method}
			if c.condition != "" {
				q.Header.Add(c.condition, c.with)
			}
			lint := gatewaytest.Lint(func(err error) { t.Error(err) })
			res := gatewaytest.Do(gateway.Chain(c.h, lint, etag.New(c.config), lint), q)
			if res.Status != c.status || res.Header.Value("ETag") != c.etag {
				t.Errorf("%d %s, want %d %s", res.Status, res.Header.Value("ETag"), c.status, c.etag)
			}
			if res.Status == 304 {
				if res.Header.Has("Content-Type") || len(res.Body) > 0 || !strings.HasPrefix(res.Header.Value("Cache-Control"), "max-age") {
					t.Errorf("304 has %v %q", res.Header, res.Body)
				}
			}
		})
	}
}

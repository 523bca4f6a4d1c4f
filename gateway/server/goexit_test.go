package server_test

import (
	"runtime"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// A handler that ends its goroutine ends its connection, behind the answers before it,
// and nothing else: what it left half done is not met by another connection.
func TestHandlerThatEndsItsGoroutine(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		counters := new(server.Counters)
		r := start(t, on.config(server.Config{Counters: counters, MaxInFlight: 1}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if x.Request.Path == "/exit" {
				x.Response.Header.Set("X-Left", "over")
				runtime.Goexit()
			}
			_, err := x.WriteString(x.Request.Path)
			return err
		}))
		for range 10 {
			c := r.dial(t)
			c.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /exit HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n")
			if _, got := c.answer("GET"); got != "/a" {
				t.Fatalf("got %q", got)
			}
			c.closed()
			c = r.dial(t)
			c.send("GET /c HTTP/1.1\r\nHost: x\r\n\r\n")
			if res, got := c.answer("GET"); got != "/c" || res.Header.Get("X-Left") != "" {
				t.Fatalf("got %q with %v", got, res.Header)
			}
		}
	})
}

package gatewaytest

import (
	"bytes"

	"github.com/dewar-go/dewar/gateway"
)

// OnStart: on everything that is sent, last in first out. And values.
var startRules = []rule{
	//spec:application A hook of OnStart runs before the head is sent, whatever sends it: the end of the handler, a method that writes, or the answer to an error. What it sets in Status, Header, Trailer and Close is sent.
	{name: "OnStart changes every answer", test: func(s *subject) {
		f := s.file("file")
		ways := map[string]func(x *gateway.Exchange) error{
			"/data":  func(x *gateway.Exchange) error { return text(x, "data") },
			"/flush": func(x *gateway.Exchange) error { x.WriteString("flushed"); return x.Flush() },
			"/file":  func(x *gateway.Exchange) error { return x.SendFile(f, 0, -1) },
			"/error": func(x *gateway.Exchange) error { return &gateway.StatusError{Status: 404} },
			"/panic": func(x *gateway.Exchange) error { panic(errBoom) },
			"/large": func(x *gateway.Exchange) error {
				return joinError(x.Write(bytes.Repeat([]byte("l"), gateway.BufferSize+1)))
			},
			"/replaced": func(x *gateway.Exchange) error {
				x.Response = gateway.Response{Status: 201, Body: []byte("replaced")}
				return nil
			},
		}
		s.serveFunc(func(x *gateway.Exchange) error {
			x.OnStart(func(x *gateway.Exchange) {
				x.Response.Header.Set("X-Hook", x.Response.Header.Value("X-Hook")+"outer")
			})
			x.OnStart(func(x *gateway.Exchange) { x.Response.Header.Set("X-Hook", "inner ") })
			x.OnStart(func(x *gateway.Exchange) { x.Response.Header.Set("X-Hook", "innermost ") })
			return ways[x.Request.Path](x)
		})
		for path, status := range map[string]int{
			"/data": 200, "/flush": 200, "/file": 200, "/error": 404, "/panic": 500, "/large": 200, "/replaced": 201,
		} {
			res := s.get(path)
			equal(s, "status of "+path, res.Status, status)
			equal(s, "X-Hook of "+path, res.Header.Value("X-Hook"), "inner outer")
		}
	}},
	//spec:application Where what a hook of OnStart left cannot be sent, the hooks run again on the answer to that error.
	{name: "OnStart runs again on the answer to what it broke", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.OnStart(func(x *gateway.Exchange) {
				if x.Response.Status == 500 {
					x.Response.Header.Set("X-Again", "yes")
					return
				}
				x.Response.Header.Set("X-Broken", "a\nb")
			})
			return text(x, "data")
		})
		res := s.get("/")
		equal(s, "status", res.Status, 500)
		equal(s, "X-Again", res.Header.Value("X-Again"), "yes")
	}},
	//spec:application A value kept with the exchange is there for the layers inside and for hooks, and gone with the exchange.
	{name: "values are kept for one exchange", test: func(s *subject) {
		type key struct{}
		s.serveFunc(func(x *gateway.Exchange) error {
			if v := x.Value(key{}); v != nil {
				s.Errorf("a value from before: %v", v)
			}
			x.SetValue(key{}, "first")
			x.SetValue(key{}, "second")
			x.OnFinish(func(gateway.Outcome) {
				if v := x.Value(key{}); v != "second" {
					s.Errorf("the hook finds %v", v)
				}
			})
			return text(x, x.Value(key{}).(string))
		})
		for range 3 {
			equal(s, "body", string(s.get("/").Body), "second")
		}
	}},
}

package gateway_test

import (
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// A fork has copies: what one side does the other does not see, until Join.
func TestForkAndJoin(t *testing.T) {
	type key struct{}
	finished := 0
	h := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Response.Header.Add("X-Outer", "1")
		x.SetValue(key{}, "outer")
		x.Kept = "memory"
		f := x.Fork()
		if x.Kept != nil || f.Kept != "memory" {
			t.Errorf("what the application keeps is with both: %v, %v", x.Kept, f.Kept)
		}
		f.Response.Header.Set("X-Outer", "2")
		f.Response.Header.Add("X-Inner", "1")
		f.SetValue(key{}, "inner")
		f.Request.Header[0].Value = "changed"
		if x.Response.Header.Value("X-Outer") != "1" || x.Value(key{}) != "outer" || x.Request.Header[0].Value != "yes" {
			t.Errorf("the fork shares what it should copy: %v, %v, %v", x.Response.Header, x.Value(key{}), x.Request.Header)
		}
		response := f.Response
		gateway.Run(gateway.HandlerFunc(func(f *gateway.Exchange) error {
			f.Response = response
			f.Response.Status, f.Route = 201, "/route"
			f.OnFinish(func(gateway.Outcome) { finished++ })
			if !x.Join(f, nil) {
				t.Error("nothing has started, and still it is no data")
			}
			return gateway.ErrAbort
		}), f, nil)
		if finished != 0 {
			t.Error("the hook ran at the fork's end")
		}
		if x.Kept != "memory" || f.Kept != nil {
			t.Errorf("what the application keeps did not come back: %v, %v", x.Kept, f.Kept)
		}
		if x.Route != "/route" || x.Value(key{}) != "inner" {
			t.Errorf("not taken over: route %q, value %v", x.Route, x.Value(key{}))
		}
		return nil
	})
	res := gatewaytest.Do(h, gatewaytest.Request{Header: gateway.Header{{Name: "X-Request", Value: "yes"}}})
	if res.Status != 201 || res.Header.Value("X-Outer") != "2" || res.Header.Value("X-Inner") != "1" || finished != 1 {
		t.Errorf("got %d %v, %d hooks", res.Status, res.Header, finished)
	}
}

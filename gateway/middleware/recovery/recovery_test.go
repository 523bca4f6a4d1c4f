package recovery_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/recovery"
)

var errOwn = errors.New("own")

// app panics as its path says.
var app = gateway.HandlerFunc(func(x *gateway.Exchange) error {
	x.Response.Status = 201
	x.Response.Header.Set("X-Half", "done")
	switch x.Request.Path {
	case "/text":
		panic("on purpose")
	case "/error":
		panic(errOwn)
	case "/nil":
		nowhere["a"] = 1
	case "/abort":
		panic(gateway.ErrAbort)
	case "/started":
		if err := x.Flush(); err != nil {
			return err
		}
		panic("too late")
	}
	return nil
})

var nowhere map[string]int // nil

func TestPanicsBecomeErrors(t *testing.T) {
	for _, c := range []struct {
		path    string
		panics  bool
		aborted bool
		status  int
	}{
		{"/", false, false, 201},
		{"/text", true, false, 500},
		{"/error", true, false, 500},
		{"/nil", true, false, 500},
		{"/abort", false, true, 0},
		{"/started", true, true, 201},
	} {
		var seen error
		after := false // what a layer does behind the inner handler
		outside := func(next gateway.Handler) gateway.Handler {
			return gateway.HandlerFunc(func(x *gateway.Exchange) error {
				seen = next.Serve(x)
				after = true
				return seen
			})
		}
		res := gatewaytest.Do(gateway.Chain(app, outside, recovery.New(recovery.Config{})), gatewaytest.Request{Target: c.path})
		p, panicked := errors.AsType[*gateway.PanicError](seen)
		if !after || panicked != c.panics || res.Aborted != c.aborted || res.Status != c.status {
			t.Errorf("%s: layer outside went on %v and saw %v; answer %d, aborted %v", c.path, after, seen, res.Status, res.Aborted)
		}
		if c.panics && !strings.Contains(string(p.Stack), "recovery_test.go") {
			t.Errorf("%s: the stack does not lead to the panic:\n%s", c.path, p.Stack)
		}
		if c.path == "/error" && !errors.Is(seen, errOwn) {
			t.Errorf("the panic's own error is lost: %v", seen)
		}
		if c.status == 500 && res.Header.Has("X-Half") {
			t.Errorf("%s: half of the answer was sent", c.path)
		}
	}
}

func TestReport(t *testing.T) {
	for _, c := range []struct {
		path   string
		report func(x *gateway.Exchange, p *gateway.PanicError) error
		status int
		fault  bool
	}{
		{"/text", func(x *gateway.Exchange, p *gateway.PanicError) error {
			if x.Response.Status != 0 || len(x.Response.Header) != 0 {
				return fmt.Errorf("half of an answer is left: %+v", x.Response)
			}
			x.Response.Status = 503
			return nil
		}, 503, false},
		{"/text", func(x *gateway.Exchange, p *gateway.PanicError) error {
			return &gateway.StatusError{Status: 502, Err: p}
		}, 502, true},
		{"/text", func(*gateway.Exchange, *gateway.PanicError) error { panic("again") }, 500, true},
		{"/started", func(*gateway.Exchange, *gateway.PanicError) error { return nil }, 201, true},
	} {
		res := gatewaytest.Do(recovery.New(recovery.Config{Report: c.report})(app), gatewaytest.Request{Target: c.path})
		if res.Status != c.status || (res.Outcome.Fault() != nil) != c.fault {
			t.Errorf("%s: got %d, %v; want %d and fault %v", c.path, res.Status, res.Outcome.Err, c.status, c.fault)
		}
	}
}

func TestSuite(t *testing.T) {
	gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
		m := new(gatewaytest.Memory)
		target := m.Target()
		target.Server = recovering{m}
		return target
	})
}

type recovering struct{ gateway.Server }

func (s recovering) Serve(ctx context.Context, h gateway.Handler) error {
	return s.Server.Serve(ctx, gateway.Chain(h, recovery.New(recovery.Config{})))
}

func Example() {
	page := func(x *gateway.Exchange, p *gateway.PanicError) error {
		x.Response.Status = 500
		_, err := x.WriteString("We have been told, and are sorry.")
		return err
	}
	h := recovery.New(recovery.Config{Report: page})(app)
	res := gatewaytest.Do(h, gatewaytest.Request{Target: "/text"})
	fmt.Println(res.Status, string(res.Body))
	// Output: 500 We have been told, and are sorry.
}

package bodylimit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/bodylimit"
)

// echo answers what it could read.
var echo = gateway.HandlerFunc(func(x *gateway.Exchange) error {
	b, err := io.ReadAll(x)
	if err != nil {
		return err
	}
	x.Response.Body = b
	return nil
})

func TestLimit(t *testing.T) {
	const n = 10
	for _, size := range []int{0, 1, n - 1, n, n + 1, 100 * n} {
		content := strings.Repeat("x", size)
		for name, q := range map[string]gatewaytest.Request{
			"declared":     {Method: "POST", Body: []byte(content)},
			"chunked":      {Method: "POST", Stream: strings.NewReader(content)},
			"byte by byte": {Method: "POST", Stream: iotest.OneByteReader(strings.NewReader(content))},
		} {
			res := gatewaytest.Do(bodylimit.New(n)(echo), q)
			if size <= n && (res.Status != 200 || string(res.Body) != content) {
				t.Errorf("%s, %d bytes: %d %q", name, size, res.Status, res.Body)
			}
			if size > n && res.Status != 413 {
				t.Errorf("%s, %d bytes: %d, want 413", name, size, res.Status)
			}
		}
	}
}

// A declared length that is too much keeps the handler out, and the content: a client
// that waits for 100 Continue is not asked (RFC 9110 §10.1.1).
func TestDeclaredLengthKeepsTheHandlerOut(t *testing.T) {
	entered := false
	h := bodylimit.New(3)(gateway.HandlerFunc(func(*gateway.Exchange) error {
		entered = true
		return nil
	}))
	res := gatewaytest.Do(h, gatewaytest.Request{Method: "PUT", Body: []byte("four"), Header: gateway.Header{{Name: "Expect", Value: "100-continue"}}})
	if entered || res.Status != 413 || res.Continued() {
		t.Errorf("handler ran %v, status %d, asked for the content %v", entered, res.Status, res.Continued())
	}
}

// What was allowed is given, then the same error again and again.
func TestReadGivesExactlyTheLimit(t *testing.T) {
	for _, n := range []int64{0, 1, 4} {
		h := bodylimit.New(n)(gateway.HandlerFunc(func(x *gateway.Exchange) error {
			var got bytes.Buffer
			_, err := got.ReadFrom(x)
			_, again := x.Read(make([]byte, 1))
			s, ok := errors.AsType[*gateway.StatusError](err)
			if int64(got.Len()) != n || !ok || s.Status != 413 || again != err {
				t.Errorf("limit %d: %d bytes, %v, then %v", n, got.Len(), err, again)
			}
			return err
		}))
		gatewaytest.Do(h, gatewaytest.Request{Method: "POST", Stream: strings.NewReader("12345")})
	}
}

func TestTheSmallestDecides(t *testing.T) {
	for _, sizes := range [][2]int64{{10, 3}, {3, 10}} {
		h := gateway.Chain(echo, bodylimit.New(sizes[0]), bodylimit.New(sizes[1]))
		for _, q := range []gatewaytest.Request{{Body: []byte("1234")}, {Stream: strings.NewReader("1234")}} {
			q.Method = "POST"
			if res := gatewaytest.Do(h, q); res.Status != 413 {
				t.Errorf("%v: %d", sizes, res.Status)
			}
		}
	}
}

func TestMistake(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("-1 is taken")
		}
	}()
	bodylimit.New(-1)
}

func TestSuite(t *testing.T) {
	gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
		m := new(gatewaytest.Memory)
		target := m.Target()
		target.Server = limiting{m}
		return target
	})
}

type limiting struct{ gateway.Server }

func (s limiting) Serve(ctx context.Context, h gateway.Handler) error {
	return s.Server.Serve(ctx, gateway.Chain(h, bodylimit.New(1<<41)))
}

func Example() {
	h := bodylimit.New(4)(echo)
	res := gatewaytest.Do(h, gatewaytest.Request{Method: "POST", Body: []byte("12345")})
	fmt.Print(string(res.Body))
	// Output: 413 at most 4 bytes of content are taken, 5 were declared (RFC 9110 §15.5.14)
}

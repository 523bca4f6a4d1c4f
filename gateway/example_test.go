package gateway_test

import (
	"bytes"
	"fmt"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// An application is a function of one exchange; here it meets a server in memory.
func Example() {
	hello := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Response.Header.Set("Content-Type", "text/plain; charset=utf-8")
		_, err := x.WriteString("Hello, " + x.Request.Query + "!")
		return err
	})
	res := gatewaytest.Do(hello, gatewaytest.Request{Target: "/?Dewar"})
	fmt.Printf("%d %s\n", res.Status, res.Body)
	// Output: 200 Hello, Dewar!
}

func ExampleHandler() {
	hello := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		if x.Request.Method != "GET" && x.Request.Method != "HEAD" {
			return &gateway.StatusError{Status: 501, Reason: "only GET is known here"}
		}
		x.Response.Header.Set("Content-Type", "text/plain; charset=utf-8")
		x.Response.Body = []byte("Hello, " + x.Request.Path[1:] + "!")
		return nil
	})
	for _, method := range []string{"GET", "PUT"} {
		res := gatewaytest.Do(hello, gatewaytest.Request{Method: method, Target: "/world"})
		fmt.Println(res.Status, string(bytes.TrimSpace(res.Body)))
	}
	// Output:
	// 200 Hello, world!
	// 501 501 only GET is known here
}

func ExampleChain() {
	// A middleware reads and edits the response when the inner handler is done.
	tag := func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			err := next.Serve(x)
			if !x.Started() {
				x.Response.Header.Set("X-Length", fmt.Sprint(len(x.Response.Body)))
			}
			return err
		})
	}
	app := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		_, err := x.WriteString("four")
		return err
	})
	res := gatewaytest.Do(gateway.Chain(app, tag), gatewaytest.Request{})
	fmt.Println(res.Header.Value("X-Length"))
	// Output: 4
}

func ExampleMount() {
	admin := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		_, err := x.WriteString(x.Request.Path + " below " + x.Request.RootURL())
		return err
	})
	res := gatewaytest.Do(gateway.Mount("/admin", admin), gatewaytest.Request{Target: "/admin/users", Host: "example.org"})
	fmt.Println(string(res.Body))
	// Output: /users below http://example.org/admin/
}

// upper is a filter of the stream: it has one method of its own, the others are
// the server's.
type upper struct{ gateway.Transport }

func (u upper) Write(p []byte) (int, error) { return u.Transport.Write(bytes.ToUpper(p)) }

func ExampleExchange_Wrap() {
	shout := func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if err := x.Wrap(func(t gateway.Transport) gateway.Transport { return upper{t} }); err != nil {
				return err
			}
			return next.Serve(x)
		})
	}
	app := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.WriteString("streamed, ")
		if err := x.Flush(); err != nil {
			return err
		}
		_, err := x.WriteString("piece by piece")
		return err
	})
	fmt.Printf("%s\n", gatewaytest.Do(gateway.Chain(app, shout), gatewaytest.Request{}).Body)
	// Output: STREAMED, PIECE BY PIECE
}

func ExampleExchange_OnFinish() {
	access := func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			x.OnFinish(func(o gateway.Outcome) {
				fmt.Println(x.Request.Method, x.Request.Target, o.Status, o.Bytes, o.Fault())
			})
			return next.Serve(x)
		})
	}
	app := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		if x.Request.Path == "/gone" {
			return gateway.ErrAbort
		}
		_, err := x.WriteString("hello")
		return err
	})
	h := gateway.Chain(app, access)
	gatewaytest.Do(h, gatewaytest.Request{Target: "/hello?x"})
	gatewaytest.Do(h, gatewaytest.Request{Target: "/gone"})
	// Output:
	// GET /hello?x 200 5 <nil>
	// GET /gone 0 0 <nil>
}

package client_test

import (
	"fmt"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
)

func ExampleDo() {
	hello := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		_, err := x.WriteString("Hello, " + x.Request.Query + "!")
		return err
	})
	res := client.Do(hello, client.Request{Target: "/hello?Dewar"})
	fmt.Println(res.Status, res.Header.Value("Content-Length"), string(res.Body))
	// Output: 200 13 Hello, Dewar!
}

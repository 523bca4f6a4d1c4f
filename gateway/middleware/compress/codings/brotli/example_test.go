package brotli_test

import (
	"fmt"
	"strings"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/compress"
	"github.com/dewar-go/dewar/gateway/middleware/compress/codings/brotli"
)

func ExampleCoding() {
	page := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Response.Header.Set("Content-Type", "text/plain")
		x.Response.Body = []byte(strings.Repeat("Hello, World!\n", 1000))
		return nil
	})
	h := gateway.Chain(page, compress.New(compress.Config{Codings: []compress.Coding{brotli.Coding(0), compress.Gzip(0)}}))
	for _, accepted := range []string{"gzip, br", "gzip"} {
		res := gatewaytest.Do(h, gatewaytest.Request{Header: gateway.Header{{Name: "Accept-Encoding", Value: accepted}}})
		fmt.Println(res.Header.Value("Content-Encoding"), len(res.Body) < 200)
	}
	// Output:
	// br true
	// gzip true
}

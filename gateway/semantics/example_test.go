package semantics_test

import (
	"fmt"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

func Example() {
	r := &gateway.Request{Method: "GET", Header: gateway.Header{
		{Name: "If-None-Match", Value: `"v1", "v2"`},
		{Name: "Accept-Encoding", Value: "gzip, br;q=0.5"},
	}}
	coding, _ := semantics.Encoding(r.Header, "br", "gzip")
	fmt.Println(coding)
	fmt.Println(semantics.Evaluate(r, semantics.Validators{ETag: `"v2"`}))
	// Output:
	// gzip
	// 304
}

func ExampleAccept_Best() {
	h := gateway.Header{{Name: "Accept", Value: "text/html;q=0.8, application/*"}}
	best, ok := semantics.AcceptMedia(h).Best("text/html", "application/json")
	fmt.Println(best, ok)
	// Output: application/json true
}

func ExampleApply() {
	r := &gateway.Request{Method: "GET", Header: gateway.Header{{Name: "Range", Value: "bytes=-5"}}}
	a := &gateway.Response{Body: []byte("Hello, World")}
	semantics.Apply(r, a, true)
	fmt.Println(a.Status, string(a.Body), a.Header.Value("Content-Range"))
	// Output: 206 World bytes 7-11/12
}

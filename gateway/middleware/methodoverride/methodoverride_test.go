package methodoverride_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/methodoverride"
)

// show answers with the method that it sees and the content.
var show = gateway.HandlerFunc(func(x *gateway.Exchange) error {
	body, err := io.ReadAll(x)
	x.Response.Body = append([]byte(x.Request.Method+" "), body...)
	return err
})

const urlencoded = "application/x-www-form-urlencoded"

func Example() {
	h := gateway.Chain(show, methodoverride.New(methodoverride.Config{}))
	fmt.Println(string(gatewaytest.Do(h, post(urlencoded, "_method=delete&id=7")).Body))
	// Output: DELETE _method=delete&id=7
}

func post(contentType, body string) gatewaytest.Request {
	return gatewaytest.Request{Method: "POST", Header: gateway.Header{{Name: "Content-Type", Value: contentType}}, Body: []byte(body)}
}

func TestOnlyFormsCount(t *testing.T) {
	const multi = "--b\r\nContent-Disposition: form-data; name=\"_method\"\r\n\r\nPATCH\r\n--b--\r\n"
	header := post(urlencoded, "a=1")
	header.Header.Add("X-HTTP-Method-Override", "DELETE")
	query := post(urlencoded, "a=1")
	query.Target = "/?_method=DELETE"
	get := post(urlencoded, "_method=DELETE")
	get.Method = "GET"
	put := post(urlencoded, "_method=DELETE")
	put.Method = "PUT"
	for _, c := range []struct {
		name   string
		q      gatewaytest.Request
		status int
		body   string
	}{
		{"form", post(urlencoded, "_method=PUT"), 200, "PUT _method=PUT"},
		{"multipart", post("multipart/form-data; boundary=b", multi), 200, "PATCH " + multi},
		{"none", post(urlencoded, "a=1"), 200, "POST a=1"},
		{"empty", post(urlencoded, "_method="), 200, "POST _method="},
		{"itself", post(urlencoded, "_method=post"), 200, "POST _method=post"},
		{"not allowed", post(urlencoded, "_method=GET"), 400, ""},
		{"nor this", post(urlencoded, "_method=CONNECT"), 400, ""},
		{"no method at all", post(urlencoded, "_method=a%20b%0d%0a"), 400, ""},
		{"json", post("application/json", `{"_method":"PUT"}`), 200, `POST {"_method":"PUT"}`},
		{"header", header, 200, "POST a=1"},
		{"query", query, 200, "POST a=1"},
		{"GET", get, 200, "GET _method=DELETE"},
		{"PUT", put, 200, "PUT _method=DELETE"},
	} {
		seen := ""
		inner := methodoverride.New(methodoverride.Config{})(show)
		res := gatewaytest.Do(gateway.HandlerFunc(func(x *gateway.Exchange) error {
			err := inner.Serve(x)
			seen = x.Request.Method
			return err
		}), c.q)
		if res.Status != c.status || c.body != "" && string(res.Body) != c.body {
			t.Errorf("%s: %d %q", c.name, res.Status, res.Body)
		}
		if seen != c.q.Method {
			t.Errorf("%s: outside the method is %s", c.name, seen)
		}
	}
}

func TestNewPanicsAtMistakes(t *testing.T) {
	for _, method := range []string{"GET", "HEAD", "TRACE", "CONNECT", "", "A B"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is taken", method)
				}
			}()
			methodoverride.New(methodoverride.Config{Methods: []string{method}})
		}()
	}
}

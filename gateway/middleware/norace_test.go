//go:build !race && !dewardebug

package middleware_test

import (
	"io"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/accesslog"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/crossorigin"
	"github.com/dewar-go/dewar/gateway/middleware/recovery"
	"github.com/dewar-go/dewar/gateway/middleware/requestid"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
)

// What every application should have around it costs one allocation: the request's
// name. With misuse detection every exchange is a
// new one, whose lists grow anew.
func TestUsualStackAllocatesOnce(t *testing.T) {
	page := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Response.Header = append(x.Response.Header, gateway.Field{Name: "Content-Type", Value: "text/plain"})
		x.Response.Body = []byte("page")
		return nil
	})
	log, err := accesslog.New(accesslog.Config{Writer: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	with := gatewaytest.Recorder{Handler: gateway.Chain(page, recovery.New(recovery.Config{}), requestid.New(requestid.Config{}), log.Middleware(), secure.New(secure.Config{}), crossorigin.New(crossorigin.Config{}))}
	plain := gatewaytest.Recorder{Handler: page}
	q := gatewaytest.Request{Method: "POST", Header: gateway.Header{{Name: "Sec-Fetch-Site", Value: "same-origin"}}}
	a, b := testing.AllocsPerRun(100, func() { with.Do(q) }), testing.AllocsPerRun(100, func() { plain.Do(q) })
	if a-b > 1 {
		t.Errorf("%v allocations, %v without", a, b)
	}
}

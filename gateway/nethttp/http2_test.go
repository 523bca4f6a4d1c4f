package nethttp_test

import (
	"crypto/tls"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/internal/http2client"
	"github.com/dewar-go/dewar/gateway/nethttp"
)

func TestSuiteOverHTTP2(t *testing.T) {
	certificate, roots := certify(t)
	gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
		return gatewaytest.Target{
			Server: nethttp.New(nethttp.Config{
				Addr:  "127.0.0.1:0",
				Error: quiet,
				TLS:   &tls.Config{Certificates: []tls.Certificate{certificate}},
			}),
			Connect: func(s gateway.ServerInfo) gatewaytest.Client { return http2client.New(s, roots) },
		}
	})
}

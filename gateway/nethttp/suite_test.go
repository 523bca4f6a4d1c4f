package nethttp_test

import (
	"crypto/tls"
	"net"
	"path/filepath"
	"testing"

	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/nethttp"
)

func TestSuiteOverTCP(t *testing.T) {
	gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
		return gatewaytest.Target{Server: nethttp.New(nethttp.Config{Addr: "127.0.0.1:0", Error: quiet})}
	})
}

func TestSuiteOverUnixSocket(t *testing.T) {
	gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
		path := filepath.Join(t.TempDir(), "s")
		return gatewaytest.Target{Server: nethttp.New(nethttp.Config{Addr: "unix:" + path, Error: quiet})}
	})
}

func TestSuiteOverTLS(t *testing.T) {
	certificate, roots := certify(t)
	gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
		return gatewaytest.Target{
			Server: nethttp.New(nethttp.Config{
				Addr:  "127.0.0.1:0",
				Error: quiet,
				TLS:   &tls.Config{Certificates: []tls.Certificate{certificate}},
			}),
			Dial: func(a net.Addr) (net.Conn, error) {
				return tls.Dial(a.Network(), a.String(), &tls.Config{RootCAs: roots, ServerName: "localhost"})
			},
		}
	})
}

package server_test

import (
	"path/filepath"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/server"
)

func TestSuite(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
			return gatewaytest.Target{Server: server.New(on.config(server.Config{Addr: "127.0.0.1:0", Error: quiet}))}
		})
	})
}

func TestSuiteOverUnixSocket(t *testing.T) {
	gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
		return gatewaytest.Target{Server: server.New(server.Config{Addr: "unix:" + filepath.Join(t.TempDir(), "s"), Error: quiet})}
	})
}

// quiet is the error hook of tests whose applications fail on purpose.
func quiet(*gateway.Request, error) {}

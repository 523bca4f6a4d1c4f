package server_test

import (
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/accesslog"
	"github.com/dewar-go/dewar/gateway/forwarded"
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

// What is off by default changes nothing about the contract where it is on.
func TestSuiteWithEverythingOn(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		log := accessLog(t, accesslog.Config{Writer: io.Discard, Format: accesslog.JSON})
		gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
			return gatewaytest.Target{Server: server.New(on.config(server.Config{
				Addr: "127.0.0.1:0", Error: quiet,
				AccessLog: log, Counters: new(server.Counters),
				Hooks:          server.Hooks{ConnState: func(net.Conn, server.ConnState) {}},
				TrustedProxies: forwarded.Config{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
				MaxInFlight:    10_000, MaxRequests: 10_000, HandlerTimeout: time.Minute, Watchdog: time.Minute,
			}))}
		})
	})
}

// quiet is the error hook of tests whose applications fail on purpose.
func quiet(*gateway.Request, error) {}

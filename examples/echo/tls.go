package main

import (
	"context"
	"crypto/tls"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// beside runs a second server for the application, with TLS, until the process
// ends, and returns once it has bound its address.
func (o options) beside(app *framework.App) (gateway.ServerInfo, error) {
	certificate, err := server.AdHoc()
	if err != nil {
		return gateway.ServerInfo{}, err
	}
	second, err := o.server(o.tls, &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		return gateway.ServerInfo{}, err
	}
	g := &guest{Handler: gateway.HandlerFunc(app.Serve), started: make(chan gateway.ServerInfo, 1)}
	ended := make(chan error, 1)
	go func() { ended <- second.Serve(context.Background(), g) }()
	select {
	case s := <-g.started:
		return s, nil
	case err := <-ended:
		return gateway.ServerInfo{}, err
	}
}

// A guest is an application that somebody else starts and stops.
type guest struct {
	gateway.Handler
	started chan gateway.ServerInfo
}

// Startup tells where the second server is.
func (g *guest) Startup(_ context.Context, s gateway.ServerInfo) error {
	g.started <- s
	return nil
}

// Shutdown has nothing to do.
func (g *guest) Shutdown(context.Context) error { return nil }

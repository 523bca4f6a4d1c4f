package main

import (
	"context"
	"errors"

	"github.com/dewar-go/dewar/gateway"
)

// A fleet is several servers that run one application, which starts with the first
// and shuts down with the last. If one fails, all end.
type fleet []gateway.Server

// Serve starts the servers one after the other, so that their addresses are told in
// order, and returns when all have ended.
func (f fleet) Serve(ctx context.Context, h gateway.Handler) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, len(f))
	running, failures := 0, []error{}
	for _, s := range f {
		m := &member{Handler: h, started: make(chan struct{})}
		running++
		go func() { ended <- s.Serve(ctx, m) }()
		select {
		case <-m.started:
			continue
		case err := <-ended:
			running--
			failures = append(failures, err)
		}
		break
	}
	for ; running > 0; running-- {
		failures = append(failures, <-ended)
		stop() // after the first end, whatever it is
	}
	return errors.Join(failures...)
}

// A member is the application as one server of a fleet sees it.
type member struct {
	gateway.Handler
	started chan struct{}
}

// Startup tells that the server has bound its address.
func (m *member) Startup(ctx context.Context, s gateway.ServerInfo) error {
	err := gateway.Startup(ctx, m.Handler, s)
	if err == nil {
		close(m.started)
	}
	return err
}

// Shutdown is the application's.
func (m *member) Shutdown(ctx context.Context) error { return gateway.Shutdown(ctx, m.Handler) }

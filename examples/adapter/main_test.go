package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/dewar-go/dewar/examples/internal/trial"
	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

func TestMain(m *testing.M) { trial.Main(m, main) }

// This is all that a gateway needs to know that it is one.
func TestSuite(t *testing.T) {
	gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
		return gatewaytest.Target{Server: &Server{Addr: "127.0.0.1:0", Error: func(*gateway.Request, error) {}}}
	})
}

// The order to end at once does not wait for an exchange that goes on.
func TestQuickEnd(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	running, gone, answered := make(chan struct{}), make(chan error, 1), make(chan error, 1)
	app := framework.New("slow")
	app.Get("/", func(c *framework.Context) error {
		close(running)
		<-c.Done()
		gone <- context.Cause(c.Exchange().Context())
		return c.Err()
	})
	app.Announce = func(s gateway.ServerInfo) {
		go func() { // ends with the connection
			res, err := http.Get(framework.AddressURL(s.Scheme, s.Addrs[0]))
			if err == nil {
				res.Body.Close()
			}
			answered <- err
		}()
	}
	served := make(chan error, 1)
	go func() { served <- app.RunContext(ctx, &Server{Addr: "127.0.0.1:0"}) }() // ends with ctx
	<-running
	cancel(gateway.ErrQuick)
	if err := <-served; err != nil {
		t.Errorf("Serve returned %v", err)
	}
	if err := <-gone; !errors.Is(err, gateway.ErrGone) {
		t.Errorf("the handler's context ended with %v", err)
	}
	if <-answered == nil {
		t.Error("an exchange that was cut was answered")
	}
}

func TestProgram(t *testing.T) {
	res, err := http.Get(trial.Start(t, "-addr", "127.0.0.1:0").URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || string(body) != "Hello from a gateway of your own!\n" {
		t.Errorf("%s %q %v", res.Status, body, err)
	}
}

package main

import (
	"io"
	"net/http"
	"testing"

	"github.com/dewar-go/dewar/examples/internal/trial"
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

package framework_test

import (
	"context"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
)

// One server that stops is enough: the others of a process are about to.
func TestReadyEndsWhenAServerStops(t *testing.T) {
	app := framework.New("app")
	ctx := context.Background()
	if !app.Ready() || app.Stopping() != nil {
		t.Error("an application that no server has told anything is not ready")
	}
	first, second := make(chan struct{}), make(chan struct{})
	for _, stopping := range []chan struct{}{first, second, nil} {
		if err := app.Startup(ctx, gateway.ServerInfo{Stopping: stopping}); err != nil {
			t.Fatal(err)
		}
	}
	if !app.Ready() {
		t.Error("not ready although all servers run")
	}
	stopping := app.Stopping()
	close(first)
	if app.Ready() {
		t.Error("ready although a server stops")
	}
	<-stopping
	for range 3 {
		if err := app.Shutdown(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if err := app.Startup(ctx, gateway.ServerInfo{Stopping: second}); err != nil {
		t.Fatal(err)
	}
	if !app.Ready() || app.Stopping() != (<-chan struct{})(second) {
		t.Error("not ready after a new start")
	}
	if err := app.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
}

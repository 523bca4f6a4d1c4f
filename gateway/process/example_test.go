//go:build unix

package process_test

import (
	"context"
	"log"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/process"
	"github.com/dewar-go/dewar/gateway/server"
)

// A program that an operator controls with signals. With framework.App it is
// app.Run(p).
func Example() {
	s := server.New(server.Config{Addr: ":8000", Lameduck: 5 * time.Second})
	p := process.New(s, process.Config{PIDFile: "/run/app.pid"})
	hello := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		_, err := x.WriteString("Hello, World!")
		return err
	})
	if err := p.Serve(context.Background(), hello); err != nil {
		log.Fatal(err)
	}
}

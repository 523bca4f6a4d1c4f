// Adapter is a gateway of its own: a gateway.Server that lets net/http's server speak
// HTTP, small enough to be read at once, and held to the contract by gatewaytest.Suite.
// docs/gateway.md explains it. For a program that serves, gateway/nethttp is the same
// with time-outs that roll, limits, HTTP/2, TLS and pools.
//
//	go run ./examples/adapter
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/dewar-go/dewar/framework"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:5000", "`address` to listen on")
	flag.Parse()
	app := framework.New("adapter")
	app.Get("/", func(c *framework.Context) error { return c.Text("Hello from a gateway of your own!\n") })
	if err := app.Run(&Server{Addr: *addr}); err != nil {
		fmt.Fprintln(os.Stderr, "adapter:", err)
		os.Exit(1)
	}
}

// Hello is one page, served all the way through: the gateway's server, the
// contract, the framework's router, a handler, a template, and back.
//
//	go run ./examples/hello
//	go run ./examples/hello -gateway nethttp
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:5000", "`address` to listen on")
	name := flag.String("gateway", "server", "`server`, Dewar's own, or nethttp, net/http's")
	flag.Parse()
	if err := run(*addr, *name); err != nil {
		fmt.Fprintln(os.Stderr, "hello:", err)
		os.Exit(1)
	}
}

func run(addr, name string) error {
	s, err := pick(name, addr)
	if err != nil {
		return err
	}
	return newApp(name).Run(s)
}

// pick is all that changes when the application moves to another gateway.
func pick(name, addr string) (gateway.Server, error) {
	switch name {
	case "server":
		return server.New(server.Config{Addr: addr}), nil
	case "nethttp":
		return nethttp.New(nethttp.Config{Addr: addr}), nil
	}
	return nil, fmt.Errorf("no gateway is called %q: there are server and nethttp", name)
}

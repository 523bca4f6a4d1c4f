// Api is a service of JSON: typed and validated input, problem documents (RFC 9457),
// pages with a cursor and links (RFC 8288), and updates that lose nothing (RFC 9110 §13).
//
//	go run ./examples/api
//	curl -s http://127.0.0.1:5000/v1/books?limit=2
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/dewar-go/dewar/gateway/server"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:5000", "`address` to listen on")
	flag.Parse()
	if err := newApp(classics()).Run(server.New(server.Config{Addr: *addr})); err != nil {
		fmt.Fprintln(os.Stderr, "api:", err)
		os.Exit(1)
	}
}

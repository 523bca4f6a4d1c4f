// Stream draws live charts of its own process, from a stream of server-sent events
// that ends when the visitor goes, and when the server stops.
//
//	go run ./examples/stream
//	go run ./examples/stream -every 100ms
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/dewar-go/dewar/gateway/server"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:5000", "`address` to listen on")
	every := flag.Duration("every", time.Second, "`time` between two samples, 10ms at least")
	flag.Parse()
	if err := run(*addr, *every); err != nil {
		fmt.Fprintln(os.Stderr, "stream:", err)
		os.Exit(1)
	}
}

func run(addr string, every time.Duration) error {
	if every < 10*time.Millisecond {
		return fmt.Errorf("-every %v is less than 10ms", every)
	}
	return newApp(every).Run(server.New(server.Config{Addr: addr}))
}

// Command dewar is the site on Dewar's framework and its own server.
package main

import (
	"github.com/dewar-go/dewar/benchmarks/internal/dewarsite"
	"github.com/dewar-go/dewar/benchmarks/internal/site"
	"github.com/dewar-go/dewar/gateway/server"
)

func main() {
	site.Must(dewarsite.App().Run(server.New(server.Config{Addr: "127.0.0.1:0", TLS: site.TLS()})))
}

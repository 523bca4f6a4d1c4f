// Command dewarnethttp is the site on Dewar's framework and net/http's server.
package main

import (
	"github.com/dewar-go/dewar/benchmarks/internal/dewarsite"
	"github.com/dewar-go/dewar/benchmarks/internal/site"
	"github.com/dewar-go/dewar/gateway/nethttp"
)

func main() {
	site.Must(dewarsite.App().Run(nethttp.New(nethttp.Config{Addr: "127.0.0.1:0", TLS: site.TLS()})))
}

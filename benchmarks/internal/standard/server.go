// Package standard is net/http's server as the peers on net/http share it, so
// that only their handlers differ.
package standard

import (
	"net/http"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

// Serve serves h where the suite expects it, with the time-outs that net/http's
// documentation recommends, with TLS where the suite asks for it.
func Serve(h http.Handler) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 75 * time.Second}
	if certificate, key, ok := site.Certificate(); ok {
		site.Must(server.ServeTLS(site.Listen(), certificate, key))
	}
	site.Must(server.Serve(site.Listen()))
}

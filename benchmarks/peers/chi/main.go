// Command chi is the site on github.com/go-chi/chi, as its README shows it,
// without optional middleware.
package main

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

func main() {
	r := chi.NewRouter()
	r.Get(site.PlaintextPath, plaintext)
	r.Get(site.VaryingPath, plaintext)
	r.Get(site.JSONPath, hello)
	r.Get(site.SleepPath, sleep)
	for _, pattern := range site.Routes() {
		r.Get(pattern, route)
	}
	files := http.FileServer(http.Dir(site.StaticFolder()))
	r.Handle(site.StaticPath+"/*", http.StripPrefix(site.StaticPath, files))

	server := &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 75 * time.Second}
	site.Must(server.Serve(site.Listen()))
}

func plaintext(w http.ResponseWriter, _ *http.Request) { text(w, site.Plaintext) }

func sleep(w http.ResponseWriter, _ *http.Request) {
	time.Sleep(site.Nap)
	text(w, site.Slept)
}

func route(w http.ResponseWriter, r *http.Request) {
	text(w, site.RouteAnswer(chi.URLParam(r, "id"), chi.URLParam(r, "part")))
}

func hello(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(site.NewHello())
}

func text(w http.ResponseWriter, s string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(s))
}

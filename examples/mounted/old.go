package main

import (
	"fmt"
	"net/http"
)

// oldApp stands for what there is already: handlers of net/http, a router of its own
// (ServeMux here; chi and its like are http.Handlers as well), and middleware around
// them. next is where the other application is.
func oldApp(next string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(w, "The old application, asked for %s on %s.\nThe new one is at %s\n", r.URL.Path, r.Host, next)
	})
	mux.HandleFunc("GET /reports/{year}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(w, "The report of %s\n", r.PathValue("year"))
	})
	mux.HandleFunc("POST /broken", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	return signed(mux)
}

// signed is middleware of net/http.
func signed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Served-By", "the old application")
		next.ServeHTTP(w, r)
	})
}

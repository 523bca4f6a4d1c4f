package main

import (
	"html/template"
	"log"
	"net/http"
)

// oldApp stands for what there is already: handlers of net/http, a router of its own
// (ServeMux here; chi and its like are http.Handlers as well), and middleware around
// them. next is where the other application is. Its own links are relative.
func oldApp(next string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		show(w, "index", map[string]string{"Path": r.URL.Path, "Host": r.Host, "Next": next})
	})
	mux.HandleFunc("GET /reports/{year}", func(w http.ResponseWriter, r *http.Request) {
		show(w, "report", map[string]string{"Year": r.PathValue("year")})
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

func show(w http.ResponseWriter, page string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := oldPages.ExecuteTemplate(w, page, data); err != nil {
		log.Print(err)
	}
}

var oldPages = template.Must(template.New("").Parse(`
{{- define "head"}}<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<style>body { max-width: 40rem; margin: 2rem auto; padding: 0 1.25rem; font: 1rem/1.6 Georgia, serif; }</style>
<title>{{.}}</title>
<h1>{{.}}</h1>
{{end}}
{{- define "index"}}{{template "head" "The old application"}}
<p>Handlers of net/http, asked for {{.Path}} on {{.Host}}.
<ul>
  <li><a href="reports/2026">The report of 2026</a>
  <li><a href="{{.Next}}">The new application</a>
</ul>
{{end}}
{{- define "report"}}{{template "head" "A report"}}
<p>The report of {{.Year}}.
<p><a href="../">The old application</a>
{{end}}`))

// Command nethttp is the site on the standard library alone: net/http with its
// ServeMux, encoding/json and http.FileServer.
package main

import (
	"encoding/json"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"github.com/go-playground/validator/v10"
	gorilla "github.com/gorilla/sessions"

	"github.com/dewar-go/dewar/benchmarks/internal/fortune"
	"github.com/dewar-go/dewar/benchmarks/internal/order"
	"github.com/dewar-go/dewar/benchmarks/internal/site"
	"github.com/dewar-go/dewar/benchmarks/internal/standard"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+site.PlaintextPath, plaintext)
	mux.HandleFunc("GET "+site.VaryingPath, plaintext)
	mux.HandleFunc("GET "+site.JSONPath, hello)
	mux.HandleFunc("POST "+site.OrderPath, take)
	mux.HandleFunc("GET "+site.SleepPath, sleep)
	mux.HandleFunc("GET "+site.SessionPath, visit)
	mux.HandleFunc("GET "+site.FortunesPath, fortunes)
	for _, pattern := range site.Routes() {
		mux.HandleFunc("GET "+pattern, route)
	}
	files := http.FileServer(http.Dir(site.StaticFolder()))
	mux.Handle("GET "+site.StaticPath+"/", http.StripPrefix(site.StaticPath, files))

	standard.Serve(mux)
}

func plaintext(w http.ResponseWriter, _ *http.Request) { text(w, site.Plaintext) }

func sleep(w http.ResponseWriter, _ *http.Request) {
	time.Sleep(site.Nap)
	text(w, site.Slept)
}

func route(w http.ResponseWriter, r *http.Request) {
	text(w, site.RouteAnswer(r.PathValue("id"), r.PathValue("part")))
}

func hello(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(site.NewHello())
}

// rules are safe for concurrent use, and are to be kept: they cache what they know
// of a type.
var rules = validator.New(validator.WithRequiredStructEnabled())

// maxBody is what net/http's documentation asks for: a bound of the content.
const maxBody = 1 << 20

func take(w http.ResponseWriter, r *http.Request) {
	var o order.Order
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&o)
	if err == nil {
		err = rules.Struct(o)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(o.Receipt())
}

// sessions keeps the values in a signed cookie, with the library that most
// applications on net/http use.
var sessions = gorilla.NewCookieStore([]byte(site.SessionKey))

func visit(w http.ResponseWriter, r *http.Request) {
	session, err := sessions.Get(r, site.SessionName)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	visits, _ := session.Values[site.Visits].(int)
	session.Values[site.Visits] = visits + 1
	if err := session.Save(r, w); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	text(w, strconv.Itoa(visits+1))
}

var page = template.Must(template.ParseFS(fortune.Pages, "go.html"))

func fortunes(w http.ResponseWriter, r *http.Request) {
	rows, err := fortune.All(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, rows)
}

func text(w http.ResponseWriter, s string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(s))
}

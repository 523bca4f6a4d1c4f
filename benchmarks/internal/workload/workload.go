// Package workload says what the suite asks of a server, and what a right answer
// is.
//
// Its law: the bytes that are checked are the bytes that are sent under load, and
// no server is loaded before it has answered every one of them rightly.
package workload

import (
	"fmt"

	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

// A Kind says how a workload is measured.
type Kind string

// The kinds of workload.
const (
	Load  Kind = "load"  // requests on kept connections, as fast as they are answered
	Idle  Kind = "idle"  // connections that have been answered once and then wait
	Start Kind = "start" // from the start of the process to its first right answer
	Micro Kind = "micro" // calls within one process, without a server: package micro
)

// A Workload is one thing that servers are measured at.
type Workload struct {
	ID    string // "W1"
	Title string // a few words, for tables
	About string // one sentence, for the report
	Kind  Kind

	Connections int
	Pipeline    int     // requests written at once; 1: each waits for the answer before
	Rate        float64 // requests a second for a second run at that fixed rate; 0: none
	Warm        bool    // a short load before the measurement
	Often       bool    // peers lie close together: more rounds tell them apart
	Long        bool    // twice the duration, for what happens at its ends would weigh

	// Requests are sent in turn, each time the next one. The host stands in them
	// as Host. Shared read-only.
	Requests [][]byte
	Answer   Answer

	// Refused are sent before the load, and have to be refused.
	Refused []Refusal

	// Database asks for the build of the peers that has a database driver.
	Database bool

	TLS     bool
	Streams int // of HTTP/2 open at a time on each connection, over TLS; 0: HTTP/1.1

	// Session makes Begin ask for a session first: Requests then carry its cookie,
	// and the count that it keeps goes on.
	Session bool
}

// A Refusal is a request that has to be answered with a 4xx.
type Refusal struct {
	Name    string // what is wrong with it
	Request []byte
}

// Host is the Host field of every request. It has the length of an address, and
// no server of the suite cares which.
const Host = "127.0.0.1:8080"

// All returns every workload in the order of the report. W1 is run at each number
// of connections, the others at the first; idle is the number of connections of
// the idle workload, rate that of requests a second under a fixed rate.
func All(connections []int, idle int, rate float64) []Workload {
	n := connections[0]
	plain := Workload{
		ID: "W1", Title: "plaintext", Kind: Load, Connections: n, Pipeline: 1, Warm: true, Often: true,
		About:    "GET of a constant text.",
		Requests: get(plaintextPath), Answer: plaintext,
	}
	first := plain
	first.Rate = rate
	all := []Workload{first}
	for _, more := range connections[1:] {
		w := plain
		w.ID, w.Connections = fmt.Sprintf("W1c%d", more), more
		w.Long = true // accepting them is part of it
		all = append(all, w)
	}
	return append(all, others(plain, idle)...)
}

// others are the workloads after W1, each said by its difference from plain.
func others(plain Workload, idle int) []Workload {
	with := func(id, title, about string, change func(w *Workload)) Workload {
		w := plain
		w.ID, w.Title, w.About = id, title, about
		change(&w)
		return w
	}
	return []Workload{
		with("W2", "pipelined", "W1 with 16 requests written at once.", func(w *Workload) {
			w.Pipeline = 16
		}),
		with("W3", "JSON", "GET of a small object, encoded for each request.", func(w *Workload) {
			w.Requests, w.Answer, w.Often = get(jsonPath), hello, false
		}),
		with("W4", "routing", "GET of one of 200 routes with two parameters, both in the answer.", func(w *Workload) {
			w.Requests, w.Answer = get(routePath), route
		}),
		with("W5", "browser", "W1 with the 12 header fields of a browser, the same on every request.", func(w *Workload) {
			w.Requests = browser()
		}),
		with("W5v", "browser, varying", "W5 with the path and one field different on every request.", func(w *Workload) {
			w.Requests = varying()
		}),
		with("W6", "binding", "POST of 1 KB of JSON, bound to a struct, validated, and answered with JSON.", func(w *Workload) {
			w.Requests, w.Answer, w.Refused = sendOrder(), receipt, wrongOrders()
		}),
		with("W7", "idle connections", "Kept connections that were answered once: memory for each.", func(w *Workload) {
			w.Kind, w.Connections, w.Warm, w.Often = Idle, idle, false, false
		}),
		with("W8a", "file of 100 KB", "GET of a static file of 100 KB.", func(w *Workload) {
			w.Requests, w.Answer = get(smallFile.path()), smallFile.answer()
		}),
		with("W8b", "file of 10 MB", "GET of a static file of 10 MB.", func(w *Workload) {
			w.Requests, w.Answer, w.Connections = get(largeFile.path()), largeFile.answer(), 8
			w.Long = true // what is under way at its end has been paid for and does not count
		}),
		with("W9", "fortunes", "GET of 12 rows of SQLite, sorted and printed in a template with escaping.", func(w *Workload) {
			w.Requests, w.Answer, w.Database, w.Often = get(site.FortunesPath), fortunes, true, false
		}),
		with("W10", "waiting handlers", "GET whose handler sleeps 10 ms.", func(w *Workload) {
			w.Requests, w.Answer, w.Connections, w.Often = get(sleepPath), slept, 512, false
		}),
		with("W11", "session", "GET that reads a counter in the session, adds one and writes it back.", func(w *Workload) {
			w.Requests, w.Answer, w.Session, w.Often = get(site.SessionPath), count(1), true, false
		}),
		with("W12a", "TLS", "W1 over TLS 1.3 and HTTP/1.1.", func(w *Workload) {
			w.TLS, w.Often = true, false
		}),
		with("W12b", "HTTP/2", "W1 over TLS 1.3 and HTTP/2, 10 streams at a time on each connection.", func(w *Workload) {
			w.TLS, w.Streams, w.Often = true, 10, false
		}),
		with("start", "of the process", "From the start of the process to its first answer.", func(w *Workload) {
			w.Kind, w.Connections, w.Warm = Start, 1, false
		}),
		inProcess("M1", "router, static", "In process: the static ones of GitHub's routes, in turn, from request to handler."),
		inProcess("M2", "router, parameters", "In process: GitHub's routes with parameters, in turn, from request to handler."),
		inProcess("M3", "template", "In process: a page with a hundred rows, escaped."),
		inProcess("M4", "binding", "In process: the JSON of W6 bound and validated, from request to handler."),
		inProcess("M5", "JSON, encoding", "In process: the document of W6, with what each uses by default."),
		inProcess("M6", "JSON, decoding", "In process: the document of W6, with what each uses by default."),
	}
}

// inProcess is a workload of package micro, which has its own checks.
func inProcess(id, title, about string) Workload {
	return Workload{ID: id, Title: title, About: about, Kind: Micro, Connections: 1, Pipeline: 1}
}

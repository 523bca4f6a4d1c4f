// Package peer knows the servers that the suite measures: how each is built or
// found, started and ended, and what it cannot do.
//
// Its law: every server is a process of its own on a loopback port, on one core,
// and is ended by its own process id. A server that is not installed is named
// with the reason, never left out silently.
package peer

import (
	"fmt"
	"maps"
	"os/exec"
	"runtime/debug"
	"slices"
)

// A Kind groups peers in the report.
type Kind string

// The kinds of peers.
const (
	Dewar     Kind = "dewar"
	Go        Kind = "go"        // built by the suite
	Installed Kind = "installed" // found on the machine
	Floor     Kind = "floor"     // no peer, but the lowest that could be reached
	Library   Kind = "library"   // no server: takes part in process alone
)

// A Peer is one server, or one library.
type Peer struct {
	Name   string // short and unique: "gin"
	Title  string // for the report: "gin"
	Kind   Kind
	Module string // of a Go peer: the module whose version the report names; "": the Go release itself

	// Lacks names workloads that the peer has no part in, and why.
	Lacks map[string]string

	installed *program // of an Installed peer
}

// A program is a server that is found on the machine.
type program struct {
	// find says which version is there, or why it cannot be used.
	find func() (version string, err error)
	// command runs the server on the port. It may write files to the folder.
	command func(s setting) (*exec.Cmd, error)
}

// A setting is what a program is told.
type setting struct {
	port    int
	folder  string // for configuration and logs
	static  string // folder served below site.StaticPath
	sources string // the suite's folder of peers

	certificate string // folder of site.CertificateFiles; "": plain HTTP
}

// All returns every peer in the order in which a round runs them.
func All() []Peer {
	return append([]Peer{
		{Name: "dewar", Title: "Dewar", Kind: Dewar, Module: "github.com/dewar-go/dewar", Lacks: unfinished},
		{Name: "dewarnethttp", Title: "Dewar on net/http", Kind: Dewar, Module: "github.com/dewar-go/dewar", Lacks: unfinished},
		{Name: "nethttp", Title: "net/http", Kind: Go},
		{Name: "gin", Title: "gin", Kind: Go, Module: "github.com/gin-gonic/gin"},
		{Name: "echo", Title: "echo", Kind: Go, Module: "github.com/labstack/echo/v5"},
		{Name: "chi", Title: "chi", Kind: Go, Module: "github.com/go-chi/chi/v5"},
		{Name: "fasthttp", Title: "fasthttp", Kind: Go, Module: "github.com/valyala/fasthttp", Lacks: firstOnly},
		{Name: "fiber", Title: "fiber", Kind: Go, Module: "github.com/gofiber/fiber/v3", Lacks: firstOnly},
		{Name: "hertz", Title: "hertz", Kind: Go, Module: "github.com/cloudwego/hertz", Lacks: firstOnly},
		{Name: "floor", Title: "floor", Kind: Floor, Lacks: constantOnly},
		{Name: "goccy", Title: "goccy/go-json", Kind: Library, Module: "github.com/goccy/go-json"},
	}, installed...)
}

// unfinished are workloads whose feature Dewar does not have yet.
var unfinished = map[string]string{}

var firstOnly = map[string]string{"W12b": "has no HTTP/2 of its own"}

// merged is all that any of the maps names.
func merged(lacks ...map[string]string) map[string]string {
	all := make(map[string]string)
	for _, l := range lacks {
		maps.Copy(all, l)
	}
	return all
}

var constantOnly = map[string]string{
	"W3":   "answers a constant",
	"W4":   "answers a constant",
	"W6":   "answers a constant",
	"W8a":  "answers a constant",
	"W8b":  "answers a constant",
	"W9":   "answers a constant",
	"W10":  "answers a constant",
	"W11":  "answers a constant",
	"W12a": "answers a constant",
	"W12b": "answers a constant",
}

// Find checks that an installed peer is there and returns its version, or that of
// a library; for one that the suite builds it returns "".
func (p Peer) Find() (version string, err error) {
	switch {
	case p.Kind == Library:
		return linkedVersion(p.Module)
	case p.installed == nil:
		return "", nil
	}
	return p.installed.find()
}

// linkedVersion is the version of a module that is in this program too.
func linkedVersion(module string) (string, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", fmt.Errorf("peer: this program does not know its modules, so not the version of %s", module)
	}
	i := slices.IndexFunc(info.Deps, func(m *debug.Module) bool { return m.Path == module })
	if i < 0 {
		return "", fmt.Errorf("peer: %s is not in this program", module)
	}
	return info.Deps[i].Version, nil
}

// Package site is the site that every server of the suite serves: its paths, its
// answers, its 200 routes, and how a peer tells the suite where it listens.
//
// Its law: what two peers must have in common stands here; how a peer does it is
// the peer's own, written as that project's documentation recommends.
package site

import (
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// Paths of the site.
const (
	PlaintextPath = "/plaintext"      // GET: Plaintext
	VaryingPath   = "/plaintext/{id}" // GET: Plaintext, whatever the id
	JSONPath      = "/json"           // GET: Hello as JSON
	SleepPath     = "/sleep"          // GET: Slept, after Nap
	OrderPath     = "/orders"         // POST: an order.Order as JSON, answered with its Receipt, or with 4xx
	SessionPath   = "/session"        // GET: how often the session was here, counted in it
	FortunesPath  = "/fortunes"       // GET: the page of package fortune
	StaticPath    = "/static"         // GET: the files of StaticFolder below it
)

// Answers of the site. Text is text/plain in UTF-8.
const (
	Plaintext = "Hello, World!"
	Slept     = "slept"
	Nap       = 10 * time.Millisecond
)

// A session is kept in a cookie of that name, signed with that key where the peer
// keeps its values with the client.
const (
	SessionName = "session"
	SessionKey  = "this-key-signs-nothing-but-benchmarks"
	Visits      = "visits" // key of the counter
)

// Hello is the JSON answer: {"message":"Hello, World!"}.
type Hello struct {
	Message string `json:"message"`
}

// NewHello returns the value to encode; a peer calls it for every request, so
// that each encodes and none sends prepared bytes.
func NewHello() Hello { return Hello{Message: Plaintext} }

// StaticFolder is the folder to serve below StaticPath. The suite makes it and
// names it in the environment.
func StaticFolder() string { return os.Getenv(StaticVariable) }

// StaticVariable names the environment variable behind StaticFolder.
const StaticVariable = "BENCHMARKS_STATIC"

// Listen binds a free loopback port, announces it and returns the listener.
func Listen() net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	Must(err)
	Announce(l.Addr())
	return l
}

// Announce tells the suite where the peer listens: one line on standard output.
// From then on the peer also ends when its standard input does, so that none
// outlives the suite, however that ended.
func Announce(addr net.Addr) {
	fmt.Printf("http://%s\n", addr)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
}

// Must ends the peer with a line on standard error if err is not nil.
func Must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

package debug

import (
	"encoding/json"
	"os"
	"strconv"
	"sync"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
)

// # The other end
//
// dewar run starts the program with a socket on which both write a line of JSON for what
// the other should know:
//
//	loop ► program  {"kind":"css"}, {"kind":"reload"}     what pages are to be told
//	program ► loop  {"kind":"ready","addrs":["http://…"]} it serves
//	                {"kind":"folder","path":"/…"}         changes there are seen without a build
//
// When the loop's end is closed, the loop is gone, and the program ends as well.

// LoopVariable is the environment variable with the descriptor of that socket. It is
// cleared once it was read, so that children of the program do not take it for theirs.
const LoopVariable = "DEWAR_LOOP"

// The kinds of messages.
const (
	kindReady  = "ready"
	kindFolder = "folder"
)

type message struct {
	Kind  string   `json:"kind"`
	Path  string   `json:"path,omitempty"`
	Addrs []string `json:"addrs,omitempty"`
}

// A loop is the program's end of the socket.
type loop struct {
	mu    sync.Mutex
	file  *os.File // nil: there is none
	heard bool     // somebody reads
}

// theLoop is that of the process: a descriptor must be known before others are opened.
var theLoop = findLoop()

func findLoop() *loop {
	text := os.Getenv(LoopVariable)
	_ = os.Unsetenv(LoopVariable)
	fd, err := strconv.Atoi(text)
	if err != nil || fd < 3 || !Enabled() {
		return new(loop)
	}
	conceal(fd)
	return &loop{file: os.NewFile(uintptr(fd), "loop")}
}

// announce writes a message. The loop may be gone: then the program is about to end.
func (l *loop) announce(m message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return
	}
	if line, err := json.Marshal(m); err == nil {
		_, _ = l.file.Write(append(line, '\n'))
	}
}

// attach connects an application with the loop: it tells when it serves, and its pages
// what the loop says.
func (l *loop) attach(t *Tools, app *framework.App) {
	if l.file == nil {
		return
	}
	if app.Announce == nil {
		app.Announce = func(s gateway.ServerInfo) {
			m := message{Kind: kindReady}
			for i, a := range s.Addrs {
				m.Addrs = append(m.Addrs, framework.AddressURL(s.SchemeOf(i), a))
			}
			l.announce(m)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.heard { // of several applications in a program the first has the pages
		return
	}
	l.heard = true
	go l.listen(t) // ends with the loop, which ends the program
}

func (l *loop) listen(t *Tools) {
	lines := json.NewDecoder(l.file)
	for {
		var m message
		if err := lines.Decode(&m); err != nil {
			endProcess()
			return
		}
		t.hub.tell(m.Kind)
	}
}

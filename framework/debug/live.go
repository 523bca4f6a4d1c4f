package debug

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// A hub tells pages that something has changed. What a page shows has a state, which is
// the program's number and that of the changes since it began: a page that hears of
// another state than its own loads itself anew, so that none is left behind, neither by
// a change between its request and its script, nor by one while it slept.
type hub struct {
	program string

	mu      sync.Mutex
	changes int
	pages   map[chan event]struct{}
	over    chan struct{} // closed when streams shall end
	closed  bool
}

// An event is what a page is told.
type event struct{ name, data string }

func (h *hub) open() {
	var b [6]byte
	rand.Read(b[:])
	h.program = hex.EncodeToString(b[:])
	h.pages = map[chan event]struct{}{}
	h.over = make(chan struct{})
}

// state is what a page that is rendered now shows.
func (h *hub) state() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stateLocked()
}

func (h *hub) stateLocked() string { return fmt.Sprintf("%s.%d", h.program, h.changes) }

// tell tells all pages of a change: "css", which they take without loading themselves
// anew, or "reload".
func (h *hub) tell(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changes++
	e := event{name, h.stateLocked()}
	for page := range h.pages {
		select {
		case page <- e:
		default: // it has many to read, whose last says that there was more
		}
	}
}

// stopsWith ends the streams when the server has been told to stop, so that it need not
// wait for them. An application may be served again when it has been shut down.
func (h *hub) stopsWith(stopping <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		h.closed, h.over = false, make(chan struct{})
	}
	over := h.over
	go func() { // ends with the server, or with the hub
		select {
		case <-stopping:
			h.close()
		case <-over:
		}
	}()
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.closed = true
		close(h.over)
	}
}

// heartbeat is how long a stream is silent at most, so that a page that is gone is found out.
const heartbeat = 15 * time.Second

// stream answers with server-sent events until the page goes, or the program ends.
func (h *hub) stream(x *gateway.Exchange) error {
	page := make(chan event, 8)
	h.mu.Lock()
	h.pages[page] = struct{}{}
	hello, over := event{"state", h.stateLocked()}, h.over
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		delete(h.pages, page)
		h.mu.Unlock()
	}()
	x.Response.Header.Set("Content-Type", "text/event-stream")
	x.Response.Header.Set("Cache-Control", "no-store")
	x.Response.Close = true // so that the next one is not asked for on a connection that ends
	if err := send(x, "retry: 200\n"+hello.text()); err != nil {
		return err
	}
	silence := time.NewTicker(heartbeat)
	defer silence.Stop()
	gone := x.Context().Done()
	for {
		text := ":\n\n"
		select {
		case e := <-page:
			text = e.text()
		case <-silence.C:
		case <-gone:
			return nil
		case <-over:
			return nil
		}
		if err := send(x, text); err != nil {
			return err
		}
	}
}

func (e event) text() string {
	return "event: " + e.name + "\ndata: " + strings.ReplaceAll(e.data, "\n", " ") + "\n\n"
}

func send(x *gateway.Exchange, text string) error {
	if _, err := x.WriteString(text); err != nil {
		return err
	}
	return x.Flush()
}

// LiveScript is the script that reloads pages, for the development loop, which serves it
// with its own pages. Shared read-only.
func LiveScript() []byte {
	script, err := files.ReadFile("pages/live.js")
	if err != nil {
		panic("debug: " + err.Error()) // it is embedded
	}
	return script
}

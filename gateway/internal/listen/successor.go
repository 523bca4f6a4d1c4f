package listen

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"

	"github.com/dewar-go/dewar/internal/descriptor"
)

// Variable is the environment variable that tells a successor which sockets it was
// handed. It is cleared once it was read, so that the children of the successor do not
// take it for theirs.
const Variable = "DEWAR_SOCKETS"

// A handed is one socket of a predecessor.
type handed struct {
	Addr string `json:"addr"` // as it is configured; "": for whichever of TCP is asked for first
	FD   int    `json:"fd"`
}

// Hand copies the open sockets for a successor, whose descriptors they will be from
// first on, in order. It returns what the successor's environment needs. The files are
// the caller's to close.
func Hand(first int) (files []*os.File, environment string, err error) {
	open.Lock()
	defer open.Unlock()
	var list []handed
	for _, s := range open.sockets {
		f, err := descriptor.Duplicate(s.Listener)
		if err != nil {
			for _, f := range files {
				_ = f.Close()
			}
			return nil, "", fmt.Errorf("cannot hand over %s: %w", s.addr, err)
		}
		list = append(list, handed{s.addr, first + len(files)})
		files = append(files, f)
	}
	text, err := json.Marshal(list)
	return files, Variable + "=" + string(text), err
}

// Leave keeps the socket files when their listeners are closed: they are a
// successor's now.
func Leave() { unlink(false) }

// Settle ends the taking over: what was handed and not asked for is closed, and the
// socket files are this process's to remove. Before, a process that gives up must
// leave them to its predecessor.
func Settle() {
	list, _ := inheritance()
	for _, h := range list.claim(func(handed) bool { return true }) {
		closeFD(h.FD)
	}
	unlink(true)
}

func unlink(remove bool) {
	open.Lock()
	defer open.Unlock()
	for _, s := range open.sockets {
		if l, ok := s.Listener.(*net.UnixListener); ok && strings.HasPrefix(s.addr, "unix:") {
			l.SetUnlinkOnClose(remove)
		}
	}
}

// A legacy is what was handed over and not asked for yet.
type legacy struct {
	mu   sync.Mutex
	list []handed
}

// claim takes what ok is true for.
func (l *legacy) claim(ok func(handed) bool) (claimed []handed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var rest []handed
	for _, h := range l.list {
		if ok(h) {
			claimed = append(claimed, h)
		} else {
			rest = append(rest, h)
		}
	}
	l.list = rest
	return claimed
}

var inheritance = sync.OnceValues(func() (*legacy, error) {
	text := os.Getenv(Variable)
	if text == "" {
		return new(legacy), nil
	}
	_ = os.Unsetenv(Variable)
	l := new(legacy)
	if err := json.Unmarshal([]byte(text), &l.list); err != nil {
		return new(legacy), fmt.Errorf("%s, from the predecessor: %w", Variable, err)
	}
	for _, h := range l.list {
		Conceal(h.FD)
	}
	return l, nil
})

// handedOver takes what a predecessor handed over for addr, nil where that is nothing. One
// address may be bound twice where the port is 0; then each asks for its own. A
// development loop does not know what its program asks for, and hands over a socket for
// the first address of TCP.
func handedOver(addr string) ([]net.Listener, error) {
	l, err := inheritance()
	if err != nil {
		return nil, err
	}
	scheme, _ := split(addr)
	all, any := scheme == "systemd", false
	var sockets []net.Listener
	var errs []error
	for _, h := range l.claim(func(h handed) bool {
		mine := (h.Addr == addr || h.Addr == "" && scheme == "tcp") && (all || !any)
		any = any || mine
		return mine
	}) {
		s, err := adopt(h.FD)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if u, ok := s.(*net.UnixListener); ok {
			u.SetUnlinkOnClose(false) // until Settle
		}
		sockets = append(sockets, enlist(addr, s))
	}
	return sockets, errors.Join(errs...)
}

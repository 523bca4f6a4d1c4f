package debug

import (
	"net"
	"sync"
	"time"
)

// An inlet remembers when connections were accepted, until their first request comes. Its
// size is bounded: of too many the oldest are forgotten.
type inlet struct {
	mu    sync.Mutex
	since map[string]time.Time // by the client's address
	order []string
}

// accepted is what a server tells (gateway.ServerInfo.OnAccept).
func (i *inlet) accepted(remote net.Addr) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.since == nil {
		i.since = map[string]time.Time{}
	}
	if len(i.order) >= maxConnections {
		delete(i.since, i.order[0])
		i.order = i.order[1:]
	}
	key := remote.String()
	i.since[key] = time.Now()
	i.order = append(i.order, key)
}

// take returns when a connection was accepted, once; the zero time where nobody knows.
func (i *inlet) take(remote net.Addr) time.Time {
	if remote == nil {
		return time.Time{}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	key := remote.String()
	at := i.since[key]
	delete(i.since, key)
	return at
}

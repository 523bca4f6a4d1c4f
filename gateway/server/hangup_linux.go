package server

import (
	"sync"
	"syscall"
)

// A hangups tells watches that their client has ended the connection, without
// reading from it: the system reports EPOLLRDHUP even behind unread bytes.
//
// Its epoll instance is made when a handler first asks for a context that wants it. A
// connection is registered once and stays so.
type hangups struct {
	start sync.Once
	epoll *epoll // nil where it cannot be had
	ended chan struct{}

	mu      sync.Mutex
	watches map[int32]*watch // by the number that the system hands back
	last    int32
}

// follow registers w for the connection, and reports whether it will be told.
func (h *hangups) follow(w *watch, c *conn) bool {
	if c.fast.raw == nil {
		return false
	}
	h.start.Do(h.open)
	if h.epoll == nil {
		return true // no notice, but reading ahead is not for this connection either
	}
	if w.id != 0 {
		return true
	}
	h.mu.Lock()
	h.last++
	w.id = h.last
	h.watches[w.id] = w
	h.mu.Unlock()
	_ = c.fast.raw.Control(func(fd uintptr) {
		_ = h.epoll.control(syscall.EPOLL_CTL_ADD, int(fd), syscall.EPOLLRDHUP|edgeTriggered, w.id)
	})
	return true
}

// forget ends what follow began, before the connection is closed: a duplicate of
// it may live on.
func (h *hangups) forget(w *watch, c *conn) {
	if w.id == 0 {
		return
	}
	_ = c.fast.raw.Control(func(fd uintptr) {
		_ = h.epoll.control(syscall.EPOLL_CTL_DEL, int(fd), 0, 0)
	})
	h.mu.Lock()
	delete(h.watches, w.id)
	h.mu.Unlock()
	w.id = 0
}

func (h *hangups) open() {
	var err error
	if h.epoll, err = openEpoll(); err != nil {
		return
	}
	h.watches = make(map[int32]*watch)
	h.ended = make(chan struct{})
	go h.listen()
}

// listen passes events on until close. Its goroutine belongs to the run.
func (h *hangups) listen() {
	defer close(h.ended)
	_ = h.epoll.wait(h.tell)
}

func (h *hangups) tell(id int32) {
	h.mu.Lock()
	w := h.watches[id]
	h.mu.Unlock()
	if w != nil {
		w.hungUp()
	}
}

// close ends the goroutine; no connection is left then.
func (h *hangups) close() {
	h.start.Do(func() {}) // after this, open does not happen
	if h.epoll == nil {
		return
	}
	h.epoll.close()
	<-h.ended
}

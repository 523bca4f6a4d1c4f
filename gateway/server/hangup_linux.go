package server

import (
	"sync"
	"syscall"
	"time"
)

// A hangups tells connections of the fast path that their client has ended its side,
// without reading from them: the system reports EPOLLRDHUP even behind unread bytes. Who
// is told are the context of the exchange that runs, and the connection itself, which
// parks without having seen the end where that came together with a request.
//
// A connection is registered for its life, with the one epoll instance of the run. The
// notice costs nothing until it comes.
type hangups struct {
	start sync.Once
	epoll *epoll // nil where it cannot be had
	ended chan struct{}

	mu    sync.Mutex
	conns map[int32]*conn // by the number that the system hands back
	last  int32
}

// follow registers the connection. Where that cannot be, it sees the end when it reads.
func (h *hangups) follow(c *conn, fd int) {
	h.start.Do(h.open)
	if h.epoll == nil {
		return
	}
	h.mu.Lock()
	h.last++
	id := h.last
	h.conns[id] = c
	h.mu.Unlock()
	if h.epoll.control(syscall.EPOLL_CTL_ADD, fd, syscall.EPOLLRDHUP|edgeTriggered, id) == nil {
		c.fast.id = id
	} else {
		h.drop(id)
	}
}

// forget ends what follow began, before the connection is closed. The system forgets it
// by itself, unless a duplicate lives on.
func (h *hangups) forget(c *conn) {
	id := c.fast.id
	if id == 0 {
		return
	}
	c.fast.id = 0
	h.drop(id)
	if c.hijacked {
		_ = c.fast.raw.Control(func(fd uintptr) {
			_ = h.epoll.control(syscall.EPOLL_CTL_DEL, int(fd), 0, 0)
		})
	}
}

func (h *hangups) drop(id int32) {
	h.mu.Lock()
	delete(h.conns, id)
	h.mu.Unlock()
}

func (h *hangups) open() {
	var err error
	if h.epoll, err = openEpoll(); err != nil {
		return
	}
	h.conns = make(map[int32]*conn)
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
	c := h.conns[id]
	h.mu.Unlock()
	if c != nil {
		c.hungUp()
	}
}

// hungUp is told once that the client has ended its side.
func (c *conn) hungUp() {
	c.watch.hungUp()
	if !c.fast.finished.Swap(true) {
		c.in.hasten(time.Unix(1, 0), &c.idle) // it looks by itself before it waits again
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

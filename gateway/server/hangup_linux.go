package server

import (
	"os"
	"sync"
	"syscall"
)

// A hangups tells watches that their client has ended the connection, without
// reading from it: the system reports EPOLLRDHUP even behind unread bytes.
//
// It has an epoll instance of its own, which is itself a file that the runtime's
// poller waits for, so no thread blocks. It is made when a handler first asks for
// a context that wants it. A connection is registered once and stays so.
type hangups struct {
	start sync.Once
	file  *os.File // the epoll instance; nil where it cannot be had
	epfd  int
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
	if h.file == nil {
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
		_ = syscall.EpollCtl(h.epfd, syscall.EPOLL_CTL_ADD, int(fd), &syscall.EpollEvent{
			Events: syscall.EPOLLRDHUP | edgeTriggered,
			Fd:     w.id,
		})
	})
	return true
}

// edgeTriggered is EPOLLET, whose constant in package syscall is negative.
const edgeTriggered = 1 << 31

// forget ends what follow began, before the connection is closed: a duplicate of
// it may live on.
func (h *hangups) forget(w *watch, c *conn) {
	if w.id == 0 {
		return
	}
	_ = c.fast.raw.Control(func(fd uintptr) {
		_ = syscall.EpollCtl(h.epfd, syscall.EPOLL_CTL_DEL, int(fd), nil)
	})
	h.mu.Lock()
	delete(h.watches, w.id)
	h.mu.Unlock()
	w.id = 0
}

func (h *hangups) open() {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return
	}
	if syscall.SetNonblock(fd, true) != nil { // or the runtime would not poll it
		_ = syscall.Close(fd)
		return
	}
	h.file, h.epfd = os.NewFile(uintptr(fd), "epoll"), fd
	h.watches = make(map[int32]*watch)
	h.ended = make(chan struct{})
	go h.listen()
}

// listen passes events on until close. Its goroutine belongs to the run.
func (h *hangups) listen() {
	defer close(h.ended)
	raw, err := h.file.SyscallConn()
	if err != nil {
		return
	}
	var events [64]syscall.EpollEvent
	_ = raw.Read(func(fd uintptr) bool {
		for {
			n, err := syscall.EpollWait(int(fd), events[:], 0)
			for i := range max(n, 0) {
				h.tell(events[i].Fd)
			}
			if n < len(events) && err != syscall.EINTR {
				return false
			}
		}
	})
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
	if h.file == nil {
		return
	}
	_ = h.file.Close()
	<-h.ended
}

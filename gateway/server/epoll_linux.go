package server

import (
	"os"
	"syscall"
	"time"
)

// An epoll is an instance of epoll(7). It is itself a file that the runtime's poller
// waits for, so that no thread blocks.
type epoll struct {
	file *os.File
	fd   int
}

func openEpoll() (*epoll, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	if err := syscall.SetNonblock(fd, true); err != nil { // or the runtime would not poll it
		_ = syscall.Close(fd)
		return nil, err
	}
	return &epoll{os.NewFile(uintptr(fd), "epoll"), fd}, nil
}

// edgeTriggered is EPOLLET, whose constant in package syscall is negative.
const edgeTriggered = 1 << 31

// control is epoll_ctl(2): events of fd will come with that id.
func (e *epoll) control(op, fd int, events uint32, id int32) error {
	return syscall.EpollCtl(e.fd, op, fd, &syscall.EpollEvent{Events: events, Fd: id})
}

// wait calls f with the id of each event, until the time set by until
// (os.ErrDeadlineExceeded) or close.
func (e *epoll) wait(f func(id int32)) error {
	raw, err := e.file.SyscallConn()
	if err != nil {
		return err
	}
	var events [64]syscall.EpollEvent
	return raw.Read(func(fd uintptr) bool {
		for {
			n, err := syscall.EpollWait(int(fd), events[:], 0)
			for i := range max(n, 0) {
				f(events[i].Fd)
			}
			if n < len(events) && err != syscall.EINTR {
				return false
			}
		}
	})
}

// until bounds the wait that runs, and those to come.
func (e *epoll) until(t time.Time) { _ = e.file.SetReadDeadline(t) }

// close ends the wait.
func (e *epoll) close() { _ = e.file.Close() }

package main

import (
	"errors"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
)

// A loop is one epoll instance with all its connections, on one thread.
type loop struct {
	epoll, listener int
	conns           []reader // by file descriptor
	buffer          []byte
	answers         []byte // the constant, as often as the longest batch needs it
}

// serve runs the loop on l for ever.
func serve(l net.Listener) error {
	runtime.LockOSThread()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	defer f.Close()
	listener := int(f.Fd()) // makes it block, so only once, and then
	if err := syscall.SetNonblock(listener, true); err != nil {
		return err
	}
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	e := &loop{epoll: epoll, listener: listener, buffer: make([]byte, 64<<10), answers: []byte(strings.Repeat(answer, 64))}
	if err := e.watch(e.listener); err != nil {
		return err
	}
	events := make([]syscall.EpollEvent, 256)
	for {
		n, err := syscall.EpollWait(epoll, events, -1)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return os.NewSyscallError("epoll_wait", err)
		}
		for _, event := range events[:max(n, 0)] {
			if fd := int(event.Fd); fd == e.listener {
				e.accept()
			} else if !e.answer(fd) {
				_ = syscall.Close(fd)
			}
		}
	}
}

func (e *loop) watch(fd int) error {
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
	return os.NewSyscallError("epoll_ctl", syscall.EpollCtl(e.epoll, syscall.EPOLL_CTL_ADD, fd, &event))
}

// accept takes all connections that wait.
func (e *loop) accept() {
	for {
		fd, _, err := syscall.Accept4(e.listener, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
		if err != nil {
			return // EAGAIN, or a client that has gone already
		}
		_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
		for len(e.conns) <= fd {
			e.conns = append(e.conns, 0)
		}
		e.conns[fd] = 0
		if e.watch(fd) != nil {
			_ = syscall.Close(fd)
		}
	}
}

// answer reads once and answers each head that ended; false means that the
// connection is over. A client that does not read its answers loses it.
func (e *loop) answer(fd int) bool {
	n, err := syscall.Read(fd, e.buffer)
	if errors.Is(err, syscall.EAGAIN) {
		return true
	}
	if n <= 0 || err != nil {
		return false
	}
	size := e.conns[fd].heads(e.buffer[:n]) * len(answer)
	for size > 0 {
		part := min(size, len(e.answers))
		if n, err := syscall.Write(fd, e.answers[:part]); err != nil || n < part {
			return false
		}
		size -= part
	}
	return true
}

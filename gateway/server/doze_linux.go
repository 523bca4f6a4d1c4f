package server

import (
	"syscall"
	"time"
	"unsafe"
)

// A goroutine's stack grows for a handler and stays grown while the connection waits:
// 4 KiB or more, where waiting takes less than 1 KiB. The collector does not help, since
// it halves a stack only where a quarter of it would do. So a connection that has
// waited for long, one of many, goes on waiting in a goroutine of its own with a fresh
// stack of 2 KiB, and without what the parser remembers. That costs about a microsecond
// for a request that took its client a thousand times as long to send.
const (
	crowd  = 256                    // connections, from which on their memory counts
	drowsy = 100 * time.Millisecond // of waiting, from which on it will be long again
)

// dozes reports whether another goroutine shall do the waiting that follows. hot path
func (c *conn) dozes() bool {
	if c.pause < drowsy || len(c.run.slots) < c.run.crowd || !c.served || !c.parser.Idle() {
		return false
	}
	c.parser.Forget()
	if c.watchee != nil { // it knows this goroutine
		c.run.dog.forget(c.watchee)
		c.watchee = nil
	}
	return true
}

// doze waits, on a small stack, for the first byte of the next request.
func (c *conn) doze() turn {
	if !c.await(c.stirs) || !c.await(c.ready) {
		return ended
	}
	return c.fast.out
}

// stirs reports whether there is something to read, or the end. It is called before
// the poller waits too, since an edge may have come in between.
func (c *conn) stirs(fd uintptr) bool {
	var b byte
	for {
		_, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(&b)), 1, syscall.MSG_PEEK|syscall.MSG_DONTWAIT, 0, 0)
		if errno != syscall.EINTR {
			return errno != syscall.EAGAIN
		}
	}
}

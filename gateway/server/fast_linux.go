package server

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/dewar-go/dewar/gateway/http1"
)

// The fast way through a TCP connection on Linux.
//
// # Theory
//
// A request on a kept connection costs net.Conn three things that it need not:
// a read that returns EAGAIN before the goroutine parks, a reset of the poller's
// state before every read, and a buffer that is held while nothing comes. So one
// RawConn.Read callback lives as long as the connection stays on this path:
//
//	park ─► readable ─► recv ─► parse ─► handler ─► write ─┐
//	  ▲                   ▲                                   │
//	  │                   └── more in the socket, or buffer ──┤
//	  └────── return false: nothing left, buffers given back ─┘
//
// Returning false parks the goroutine without touching the poller; an edge that
// comes meanwhile is kept and ends the parking at once. That the socket is empty
// is known without another read: what was read did not fill the buffer. Of the
// client's end that says nothing, request and FIN can come in one edge; hangups tells.
//
// # Its law
//
// Inside the callback the connection's read lock is held: net.Conn.Read would
// wait for ever. Therefore only exchanges whose request is whole in the buffer
// run here, and all others return true first, to the plain path. A handler that
// hijacks gets a duplicate of the socket with a lock of its own.
type fast struct {
	raw    syscall.RawConn // nil: the connection is not one for this path
	tried  bool
	inside bool  // the callback is running, the read lock is held
	cloned bool  // the connection was hijacked as a duplicate
	known  bool  // to the dormitory's epoll
	out    turn  // how the callback left
	fd     int32 // for the dormitory
	id     int32 // of hangups; 0: not registered

	finished atomic.Bool // the client has ended its side, and hangups has told so
}

// serveFast serves requests as long as they are whole when they come.
func (c *conn) serveFast() turn {
	f := &c.fast
	if !f.tried {
		f.tried = true
		f.begin(c)
	}
	if !f.open() {
		return headWanted
	}
	// Requests behind the one that the plain path served may be in the buffer.
	if len(c.in.unread()) > 0 {
		if left, done := c.serveBuffered(); done {
			return left
		}
	}
	if c.out.flush() != nil {
		return ended
	}
	c.park()
	if !c.await(c.ready) {
		return ended
	}
	return f.out
}

// await calls f when the socket is ready, until f reports true. It reports false where
// that did not come in time.
func (c *conn) await(f func(fd uintptr) bool) bool {
	err := c.fast.raw.Read(f)
	if err == nil {
		return true
	}
	c.idle.Store(false)
	if c.fast.finished.Load() && errors.Is(err, os.ErrDeadlineExceeded) {
		c.fast.out = headWanted // hungUp ended the wait; a request may have come before the end
		return true
	}
	c.refuse(c.unfinishedHead(err))
	return false
}

// begin prepares the path where the connection allows it.
func (f *fast) begin(c *conn) {
	tcp, ok := c.nc.(*net.TCPConn)
	if !ok || c.run.config.Plain {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	err = raw.Control(func(fd uintptr) {
		f.fd = int32(fd)
		c.run.hangups.follow(c, int(fd))
	})
	if err == nil {
		f.raw = raw
	}
}

// open reports whether the connection can take this path.
func (f *fast) open() bool { return f.raw != nil }

// ready is the callback: true leaves this path with f.out, false parks. Where there is a
// watchdog, it knows the connection's own goroutine. hot path
func (c *conn) ready(fd uintptr) bool {
	if c.run.dog != nil {
		return c.serveReady(fd)
	}
	r := c.run.runners.get(c.fast.fd)
	r.c, r.fd = c, fd
	r.next()
	left := r.left
	c.run.runners.put(r, c.fast.fd, c.run.clock.tick.Load())
	return left
}

// serveReady reads and serves until nothing is left in the socket. hot path
func (c *conn) serveReady(fd uintptr) bool {
	c.fast.inside, c.out.fd = true, int(fd)
	defer c.outside()
	c.idle.Store(false)
	c.sit()
	c.in.acquire()
	for {
		room := c.in.room()
		n, err := receive(int(fd), room)
		switch {
		case err == syscall.EAGAIN:
			return c.rest()
		case err == syscall.EINTR:
			continue
		case n == 0 || err != nil:
			return c.leave(c.hangUp(err))
		}
		c.in.w += n
		c.in.count += int64(n)
		c.tick()
		if left, done := c.serveBuffered(); done {
			return c.leave(left)
		}
		if n < len(room) && c.fast.id != 0 { // the socket is empty
			return c.rest()
		}
	}
}

func (c *conn) outside() {
	c.out.reclaim() // a handler that ended the goroutine has left it to the sweeper
	c.fast.inside, c.out.fd = false, noFD
}

func (c *conn) leave(t turn) bool {
	c.fast.out = t
	return true
}

// serveBuffered serves the requests that are whole in the buffer. done says that
// this path ends here, with left.
func (c *conn) serveBuffered() (left turn, done bool) {
	for {
		found, err := c.nextHead()
		switch {
		case err != nil:
			c.refuse(err)
			return ended, true
		case !found:
			return headWanted, false
		case !c.whole():
			return headRead, true
		case !c.exchange():
			return ended, true
		}
	}
}

// whole reports whether nothing more of the request is to be read.
func (c *conn) whole() bool {
	switch c.msg.Body {
	case http1.None:
		return !c.msg.Upgrade // who upgrades wants the connection itself
	case http1.Fixed:
		return c.msg.Length <= int64(len(c.in.unread()))
	}
	return false
}

// rest sends the answers and gives back what an idle connection does not need.
// It reports true if the connection is over.
func (c *conn) rest() bool {
	if c.out.flush() != nil {
		return c.leave(ended)
	}
	if len(c.in.unread()) > 0 {
		return c.leave(headWanted) // half a head; its end would not be seen here
	}
	c.park()
	switch {
	case c.fast.finished.Load(): // behind idle, which hungUp looks at behind this
		return c.leave(headWanted)
	case c.dozes():
		return c.leave(dozing)
	}
	return false
}

// hangUp ends a connection whose client ended it.
func (c *conn) hangUp(err error) turn {
	if err == nil {
		err = io.EOF
	}
	c.refuse(c.unfinishedHead(err))
	c.answered = true // or answers that are gathered would be lost
	return ended
}

// receive reads once without waiting.
func receive(fd int, p []byte) (n int, err error) {
	// A raw system call: it does not wait, so telling the scheduler costs more than it
	// could gain. recv(2) takes a shorter way than read(2).
	k, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)),
		syscall.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(k), nil
}

// clone duplicates the connection for a handler that hijacks it inside the
// callback. Closing the original then closes a descriptor, not the connection.
func (f *fast) clone(nc net.Conn) (net.Conn, error) {
	tcp, ok := nc.(*net.TCPConn)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	file, err := tcp.File()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	f.cloned = true
	return net.FileConn(file)
}

// rawMost bounds what is written without telling the scheduler, which could not
// take the processor away meanwhile.
const rawMost = 32 << 10

// sendRaw writes without waiting, inside the callback. What is left for a client
// that is slow, net.Conn.Write waits for; its lock is another one.
func (o *output) sendRaw(p []byte) (n int) {
	if o.fd == noFD || len(p) > rawMost {
		return 0
	}
	// send(2) takes a shorter way to the socket than write(2).
	k, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(o.fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)),
		syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
	if errno != 0 {
		return 0 // net.Conn.Write meets the same error and names it
	}
	return int(k)
}

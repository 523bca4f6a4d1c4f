package server

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"
)

// A connection that waits costs most by its goroutine: the stack has grown for a handler,
// to 4 KiB or more, and stays so. So one that has waited for long, one of many, goes on
// waiting without: it lets go of what the parser remembers, and lies down in a dormitory
// until there is something to read; then it gets a goroutine again. That costs some
// microseconds for a request that took its client ten thousand times as long to send.
const (
	crowd  = 256                    // connections, from which on their memory counts
	drowsy = 100 * time.Millisecond // of waiting, from which on it will be long again
)

// dozes reports whether the connection shall lie down for the wait that follows. hot path
func (c *conn) dozes() bool {
	if c.pause < drowsy || len(c.run.slots) < c.run.crowd || !c.served || !c.parser.Idle() || c.run.draining.Load() {
		return false
	}
	c.parser.Forget()
	if c.watchee != nil { // it knows this goroutine
		c.run.dog.forget(c.watchee)
		c.watchee = nil
	}
	return true
}

// doze goes on after a doze.
func (c *conn) doze() turn {
	c.pause = 0 // nothing may have come: no other doze before the next request
	if !c.await(c.ready) {
		return ended
	}
	return c.fast.out
}

// A dormitory is where the connections of a run wait that have no goroutine. An epoll
// instance of its own, made for the first of them, tells which are to be woken.
type dormitory struct {
	start sync.Once
	epoll *epoll // nil where it cannot be had
	ended chan struct{}
	every time.Duration // it looks for those whose time is over

	mu     sync.Mutex
	closed bool
	beds   []*conn // by descriptor, which the system keeps low; nil: nobody
	taken  int
}

// take has a connection wait, and reports false where it cannot. Else the caller owns it
// no longer: another goroutine may have it already.
func (d *dormitory) take(c *conn) bool {
	d.start.Do(func() { d.open(slack(c.run.config.IdleTimeout)) })
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.epoll == nil || d.closed || !c.fast.listed(d.epoll) {
		return false
	}
	for len(d.beds) <= int(c.fast.fd) {
		d.beds = append(d.beds, nil)
	}
	d.beds[c.fast.fd] = c
	if d.taken++; d.taken == 1 {
		d.epoll.until(time.Now().Add(d.every))
	}
	return true
}

// listed asks for one event; should something have come already, it is told at once.
func (f *fast) listed(e *epoll) bool {
	op := syscall.EPOLL_CTL_MOD
	if !f.known {
		op = syscall.EPOLL_CTL_ADD
	}
	f.known = e.control(op, int(f.fd), syscall.EPOLLIN|syscall.EPOLLRDHUP|syscall.EPOLLONESHOT, f.fd) == nil
	return f.known
}

func (d *dormitory) open(every time.Duration) {
	var err error
	if d.epoll, err = openEpoll(); err != nil {
		return
	}
	d.every = every
	d.ended = make(chan struct{})
	go d.keep()
}

// keep wakes those for whom something comes, and those whose time is over, until close.
// Its goroutine belongs to the run.
func (d *dormitory) keep() {
	defer close(d.ended)
	for errors.Is(d.epoll.wait(d.wake), os.ErrDeadlineExceeded) {
		d.expire(time.Now())
	}
}

func (d *dormitory) wake(fd int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rouse(int(fd))
}

// rouse gives a connection a goroutine; nothing happens where it is up.
func (d *dormitory) rouse(fd int) {
	if c := d.beds[fd]; c != nil {
		d.beds[fd] = nil
		d.taken--
		go c.run.carry(c)
	}
}

// expire ends the wait of those whose deadline has passed. It looks at all: at ten
// thousand that takes less than a thousandth of the time until it looks again.
func (d *dormitory) expire(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for fd, c := range d.beds {
		if c != nil && !c.in.by.After(now) {
			c.in.interrupt()
			d.rouse(fd)
		}
	}
	next := now.Add(d.every)
	if d.taken == 0 {
		next = time.Time{}
	}
	d.epoll.until(next)
}

// close wakes all. There is no waiting here any more.
func (d *dormitory) close() {
	d.start.Do(func() {}) // after this, open does not happen
	if d.epoll == nil {
		return
	}
	d.mu.Lock()
	d.closed = true
	for fd := range d.beds {
		d.rouse(fd)
	}
	d.mu.Unlock()
	d.epoll.close()
	<-d.ended
}

package server

import (
	"net"
	"runtime/debug"

	"github.com/dewar-go/dewar/gateway"
)

// Hooks are told what the server is about to do or has done. Each may be nil. They run
// in the server's goroutines, which wait for them. A panic in one is a fault
// (Config.Error) and changes nothing else.
//
// What happens before and after a request is a gateway.Middleware's and
// Exchange.OnFinish's; before the first and after the last, gateway.Lifespan's; on
// signals, gateway/process's.
type Hooks struct {
	// Ready is called when the addresses are bound and the application has started,
	// before the first connection is accepted. addrs is owned, with real ports.
	Ready func(addrs []net.Addr)

	// ConnState is called when a connection changes its state, in its goroutine. c is
	// borrowed until the next call for it: to know it again and to ask for its
	// addresses; nobody reads, writes or closes it here.
	ConnState func(c net.Conn, s ConnState)

	// Drain is called when the server has stopped accepting, before it waits for what
	// runs.
	Drain func()

	// Exit is called at the end, with what Serve is about to return.
	Exit func(err error)
}

// A ConnState is where a connection stands.
type ConnState uint8

// The states. A connection is new first and closed last, whatever is between; one of
// HTTP/2, and one on which a request was refused before it was one, is neither active nor
// idle.
const (
	ConnNew      ConnState = iota // accepted
	ConnActive                    // a request's head was read
	ConnIdle                      // answered, waiting for the next request
	ConnHijacked                  // a handler has taken it over
	ConnClosed                    // closed, or left to the handler that took it
)

// String is the state in one word.
func (s ConnState) String() string {
	return [...]string{"new", "active", "idle", "hijacked", "closed"}[s]
}

// contained runs a hook and makes a fault of its panic.
func (r *run) contained(hook func()) {
	defer func() {
		if v := recover(); v != nil {
			r.config.Error(nil, &gateway.PanicError{Value: v, Stack: debug.Stack()})
		}
	}()
	hook()
}

// onAccept is gateway.ServerInfo.OnAccept. No connection is there yet.
func (r *run) onAccept(f func(net.Addr)) {
	hook := r.config.Hooks.ConnState
	r.config.Hooks.ConnState = func(c net.Conn, s ConnState) {
		if s == ConnNew {
			f(c.RemoteAddr())
		}
		if hook != nil {
			hook(c, s)
		}
	}
}

// enter tells of a connection's state, unless it is told already. hot path
func (c *conn) enter(s ConnState) {
	if hook := c.run.config.Hooks.ConnState; hook != nil && (c.state != s || s == ConnNew) {
		c.state = s
		c.run.contained(func() { hook(c.socket, s) })
	}
}

func (r *run) ready() {
	if hook := r.config.Hooks.Ready; hook != nil {
		r.contained(func() { hook(r.info().Addrs) })
	}
}

func (r *run) drained() {
	if hook := r.config.Hooks.Drain; hook != nil {
		r.contained(hook)
	}
}

func (r *run) exited(err error) error {
	if hook := r.config.Hooks.Exit; hook != nil {
		r.contained(func() { hook(err) })
	}
	return err
}

package load

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"syscall"
	"time"
)

// runNative runs the plan in one epoll loop on one thread. Under a fixed rate it
// polls instead of sleeping, so it should have a core of its own.
func runNative(p Plan) (Result, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	l, err := newLoop(p)
	if err != nil {
		return Result{}, err
	}
	defer l.close()
	elapsed, err := l.run()
	if err != nil {
		return Result{}, err
	}
	return l.account.result(elapsed), nil
}

// A loop is one epoll instance with all connections of a plan.
type loop struct {
	plan    Plan
	server  syscall.Sockaddr
	epoll   int
	conns   []*client // by file descriptor
	idle    []*client // under a fixed rate: those that wait for something due
	supply  supply
	buffer  []byte
	account *account
	waiting int // connections with answers to come
	stopped bool
}

// A client is one connection.
type client struct {
	fd      int // lost where the server could not be reached again
	framing framing
	pending int       // answers to come
	since   time.Time // when the batch was sent or, under a fixed rate, due
	unsent  []byte    // what the socket did not take
	blocked bool      // the loop watches for room in the socket
}

const lost = -1

func newLoop(p Plan) (*loop, error) {
	address, err := netip.ParseAddrPort(p.Address)
	if err != nil || !address.Addr().Is4() {
		return nil, fmt.Errorf("load: address %q is not an IPv4 address and port", p.Address)
	}
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	l := &loop{
		plan: p, epoll: epoll, supply: newSupply(p, 0), account: newAccount(), buffer: make([]byte, 256<<10),
		server: &syscall.SockaddrInet4{Port: int(address.Port()), Addr: address.Addr().As4()},
	}
	for range p.Connections {
		if err := l.open(&client{}); err != nil {
			l.close()
			return nil, err
		}
	}
	return l, nil
}

// open connects c anew.
func (l *loop) open(c *client) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	*c = client{fd: fd}
	if err := errors.Join(
		os.NewSyscallError("connect", syscall.Connect(fd, l.server)), // blocks: loopback answers at once
		os.NewSyscallError("fcntl", syscall.SetNonblock(fd, true)),
		os.NewSyscallError("setsockopt", syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)),
		l.watch(c, syscall.EPOLL_CTL_ADD, syscall.EPOLLIN),
	); err != nil {
		_ = syscall.Close(fd)
		return fmt.Errorf("load: %w", err)
	}
	for len(l.conns) <= fd {
		l.conns = append(l.conns, nil)
	}
	l.conns[fd] = c
	return nil
}

func (l *loop) watch(c *client, operation int, events uint32) error {
	event := syscall.EpollEvent{Events: events, Fd: int32(c.fd)}
	return os.NewSyscallError("epoll_ctl", syscall.EpollCtl(l.epoll, operation, c.fd, &event))
}

func (l *loop) close() {
	for _, c := range l.conns {
		if c != nil {
			_ = syscall.Close(c.fd)
		}
	}
	_ = syscall.Close(l.epoll)
}

// run sends until the duration is over and then waits for what is under way.
func (l *loop) run() (elapsed time.Duration, err error) {
	start := time.Now()
	end := start.Add(l.plan.Duration)
	due := newSchedule(l.plan, start)
	for _, c := range l.conns {
		if c != nil {
			l.ready(c, start)
		}
	}
	events := make([]syscall.EpollEvent, 512)
	for now := start; ; now = time.Now() {
		if !l.stopped && now.After(end) {
			l.stopped, elapsed = true, now.Sub(start)
			l.account.missed = due.missed(end)
		}
		if l.stopped && (l.waiting == 0 || now.After(end.Add(patience))) {
			break
		}
		for !l.stopped && len(l.idle) > 0 && due.next(now) {
			c := l.idle[len(l.idle)-1]
			l.idle = l.idle[:len(l.idle)-1]
			if c.fd != lost {
				l.send(c, due.taken())
			}
		}
		if err := l.poll(events); err != nil {
			return 0, err
		}
	}
	for range l.waiting {
		l.account.failed("no answer in time")
	}
	return elapsed, nil
}

// poll waits for events and sees to them. Under a fixed rate it does not wait.
func (l *loop) poll(events []syscall.EpollEvent) error {
	timeout := 10 // milliseconds, so that the end is not missed when no answer comes
	if l.plan.Rate > 0 {
		timeout = 0
	}
	n, err := syscall.EpollWait(l.epoll, events, timeout)
	if err != nil && !errors.Is(err, syscall.EINTR) {
		return os.NewSyscallError("epoll_wait", err)
	}
	for i := range max(n, 0) {
		c := l.conns[events[i].Fd]
		if c == nil {
			continue
		}
		if events[i].Events&syscall.EPOLLOUT != 0 {
			l.write(c)
		}
		if events[i].Events&^syscall.EPOLLOUT != 0 && c.fd != lost {
			l.read(c)
		}
	}
	return nil
}

// ready gives c something to do: at once, or when something is due.
func (l *loop) ready(c *client, now time.Time) {
	switch {
	case l.stopped:
	case l.plan.Rate > 0:
		l.idle = append(l.idle, c)
	default:
		l.send(c, now)
	}
}

func (l *loop) send(c *client, since time.Time) {
	c.since, c.pending, c.unsent = since, l.plan.Pipeline, l.supply.next()
	l.waiting++
	l.write(c)
}

func (l *loop) write(c *client) {
	if len(c.unsent) == 0 {
		return
	}
	n, err := syscall.Write(c.fd, c.unsent)
	if err != nil && !errors.Is(err, syscall.EAGAIN) {
		l.broken(c, err.Error())
		return
	}
	c.unsent = c.unsent[max(n, 0):]
	if blocked := len(c.unsent) > 0; blocked != c.blocked {
		c.blocked = blocked
		l.rewatch(c)
	}
}

func (l *loop) rewatch(c *client) {
	events := uint32(syscall.EPOLLIN)
	if c.blocked {
		events |= syscall.EPOLLOUT
	}
	if err := l.watch(c, syscall.EPOLL_CTL_MOD, events); err != nil {
		l.broken(c, err.Error())
	}
}

func (l *loop) read(c *client) {
	n, err := syscall.Read(c.fd, l.buffer)
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR) {
		return
	}
	if err != nil {
		l.broken(c, err.Error())
		return
	}
	if n == 0 {
		l.broken(c, "connection ended before the answer")
		return
	}
	now := time.Now()
	for p := l.buffer[:n]; len(p) > 0; {
		rest, done, err := c.framing.next(p)
		if err == nil && done && c.pending == 0 {
			err = errors.New("an answer that was not asked for")
		}
		if err != nil {
			l.broken(c, err.Error())
			return
		}
		if done {
			c.pending--
			l.account.answered(c.framing.status, now.Sub(c.since))
		}
		p = rest
	}
	if c.pending == 0 {
		l.waiting--
		l.again(c, now)
	}
}

// again goes on after a batch, on a new connection where the server closes.
func (l *loop) again(c *client, now time.Time) {
	if c.framing.closes && !l.reopen(c) {
		return
	}
	l.ready(c, now)
}

// broken ends a connection: an error where answers were to come, else the right
// of a server that does not keep connections for ever.
func (l *loop) broken(c *client, why string) {
	owed := c.pending > 0
	if owed {
		l.waiting--
		l.account.failed(why)
	}
	if l.reopen(c) && owed { // an idle one still stands in the list of those
		l.ready(c, time.Now())
	}
}

func (l *loop) reopen(c *client) bool {
	l.conns[c.fd] = nil
	_ = syscall.Close(c.fd)
	if err := l.open(c); err != nil {
		c.fd = lost
		l.account.failed(err.Error())
		return false
	}
	return true
}

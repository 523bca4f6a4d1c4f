package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// A Server is Dewar's own server. It is used for one Serve at a time.
type Server struct {
	config Config
}

// New returns a server; what is wrong with c is told by Serve.
func New(c Config) *Server { return &Server{config: c} }

var _ gateway.Server = (*Server)(nil)

// Serve binds the addresses, starts h where it is a gateway.Lifespan, and serves
// until ctx ends. Then it tells so (gateway.ServerInfo.Stopping), goes on for
// Config.Lameduck, stops accepting, lets running exchanges finish for up to
// Config.Grace, those of hijacked connections included, ends h's lifespan and
// returns nil, or an error that says how many connections had to be cut. A ctx that
// ends with gateway.ErrQuick or gateway.ErrReplaced as its cause is obeyed.
func (s *Server) Serve(ctx context.Context, h gateway.Handler) error {
	if err := s.config.validate(); err != nil {
		return err
	}
	c := s.config.withDefaults()
	ports, err := bind(c.listeners())
	if err != nil {
		return err
	}
	r := newRun(c, h, ports)
	return r.exited(r.serve(ctx))
}

// A run is one call of Serve.
type run struct {
	config  Config
	handler gateway.Handler
	ports   []*port
	clock   *clock

	base     context.Context // of every exchange; ends when Grace is over
	cancel   context.CancelFunc
	stopping chan struct{} // closed when the application shall know
	draining atomic.Bool

	slots chan struct{} // as many as there may be connections, but for the one of each port
	crowd int           // of them, from which on some doze
	mu    sync.Mutex
	conns map[*conn]struct{}
	done  sync.WaitGroup // one for each connection

	http2   *http2 // nil where it is not spoken
	sweeper sweeper
	watched bool      // somebody looks: an access log, counters
	attends bool      // something wants to know of an exchange before it runs
	dog     *watchdog // nil: no
	hangups hangups
	runners runners

	dormitory dormitory
}

func newRun(c Config, h gateway.Handler, ports []*port) *run {
	r := &run{config: c, handler: c.around(h), ports: ports, clock: newClock(), conns: make(map[*conn]struct{})}
	r.stopping = make(chan struct{})
	r.slots = make(chan struct{}, c.MaxConnections-1)
	for _, p := range ports {
		p.slot = make(chan struct{}, 1)
	}
	r.crowd = crowd
	r.base, r.cancel = context.WithCancel(context.Background())
	r.sweeper.run = r
	r.runners.open()
	r.dog = newWatchdog(&r.config)
	r.watched = c.AccessLog != nil || c.Counters != nil
	r.attends = c.Hooks.ConnState != nil || c.MaxRequests > 0 || c.HandlerTimeout > 0 || r.dog != nil
	return r
}

// serve is the run from Startup to Shutdown.
func (r *run) serve(ctx context.Context) error {
	defer r.cancel()
	if err := gateway.Startup(ctx, r.handler, r.info()); err != nil {
		return errors.Join(err, closePorts(r.ports))
	}
	if r.speaksHTTP2() {
		r.http2 = startHTTP2(r.config, r.overHTTP2(r.handler))
	}
	stopClock := background(r.clock.run)
	stopDog := func() {}
	if r.dog != nil {
		stopDog = background(r.dog.run)
	}
	r.config.Counters.attach(r)

	r.ready()
	err := r.acceptAll(ctx)
	r.drained()

	err = errors.Join(err, r.drain(context.Cause(ctx)))
	r.cancel()
	r.sweeper.done.Wait()
	r.hangups.close()
	r.runners.close()
	stopClock()
	stopDog()
	r.config.Counters.detach(r)
	if log := r.config.AccessLog; log != nil {
		err = errors.Join(err, log.Flush())
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.config.Grace)
	defer cancel()
	return errors.Join(err, gateway.Shutdown(end, r.handler))
}

// info is what the application learns at its start.
func (r *run) info() gateway.ServerInfo {
	info := gateway.ServerInfo{Name: "server", Scheme: r.ports[0].scheme, Stopping: r.stopping, OnAccept: r.onAccept}
	for _, p := range r.ports {
		info.Addrs = append(info.Addrs, p.Addr())
		info.Schemes = append(info.Schemes, p.scheme)
	}
	return info
}

func (r *run) speaksHTTP2() bool {
	return r.config.UnencryptedHTTP2 || slices.ContainsFunc(r.ports, func(p *port) bool { return p.tls != nil })
}

// background runs f in a goroutine and returns a function that ends it and waits.
func background(f func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// acceptAll accepts on all ports until ctx ends, or one of them fails, and returns when
// no more connection can come. Its goroutines end with it.
func (r *run) acceptAll(ctx context.Context) error {
	accepting, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	var failure error
	var failed sync.Once
	var all sync.WaitGroup
	for _, p := range r.ports {
		all.Go(func() {
			if err := r.accept(accepting, p); err != nil {
				failed.Do(func() { failure = err })
				end()
			}
		})
	}
	select {
	case <-ctx.Done():
		r.retire(accepting, context.Cause(ctx))
	case <-accepting.Done():
		close(r.stopping)
	}
	end()
	err := closePorts(r.ports)
	all.Wait()
	return errors.Join(failure, err)
}

// retire tells that the server stops, and returns when it is time to stop accepting.
func (r *run) retire(accepting context.Context, why error) {
	if errors.Is(why, gateway.ErrReplaced) {
		return
	}
	close(r.stopping)
	if !errors.Is(why, gateway.ErrQuick) {
		within(accepting.Done(), r.config.Lameduck)
	}
}

// accept hands each new connection of a port to a goroutine of its own until ctx ends.
func (r *run) accept(ctx context.Context, p *port) error {
	const slowest = time.Second
	var delay time.Duration
	for {
		var slot chan struct{}
		select {
		case r.slots <- struct{}{}:
			slot = r.slots
		case p.slot <- struct{}{}:
			slot = p.slot
		case <-ctx.Done():
			return nil
		}
		nc, err := p.Accept()
		switch {
		case err == nil:
			delay = 0
			r.start(p, nc, slot)
			continue
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("server: listener was closed: %w", err)
		default:
			// Out of file descriptors, or a client that was gone before it was
			// accepted: the listener itself is well, so wait and go on, as net/http does.
			r.config.Error(nil, fmt.Errorf("server: accept: %w", err))
			delay = min(max(2*delay, 5*time.Millisecond), slowest)
			select {
			case <-time.After(delay):
			case <-ctx.Done():
				return nil
			}
		}
		<-slot
	}
}

// start begins a connection. Its goroutine ends by itself; drain waits for it.
func (r *run) start(p *port, nc net.Conn, slot chan struct{}) {
	c := newConn(r, p, nc)
	c.reserved = slot == p.slot
	c.part = r.config.Counters.accept()
	r.mu.Lock()
	r.conns[c] = struct{}{}
	r.mu.Unlock()
	r.done.Add(1)
	go r.carry(c)
}

// carry runs a connection, until it ends or dozes, and another goroutine goes on.
func (r *run) carry(c *conn) {
	t := ended
	defer func() {
		if t == dozing {
			if !r.dormitory.take(c) {
				go r.carry(c)
			}
			return
		}
		r.end(c)
		r.done.Done()
	}()
	t = c.serve()
}

func (r *run) end(c *conn) {
	c.enter(ConnClosed)
	if c.watchee != nil {
		r.dog.forget(c.watchee)
	}
	r.mu.Lock()
	delete(r.conns, c)
	r.mu.Unlock()
	c.countBytes()
	if n := r.config.Counters; n != nil && c.hijacked {
		n.hijacked.Add(-1)
	}
	if c.reserved {
		<-c.port.slot
	} else {
		<-r.slots
	}
}

// each calls f for every open connection and returns how many there are.
func (r *run) each(f func(*conn)) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		f(c)
	}
	return len(r.conns)
}

const (
	// lastCall is how long a kept, idle connection may still bring a request when
	// the server stops. HTTP/1.1 cannot announce the end of an idle connection, so
	// closing at once would lose the request that is on its way.
	lastCall = 250 * time.Millisecond
	// lastWords is how long handlers have between the end of their context and
	// the end of their connection.
	lastWords = time.Second
)

// drain waits for the connections to finish what runs: for Grace, unless the server
// was told to be quick, then with their contexts ended, then it cuts them.
func (r *run) drain(why error) error {
	r.draining.Store(true)
	r.each((*conn).lastCall)
	r.dormitory.close()
	ended := make(chan error, 1)
	go func() { ended <- r.http2.drain(why) }() // bounded as the wait below is
	grace := r.config.Grace
	if errors.Is(why, gateway.ErrQuick) {
		grace = 0
	}
	return errors.Join(r.wait(grace), <-ended)
}

// wait waits for all connections, those of HTTP/2 included.
func (r *run) wait(grace time.Duration) error {
	finished := make(chan struct{})
	go func() {
		r.done.Wait()
		close(finished)
	}()
	if within(finished, grace) {
		return nil
	}
	r.cancel()
	if within(finished, lastWords) {
		return nil
	}
	cut := r.each((*conn).cut)
	if !within(finished, lastWords) {
		return fmt.Errorf("server: %d handlers still run %v after their connections were cut", r.each(func(*conn) {}), lastWords)
	}
	return fmt.Errorf("server: %d connections were cut after %v of grace", cut, grace)
}

// within waits for d at most, and reports whether finished was closed by then.
func within(finished <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-finished:
		return true
	case <-timer.C:
		return false
	}
}

// fault reports an error unless it is of no concern to the operator.
func (r *run) fault(req *gateway.Request, err error) {
	if err != nil {
		r.config.Error(req, err)
	}
}

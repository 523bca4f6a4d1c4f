package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/internal/listen"
)

// A Server is Dewar's own server. It is used for one Serve at a time.
type Server struct {
	config Config
}

// New returns a server; what is wrong with c is told by Serve.
func New(c Config) *Server { return &Server{config: c} }

var _ gateway.Server = (*Server)(nil)

// Serve binds the address, starts h where it is a gateway.Lifespan, and serves
// until ctx ends. Then it stops accepting, lets running exchanges finish for up
// to Config.Grace, ends h's lifespan and returns nil, or an error that says how
// many connections had to be cut.
func (s *Server) Serve(ctx context.Context, h gateway.Handler) error {
	if err := s.config.validate(); err != nil {
		return err
	}
	c := s.config.withDefaults()
	l, err := listen.On(c.Addr)
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	return newRun(c, h, l).serve(ctx)
}

// A run is one call of Serve.
type run struct {
	config   Config
	handler  gateway.Handler
	listener net.Listener
	tls      *tls.Config // nil: plain
	scheme   string
	clock    *clock

	base     context.Context // of every exchange; ends when Grace is over
	cancel   context.CancelFunc
	draining atomic.Bool

	slots chan struct{} // as many as there may be connections
	mu    sync.Mutex
	conns map[*conn]struct{}
	done  sync.WaitGroup // one for each connection

	http2   *http2 // nil where it is not spoken
	sweeper sweeper
	hangups hangups
}

func newRun(c Config, h gateway.Handler, l net.Listener) *run {
	r := &run{config: c, handler: h, listener: l, clock: newClock(), conns: make(map[*conn]struct{})}
	r.tls, r.scheme = tlsConfig(c.TLS), "http"
	if r.tls != nil {
		r.scheme = "https"
	}
	r.slots = make(chan struct{}, c.MaxConnections)
	r.base, r.cancel = context.WithCancel(context.Background())
	r.sweeper.run = r
	return r
}

// serve is the run from Startup to Shutdown.
func (r *run) serve(ctx context.Context) error {
	defer r.cancel()
	info := gateway.ServerInfo{Name: "server", Scheme: r.scheme, Addrs: []net.Addr{r.listener.Addr()}}
	if err := gateway.Startup(ctx, r.handler, info); err != nil {
		return errors.Join(err, r.listener.Close())
	}
	if r.tls != nil || r.config.UnencryptedHTTP2 {
		r.http2 = startHTTP2(r.config, r.handler)
	}
	stopClock := background(r.clock.run)
	stopListening := context.AfterFunc(ctx, func() { _ = r.listener.Close() })

	err := r.accept(ctx)

	stopListening()
	_ = r.listener.Close()
	err = errors.Join(err, r.drain())
	r.cancel()
	r.sweeper.done.Wait()
	r.hangups.close()
	stopClock()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.config.Grace)
	defer cancel()
	return errors.Join(err, gateway.Shutdown(end, r.handler))
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

// accept hands each new connection to a goroutine of its own until ctx ends.
func (r *run) accept(ctx context.Context) error {
	const slowest = time.Second
	var delay time.Duration
	for {
		select {
		case r.slots <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		nc, err := r.listener.Accept()
		switch {
		case err == nil:
			delay = 0
			r.start(nc)
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
		<-r.slots
	}
}

// start begins a connection. Its goroutine ends by itself; drain waits for it.
func (r *run) start(nc net.Conn) {
	c := newConn(r, nc)
	r.mu.Lock()
	r.conns[c] = struct{}{}
	r.mu.Unlock()
	r.done.Add(1)
	go func() {
		defer r.done.Done()
		defer r.end(c)
		c.serve()
	}()
}

func (r *run) end(c *conn) {
	r.mu.Lock()
	delete(r.conns, c)
	r.mu.Unlock()
	<-r.slots
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

// drain waits for the connections to finish what runs: for Grace, then with their
// contexts ended, then it cuts them.
func (r *run) drain() error {
	r.draining.Store(true)
	r.each((*conn).lastCall)
	ended := make(chan error, 1)
	go func() { ended <- r.http2.drain() }() // bounded as the wait below is
	return errors.Join(r.wait(), <-ended)
}

// wait waits for all connections, those of HTTP/2 included.
func (r *run) wait() error {
	finished := make(chan struct{})
	go func() {
		r.done.Wait()
		close(finished)
	}()
	if within(finished, r.config.Grace) {
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
	return fmt.Errorf("server: %d connections were cut after %v of grace", cut, r.config.Grace)
}

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

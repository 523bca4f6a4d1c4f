package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// A Server is a gateway.Server.
type Server struct {
	Addr  string                              // where to listen: host:port
	Error func(r *gateway.Request, err error) // is told of faults; nil: gateway.LogFault
}

const (
	grace  = 30 * time.Second       // for exchanges that run after the order to stop
	linger = 500 * time.Millisecond // for content that nobody has read, after the answer
)

// Serve binds, starts the application, accepts, and at the end of ctx stops in the
// order that the contract asks for.
func (s *Server) Serve(ctx context.Context, h gateway.Handler) error {
	l, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return err
	}
	stopping := make(chan struct{})
	info := gateway.ServerInfo{Name: "adapter", Scheme: "http", Addrs: []net.Addr{l.Addr()}, Stopping: stopping}
	if err := gateway.Startup(ctx, h, info); err != nil { // connections wait until it returns
		return errors.Join(err, l.Close())
	}
	silent := lobby{conns: map[net.Conn]bool{}}
	hs := &http.Server{
		Handler:                      http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.exchange(h, w, r) }),
		DisableGeneralOptionsHandler: true, // OPTIONS * is the application's
		ReadHeaderTimeout:            10 * time.Second,
		IdleTimeout:                  75 * time.Second,
		ConnState:                    silent.watch,
	}
	served := make(chan error, 1)
	go func() { served <- hs.Serve(l) }() // ends with Shutdown, or by itself
	select {
	case err = <-served:
	case <-ctx.Done():
		why := context.Cause(ctx)
		if !errors.Is(why, gateway.ErrReplaced) {
			close(stopping)
		}
		err = stop(hs, &silent, why)
	}
	return errors.Join(err, gateway.Shutdown(context.WithoutCancel(ctx), h))
}

// stop waits for the exchanges that run, unless why asks to be quick, and cuts those
// that outlast the grace.
func stop(hs *http.Server, silent *lobby, why error) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	quick := errors.Is(why, gateway.ErrQuick)
	if quick {
		cancel()
	}
	silent.close()
	if err := hs.Shutdown(ctx); err == nil || quick {
		return hs.Close()
	}
	return errors.Join(fmt.Errorf("exchanges were cut after %v of grace", grace), hs.Close())
}

// A lobby holds the connections that have asked for nothing yet, for which net/http
// would wait five seconds. Those that come after close are refused likewise.
type lobby struct {
	mu     sync.Mutex
	conns  map[net.Conn]bool
	closed bool
}

func (l *lobby) watch(conn net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(l.conns, conn)
	case l.closed:
		_ = conn.Close()
	default:
		l.conns[conn] = true
	}
}

func (l *lobby) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for conn := range l.conns {
		_ = conn.Close()
	}
}

// exchange carries one request through h. gateway.Run does what is the same for every
// server: it validates, frames, answers errors and panics, and runs the hooks.
func (s *Server) exchange(h gateway.Handler, w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(r.Context()))
	stop := context.AfterFunc(r.Context(), func() { cancel(gateway.ErrGone) }) // net/http gives no reason
	defer func() {
		stop()
		cancel(gateway.ErrFinished)
	}()
	x := new(gateway.Exchange)
	t := &transport{w: w, r: r, x: x, control: http.NewResponseController(w), ctx: ctx}
	fill(&x.Request, r)
	out := gateway.Run(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		defer t.returned.Store(true)
		return h.Serve(x)
	}), x, t)
	if err := out.Fault(); err != nil && s.Error != nil {
		s.Error(&x.Request, err)
	} else if err != nil {
		gateway.LogFault(&x.Request, err)
	}
	if !out.Hijacked && !t.whole.Load() && r.ContentLength != 0 {
		_ = t.control.SetReadDeadline(time.Now().Add(linger)) // net/http reads what is left, and would wait for ever
	}
	if t.aborted {
		panic(http.ErrAbortHandler) // net/http's own way to cut an answer
	}
}

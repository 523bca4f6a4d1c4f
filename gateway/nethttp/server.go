package nethttp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/internal/listen"
)

// A Server is net/http's server as a gateway.Server. It may serve several times,
// also at once if Addr leaves the port open.
type Server struct {
	config Config
}

// New returns a server; what is wrong with c is told by Serve.
func New(c Config) *Server { return &Server{config: c} }

var _ gateway.Server = (*Server)(nil)

// Serve binds the address, starts h where it is a gateway.Lifespan, and serves
// until ctx ends. Then it stops accepting, lets running exchanges finish for up to
// Config.Grace, connections that were hijacked included, ends h's lifespan and
// returns nil, or an error that says how many exchanges had to be cut. A ctx that ends
// with gateway.ErrQuick or gateway.ErrReplaced as its cause is obeyed.
func (s *Server) Serve(ctx context.Context, h gateway.Handler) error {
	if err := s.config.validate(); err != nil {
		return err
	}
	c := s.config.withDefaults()
	l, err := listen.On(c.Addr)
	if err != nil {
		return fmt.Errorf("nethttp: %w", err)
	}
	stopping := make(chan struct{})
	r := newRun(c, h)
	info := gateway.ServerInfo{
		Name: "nethttp", Scheme: "http", Addrs: []net.Addr{l.Addr()}, Stopping: stopping,
		OnAccept: func(f func(net.Addr)) { r.accepted = append(r.accepted, f) },
	}
	if c.TLS != nil {
		info.Scheme = "https"
	}
	if err := gateway.Startup(ctx, h, info); err != nil {
		r.cancel(errStopped)
		return errors.Join(err, l.Close())
	}
	tell := context.AfterFunc(ctx, func() {
		if !errors.Is(context.Cause(ctx), gateway.ErrReplaced) {
			close(stopping)
		}
	})
	defer tell()
	err = r.serve(ctx, l)
	end, cancel := limited(context.WithoutCancel(ctx), c.Grace)
	defer cancel()
	return errors.Join(err, gateway.Shutdown(end, h))
}

// A run is one call of Serve.
type run struct {
	config Config
	server *http.Server
	gate   *gate
	cancel context.CancelCauseFunc // ends the context of every exchange

	accepted []func(remote net.Addr) // told of every connection

	mu    sync.Mutex
	fresh map[net.Conn]struct{} // connections that have not brought a request yet
}

func newRun(c Config, h gateway.Handler) *run {
	base, cancel := context.WithCancelCause(context.Background())
	r := &run{config: c, gate: new(gate), cancel: cancel, fresh: make(map[net.Conn]struct{})}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(c.TLS != nil)
	protocols.SetUnencryptedHTTP2(c.UnencryptedHTTP2)
	r.server = &http.Server{
		Handler: &Adapter{
			Handler: h,
			Error:   c.Error,
			limits:  c.Limits,
			waits:   waits{read: c.BodyTimeout, write: c.WriteTimeout},
			gate:    r.gate,
		},
		DisableGeneralOptionsHandler: true, // OPTIONS * is the application's
		TLSConfig:                    c.TLS.Clone(),
		ReadHeaderTimeout:            c.HeaderTimeout,
		IdleTimeout:                  c.IdleTimeout,
		MaxHeaderBytes:               c.Limits.Line + c.Limits.Header,
		ErrorLog:                     log.New(logLines(c.Error), "", 0),
		BaseContext:                  func(net.Listener) context.Context { return base },
		ConnState:                    r.watch,
		Protocols:                    protocols,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: c.Streams,
			MaxReadFrameSize:     frameSize,
			WriteByteTimeout:     c.WriteTimeout,
		},
	}
	return r
}

// frameSize is the largest frame of HTTP/2 that is taken, in bytes: the least that may be
// announced, and what is taken of a client that has not seen the announcement (RFC 9113
// §6.5.2; net/http's own is 1 MiB).
const frameSize = 16 << 10

// serve accepts until ctx ends, then drains.
func (r *run) serve(ctx context.Context, l net.Listener) error {
	defer r.cancel(errStopped)
	failed := make(chan error, 1)
	go func() { // ends when the listener is closed: by Shutdown, or by itself
		if r.server.TLSConfig != nil {
			failed <- r.server.ServeTLS(l, "", "")
		} else {
			failed <- r.server.Serve(l)
		}
	}()
	select {
	case <-ctx.Done():
		err := r.drain(context.Cause(ctx))
		<-failed
		return err
	case err := <-failed:
		return errors.Join(fmt.Errorf("nethttp: %w", err), r.drain(nil))
	}
}

const (
	// lastCall is how long a connection that is open and has not asked for anything
	// may still bring a request when the server stops. net/http would wait 5 s.
	lastCall = 250 * time.Millisecond

	// lastWords is how long handlers have between the end of their context and the
	// end of their connection.
	lastWords = time.Second
)

// errStopped is the cause with which contexts end when the server stops waiting.
var errStopped = errors.New("nethttp: server stopped")

// watch keeps the list of fresh connections.
func (r *run) watch(conn net.Conn, state http.ConnState) {
	if state == http.StateNew {
		for _, f := range r.accepted {
			f(conn.RemoteAddr())
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if state == http.StateNew {
		r.fresh[conn] = struct{}{}
	} else {
		delete(r.fresh, conn)
	}
}

// closeFresh closes the connections that stayed silent.
func (r *run) closeFresh() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for conn := range r.fresh {
		_ = conn.Close()
	}
}

// drain waits for the exchanges to finish: for Grace, unless why asks to be quick,
// then with their contexts ended, then it cuts their connections.
func (r *run) drain(why error) error {
	grace, cancel := limited(context.Background(), r.config.Grace)
	defer cancel()
	if errors.Is(why, gateway.ErrQuick) {
		cancel()
	}
	silence := time.AfterFunc(lastCall, r.closeFresh)
	defer silence.Stop()
	if r.shutdown(grace) == nil && r.gate.wait(grace) == 0 {
		return nil
	}
	r.cancel(errStopped)
	last, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	left := r.gate.wait(last)
	if left == 0 {
		_ = r.server.Shutdown(last) // sends what the last handlers have left in HTTP/2's buffers
	}
	err := r.server.Close()
	if left == 0 {
		return err
	}
	stuck, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	r.gate.wait(stuck)
	return errors.Join(fmt.Errorf("nethttp: %d exchanges were cut after %v of grace", left, r.config.Grace), err)
}

// shutdown is net/http's, again and again: each call tells the connections of HTTP/2 to
// end that there are (GOAWAY), but none that has just done its handshake, which would
// then stay idle for all of Grace (as of Go 1.26).
func (r *run) shutdown(grace context.Context) error {
	for {
		step, cancel := context.WithTimeout(grace, lastCall)
		err := r.server.Shutdown(step)
		cancel()
		if err == nil || grace.Err() != nil {
			return err
		}
	}
}

// limited is a context that ends after d, or never where d is zero.
func limited(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, d)
}

// clients are the beginnings of lines that tell of a client's mistake, which any client can
// make as often as it likes: a handshake that failed, frames that break the protocol.
var clients = []string{
	"http: TLS handshake error", "http2: server connection error",
	"http2: server: error reading preface", "http2: received GOAWAY",
}

// logLines hands what http.Server logs to the error hook, line by line.
type logLines func(r *gateway.Request, err error)

func (report logLines) Write(line []byte) (int, error) {
	text := bytes.TrimSpace(line)
	if len(text) > 0 && !slices.ContainsFunc(clients, func(c string) bool { return bytes.HasPrefix(text, []byte(c)) }) {
		report(nil, errors.New("nethttp: "+string(text)))
	}
	return len(line), nil
}

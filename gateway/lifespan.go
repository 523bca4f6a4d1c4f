package gateway

import (
	"context"
	"errors"
	"net"
)

// A Server accepts connections and hands each exchange to h until ctx ends; then
// it stops accepting, lets the exchanges that run finish, and returns nil. Any
// other end is an error: an address that cannot be bound, a Startup or Shutdown
// that failed.
//
// The cause of ctx's end (context.Cause) may ask for another end than that: ErrQuick
// for one that waits for nothing, ErrReplaced for one that nobody shall notice.
type Server interface {
	Serve(ctx context.Context, h Handler) error
}

var (
	// ErrQuick is a cause with which a Server's context ends when it shall end at
	// once: the contexts of its exchanges end, and their connections a moment later.
	ErrQuick = errors.New("gateway: the server was told to end at once")

	// ErrReplaced is a cause with which a Server's context ends when another process
	// has taken over its sockets: it stops accepting at once and finishes what runs,
	// and is not reported as stopping, since clients are served as before. A hook of
	// gateway/process returns it to ask for that.
	ErrReplaced = errors.New("gateway: another process has taken over")
)

// A Lifespan is a Handler that has something to do before the first exchange and
// after the last one.
//
// Startup runs when the server has bound its addresses and before it accepts: an
// error stops the server, and connections wait meanwhile instead of being
// refused. Shutdown runs once no exchange is left, and only if Startup succeeded;
// its context lives on although the server's has ended. Serve returns the error
// of either.
type Lifespan interface {
	Startup(ctx context.Context, s ServerInfo) error
	Shutdown(ctx context.Context) error
}

// ServerInfo is what an application may know about the server that runs it.
type ServerInfo struct {
	Name   string     // of the gateway: "server", "nethttp", ...
	Scheme string     // that clients use on Addrs: http or https
	Addrs  []net.Addr // owned: the addresses bound, with real ports

	// Schemes are those of Addrs one by one, where they differ; nil: Scheme is that
	// of all.
	Schemes []string

	// OnAccept has f called for every connection that the server accepts, in the
	// connection's goroutine: for development, since each of them pays for the call. It
	// may be used during Startup, and is nil where the server cannot tell.
	OnAccept func(f func(remote net.Addr))

	// Stopping is closed when the server has been told to stop, and before it stops
	// accepting: from then on a probe for readiness should be answered with 503, so
	// that a load balancer sends its requests elsewhere. nil: the server does not tell.
	Stopping <-chan struct{}
}

// SchemeOf is the scheme that clients use on Addrs[i].
func (s ServerInfo) SchemeOf(i int) string {
	if s.Schemes == nil {
		return s.Scheme
	}
	return s.Schemes[i]
}

// Startup runs h's Startup where it has one; a server calls it before it accepts.
func Startup(ctx context.Context, h Handler, s ServerInfo) error {
	if l, ok := h.(Lifespan); ok {
		return l.Startup(ctx, s)
	}
	return nil
}

// Shutdown runs h's Shutdown where it has one; a server calls it after its last
// exchange.
func Shutdown(ctx context.Context, h Handler) error {
	if l, ok := h.(Lifespan); ok {
		return l.Shutdown(ctx)
	}
	return nil
}

// Startup starts the layers from the innermost outwards.
func (c *chain) Startup(ctx context.Context, s ServerInfo) error { return startup(ctx, s, c.layers) }

// startup starts handlers in order. If one fails, those that had started are shut
// down again.
func startup(ctx context.Context, s ServerInfo, layers []Handler) error {
	for i, layer := range layers {
		if err := Startup(ctx, layer, s); err != nil {
			return errors.Join(err, shutdown(ctx, layers[:i]))
		}
	}
	return nil
}

// Shutdown ends the layers in reverse order of Startup.
func (c *chain) Shutdown(ctx context.Context) error { return shutdown(ctx, c.layers) }

// shutdown ends handlers in reverse order and joins their errors.
func shutdown(ctx context.Context, layers []Handler) error {
	var errs []error
	for i := len(layers) - 1; i >= 0; i-- {
		errs = append(errs, Shutdown(ctx, layers[i]))
	}
	return errors.Join(errs...)
}

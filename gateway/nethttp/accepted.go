package nethttp

import (
	"context"
	"net"

	"github.com/dewar-go/dewar/gateway"
)

// ServeAccepted serves h on the connections that l gives, until ctx ends and they
// have finished, like Serve, but binds nothing and leaves h's lifespan alone: for a
// server that accepts by itself and hands over what net/http does better, such as
// HTTP/2. A *tls.Conn from l may have done its handshake; what it negotiated holds.
// Config.Addr and Config.TLS do not count.
func (s *Server) ServeAccepted(ctx context.Context, l net.Listener, h gateway.Handler) error {
	if err := s.config.validate(); err != nil {
		return err
	}
	c := s.config.withDefaults()
	c.TLS = nil
	r := newRun(c, h)
	r.server.Protocols.SetHTTP2(true) // over a *tls.Conn that negotiated it
	return r.serve(ctx, l)
}

package cli

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/forwarded"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

// shared are the settings that hold with net/http's server, too.
var shared = []string{
	"addr", "tls-cert", "tls-key", "tls-client-auth", "tls-client-ca", "tls-min-version", "tls-watch", "tls-adhoc",
	"header-timeout", "body-timeout", "write-timeout", "idle-timeout", "grace", "streams",
	"limit-line", "limit-field", "limit-fields", "limit-header",
	"proxies", "proxy-hops", "proxy-unix", "proxy-standard", "proxy-host", "proxy-port", "proxy-prefix",
	"access-log", "access-log-format",
}

func (p *program) gateways() []string {
	if len(p.config.Gateways) == 0 {
		return []string{Server, NetHTTP}
	}
	return p.config.Gateways
}

// pick is all that changes when the application moves to another gateway. given are the
// flags that were: a setting that the gateway does not have is an error, rather than
// silently without effect.
func (p *program) pick(name string, s *server.Settings, given []string) (gateway.Server, error) {
	if !slices.Contains(p.gateways(), name) {
		return nil, fmt.Errorf("no gateway of this program is called %q: there is %s", name, strings.Join(p.gateways(), " and "))
	}
	switch name {
	case Server:
		return server.New(s.Config), nil
	case NetHTTP:
		if foreign := serverOnly(given, os.Environ()); foreign != nil {
			return nil, fmt.Errorf("gateway nethttp does not have %s: gateway server does", strings.Join(foreign, ", "))
		}
		if len(s.Config.Listeners) > 0 {
			return nil, errors.New("gateway nethttp listens on one address: gateway server does on several")
		}
		return layered{nethttp.New(p.nethttp(s.Config)), layers(s.Config)}, nil
	}
	return nil, fmt.Errorf("cli.Config.Gateways has %q: there are %s and %s", name, Server, NetHTTP)
}

// serverOnly are the settings that were given and that only Dewar's own server has.
func serverOnly(given, environ []string) (foreign []string) {
	settings := flag.NewFlagSet("", flag.ContinueOnError)
	new(server.Settings).Flags(settings)
	only := func(name string) bool {
		return settings.Lookup(name) != nil && name != "print-config" && name != "check-config" && !slices.Contains(shared, name)
	}
	for _, assignment := range environ {
		variable, _, _ := strings.Cut(assignment, "=")
		name, ok := strings.CutPrefix(variable, "DEWAR_SERVER_")
		if ok && only(strings.ReplaceAll(strings.ToLower(name), "_", "-")) {
			foreign = append(foreign, variable)
		}
	}
	for _, name := range given {
		if only(name) {
			foreign = append(foreign, "--"+name)
		}
	}
	return foreign
}

// nethttp lays the settings over the program's configuration.
func (p *program) nethttp(s server.Config) nethttp.Config {
	c := p.config.NetHTTP
	c.Addr = s.Addr
	if s.TLS != nil {
		c.TLS = s.TLS
	}
	c.HeaderTimeout = cmp.Or(s.HeaderTimeout, c.HeaderTimeout)
	c.BodyTimeout = cmp.Or(s.BodyTimeout, c.BodyTimeout)
	c.WriteTimeout = cmp.Or(s.WriteTimeout, c.WriteTimeout)
	c.IdleTimeout = cmp.Or(s.IdleTimeout, c.IdleTimeout)
	c.Grace = cmp.Or(s.Grace, c.Grace)
	c.Streams = cmp.Or(s.Streams, c.Streams)
	c.Limits.Line = cmp.Or(s.Limits.Line, c.Limits.Line)
	c.Limits.Field = cmp.Or(s.Limits.Field, c.Limits.Field)
	c.Limits.Fields = cmp.Or(s.Limits.Fields, c.Limits.Fields)
	c.Limits.Header = cmp.Or(s.Limits.Header, c.Limits.Header)
	return c
}

// layers are what Dewar's own server does by itself: the client behind proxies, and the
// access log, which is told of that client.
func layers(s server.Config) (around []gateway.Middleware) {
	if s.TrustedProxies.Trusting() {
		around = append(around, forwarded.Middleware(s.TrustedProxies))
	}
	if s.AccessLog != nil {
		around = append(around, s.AccessLog.Middleware())
	}
	return around
}

// layered is a server with middleware around whatever it serves.
type layered struct {
	gateway.Server
	around []gateway.Middleware
}

// Serve serves h within the middleware.
func (l layered) Serve(ctx context.Context, h gateway.Handler) error {
	return l.Server.Serve(ctx, gateway.Chain(h, l.around...))
}

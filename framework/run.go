package framework

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/dewar-go/dewar/gateway"
)

// Run serves the application until the process gets SIGINT or SIGTERM; then the
// server takes no more connections, finishes the exchanges that run, and Run
// returns nil. A second signal ends the process at once. Mistakes in the
// declarations are returned before any address is bound. A gateway/process around the
// server obeys more signals: to reload, to reopen logs, to be replaced.
func (a *App) Run(s gateway.Server) error {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	// The goroutine ends with the first signal, or with ctx, which ends with Run.
	go func() {
		select {
		case <-signals:
		case <-ctx.Done():
		}
		signal.Stop(signals) // before the server hears of it: from now on a signal ends the process
		cancel()
	}()
	defer cancel()
	return a.RunContext(ctx, s)
}

// RunContext is Run with a context in place of signals.
func (a *App) RunContext(ctx context.Context, s gateway.Server) error {
	if err := a.Freeze(); err != nil {
		return err
	}
	a.running.Store(true)
	return s.Serve(ctx, a)
}

// announce says where the application is served.
func (a *App) announce(s gateway.ServerInfo) {
	if a.Announce != nil {
		a.Announce(s)
		return
	}
	for i, addr := range s.Addrs {
		fmt.Fprintf(os.Stderr, " * %s is served on %s (Press CTRL+C to quit)\n", a.name, AddressURL(s.SchemeOf(i), addr))
	}
}

// AddressURL is a URL under which a browser on the same machine reaches a bound
// address; for a unix socket, unix: and its path.
func AddressURL(scheme string, addr net.Addr) string {
	t, ok := addr.(*net.TCPAddr)
	if !ok {
		return addr.Network() + ":" + addr.String()
	}
	host := t.IP.String()
	if len(t.IP) == 0 || t.IP.IsUnspecified() {
		host = "127.0.0.1" // an address to listen on, not to ask
	}
	port := fmt.Sprint(t.Port)
	if scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		port = ""
	}
	if port != "" {
		return scheme + "://" + net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return scheme + "://" + host
}

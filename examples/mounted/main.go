// Mounted shows both ways between Dewar and net/http: an old application of net/http
// inside of one of Dewar, on Dewar's server, and the application of Dewar inside of one
// of net/http, on net/http's server. Neither application knows.
//
//	go run ./examples/mounted
//	go run ./examples/mounted -outside nethttp
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:5000", "`address` to listen on")
	outside := flag.String("outside", "dewar", "`which` is around the other: dewar or nethttp")
	flag.Parse()
	if err := run(*addr, *outside); err != nil {
		fmt.Fprintln(os.Stderr, "mounted:", err)
		os.Exit(1)
	}
}

func run(addr, outside string) error {
	switch outside {
	case "dewar":
		return dewarOutside(addr)
	case "nethttp":
		return netHTTPOutside(addr)
	}
	return fmt.Errorf("-outside is dewar or nethttp, not %q", outside)
}

// dewarOutside puts the old application below /old of the new one: a service moves
// from one to the other page by page, and what has not moved yet goes on as it is.
func dewarOutside(addr string) error {
	app := newApp("/old/")
	all := gateway.Dispatch(app, map[string]gateway.Handler{"/old": slashed(nethttp.Mount(oldApp("/")))})
	return serve(addr, all)
}

// slashed sends whoever asks for the place itself, /old, to its first page, /old/, as
// a ServeMux does for what is registered below it. Within, it would take the empty
// path for the root of the server, and send people there.
func slashed(next gateway.Handler) gateway.Handler {
	return gateway.HandlerFunc(func(x *gateway.Exchange) error {
		r := &x.Request
		if r.Path != "" {
			return next.Serve(x)
		}
		x.Response.Status = 308
		x.Response.Header.Set("Location", strings.TrimSuffix(r.Root+"/?"+r.Query, "?"))
		return nil
	})
}

// serve runs any handler of the contract until the process is told to end, as App.Run
// does an App.
func serve(addr string, h gateway.Handler) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return server.New(server.Config{Addr: addr}).Serve(ctx, &told{h})
}

// told prints where the handler within is served.
type told struct{ gateway.Handler }

func (t *told) Startup(ctx context.Context, s gateway.ServerInfo) error {
	if err := gateway.Startup(ctx, t.Handler, s); err != nil {
		return err
	}
	fmt.Println("mounted is served on " + framework.AddressURL(s.Scheme, s.Addrs[0]))
	return nil
}

func (t *told) Shutdown(ctx context.Context) error { return gateway.Shutdown(ctx, t.Handler) }

// netHTTPOutside puts the new application below /new of the old one: it is one more
// http.Handler. What has to be started and shut down is so by whoever runs the server.
func netHTTPOutside(addr string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	defer l.Close()
	app := newApp("/")
	err = gateway.Startup(ctx, app, gateway.ServerInfo{Name: "net/http", Scheme: "http", Addrs: []net.Addr{l.Addr()}})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", oldApp("/new/"))
	mux.Handle("/new/", http.StripPrefix("/new", nethttp.Handler(app)))
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 75 * time.Second}

	fmt.Println("mounted is served on " + framework.AddressURL("http", l.Addr()))
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }() // ends with Shutdown, or by itself
	select {
	case err = <-served:
	case <-ctx.Done():
		grace, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		err = s.Shutdown(grace)
	}
	return errors.Join(err, gateway.Shutdown(context.WithoutCancel(ctx), app))
}

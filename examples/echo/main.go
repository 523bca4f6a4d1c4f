// Echo is an application for black-box HTTP tools: it shows what was received, and
// answers in the ways that are hard to get right.
//
//	go run ./examples/echo -addr 127.0.0.1:8080
//	go run ./examples/echo -addr 127.0.0.1:8080 -gateway nethttp
//
// It prints one line with the address once it accepts connections. All settings of
// gateway/server are flags (-help); signals control it as docs/operations.md says.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/http1"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/process"
	"github.com/dewar-go/dewar/gateway/server"
)

func main() {
	settings := &server.Settings{Config: server.Config{
		UnencryptedHTTP2From: everybody,
		Limits:               http1.Limits{Field: maxField, Fields: maxFields},
	}}
	settings.Flags(flag.CommandLine)
	name := flag.String("gateway", "server", "`server`, Dewar's own, or nethttp, net/http's")
	secure := flag.String("tls", "", "second `address`, for TLS with a certificate of its own (h2 and http/1.1)")
	pid := flag.String("pid", "", "`file` for the process's number")
	flag.Parse()
	if *secure != "" {
		settings.TLSAddr, settings.AdHoc = *secure, true
	}
	config, err := settings.Load(os.Environ())
	switch {
	case err != nil:
	case settings.PrintConfig:
		err = settings.Print(os.Stdout)
	default:
		err = errors.Join(run(settings, config, *name, *pid), settings.Close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}

// everybody may speak HTTP/2 without TLS where the flag is set: tools may run elsewhere.
var everybody = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}

// What tools may send: sections of 16 KiB in one field, and more than 100 fields.
const (
	maxField  = 16 << 10
	maxFields = 128
)

// run serves the application on the gateway of that name.
func run(settings *server.Settings, config server.Config, name, pid string) error {
	app := newApp()
	app.Announce = func(s gateway.ServerInfo) {
		for i, addr := range s.Addrs {
			fmt.Println("echo listens on " + framework.AddressURL(s.SchemeOf(i), addr))
		}
	}
	switch name {
	case "server":
		return app.Run(process.New(server.New(config), process.Config{
			Reload: settings.Reload(), Reopen: settings.Reopen(), PIDFile: pid,
		}))
	case "nethttp":
		if pid != "" {
			return errors.New("-pid is for -gateway server")
		}
		return app.Run(onNetHTTP(config))
	}
	return fmt.Errorf("no gateway is called %q: there are server and nethttp", name)
}

// onNetHTTP is net/http's server with the same settings, as far as it has them; one for
// each address.
func onNetHTTP(c server.Config) gateway.Server {
	var all fleet
	for _, l := range append([]server.Listener{{Addr: c.Addr, TLS: c.TLS}}, c.Listeners...) {
		all = append(all, nethttp.New(nethttp.Config{
			Addr: l.Addr, TLS: l.TLS, UnencryptedHTTP2: c.UnencryptedHTTP2,
			HeaderTimeout: c.HeaderTimeout, BodyTimeout: c.BodyTimeout, WriteTimeout: c.WriteTimeout,
			IdleTimeout: c.IdleTimeout, Grace: c.Grace, Streams: c.Streams,
			Limits: nethttp.Limits{Line: c.Limits.Line, Field: c.Limits.Field, Fields: c.Limits.Fields, Header: c.Limits.Header},
		}))
	}
	return all
}

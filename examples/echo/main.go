// Echo is an application for black-box HTTP tools: it shows what was received, and
// answers in the ways that are hard to get right.
//
//	go run ./examples/echo -addr 127.0.0.1:8080
//	go run ./examples/echo -addr 127.0.0.1:8080 -gateway nethttp
//
// It prints one line with the address once it accepts connections.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/http1"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

// options are the flags.
type options struct {
	addr, gateway      string
	header, body, idle time.Duration
	tls                string
	h2c                bool
}

func main() {
	var o options
	flag.StringVar(&o.addr, "addr", "127.0.0.1:8000", "`address` to listen on")
	flag.StringVar(&o.gateway, "gateway", "server", "`server`, Dewar's own, or nethttp, net/http's")
	flag.DurationVar(&o.header, "header-timeout", 0, "wait for a request head (default 10s)")
	flag.DurationVar(&o.body, "body-timeout", 0, "wait for more of a body (default 30s)")
	flag.DurationVar(&o.idle, "idle-timeout", 0, "wait for the next request (default 75s)")
	flag.StringVar(&o.tls, "tls", "", "second `address`, for TLS with a certificate of its own (h2 and http/1.1)")
	flag.BoolVar(&o.h2c, "h2c", false, "HTTP/2 without TLS, by prior knowledge")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	s, err := o.server(o.addr, nil)
	if err != nil {
		return err
	}
	if o.tls != "" {
		if s, err = o.withTLS(s); err != nil {
			return err
		}
	}
	app := newApp()
	app.Announce = func(s gateway.ServerInfo) {
		for _, addr := range s.Addrs {
			fmt.Println("echo listens on " + framework.AddressURL(s.Scheme, addr))
		}
	}
	return app.Run(s)
}

// What tools may send: sections of 16 KiB in one field, and more than 100 fields.
const (
	maxField  = 16 << 10
	maxFields = 128
)

// everybody may speak HTTP/2 without TLS where the flag is set: tools may run elsewhere.
var everybody = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}

// server is the gateway that the flags name, on addr, with TLS where certificates
// are given.
func (o options) server(addr string, secure *tls.Config) (gateway.Server, error) {
	switch o.gateway {
	case "server":
		return server.New(server.Config{
			Addr: addr, TLS: secure, UnencryptedHTTP2: o.h2c, UnencryptedHTTP2From: everybody,
			HeaderTimeout: o.header, BodyTimeout: o.body, IdleTimeout: o.idle,
			Limits: http1.Limits{Field: maxField, Fields: maxFields},
		}), nil
	case "nethttp":
		return nethttp.New(nethttp.Config{
			Addr: addr, TLS: secure, UnencryptedHTTP2: o.h2c,
			HeaderTimeout: o.header, BodyTimeout: o.body, IdleTimeout: o.idle,
			Limits: nethttp.Limits{Field: maxField, Fields: maxFields},
		}), nil
	}
	return nil, fmt.Errorf("no gateway is called %q: there are server and nethttp", o.gateway)
}

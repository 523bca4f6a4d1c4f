// Appname is a web application, made with Dewar.
//
//	go run .              serve it
//	go run . routes       list its routes; go run . --help tells of the other commands
package main

import (
	"errors"
	"log/slog"
	"os"

	"appname/app"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/cli"
	"github.com/dewar-go/dewar/framework/debug"
	"github.com/dewar-go/dewar/gateway"
)

func main() {
	cli.Main(newApp, cli.Config{
		Name:     "appname",
		Gateways: []string{cli.Server, cli.NetHTTP}, // the first one serves, or that of --gateway
	})
}

// newApp makes the application of the settings in the environment, also where they are
// wrong, so that check finds what else is.
func newApp() (*framework.App, error) {
	s, wrong := app.LoadSettings()
	slog.SetDefault(logger(s.Debug))
	made, err := app.New(s)
	if made != nil && !s.Debug {
		made.Announce = announce
	}
	return made, errors.Join(wrong, err)
}

// logger writes for machines, or in debugging for people.
func logger(debugging bool) *slog.Logger {
	if debugging {
		return slog.New(debug.LogHandler(os.Stderr, nil))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, nil))
}

// announce tells the log where the application is served.
func announce(s gateway.ServerInfo) {
	for i, addr := range s.Addrs {
		slog.Info("the application is served", "url", framework.AddressURL(s.SchemeOf(i), addr))
	}
}

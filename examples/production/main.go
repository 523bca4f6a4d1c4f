// Production is an application as it is run in earnest: settings from flags and the
// environment, probes, a stop that loses no request, reload and upgrade by signals. It
// is called notes here; docs/deployment.md puts it behind systemd, into a container,
// into Kubernetes and behind nginx, with the files in deploy/.
//
//	go run ./examples/production -addr 127.0.0.1:8000
//	go run ./examples/production -help
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/dewar-go/dewar/gateway/process"
	"github.com/dewar-go/dewar/gateway/server"
)

func main() {
	settings := &server.Settings{} // with the documented defaults
	settings.Flags(flag.CommandLine)
	flag.Parse()
	if err := run(settings); err != nil {
		fmt.Fprintln(os.Stderr, "notes:", err)
		os.Exit(1)
	}
}

func run(settings *server.Settings) error {
	config, err := settings.Load(os.Environ()) // everything that is wrong, at once
	if err != nil {
		return err
	}
	if settings.PrintConfig {
		return settings.Print(os.Stdout)
	}
	p := process.New(server.New(config), process.Config{Reload: settings.Reload(), Reopen: settings.Reopen()})
	return errors.Join(newApp().Run(p), settings.Close())
}

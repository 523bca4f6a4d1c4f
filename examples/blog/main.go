// Blog is the application of Flask's tutorial: people register, log in, and write
// posts that only they may edit. docs/tutorial builds it step by step.
//
//	go run -C examples/blog . init-db
//	go run -C examples/blog .
//	go run -C examples/blog . -database postgres://localhost/blog
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/config"
	"github.com/dewar-go/dewar/gateway/process"
	"github.com/dewar-go/dewar/gateway/server"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "blog:", err)
		os.Exit(1)
	}
}

// run serves the application, or does what the command line asks for.
func run() error {
	var s Settings
	if err := config.Load(&s, config.Env("BLOG_")); err != nil {
		return err
	}
	serving := server.Settings{Config: server.Config{Addr: "127.0.0.1:5000"}}
	serving.Flags(flag.CommandLine) // -addr, and all that docs/operations.md lists
	flag.StringVar(&s.Database, "database", s.Database, "`file` of SQLite, or URL of PostgreSQL")
	flag.Parse()
	app, err := newApp(s)
	if err != nil {
		return err
	}
	if flag.NArg() > 0 {
		return command(app, flag.Arg(0), flag.Args()[1:])
	}
	c, err := serving.Load(os.Environ())
	if err != nil {
		return err
	}
	p := process.New(server.New(c), process.Config{Reload: serving.Reload(), Reopen: serving.Reopen()})
	return errors.Join(app.Run(p), serving.Close())
}

// command does one of the commands that the application declares.
func command(app *framework.App, path string, args []string) error {
	if err := app.Freeze(); err != nil {
		return err
	}
	ctx := context.Background()
	for _, c := range app.Commands() {
		if c.Path() == path {
			call := &framework.Call{Args: args, Stdout: os.Stdout, Stderr: os.Stderr}
			return errors.Join(c.Invoke(ctx, call), app.Shutdown(ctx))
		}
	}
	return fmt.Errorf("no command is called %q", path)
}

package dev

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/dewar-go/dewar/cmd/dewar/internal/program"
)

// Command is dewar run.
func Command() *cobra.Command {
	var c Config
	var flags string
	cmd := &cobra.Command{
		Use:   "run [package] [-- arguments of the program]",
		Short: "Run the application in this folder, and again when it changes",
		Long: "Run the application in this folder while it is worked on: it is built anew when its\n" +
			"source changes, requests wait meanwhile, and pages load themselves anew. A program\n" +
			"that does not build is explained in the browser. See docs/development.md.",
		Args: func(cmd *cobra.Command, args []string) error {
			if n := cmd.ArgsLenAtDash(); n > 1 || n < 0 && len(args) > 1 {
				return fmt.Errorf("run takes one package; arguments of the program stand behind --")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if before := cmd.ArgsLenAtDash(); before < 0 && len(args) == 1 || before == 1 {
				c.Package, args = args[0], args[1:]
			}
			c.Args, c.Flags = args, strings.Fields(flags)
			c.Out = cmd.ErrOrStderr()
			for _, pattern := range c.Ignore {
				if _, err := filepath.Match(pattern, ""); err != nil {
					return fmt.Errorf("--ignore %q: %w", pattern, err)
				}
			}
			if err := check(c.Package, cmd.Flags().Changed("poll")); err != nil {
				return err
			}
			return run(cmd.Context(), c)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Addr, "addr", "127.0.0.1:5000", "`address` where the application is served")
	f.StringVar(&flags, "flags", "", "further `flags` of go build, such as \"-race -tags sqlite\"")
	f.DurationVar(&c.Poll, "poll", 0, "look at files so `often`, where the system does not tell of changes")
	f.Lookup("poll").NoOptDefVal = defaultPoll.String()
	f.StringArrayVar(&c.Ignore, "ignore", nil, "`pattern` of files or folders whose changes do not count; may be repeated")
	f.StringArrayVar(&c.Watch, "watch", nil, "further `folder` to watch; may be repeated")
	f.DurationVar(&c.Grace, "grace", defaultGrace, "`time` in which a program that is replaced finishes what runs")
	f.BoolVar(&c.Release, "no-debug", false, "without debug page, timeline and pages that reload")
	return cmd
}

// check looks at the package before the go command does, whose messages would not help.
func check(name string, polls bool) error {
	switch _, err := time.ParseDuration(name); {
	case err == nil && polls:
		return fmt.Errorf("run: --poll takes its time behind an equals sign: --poll=%s", name)
	case name == "", strings.HasPrefix(name, "."), filepath.IsAbs(name):
		return program.Check(filepath.Clean(name))
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return fmt.Errorf("run: a folder is told with a dot: dewar run ./%s", name)
	}
	return nil // an import path is for the go command to find
}

// run runs the loop until Ctrl-C. Pressed once more it waits for nothing.
func run(ctx context.Context, c Config) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	loop := New(c)
	go func() { // ends with the second signal, or with the process
		select {
		case s := <-signals:
			if s == os.Interrupt {
				fmt.Fprintln(c.Out) // behind the ^C that the terminal shows
			}
		case <-ctx.Done():
			return
		}
		cancel()
		<-signals
		loop.Hurry()
	}()
	return loop.Run(ctx)
}

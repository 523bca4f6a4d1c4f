package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dewar-go/dewar/cmd/dewar/internal/program"
	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/cli"
)

// own are the commands of applications (package framework/cli) that dewar hands on.
var own = []struct{ name, short string }{
	{"routes", "List the application's routes, or explain which of them answers a request"},
	{"config", "List the application's settings, secrets masked"},
	{"check", "Look for mistakes in the application's settings, routes and templates"},
	{"secret", "Print a random key"},
	{"openapi", "Print the application's description in OpenAPI"},
}

// newOwn is a command that builds the application around the working folder, and runs it
// with the same command line.
func newOwn(name, short string) *cobra.Command {
	return &cobra.Command{
		Use:                name,
		Short:              short,
		Long:               short + ". The program in the working folder's module does it; there --help says more.",
		DisableFlagParsing: true, // the application understands them
		ValidArgsFunction:  complete,
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := program.Module("."); err != nil && slices.ContainsFunc(args, asksForHelp) {
				return cmd.Help()
			}
			return handOn(cmd, append([]string{name}, args...))
		},
	}
}

// complete completes as every application does, which need not be built for it.
func complete(cmd *cobra.Command, args []string, last string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var out strings.Builder
	line := slices.Concat([]string{cobra.ShellCompRequestCmd, cmd.Name()}, args, []string{last})
	cli.Execute(line, &out, io.Discard, framework.New("any"), cli.Config{EnvFiles: []string{}})
	var found []cobra.Completion
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, ":") { // what the shell is to do with them
			found = append(found, strings.TrimSuffix(line, "\n"))
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}

// asksForHelp finds the flag, which nobody else could understand outside an application.
func asksForHelp(arg string) bool { return arg == "--help" || arg == "-h" }

// An exitCode is that of an application, which has told what was wrong.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("the application ended with code %d", int(e)) }

// handOn builds the application and runs it in the working folder. go run would make every
// code 1.
func handOn(cmd *cobra.Command, args []string) error {
	root, err := program.Module(".")
	if err != nil {
		return err
	}
	if err := program.Check(root); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "dewar")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, filepath.Base(root)+".exe") // of which applications take the end off
	build := exec.CommandContext(cmd.Context(), "go", "build", "-o", binary, ".")
	build.Dir, build.Stdout, build.Stderr = root, cmd.ErrOrStderr(), cmd.ErrOrStderr()
	if err := build.Run(); err != nil {
		return fmt.Errorf("%s: the application does not build", args[0])
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt) // the terminal tells the application, too, and that decides
	defer signal.Stop(signals)
	c := exec.CommandContext(cmd.Context(), binary, args...)
	c.Stdin, c.Stdout, c.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	err = c.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 0 {
		return exitCode(exit.ExitCode())
	}
	return err
}

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"github.com/spf13/cobra"
)

// own are the commands of applications (package framework/cli) that dewar hands on.
var own = []struct{ name, short string }{
	{"routes", "List the application's routes, or explain which of them answers a request"},
	{"config", "List the application's settings, secrets masked"},
	{"check", "Look for mistakes in the application's settings, routes and templates"},
	{"secret", "Print a random key"},
}

// newOwn is a command that builds the application around the working folder, and runs it
// with the same command line.
func newOwn(name, short string) *cobra.Command {
	return &cobra.Command{
		Use:                name,
		Short:              short,
		DisableFlagParsing: true, // the application understands them
		RunE: func(cmd *cobra.Command, args []string) error {
			return handOn(cmd, append([]string{name}, args...))
		},
	}
}

// An exitCode is that of an application, which has told what was wrong.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("the application ended with code %d", int(e)) }

// handOn builds the application and runs it in the working folder. go run would make every
// code 1.
func handOn(cmd *cobra.Command, args []string) error {
	root, err := application()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "dewar")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, filepath.Base(root)+".exe") // of which applications take the end off
	build := exec.CommandContext(cmd.Context(), "go", "build", "-o", program, ".")
	build.Dir, build.Stdout, build.Stderr = root, cmd.ErrOrStderr(), cmd.ErrOrStderr()
	if err := build.Run(); err != nil {
		return fmt.Errorf("%s: the application does not build", args[0])
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt) // the terminal tells the application, too, and that decides
	defer signal.Stop(signals)
	c := exec.CommandContext(cmd.Context(), program, args...)
	c.Stdin, c.Stdout, c.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	err = c.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 0 {
		return exitCode(exit.ExitCode())
	}
	return err
}

// application is the folder of the module around the working folder.
func application() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%s is in no application: there is no go.mod here, nor above", dir)
		}
	}
}

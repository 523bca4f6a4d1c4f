package framework

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A TestCommand is a call of one of the application's commands that is being put
// together; Run does it.
type TestCommand struct {
	t     TB
	app   *App
	args  []string
	stdin io.Reader
}

// TestCommand begins a call of one of the application's own commands, as Flask's
// test_cli_runner: args are what stands on the command line behind the program, the
// command's words, its flags and its arguments.
//
//	run := app.TestCommand(t, "create-user", "--admin", "ada").Run().Is(0)
//	if run.Stdout != "ada was created\n" { ... }
//
// Those of the program itself, such as routes, are tested with cli.Execute.
func (a *App) TestCommand(t TB, args ...string) *TestCommand {
	t.Helper()
	if err := a.Freeze(); err != nil {
		t.Fatalf("%v", err)
	}
	return &TestCommand{t: t, app: a, args: args}
}

// Stdin makes that the command's standard input.
func (c *TestCommand) Stdin(text string) *TestCommand {
	c.stdin = strings.NewReader(text)
	return c
}

// A TestRun is what a command did.
type TestRun struct {
	Code           int // of the exit: 0, 1 after an error, 2 where it was called wrongly
	Stdout, Stderr string
	Err            error // that the command returned, or its panic

	t    TB
	line string
}

// Run runs the command, within the life of the application. It does not fail the test,
// whatever the command does; Is does. A command that there is not ends the test.
func (c *TestCommand) Run() *TestRun {
	c.t.Helper()
	info, rest := c.find()
	if info == nil {
		c.t.Fatalf("framework: the application has no command %q%s", strings.Join(c.args, " "), c.others())
	}
	run := &TestRun{t: c.t, line: strings.Join(c.args, " ")}
	var stdout, stderr bytes.Buffer
	call := &Call{Stdin: c.stdin, Stdout: &stdout, Stderr: &stderr}
	if run.Err = call.parse(info, rest); run.Err == nil {
		run.Err = info.Invoke(context.Background(), call)
	}
	switch {
	case errors.Is(run.Err, ErrUsage):
		run.Code = 2
	case run.Err != nil:
		run.Code = 1
	}
	run.Stdout, run.Stderr = stdout.String(), stderr.String()
	return run
}

// find looks for the command that the words begin with, the longest.
func (c *TestCommand) find() (info *CommandInfo, rest []string) {
	for _, i := range c.app.Commands() {
		n := len(i.Group)
		if len(c.args) <= n || !slices.Equal(c.args[:n], i.Group) {
			continue
		}
		if c.args[n] == i.Name || slices.Contains(i.Aliases, c.args[n]) {
			info, rest = i, c.args[n+1:]
		}
	}
	return info, rest
}

// others names the commands that there are.
func (c *TestCommand) others() string {
	var paths []string
	for _, i := range c.app.Commands() {
		paths = append(paths, i.Path())
	}
	if len(paths) == 0 {
		return ": it has none"
	}
	return "; it has " + commas(paths)
}

// parse reads what stands behind a command's name as package cli does: flags may stand
// among the arguments, up to --.
func (c *Call) parse(i *CommandInfo, rest []string) error {
	set := flag.NewFlagSet(i.Name, flag.ContinueOnError)
	set.SetOutput(io.Discard) // the error says it
	if i.Flags != nil {
		i.Flags(set)
		c.Flags = set
	}
	for {
		if err := set.Parse(rest); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrUsage, i.Path(), err)
		}
		behind := set.Args()
		if n := len(rest) - len(behind); len(behind) == 0 || n > 0 && rest[n-1] == "--" {
			c.Args = append(c.Args, behind...)
			break
		}
		c.Args = append(c.Args, behind[0])
		rest = behind[1:]
	}
	return nil
}

// Is fails the test unless the exit code is that, and returns r.
func (r *TestRun) Is(code int) *TestRun {
	r.t.Helper()
	if r.Code != code {
		r.t.Errorf("framework: %s: exit code %d, want %d; the error is %v, and standard error %q", r.line, r.Code, code, r.Err, r.Stderr)
	}
	return r
}

package framework_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
)

// commanded is an application with commands of all kinds.
func commanded(t *testing.T) *framework.App {
	app, _ := newApp(t)
	var loud bool
	var times int
	app.Command(framework.Command{
		Name: "greet", Aliases: []string{"hello"}, Args: "NAME [MORE...]",
		Flags: func(f *flag.FlagSet) { f.BoolVar(&loud, "loud", false, ""); f.IntVar(&times, "times", 1, "") },
		Run: func(_ context.Context, call *framework.Call) error {
			text := fmt.Sprint("hello ", strings.Join(call.Args, "+"), " from ", call.App != nil)
			if loud {
				text = strings.ToUpper(text)
			}
			fmt.Fprint(call.Stdout, strings.Repeat(text, times))
			fmt.Fprint(call.Stderr, call.Flags.NFlag(), " flags")
			return nil
		},
	})
	app.Command(framework.Command{Name: "ask", Run: func(_ context.Context, call *framework.Call) error {
		line, err := bufio.NewReader(call.Stdin).ReadString('\n')
		fmt.Fprintf(call.Stdout, "%q %v", line, err)
		return nil
	}})
	app.Command(framework.Command{Name: "fail", Run: func(context.Context, *framework.Call) error { return errCommand }})
	app.Command(framework.Command{Name: "panic", Run: func(context.Context, *framework.Call) error { panic("the panic") }})
	admin := framework.NewBlueprint("admin", "/admin")
	admin.Command(framework.Command{Name: "greet", Run: func(_ context.Context, call *framework.Call) error {
		fmt.Fprint(call.Stdout, "the admin's")
		return nil
	}})
	app.Register(admin)
	return app
}

var errCommand = errors.New("the command's error")

func TestCommandsAreRunInTests(t *testing.T) {
	for _, test := range []struct {
		args   string
		code   int
		stdout string
	}{
		{"greet ada", 0, "hello ada from true"},
		{"hello ada", 0, "hello ada from true"},
		{"greet --loud --times 2 ada", 0, "HELLO ADA FROM TRUEHELLO ADA FROM TRUE"},
		{"greet ada -loud bob", 0, "HELLO ADA+BOB FROM TRUE"}, // among the arguments
		{"greet --times=3 -- -x --loud", 0, strings.Repeat("hello -x+--loud from true", 3)},
		{"greet ada -- --loud", 0, "hello ada+--loud from true"},
		{"admin greet", 0, "the admin's"},
		{"greet", 2, ""},
		{"greet --silent ada", 2, ""},
		{"greet --times many ada", 2, ""},
		{"ask more", 2, ""},
		{"fail", 1, ""},
		{"panic", 1, ""},
	} {
		run := commanded(t).TestCommand(t, strings.Fields(test.args)...).Run().Is(test.code)
		if run.Stdout != test.stdout || (run.Err != nil) != (test.code != 0) || errors.Is(run.Err, framework.ErrUsage) != (test.code == 2) {
			t.Errorf("%s: %q, %v; want %q", test.args, run.Stdout, run.Err, test.stdout)
		}
	}
	run := commanded(t).TestCommand(t, "greet", "--loud", "ada").Run()
	if run.Stderr != "1 flags" {
		t.Errorf("standard error %q", run.Stderr)
	}
	if run := commanded(t).TestCommand(t, "fail").Run(); !errors.Is(run.Err, errCommand) {
		t.Errorf("%v", run.Err)
	}
	for text, want := range map[string]string{"yes\n": `"yes\n" <nil>`, "": `"" EOF`} {
		if run := commanded(t).TestCommand(t, "ask").Stdin(text).Run().Is(0); run.Stdout != want {
			t.Errorf("asked with %q: %s", text, run.Stdout)
		}
	}
}

// Flags begin anew with every call, and so may the application's life.
func TestCommandsAreRunTwice(t *testing.T) {
	app := commanded(t)
	started := 0
	app.OnStartup(func(context.Context) error { started++; return nil })
	app.TestCommand(t, "greet", "--loud", "ada").Run().Is(0)
	if run := app.TestCommand(t, "greet", "ada").Run().Is(0); run.Stdout != "hello ada from true" || started != 2 {
		t.Errorf("%q, started %d times", run.Stdout, started)
	}
}

func TestCommandFailsTheTest(t *testing.T) {
	f := &failing{TB: t}
	app := commanded(t)
	for name, test := range map[string]struct {
		do   func()
		want string
	}{
		"unknown": {func() { app.TestCommand(f, "great", "ada").Run() }, `has no command "great ada"; it has greet, ask, fail, panic, admin greet`},
		"group":   {func() { app.TestCommand(f, "admin").Run() }, `has no command "admin"`},
		"code":    {func() { app.TestCommand(f, "fail").Run().Is(0) }, "fail: exit code 1, want 0; the error is the command's error"},
		"none":    {func() { framework.New("bare").TestCommand(f, "x").Run() }, "it has none"},
	} {
		f.during(test.do)
		if got := f.take(); !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	broken := framework.New("broken")
	broken.Get("/", nil)
	f.during(func() { broken.TestCommand(f, "x") })
	if got := f.take(); !strings.Contains(got, "has no handler") {
		t.Errorf("mistakes: %s", got)
	}
}

func ExampleApp_TestCommand() {
	app := framework.New("notes")
	app.Command(framework.Command{Name: "create-user", Args: "NAME", Run: func(_ context.Context, call *framework.Call) error {
		_, err := fmt.Fprintln(call.Stdout, call.Args[0], "was created")
		return err
	}})

	test := func(t *testing.T) {
		run := app.TestCommand(t, "create-user", "ada").Run().Is(0)
		if run.Stdout != "ada was created\n" {
			t.Errorf("it said %q", run.Stdout)
		}
		app.TestCommand(t, "create-user").Run().Is(2) // the name is missing
	}
	fmt.Println(passes("create-user", test))
	// Output: true
}

package framework_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
)

func quiet(context.Context, *framework.Call) error { return nil }

// named is the frozen application's command of that path.
func named(t *testing.T, app *framework.App, path string) *framework.CommandInfo {
	t.Helper()
	if err := app.Freeze(); err != nil {
		t.Fatal(err)
	}
	for _, info := range app.Commands() {
		if info.Path() == path {
			return info
		}
	}
	t.Fatalf("there is no command %q", path)
	return nil
}

func TestCommandsStandBehindTheirBlueprints(t *testing.T) {
	app, _ := newApp(t)
	admin := framework.NewBlueprint("admin", "/admin")
	reports := framework.NewBlueprint("reports", "/reports")
	tools := framework.NewBlueprint("tools", "").CommandGroup("")
	app.Register(admin)
	app.Register(admin).Name("old").Prefix("/old").CommandGroup("legacy")
	app.Register(tools)
	app.Register(framework.NewBlueprint("silent", "/silent"))
	admin.Register(reports)
	reports.Command(framework.Command{Name: "send", Run: quiet})
	admin.Command(framework.Command{Name: "create-user", Run: quiet})
	tools.Command(framework.Command{Name: "sweep", Run: quiet})
	app.Command(framework.Command{Name: "init-db", Run: quiet})
	if app.Commands() != nil {
		t.Error("commands before the freeze")
	}
	if err := app.Freeze(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, info := range app.Commands() {
		got = append(got, info.Path())
		if !strings.HasPrefix(info.Source, "command_test.go:") {
			t.Errorf("%s was declared at %s", info.Path(), info.Source)
		}
	}
	want := "init-db, admin create-user, admin reports send, legacy create-user, legacy reports send, sweep"
	if strings.Join(got, ", ") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, ", "), want)
	}
}

func TestCommandMistakes(t *testing.T) {
	app, _ := newApp(t)
	admin := framework.NewBlueprint("admin", "/admin")
	app.Register(admin)
	admin.Command(framework.Command{Name: "x", Run: quiet})
	for _, c := range []framework.Command{
		{Name: "", Run: quiet}, {Name: "-v", Run: quiet}, {Name: "two words", Run: quiet},
		{Name: "idle"}, {Name: "twice", Run: quiet}, {Name: "again", Aliases: []string{"twice"}, Run: quiet},
		{Name: "admin", Run: quiet},
		{Name: "a", Args: "[X] Y", Run: quiet}, {Name: "b", Args: "X... Y", Run: quiet}, {Name: "c", Args: "[X", Run: quiet}, {Name: "d", Args: "...", Run: quiet},
	} {
		app.Command(c)
	}
	err := app.Freeze()
	for _, want := range []string{
		`command name "": it is one word`, `command name "-v"`, `command name "two words"`, `command "idle" has no Run`,
		`command "twice" has the name of another: it is the command at command_test.go:`,
		`"admin" cannot be a group of commands: it is the command at command_test.go:`,
		`command "a": Args: "Y" stands behind one that may be left out`, `command "b": Args: "Y" stands behind a word that may come again`,
		`command "c": Args: "[X" is none of`, `command "d": Args: "..." is none of`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the report lacks %q:\n%v", want, err)
		}
	}
}

func TestCommandArguments(t *testing.T) {
	for usage, allowed := range map[string]string{ // whether 0, 1, 2 and 3 arguments are
		"": "yes no no no", "NAME": "no yes no no", "[NAME]": "yes yes no no", "FROM TO": "no no yes no",
		"NAME [MAIL]": "no yes yes no", "FILE...": "no yes yes yes", "[FILE...]": "yes yes yes yes", "TO FILE...": "no no yes yes",
	} {
		app, _ := newApp(t)
		app.Command(framework.Command{Name: "do", Args: usage, Run: quiet})
		do := named(t, app, "do")
		var got []string
		for n := range 4 {
			err := do.Invoke(t.Context(), &framework.Call{Args: make([]string, n)})
			switch {
			case err == nil:
				got = append(got, "yes")
			case errors.Is(err, framework.ErrUsage) && strings.Contains(err.Error(), fmt.Sprintf("do takes %s, and %d came", strings.TrimSpace(usage+map[bool]string{true: "no arguments"}[usage == ""]), n)):
				got = append(got, "no")
			default:
				got = append(got, err.Error())
			}
		}
		if strings.Join(got, " ") != allowed {
			t.Errorf("%q: %s, want %s", usage, strings.Join(got, " "), allowed)
		}
	}
}

// A command runs in a started application, whose URLs it can build, and leaves nothing
// running.
func TestCommandRunsWithinTheApplicationsLife(t *testing.T) {
	var order []string
	app, _ := newApp(t)
	app.OnStartup(func(context.Context) error { order = append(order, "startup"); return nil })
	app.OnShutdown(func(context.Context) error { order = append(order, "shutdown"); return errors.New("of the shutdown") })
	app.Get("/notes/<int:id>", hello).Name("note")
	run := func(ctx context.Context, call *framework.Call) error {
		order = append(order, "run")
		in, _ := io.ReadAll(call.Stdin)
		u, err := call.App.URL("note", "id", len(in), "_external", false)
		fmt.Fprint(call.Stdout, u, call.Args)
		fmt.Fprint(call.Stderr, "done")
		return errors.Join(err, call.App.Background(func(context.Context) { order = append(order, "task") }))
	}
	app.Command(framework.Command{Name: "run", Args: "[X]", Run: run})
	app.Command(framework.Command{Name: "cold", WithoutStartup: true, Run: run})
	app.Command(framework.Command{Name: "panic", Run: func(context.Context, *framework.Call) error { panic("bang") }})

	var out, problems strings.Builder
	err := named(t, app, "run").Invoke(t.Context(), &framework.Call{Args: []string{"x"}, Stdin: strings.NewReader("seven.."), Stdout: &out, Stderr: &problems})
	if err == nil || err.Error() != "of the shutdown" || out.String() != "/notes/7[x]" || problems.String() != "done" {
		t.Errorf("%v, wrote %s and %s", err, &out, &problems)
	}
	if got := strings.Join(order, " "); got != "startup run task shutdown" {
		t.Errorf("ran %s", got)
	}
	order = nil
	if err := named(t, app, "cold").Invoke(t.Context(), &framework.Call{}); err != nil {
		t.Error(err)
	}
	if got := strings.Join(order, " "); got != "run task" {
		t.Errorf("without a startup ran %s", got)
	}
	order = nil
	if err := named(t, app, "panic").Invoke(t.Context(), &framework.Call{}); err == nil || !strings.Contains(err.Error(), "bang") || strings.Join(order, " ") != "startup shutdown" {
		t.Errorf("%v after %s", err, order)
	}
}

func TestCommandDoesNotRunWhereTheStartupFails(t *testing.T) {
	app, _ := newApp(t)
	app.OnStartup(func(context.Context) error { return errors.New("no database") })
	app.Command(framework.Command{Name: "run", Run: func(context.Context, *framework.Call) error { return errors.New("it ran") }})
	if err := named(t, app, "run").Invoke(t.Context(), &framework.Call{}); err == nil || err.Error() != "no database" {
		t.Error(err)
	}
}

func ExampleApp_Command() {
	var admin bool
	app := framework.New("notes")
	app.Command(framework.Command{
		Name: "create-user", Args: "NAME", Short: "Add a user",
		Flags: func(f *flag.FlagSet) { f.BoolVar(&admin, "admin", false, "with all rights") },
		Run: func(ctx context.Context, call *framework.Call) error {
			fmt.Fprintln(call.Stdout, "Hello,", call.Args[0])
			return nil
		},
	})
	if err := app.Freeze(); err != nil {
		fmt.Println(err)
	}
	for _, command := range app.Commands() { // package framework/cli makes a program of them
		fmt.Println(command.Path(), command.Args, "-", command.Short)
		err := command.Invoke(context.Background(), &framework.Call{Args: []string{"ada"}, Stdout: os.Stdout})
		fmt.Println(err)
	}
	// Output:
	// create-user NAME - Add a user
	// Hello, ada
	// <nil>
}

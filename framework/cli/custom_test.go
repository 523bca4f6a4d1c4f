package cli_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/cli"
)

// withCommands is an application with commands of its own, and how often it was made.
func withCommands(made *int) func() (*framework.App, error) {
	return func() (*framework.App, error) {
		*made++
		app := framework.New("shop")
		started, debugging := false, cli.Debug()
		app.OnStartup(func(context.Context) error { started = true; return nil })
		var loud, each bool
		times := 1
		app.Command(framework.Command{
			Name: "greet", Aliases: []string{"hello"}, Args: "NAME [TITLE]", Short: "Greet somebody",
			Flags: func(f *flag.FlagSet) {
				f.BoolVar(&loud, "loud", false, "with an exclamation mark")
				f.BoolVar(&each, "e", false, "a letter that the program has, too")
				f.IntVar(&times, "times", 1, "how `often`")
			},
			Run: func(ctx context.Context, call *framework.Call) error {
				text := "Hello, " + strings.Join(call.Args, " ")
				if loud {
					text += "!"
				}
				call.Flags.Visit(func(f *flag.Flag) { text += " " + f.Name })
				if debugging {
					text += " while debugging"
				}
				fmt.Fprintln(call.Stdout, text, started, times, call.Flags.Args(), os.Getenv("SHOP_GREETING"))
				return nil
			},
		})
		app.Command(framework.Command{Name: "fail", Short: "Fail", Run: func(context.Context, *framework.Call) error { return errors.New("it broke") }})
		app.Command(framework.Command{Name: "secret", Short: "Never seen", Run: func(context.Context, *framework.Call) error { return nil }})
		admin := framework.NewBlueprint("admin", "/admin")
		admin.Command(framework.Command{Name: "purge", Short: "Empty the store", Run: func(_ context.Context, call *framework.Call) error {
			fmt.Fprintln(call.Stdout, "purged")
			return nil
		}})
		app.Register(admin)
		return app, nil
	}
}

func TestCommandsOfTheApplication(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "named"), []byte("SHOP_GREETING=named"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"greet Ada", 0, "Hello, Ada true 1 [Ada] \n", ""},
		{"hello Ada Countess --loud --times=3", 0, "Hello, Ada Countess! loud times true 3 [Ada Countess] \n", ""},
		{"greet --e -- Ada", 0, "Hello, Ada e true 1 [Ada] \n", ""},
		{"-e named greet Ada", 0, "Hello, Ada true 1 [Ada] named\n", ""},
		{"greet Ada --debug", 0, "Hello, Ada while debugging true 1 [Ada] \n", ""},
		{"--debug greet Ada", 0, "Hello, Ada while debugging true 1 [Ada] \n", ""},
		{"greet -- --debug", 0, "Hello, --debug true 1 [--debug] \n", ""},
		{"admin purge", 0, "purged\n", ""},
		{"fail", 1, "", "notes: it broke\n"},
		{"greet", 2, "", "Usage:\n  notes greet NAME [TITLE]"},
		{"greet a b c", 2, "", "\nnotes: greet takes NAME [TITLE], and 3 came"},
		{"greet --times many Ada", 2, "", "invalid argument \"many\""},
		{"greet --colour", 2, "", "unknown flag: --colour"},
		{"gret", 2, "", "Did you mean this?\n\tgreet"},
	} {
		t.Setenv("SHOP_GREETING", "")
		os.Unsetenv("SHOP_GREETING")
		made := 0
		code, stdout, stderr := executeIn(t, dir, withCommands(&made), strings.Fields(test.args)...)
		if code != test.code || stdout != test.stdout || !strings.Contains(stderr, test.stderr) || made != 1 {
			t.Errorf("%s: code %d, %q, %q, made %d times; want %d, %q, %q, once", test.args, code, stdout, stderr, made, test.code, test.stdout, test.stderr)
		}
	}
}

func TestHelpListsTheCommandsOfTheApplication(t *testing.T) {
	made := 0
	for args, want := range map[string][]string{
		"--help":           {"greet       Greet somebody", "admin       Commands of admin", "secret      Print a random key"},
		"help greet":       {"notes greet NAME [TITLE] [flags]", "--times often"},
		"admin":            {"purge       Empty the store"},
		"__complete gr":    {"greet\tGreet somebody"},
		"__complete admin": {"purge\tEmpty the store"},
	} {
		line := strings.Fields(args)
		if args == "__complete admin" {
			line = append(line, "")
		}
		code, stdout, stderr := execute(t, withCommands(&made), line...)
		for _, want := range want {
			if code != 0 || !strings.Contains(stdout, want) || strings.Contains(stdout, "Never seen") {
				t.Errorf("%s: code %d, %q\n%s lacks %q", args, code, stderr, stdout, want)
			}
		}
	}
	broken := func() (*framework.App, error) { return nil, errors.New("no database") }
	code, stdout, stderr := execute(t, broken, "--help")
	if code != 0 || !strings.Contains(stdout, "routes ") || stderr != "notes: the application's own commands are not known: no database\n" {
		t.Errorf("code %d, %q, %q", code, stdout, stderr)
	}
}

// What the program does by itself makes no application.
func TestTheProgramsOwnCommandsMakeNoApplication(t *testing.T) {
	made := 0
	for _, args := range []string{"secret", "secret --help", "run --print-config", "completion fish"} {
		if code, _, stderr := execute(t, withCommands(&made), strings.Fields(args)...); code != 0 || made != 0 {
			t.Errorf("%s: code %d, %q, made %d times", args, code, stderr, made)
		}
	}
}

// A command that the program has itself cannot be called: check tells.
func TestCheckTellsOfCommandsThatCannotBeCalled(t *testing.T) {
	made := 0
	code, _, stderr := execute(t, withCommands(&made), "check")
	if code != 1 || !strings.Contains(stderr, `custom_test.go:`) || !strings.Contains(stderr, `command "secret" cannot be called: the program has one of that name`) {
		t.Errorf("code %d, %q", code, stderr)
	}
}

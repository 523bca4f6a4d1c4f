package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/cli"
	"github.com/dewar-go/dewar/framework/config"
)

// TestMain runs the program of run_test.go where that has started the test's binary.
func TestMain(m *testing.M) {
	if os.Getenv(trial) != "" {
		cli.Main(notes, cli.Config{Name: "notes"})
	}
	os.Exit(m.Run())
}

// Settings are those of notes.
type Settings struct {
	Debug  bool
	Secret config.Secret `config:",required"`
	Title  string        `default:"Notes"`
}

// notes makes an application of the environment.
func notes() (*framework.App, error) {
	var s Settings
	err := config.Load(&s, config.Env("DEWAR_"), config.Env("NOTES_"))
	app := framework.New("notes")
	app.Config = &s
	hello := func(c *framework.Context) error { return c.Text("hello") }
	app.Get("/", hello).Name("index")
	app.Get("/notes/<int:id>", hello).Name("note")
	app.Post("/notes", hello).Name("add")
	app.Get("/notes/new", hello).Name("new")
	app.Get("/<path:page>", hello).Name("page")
	app.Any("/any", hello).Name("any")
	return app, err
}

// execute runs a command line in an empty folder.
func execute[S cli.Source](t *testing.T, app S, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return executeIn(t, t.TempDir(), app, args...)
}

func executeIn[S cli.Source](t *testing.T, dir string, app S, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Chdir(dir)
	t.Setenv("DEWAR_DEBUG", "") // so that the test's end restores it
	os.Unsetenv("DEWAR_DEBUG")
	var out, errs bytes.Buffer
	code = cli.Execute(args, &out, &errs, app, cli.Config{Name: "notes"})
	return code, out.String(), errs.String()
}

func TestMistakesOfTheCommandLine(t *testing.T) {
	for _, test := range []struct {
		args string
		want string
	}{
		{"ruotes", "Did you mean this?\n\troutes"},
		{"--colour", "unknown flag: --colour"},
		{"routes --colour", "unknown flag: --colour"},
		{"routes all", `unknown command "all" for "notes routes"`},
		{"run --grace", "flag needs an argument: --grace"},
		{"secret --bytes many", "invalid argument \"many\""},
	} {
		code, stdout, stderr := execute(t, notes, strings.Fields(test.args)...)
		if code != 2 || stdout != "" || !strings.HasPrefix(stderr, "notes: ") || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: code %d, %q, %q; want 2, nothing, and %q", test.args, code, stdout, stderr, test.want)
		}
	}
}

// What needs no application does not make it; everything else tells what is wrong with it.
func TestAnApplicationThatCannotBeMade(t *testing.T) {
	broken := func() (*framework.App, error) { return nil, errors.New("no database") }
	for args, want := range map[string]int{"secret": 0, "--help": 0, "--version": 0, "completion bash": 0, "routes": 1, "config": 1, "check": 1, "run": 1, "": 1} {
		code, _, stderr := execute(t, broken, strings.Fields(args)...)
		if code != want || want == 1 && stderr != "notes: no database\n" {
			t.Errorf("%q: code %d, %q; want %d", args, code, stderr, want)
		}
	}
	code, _, stderr := execute(t, func() *framework.App { return nil }, "routes")
	if code != 1 || !strings.Contains(stderr, "made no application") {
		t.Errorf("nil: code %d, %q", code, stderr)
	}
}

// Each form of a Source is the same application.
func TestSources(t *testing.T) {
	app := framework.New("one")
	app.Get("/", func(c *framework.Context) error { return nil }).Name("index")
	for name, run := range map[string]func() (int, string, string){
		"an application": func() (int, string, string) { return execute(t, app, "routes") },
		"a function":     func() (int, string, string) { return execute(t, func() *framework.App { return app }, "routes") },
		"a function with an error": func() (int, string, string) {
			return execute(t, func() (*framework.App, error) { return app, nil }, "routes")
		},
	} {
		if code, stdout, stderr := run(); code != 0 || !strings.Contains(stdout, "index") {
			t.Errorf("%s: %d, %q, %q", name, code, stdout, stderr)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	code, stdout, _ := execute(t, notes, "--help")
	for _, want := range []string{"run ", "routes ", "config ", "check ", "secret ", "openapi ", "completion ", "--debug", "--env-file"} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("code %d, and help lacks %q:\n%s", code, want, stdout)
		}
	}
	var out, errs bytes.Buffer
	if code := cli.Execute([]string{"--version"}, &out, &errs, notes, cli.Config{Name: "notes", Version: "1.2"}); code != 0 || out.String() != "notes 1.2\n" {
		t.Errorf("code %d, %q, %q", code, out.String(), errs.String())
	}
}

func TestSecrets(t *testing.T) {
	seen := map[string]bool{}
	for args, want := range map[string]int{"secret": 64, "secret --bytes 16": 32, "secret --bytes 1024": 2048} {
		code, stdout, stderr := execute(t, notes, strings.Fields(args)...)
		key := strings.TrimSuffix(stdout, "\n")
		if code != 0 || len(key) != want || strings.Trim(key, "0123456789abcdef") != "" || seen[key] {
			t.Errorf("%s: code %d, %q, %q", args, code, stdout, stderr)
		}
		seen[key] = true
	}
	for _, size := range []string{"15", "1025", "-1"} {
		if code, stdout, stderr := execute(t, notes, "secret", "--bytes", size); code != 1 || stdout != "" || !strings.Contains(stderr, "must be 16 to 1024") {
			t.Errorf("%s: code %d, %q, %q", size, code, stdout, stderr)
		}
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if code, stdout, stderr := execute(t, notes, "completion", shell); code != 0 || !strings.Contains(stdout, "notes") {
			t.Errorf("%s: code %d, %q", shell, code, stderr)
		}
	}
	for args, want := range map[string]string{
		"completion tcsh":         `completion: there is none for "tcsh", but for bash, fish, powershell, zsh`,
		"--debug completion tcsh": `completion: there is none for "tcsh"`,
		"completion":              "completion: takes the name of a shell: bash, fish, powershell, zsh",
	} {
		if code, stdout, stderr := execute(t, notes, strings.Fields(args)...); code != 2 || stdout != "" || stderr != "notes: "+want+"\n" && !strings.HasPrefix(stderr, "notes: "+want+", ") {
			t.Errorf("%s: code %d, %q, %q", args, code, stdout, stderr)
		}
	}
	_, stdout, _ := execute(t, notes, "__complete", "routes", "--sort", "")
	if !strings.Contains(stdout, "endpoint\n") || !strings.Contains(stdout, "match\n") {
		t.Errorf("--sort is completed by %q", stdout)
	}
	if _, stdout, _ = execute(t, notes, "__complete", "run", "--gateway", ""); !strings.Contains(stdout, "nethttp\n") {
		t.Errorf("--gateway is completed by %q", stdout)
	}
}

// The description is what openapi.Describe makes, alone on standard output.
func TestDescription(t *testing.T) {
	t.Setenv("NOTES_SECRET", "s")
	var d struct {
		OpenAPI string
		Info    struct{ Title, Version string }
		Servers []struct{ URL string }
		Paths   map[string]any
	}
	code, stdout, stderr := execute(t, notes, "openapi", "--api-version", "1.4.0", "--server", "https://a.example", "--server", "https://b.example")
	if err := json.Unmarshal([]byte(stdout), &d); code != 0 || stderr != "" || err != nil {
		t.Fatalf("code %d, %q, %v: %s", code, stderr, err, stdout)
	}
	if d.OpenAPI != "3.1.0" || d.Info.Title != "notes" || d.Info.Version != "1.4.0" || len(d.Servers) != 2 || d.Paths["/notes/{id}"] == nil || !strings.HasSuffix(stdout, "}\n") {
		t.Errorf("%s", stdout)
	}
}

func TestSettingsAreMasked(t *testing.T) {
	t.Setenv("NOTES_SECRET", "hunter2")
	code, stdout, stderr := execute(t, notes, "--debug", "config")
	if want := "debug   true\nsecret  [redacted]\ntitle   Notes\n"; code != 0 || stdout != want {
		t.Errorf("code %d, %q, %q", code, stdout, stderr)
	}
	code, stdout, stderr = execute(t, notes, "config", "--json")
	if want := "{\n  \"debug\": \"false\",\n  \"secret\": \"[redacted]\",\n  \"title\": \"Notes\"\n}\n"; code != 0 || stdout != want {
		t.Errorf("code %d, %q, %q", code, stdout, stderr)
	}
	t.Setenv("DEWAR_SERVER_GRACE", "7s")
	code, stdout, stderr = execute(t, notes, "config", "--gateway")
	if table := strings.Join(strings.Fields(stdout), " "); code != 0 || !strings.Contains(table, "grace 7s DEWAR_SERVER_GRACE") || !strings.Contains(table, "addr 127.0.0.1:5000 the program") {
		t.Errorf("code %d, %q, %q", code, stdout, stderr)
	}
	if code, _, stderr := execute(t, framework.New("bare"), "config"); code != 1 || !strings.Contains(stderr, "App.Config") {
		t.Errorf("code %d, %q", code, stderr)
	}
}

// The flag goes before the environment, the environment before the file that is named, that
// before .env, .env before .dewarenv.
func TestFilesOfVariables(t *testing.T) {
	dir := t.TempDir()
	below := filepath.Join(dir, "below")
	if err := os.Mkdir(below, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		".env": "NOTES_TITLE=env\nNOTES_SECRET=s\nDEWAR_DEBUG=1\n", ".dewarenv": "NOTES_TITLE=dewarenv\nNOTES_SECRET=t\n",
		"below/named": "NOTES_TITLE=named\n", "below/broken": "?\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		environ, args, want string
	}{
		{"", "config", "debug true secret [redacted] title env"},
		{"", "-e named config", "debug true secret [redacted] title named"},
		{"", "config --env-file named --debug=false", "debug false secret [redacted] title named"},
		{"DEWAR_DEBUG=1", "--debug=false config", "debug false secret [redacted] title env"},
		{"NOTES_TITLE=environ", "-e named config", "debug true secret [redacted] title environ"},
		{"DEWAR_DEBUG=0", "config", "debug false secret [redacted] title env"},
		{"DEWAR_DEBUG=0", "config --debug", "debug true secret [redacted] title env"},
		{"DEWAR_SKIP_DOTENV=1", "config", "notes: config: secret: is required and not set; $NOTES_SECRET sets it"},
		{"", "-e none config", "none: no such file"},
		{"", "-e broken config", "line 1: wants NAME=value"},
	} {
		t.Run(test.environ+" "+test.args, func(t *testing.T) {
			for _, name := range []string{"NOTES_TITLE", "NOTES_SECRET", "DEWAR_DEBUG", "DEWAR_SKIP_DOTENV"} {
				t.Setenv(name, "")
				os.Unsetenv(name)
			}
			t.Chdir(below)
			if name, value, ok := strings.Cut(test.environ, "="); ok {
				os.Setenv(name, value)
			}
			var out bytes.Buffer
			cli.Execute(strings.Fields(test.args), &out, &out, notes, cli.Config{Name: "notes"})
			if got := strings.Join(strings.Fields(out.String()), " "); !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The application's own commands are run in its folder and below, with its answers and its
// exit codes.
func TestCommandsOfTheApplication(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("GOFLAGS", "-trimpath") // so that the next run finds it in the cache
	if code, _, stderr := dewar("new", "shop"); code != 0 {
		t.Fatal(stderr)
	}
	if err := os.Mkdir("shop/below", 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir("shop/below")
	for _, test := range []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"config", 0, "debug     true\ngreeting  Hello\n", ""}, // .env is found above
		{"routes --sort rule", 0, "ENDPOINT  METHODS  RULE\nindex     GET      /\nhello     GET      /hello/<name>\n", ""},
		{"secret --bytes 3", 1, "", "shop: secret: --bytes is 3, and must be 16 to 1024\n"},
		{"routes --colour", 2, "", "shop: unknown flag: --colour\n"},
	} {
		code, stdout, stderr := dewar(strings.Fields(test.args)...)
		if code != test.code || !strings.HasPrefix(stdout, test.stdout) || stderr != test.stderr {
			t.Errorf("%s: code %d, %q, %q; want %d, %q, %q", test.args, code, stdout, stderr, test.code, test.stdout, test.stderr)
		}
	}
	if err := os.WriteFile(filepath.Join("..", "broken.go"), []byte("package main\n\nvar x int = \"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := dewar("check"); code != 1 || !strings.Contains(stderr, "broken.go:3:13") || !strings.Contains(stderr, "dewar: check: the application does not build") {
		t.Errorf("an application that does not build: code %d, %q", code, stderr)
	}
}

func TestCommandsWithoutAnApplication(t *testing.T) {
	t.Chdir(t.TempDir())
	if code, _, stderr := dewar("routes"); code != 1 || !strings.Contains(stderr, "is in no application") {
		t.Errorf("code %d, %q", code, stderr)
	}
	if code, stdout, _ := dewar("routes", "--help"); code != 0 || !strings.Contains(stdout, "explain which of them") {
		t.Errorf("help: code %d, %q", code, stdout)
	}
	if code, _, stderr := dewar("run"); code != 1 || !strings.Contains(stderr, "is in no application") {
		t.Errorf("run: code %d, %q", code, stderr)
	}
	if err := os.Mkdir("shop", 0o700); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"run shop":           "run: a folder is told with a dot: dewar run ./shop",
		"run --poll 2s":      "run: --poll takes its time behind an equals sign: --poll=2s",
		"run --addr nothing": "is in no application", // which is looked at first
	} {
		if code, _, stderr := dewar(strings.Fields(args)...); code != 1 || !strings.Contains(stderr, want) {
			t.Errorf("%s: code %d, %q; want %q", args, code, stderr, want)
		}
	}
	if err := os.WriteFile("go.mod", []byte("module shelves\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"routes", "run"} {
		if code, _, stderr := dewar(name); code != 1 || !strings.Contains(stderr, "no Go files") {
			t.Errorf("%s without a program: code %d, %q", name, code, stderr)
		}
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What dewar new says is what to do next; it has been done by package scaffold's tests.
func TestNew(t *testing.T) {
	t.Chdir(t.TempDir())
	code, stdout, stderr := dewar("new", "apps/shop", "--template", "api", "--gateway", "nethttp", "--module", "example.com/shop")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "    cd apps/shop\n    go test ./...\n    go run .\n") {
		t.Fatalf("code %d, %q, %q", code, stdout, stderr)
	}
	mod, err := os.ReadFile("apps/shop/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs(checkout())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"module example.com/shop\n", "\tgithub.com/dewar-go/dewar => " + root + "\n", "/framework/cli => " + filepath.Join(root, "framework", "cli") + "\n"} {
		if !strings.Contains(string(mod), want) {
			t.Errorf("go.mod lacks %q:\n%s", want, mod)
		}
	}
	if code, _, stderr := dewar("new", "apps/shop"); code != 1 || !strings.Contains(stderr, "dewar: new: the folder apps/shop is not empty") {
		t.Errorf("a second time: code %d, %q", code, stderr)
	}
}

func TestWhatToDoNext(t *testing.T) {
	for dir, want := range map[string]string{"shop": "    cd shop\n", "my apps/shop": "    cd \"my apps/shop\"\n", ".": "README.md.\n\n    go test", "./": "README.md.\n\n    go test"} {
		if got := next(dir); !strings.Contains(got, want) {
			t.Errorf("%s: %q lacks %q", dir, got, want)
		}
	}
}

func TestNewWithMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	for args, want := range map[string]struct {
		code int
		text string
	}{
		"new":                      {2, "new: takes one name, as in dewar new shop, and 0 came"},
		"new .":                    {1, "the name is"}, // the folder's is 001
		"new a b":                  {2, "and 2 came"},
		"new shop --colour":        {2, "unknown flag: --colour"},
		"new Shop":                 {1, `new: the name is "Shop"`},
		"new shop --template spa":  {1, "there are api, minimal, web"},
		"new shop --gateway none":  {1, "there are server, nethttp"},
		"new shop --module a:b":    {1, `the module is "a:b"`},
		"new shop/../../../../net": {1, "take another name"},
	} {
		code, stdout, stderr := dewar(strings.Fields(args)...)
		if code != want.code || stdout != "" || !strings.Contains(stderr, want.text) {
			t.Errorf("%s: code %d, %q, %q; want %d and %q", args, code, stdout, stderr, want.code, want.text)
		}
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) > 0 {
		t.Errorf("something was written: %v, %v", entries, err)
	}
}

func TestCompletion(t *testing.T) {
	if _, stdout, _ := dewar("__complete", "new", "shop", "--template", ""); !strings.HasPrefix(stdout, "api\nminimal\nweb\n") {
		t.Errorf("--template is completed by %q", stdout)
	}
	for args, want := range map[string]string{"routes --so": "--sort\t", "routes --sort m": "endpoint\nmethods\n", "config --json --ga": "--gateway\t", "secret x": ":4\n"} {
		if _, stdout, _ := dewar(append([]string{"__complete"}, strings.Fields(args)...)...); !strings.HasPrefix(stdout, want) {
			t.Errorf("%s is completed by %q, want %q", args, stdout, want)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if code, stdout, stderr := dewar("completion", shell); code != 0 || !strings.Contains(stdout, "dewar") {
			t.Errorf("%s: code %d, %q", shell, code, stderr)
		}
	}
}

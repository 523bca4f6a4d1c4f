package scaffold

import (
	"bytes"
	"flag"
	"go/format"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	// What applications are made of: the go command keeps a test's result until something
	// that it is built from changes, and knows nothing of what its processes build.
	_ "github.com/dewar-go/dewar/framework/cli"
	_ "github.com/dewar-go/dewar/gateway/middleware/compress"
	_ "github.com/dewar-go/dewar/gateway/middleware/csrf"
	_ "github.com/dewar-go/dewar/gateway/middleware/health"
	_ "github.com/dewar-go/dewar/gateway/middleware/ratelimit"
	_ "github.com/dewar-go/dewar/gateway/middleware/secure"
)

var update = flag.Bool("update", false, "write the go.mod and go.sum of the templates anew")

// repository is the checkout that the tests run in.
func repository(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// toolEnv keeps paths and symbols out of what is built, so that the next run finds it in the
// cache.
func toolEnv() []string {
	return append(os.Environ(), "GOFLAGS=-trimpath -ldflags=-s", "GOWORK=")
}

// tool runs the go command in a folder, as a user does.
func tool(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = toolEnv()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// write writes an application and returns its folder.
func write(t *testing.T, o Options) string {
	t.Helper()
	o.Checkout = repository(t)
	if err := Write(o); err != nil {
		t.Fatal(err)
	}
	return o.Dir
}

// text reads a file of an application.
func text(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The sums of a template are those of the modules that it needs now: this is how they are
// made, go test ./internal/scaffold -run Modules -update.
func TestModules(t *testing.T) {
	for _, template := range Templates() {
		dir := write(t, Options{Dir: filepath.Join(t.TempDir(), "appname"), Template: template, Gateway: "server"})
		if !*update {
			tool(t, dir, "list", "-mod=readonly", "-deps", "./...")
			continue
		}
		tool(t, dir, "mod", "tidy")
		mod, _, _ := strings.Cut(text(t, dir, "go.mod"), "\n// Until Dewar")
		for name, data := range map[string]string{"_go.mod": mod, "_go.sum": text(t, dir, "go.sum")} {
			if err := os.WriteFile(filepath.Join("_templates", template, name), []byte(data), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestNothingOfTheTemplateIsLeft(t *testing.T) {
	for _, template := range Templates() {
		dir := write(t, Options{Dir: filepath.Join(t.TempDir(), "my-shop"), Module: "example.com/me/my-shop", Template: template, Gateway: "nethttp"})
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			if strings.HasPrefix(filepath.Base(name), "_") || strings.Contains(strings.ToLower(name+string(data)), "appname") {
				t.Errorf("%s has the template's name in it", name)
			}
			if formatted, err := format.Source(data); strings.HasSuffix(name, ".go") && (err != nil || !bytes.Equal(formatted, data)) {
				t.Errorf("%s is not formatted: %v", name, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"go.mod":                 "module example.com/me/my-shop\n",
			"main.go":                "cli.NetHTTP, cli.Server",
			"README.md":              "# My shop\n",
			".gitignore":             "/my-shop\n",
			"Dockerfile":             "ENTRYPOINT [\"my-shop\"]",
			"deploy/my-shop.service": "ExecStart=/opt/my-shop/my-shop run",
			"deploy/my-shop.socket":  "Description=Address of My shop",
			".env":                   "\nDEWAR_DEBUG=1\n",
			".env.example":           "#DEWAR_SERVER_ADDR=",
		} {
			if got := text(t, dir, name); !strings.Contains(got, want) {
				t.Errorf("%s: %s lacks %q:\n%s", template, name, want, got)
			}
		}
	}
}

// The example has no secret, and the application's own .env has one that nobody else reads.
func TestSecretsAreNewAndPrivate(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		dir := write(t, Options{Dir: filepath.Join(t.TempDir(), "my-shop"), Template: "web", Gateway: "server"})
		if !strings.Contains(text(t, dir, ".env.example"), "\nMY_SHOP_SECRET=\n") {
			t.Error("the example has a secret")
		}
		secret := regexp.MustCompile(`(?m)^MY_SHOP_SECRET=([0-9a-f]{64})$`).FindStringSubmatch(text(t, dir, ".env"))
		if secret == nil || seen[secret[1]] {
			t.Fatalf("secret %q", secret)
		}
		seen[secret[1]] = true
		if info, err := os.Stat(filepath.Join(dir, ".env")); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	full := filepath.Join(t.TempDir(), "shop")
	if err := os.MkdirAll(filepath.Join(full, "src"), 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "shop")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	at := func(name string) Options {
		return Options{Dir: filepath.Join(t.TempDir(), name), Template: "minimal", Gateway: "server", Checkout: "/x"}
	}
	with := func(change func(*Options)) Options {
		o := at("shop")
		change(&o)
		return o
	}
	for _, test := range []struct {
		o    Options
		want string
	}{
		{with(func(o *Options) { o.Dir = "" }), "the name is empty"},
		{at("Shop"), `the name is "Shop"`},
		{at("shop_1"), `the name is`},
		{at("1shop"), `the name is`},
		{at("a--b"), `the name is`},
		{at("shop-"), `the name is`},
		{at("ü"), `the name is`},
		{at(strings.Repeat("a", maxName+1)), "up to 63"},
		{at("net"), "take another name, or --module example.com/net"},
		{at("main"), "take another name"},
		{with(func(o *Options) { o.Module = "example.com/a b" }), `the module is "example.com/a b"`},
		{with(func(o *Options) { o.Module = "example.com/../b" }), `the module is`},
		{with(func(o *Options) { o.Template = "spa" }), "there are api, minimal, web"},
		{with(func(o *Options) { o.Gateway = "apache" }), "there are server, nethttp"},
		{with(func(o *Options) { o.Checkout = "" }), "in a clone of the repository"},
		{with(func(o *Options) { o.Dir = full }), "is not empty: there is src"},
		{with(func(o *Options) { o.Dir = file }), "not a directory"},
	} {
		if err := Write(test.o); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %q", test.o, err, test.want)
		}
		if entries, err := os.ReadDir(test.o.Dir); err == nil && len(entries) > 1 {
			t.Errorf("%+v: %s was written all the same", test.o, entries[0].Name())
		}
	}
}

// A folder may be there already, also as a repository.
func TestFoldersThatAreEmpty(t *testing.T) {
	for _, inside := range []string{"", ".git"} {
		o := Options{Dir: filepath.Join(t.TempDir(), strings.Repeat("a", maxName)), Template: "minimal", Gateway: "server", Checkout: "/x"}
		if err := os.MkdirAll(filepath.Join(o.Dir, inside), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := Write(o); err != nil {
			t.Errorf("with %q in it: %v", inside, err)
		}
	}
}

// Where Dewar is published go.mod requires it by its version.
func TestVersionInPlaceOfACheckout(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shop")
	if err := Write(Options{Dir: dir, Template: "minimal", Gateway: "server", Version: "v0.3.1"}); err != nil {
		t.Fatal(err)
	}
	mod := text(t, dir, "go.mod")
	for _, want := range []string{"\tgithub.com/dewar-go/dewar v0.3.1\n", "\tgithub.com/dewar-go/dewar/framework/cli v0.3.1\n"} {
		if !strings.Contains(mod, want) || strings.Contains(mod, "replace") {
			t.Errorf("go.mod lacks %q:\n%s", want, mod)
		}
	}
}

// An application within the workspace of somebody else works all the same.
func TestWithinAWorkspace(t *testing.T) {
	top := t.TempDir()
	if err := os.WriteFile(filepath.Join(top, "go.work"), []byte("go 1.26.0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := write(t, Options{Dir: filepath.Join(top, "apps", "shop"), Template: "minimal", Gateway: "server"})
	if got := tool(t, dir, "list", "./..."); got != "shop\n" {
		t.Errorf("the packages are %q", got)
	}
	if !strings.Contains(text(t, dir, ".gitignore"), "go.work\n") {
		t.Error("go.work would go into git")
	}
}

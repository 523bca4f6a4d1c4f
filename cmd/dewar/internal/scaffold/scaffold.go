// Package scaffold writes new applications.
//
// What they are made of lies in _templates, as files that look like what they become: an
// application called appname. A template is some of its folders, one over the other. To
// change what is written change the files; a leading underscore is taken off a name that
// would mean something here already, such as _go.mod.
package scaffold

import (
	"crypto/rand"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

//go:embed all:_templates
var embedded embed.FS

// templates are the folders of each.
var templates = map[string][]string{
	"minimal": {"common", "minimal"},
	"web":     {"common", "database", "web"},
	"api":     {"common", "database", "api"},
}

// Templates are the names of the templates, sorted.
func Templates() []string { return slices.Sorted(maps.Keys(templates)) }

// Gateways are those that an application can be made for.
var Gateways = []string{"server", "nethttp"}

// Options say what is written. Dir, Template and Gateway are needed, and one of Checkout and
// Version.
type Options struct {
	Dir      string // where; its last element is the application's name
	Module   string // its path; "" means the name
	Template string // one of Templates
	Gateway  string // one of Gateways

	Checkout string // a clone of Dewar's repository, that go.mod points to
	Version  string // of Dewar's modules otherwise
}

// Write writes an application. A folder with something in it is left alone, unless that is
// an empty repository of git.
func Write(o Options) error {
	a, err := o.application()
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(o.Dir)
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return e.IsDir() && e.Name() == ".git" })
	switch {
	case err == nil && len(entries) > 0:
		return fmt.Errorf("the folder %s is not empty: there is %s", o.Dir, entries[0].Name())
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	for _, folder := range templates[o.Template] {
		if err := a.copy(path.Join("_templates", folder)); err != nil {
			return err
		}
	}
	return a.finish()
}

// An application is one that is being written.
type application struct {
	Options
	names *strings.Replacer
}

// patterns of names: those of packages, without what a shell, a unit of systemd or an image
// of Docker takes amiss.
var (
	namePattern   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	modulePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9][A-Za-z0-9._~-]*)*$`)
)

// maxName is how long a name may be: that of a label of the domain name system
// (RFC 1035 §2.3.4), since it may become one.
const maxName = 63

// taken are names that a module without a dot in its path cannot have: packages of the
// standard library, as of Go 1.26, and what means something to the go command.
var taken = strings.Fields(`all archive bufio builtin bytes cmd cmp compress container context crypto database debug embed
	encoding errors expvar flag fmt go hash html image index internal io iter log main maps math mime net os path plugin
	reflect regexp runtime slices sort std strconv strings structs sync syscall testing text time tool unicode unique
	unsafe vendor weak work`)

// application checks the options.
func (o Options) application() (*application, error) {
	if o.Dir == "" { // the working folder would be taken for it
		return nil, errors.New("the name is empty")
	}
	abs, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	name := filepath.Base(abs)
	if o.Module == "" {
		o.Module = name
	}
	first, _, _ := strings.Cut(o.Module, "/")
	switch {
	case !namePattern.MatchString(name) || len(name) > maxName:
		return nil, fmt.Errorf("the name is %q, and must be small letters and digits, with single dashes between them, a letter first, up to %d", name, maxName)
	case !modulePattern.MatchString(o.Module):
		return nil, fmt.Errorf("the module is %q, and must be a path such as example.com/%s", o.Module, name)
	case slices.Contains(taken, first):
		return nil, fmt.Errorf("a module cannot be called %s, which means something to Go already: take another name, or --module example.com/%s", first, name)
	case templates[o.Template] == nil:
		return nil, fmt.Errorf("no template is called %q: there are %s", o.Template, strings.Join(Templates(), ", "))
	case !slices.Contains(Gateways, o.Gateway):
		return nil, fmt.Errorf("no gateway is called %q: there are %s", o.Gateway, strings.Join(Gateways, ", "))
	case o.Checkout == "" && o.Version == "":
		return nil, errors.New("this program knows no version of Dewar to require: run it in a clone of the repository, go run ./cmd/dewar")
	}
	o.Dir = abs
	title := strings.ReplaceAll(name, "-", " ")
	pairs := []string{
		`"appname/`, `"` + o.Module + `/`,
		"module appname\n", "module " + o.Module + "\n",
		"Appname", strings.ToUpper(title[:1]) + title[1:],
		"APPNAME", strings.ToUpper(strings.ReplaceAll(name, "-", "_")),
		"appname", name,
	}
	if o.Gateway == "nethttp" {
		pairs = append(pairs, "cli.Server, cli.NetHTTP", "cli.NetHTTP, cli.Server")
	}
	return &application{Options: o, names: strings.NewReplacer(pairs...)}, nil
}

// copy writes the files of a folder of the templates.
func (a *application) copy(folder string) error {
	return fs.WalkDir(embedded, folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		base := strings.TrimPrefix(path.Base(name), "_")
		to := path.Join(strings.TrimPrefix(path.Dir(name), folder), base)
		return a.write(a.names.Replace(to), a.names.Replace(string(text)))
	})
}

// write writes one file; Go is formatted anew, as names may be longer or shorter.
func (a *application) write(name, text string) error {
	data := []byte(text)
	if path.Ext(name) == ".go" {
		var err error
		if data, err = format.Source(data); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	to := filepath.Join(a.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if path.Base(name) == ".env" {
		mode = 0o600 // secrets
	}
	return os.WriteFile(to, data, mode)
}

// finish writes what depends on the machine: .env, go.mod's way to Dewar, and go.work.
func (a *application) finish() error {
	example, err := os.ReadFile(filepath.Join(a.Dir, ".env.example"))
	if err != nil {
		return err
	}
	if err := a.write(".env", fill(string(example))); err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(a.Dir, "go.mod"))
	if err != nil {
		return err
	}
	if err := a.write("go.mod", a.require(string(mod))); err != nil {
		return err
	}
	if work := workspace(filepath.Dir(a.Dir)); work != "" {
		text := "// The folder lies in the workspace " + work + ", which does not name it. Without\n" +
			"// this file the go command would refuse to work here.\n\ngo 1.26.0\n\nuse .\n"
		return a.write("go.work", text)
	}
	return nil
}

// modules are those of Dewar that applications require, by their folders.
var modules = []struct{ path, folder string }{
	{"github.com/dewar-go/dewar", "."},
	{"github.com/dewar-go/dewar/framework/cli", "framework/cli"},
}

// require points go.mod to a checkout, or makes it require a version.
func (a *application) require(mod string) string {
	if a.Checkout == "" {
		for _, m := range modules {
			mod = strings.ReplaceAll(mod, "\t"+m.path+" v0.0.0\n", "\t"+m.path+" "+a.Version+"\n")
		}
		return mod
	}
	var b strings.Builder
	b.WriteString(mod + "\n// Until Dewar is published, or to work on it: where it is on this machine.\nreplace (\n")
	for _, m := range modules {
		fmt.Fprintf(&b, "\t%s => %s\n", m.path, quoted(filepath.Join(a.Checkout, filepath.FromSlash(m.folder))))
	}
	b.WriteString(")\n")
	return b.String()
}

// quoted is a path as go.mod has it.
func quoted(path string) string {
	if strings.ContainsAny(path, " \t\"'`()[]{},") {
		return fmt.Sprintf("%q", path)
	}
	return path
}

// unset are the lines of .env.example that a secret belongs to.
var unset = regexp.MustCompile(`(?m)^[A-Z0-9_]+_(SECRET|TOKEN)=$`)

// fill gives the application's own machine secrets, and takes what is said to whoever
// copies the example.
func fill(example string) string {
	_, settings, _ := strings.Cut(example, "\n\n")
	settings = unset.ReplaceAllStringFunc(settings, func(line string) string {
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails, as of Go 1.24
		return line + hex.EncodeToString(key)
	})
	return "# Settings of this machine, kept out of git. What the environment has already goes before.\n\n" + settings
}

// workspace is the go.work that a folder lies in, "" where there is none.
func workspace(dir string) string {
	for {
		file := filepath.Join(dir, "go.work")
		if _, err := os.Stat(file); err == nil {
			return file
		}
		above := filepath.Dir(dir)
		if above == dir {
			return ""
		}
		dir = above
	}
}

package static_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dewar-go/dewar/gateway/static"
)

const forAYear = "public, max-age=31536000, immutable"

func TestVersionsOfNames(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{"app.css", "lib/app.min.js", "LICENSE", "v1.2/a", ".well-known/x.txt"} {
		files[name] = &fstest.MapFile{Data: []byte("hello")}
	}
	v := static.NewVersions(files)
	const hash = "2cf24dba5fb0" // of hello
	for name, want := range map[string]string{
		"app.css": "app." + hash + ".css", "lib/app.min.js": "lib/app." + hash + ".min.js", "LICENSE": "LICENSE." + hash,
		"v1.2/a": "v1.2/a." + hash, ".well-known/x.txt": ".well-known/x." + hash + ".txt",
	} {
		got, err := v.Name(name)
		if err != nil || got != want || !v.Current(got) || v.Current(name) {
			t.Errorf("%s: %s, %v, current %v; want %s", name, got, err, v.Current(got), want)
		}
		for _, name := range []string{name, want, strings.Replace(want, hash, "0123456789ab", 1)} {
			if text, err := fs.ReadFile(v, name); err != nil || string(text) != "hello" {
				t.Errorf("%s: %q, %v", name, text, err)
			}
			if info, err := fs.Stat(v, name); err != nil || info.Size() != 5 {
				t.Errorf("%s: %v, %v", name, info, err)
			}
		}
	}
	if _, err := v.Name("none.css"); err == nil {
		t.Error("a file that is not there has a name")
	}
	for _, name := range []string{"none.css", "none." + hash + ".css", "app.2CF24DBA5FB0.css", "app.2cf24dba5fb.css"} {
		if _, err := v.Open(name); err == nil || v.Current(name) {
			t.Errorf("%s is found", name)
		}
	}
}

// A name that a bundler has written is left to it.
func TestVersionsOfFilesWithHashesOfTheirOwn(t *testing.T) {
	v := static.NewVersions(fstest.MapFS{"main.5d41402abc4b.js": {Data: []byte("x")}})
	if text, err := fs.ReadFile(v, "main.5d41402abc4b.js"); err != nil || string(text) != "x" || v.Current("main.5d41402abc4b.js") {
		t.Errorf("%q, %v", text, err)
	}
}

func TestVersionsAreKeptForAYearUntilTheFileChanges(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "app.css")
	write := func(text string, age time.Duration) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	v := static.NewVersions(os.DirFS(dir))
	h := static.New(v, static.Config{Immutable: v.Current})
	t.Cleanup(func() { _ = h.Shutdown(t.Context()) })
	check := func(name, body, control string) {
		t.Helper()
		r := ask(t, h, get("/"+name))
		if r.Status != 200 || string(r.Body) != body || r.Header.Value("Cache-Control") != control {
			t.Errorf("%s: %d %q %v, want %q and %q", name, r.Status, r.Body, r.Header, body, control)
		}
	}
	write("old", time.Hour)
	old, err := v.Name("app.css")
	if err != nil {
		t.Fatal(err)
	}
	check(old, "old", forAYear)
	check("app.css", "old", "no-cache")

	write("new", 0) // as large, and so young that its time says nothing
	fresh, err := v.Name("app.css")
	if err != nil || fresh == old {
		t.Fatalf("%s after %s, %v", fresh, old, err)
	}
	check(fresh, "new", forAYear)
	check(old, "new", "no-cache") // of a page from before
	check("app.css", "new", "no-cache")
}

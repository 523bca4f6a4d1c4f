package dev

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

func TestEffects(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"templates/page.html", "templates/new.html", "pages/live.html", "static/a.css", "data/new.db"} {
		write(t, filepath.Join(root, name), "x")
	}
	s := &scene{embedded: map[string]bool{
		filepath.Join(root, "templates/page.html"): true, filepath.Join(root, "templates/gone.html"): true, filepath.Join(root, "pages/live.html"): true,
	}}
	for path, want := range map[string]effect{
		"main.go": rebuilds, "handlers/notes.go": rebuilds, "go.mod": rebuilds, "go.sum": rebuilds, "cgo/x.c": rebuilds,
		".env": restarts, ".env.local": restarts, ".dewarenv": restarts, "settings.toml": restarts, "config/shop.yaml": restarts, "migrations/001.sql": restarts,
		"templates/page.html": rebuilds, "templates/new.html": rebuilds, "templates/gone.html": rebuilds, // embedded, beside what is, and known
		"pages/live.html": reloads, // embedded, and read from its folder
		"views/a.html":    reloads, "static/app.js": reloads, "static/logo.svg": reloads, "static/data.json": reloads, "i18n/de.po": reloads,
		"static/a.css": restyles, "shop.db": nothing, "shop.db-wal": nothing, "data/new.db": nothing, "app.log": nothing, "README": nothing,
	} {
		if got := s.effect(root, filepath.Join(root, path), []string{filepath.Join(root, "pages")}); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func TestPlaces(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "main.go"), "package main\n\nfunc main() {\n\tx\n}\n")
	finds := places(dir, "# shop\n./main.go:4:2: undefined: x\n\thave int\nmain.go:5: no column\nhandlers/a.go:1:1: expected 'package'\n"+
		"go: finding module\n\tindented\nnote: no.place here\nat: text.txt:3: not source\nmain.go:99999999999999999999:1: far away\n")
	var got []string
	for _, f := range finds {
		rel, _ := filepath.Rel(dir, f.File)
		got = append(got, strings.Join([]string{rel, f.Message}, " | "))
	}
	want := []string{"main.go | undefined: x\n\thave int", "main.go | no column", "handlers/a.go | expected 'package'\n\tindented", "main.go | far away"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if f := finds[0]; f.Line != 4 || f.Column != 2 || len(f.Lines) != 5 || !f.Lines[3].Here || f.Lines[3].Text != "    x" {
		t.Errorf("got %+v", f.Source)
	}
	if n := len(places(dir, strings.Repeat("a.go:1:1: x\n", maxFinds+1))); n != maxFinds {
		t.Errorf("%d places, want %d", n, maxFinds)
	}
}

// Of a stack the application's own calls are shown, the first with what happened.
func TestCallsOfAStack(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "start.go"), "package main\n\nfunc init() { panic(1) }\n")
	finds := callsOf(dir, "\t"+dir+"/early.go:1 +0x1\npanic: no database\n\ngoroutine 1 [running]:\nmain.open()\n\t"+dir+"/start.go:3 +0x25\nfmt.Println()\n\t/usr/local/go/src/fmt/print.go:9 +0x1\nmain.main()\n\t"+dir+"/main.go:7\n")
	if len(finds) != 2 || finds[0].Message != "panic: no database" || finds[0].Line != 3 || len(finds[0].Lines) != 3 || finds[1].Message != "called from" || finds[1].Line != 7 {
		t.Errorf("got %+v", finds)
	}
}

// A program says where it serves: the address with the loop's port counts, with its scheme.
func TestURLOfAProgram(t *testing.T) {
	for _, test := range []struct {
		addrs []string
		want  string
	}{
		{nil, "http://127.0.0.1:5000"},
		{[]string{"http://127.0.0.1:9000", "https://127.0.0.1:5000"}, "https://127.0.0.1:5000"},
		{[]string{"unix:/run/a", "http://127.0.0.1:15000"}, "http://127.0.0.1:5000"},
	} {
		if got := (&said{Addrs: test.addrs}).url("http://127.0.0.1:5000"); got != test.want {
			t.Errorf("%v: %s, want %s", test.addrs, got, test.want)
		}
	}
}

// What a program prints reaches pages and terminals as text alone.
func TestPlainOutput(t *testing.T) {
	for output, want := range map[string]string{
		"\x1b[31mred\x1b[0m\n":            "red\n",
		"\x1b[1;38;5;196mbold\x1b[m":      "bold",
		"\x1b]0;title\x07text":            "text",
		"\x1b]8;;http://a\x1b\\link":      "link",
		"a\r\nb\x00\x08c\ttab":            "a\nbc\ttab",
		"half \xff of it":                 "half \uFFFD of it",
		"\x1b[2J\x1b[Hcleared\x1b[?25l\n": "cleared\n",
	} {
		if got := plain([]byte(output)); got != want {
			t.Errorf("%q becomes %q, want %q", output, got, want)
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// Where the system does not tell of changes, because too many are told already for one, files
// are looked at.
func TestWatchWithoutTheSystem(t *testing.T) {
	defer func(before func() (*fsnotify.Watcher, error)) { newSystem = before }(newSystem)
	full := os.NewSyscallError("inotify_init", syscall.EMFILE)
	newSystem = func() (*fsnotify.Watcher, error) { return nil, full }
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := Config{Dir: t.TempDir()}
	w, err := watch(ctx, &c)
	if err != nil || w.why != full || c.Poll != defaultPoll {
		t.Fatalf("%v, %v, every %v", err, w.why, c.Poll)
	}
	for n := 0; ; n++ { // until it has looked once before
		write(t, filepath.Join(c.Dir, "main.go"), strings.Repeat("x", n))
		select {
		case paths := <-w.paths:
			if len(paths) != 1 || filepath.Base(paths[0]) != "main.go" {
				t.Errorf("told of %q", paths)
			}
			return
		case <-time.After(defaultPoll):
		}
	}
}

// A folder that is to be watched and is not there is a mistake of whoever named it.
func TestWatchOfNothing(t *testing.T) {
	if _, err := watch(t.Context(), &Config{Dir: t.TempDir(), Watch: []string{filepath.Join(t.TempDir(), "none")}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// Both ways to watch see the same: changed, new and removed files, in new folders too, and
// what editors do; and not what does not count.
func TestWatch(t *testing.T) {
	for name, poll := range map[string]time.Duration{"told": 0, "polled": 20 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			dir, elsewhere := t.TempDir(), t.TempDir()
			for _, file := range []string{"main.go", "gone.go", "static/a.css", ".git/HEAD", "tmp/x.go", "node_modules/a.js", "testdata/a.go", "other/go.mod", "uploads/a.png"} {
				write(t, filepath.Join(dir, file), "1")
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w, err := watch(ctx, &Config{Dir: dir, Poll: poll, Ignore: []string{"uploads", "*.bak"}})
			if err != nil {
				t.Fatal(err)
			}
			w.add <- elsewhere
			expect := func(what, want string) {
				t.Helper()
				limit := time.After(20 * time.Second)
				for {
					select {
					case paths := <-w.paths:
						for _, path := range paths {
							rel, _ := filepath.Rel(dir, path)
							if rel == want || path == want {
								return
							}
							if !strings.HasSuffix(rel, "again.go") && !strings.HasPrefix(rel, "new") {
								t.Errorf("%s: told of %s", what, rel)
							}
						}
					case <-limit:
						t.Fatalf("%s: not told of %s", what, want)
					}
				}
			}
			// A file that counts comes last: what does not count would have come before.
			for _, file := range []string{".git/HEAD", "tmp/x.go", "node_modules/a.js", "testdata/a.go", "other/a.go", "main_test.go", "main.go~", ".main.go.swp", "uploads/a.png", "x.bak"} {
				write(t, filepath.Join(dir, file), "22")
			}
			write(t, filepath.Join(dir, "main.go"), "22")
			expect("a change", "main.go")
			write(t, filepath.Join(dir, "new/deep/er/page.html"), "1")
			expect("a new folder", "new/deep/er/page.html")
			write(t, filepath.Join(dir, "new/deep/er/page.html"), "22")
			expect("a change in it", "new/deep/er/page.html")
			write(t, filepath.Join(dir, ".env"), "A=1")
			expect("settings", ".env")
			if err := os.Remove(filepath.Join(dir, "gone.go")); err != nil {
				t.Fatal(err)
			}
			expect("a removal", "gone.go")
			write(t, filepath.Join(dir, "static/a.css.tmp~"), "333")
			if err := os.Rename(filepath.Join(dir, "static/a.css.tmp~"), filepath.Join(dir, "static/a.css")); err != nil {
				t.Fatal(err)
			}
			expect("a file that was replaced", "static/a.css")
			write(t, filepath.Join(elsewhere, "again.go"), "1")
			expect("a folder elsewhere", filepath.Join(elsewhere, "again.go"))
		})
	}
}

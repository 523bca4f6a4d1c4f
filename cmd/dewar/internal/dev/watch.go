package dev

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// An editor saves in several steps, and a tool several files: what follows within quiet
// of the last change belongs to it, but none waits for longer than patience.
const (
	quiet    = 15 * time.Millisecond
	patience = 200 * time.Millisecond
)

// defaultPoll is how often files are looked at where nobody says how often, and the system
// does not tell.
const defaultPoll = 500 * time.Millisecond

// A watcher tells of changed files in folders and those below.
type watcher struct {
	config *Config
	paths  chan []string // batches of changes
	add    chan string   // further folders, without those below
	raw    chan string
	done   <-chan struct{}
	why    error // the system cannot tell of changes, so that files are looked at; nil: it can, or is not asked
}

// note passes a change on to what gathers them.
func (w *watcher) note(path string) {
	select {
	case w.raw <- path:
	case <-w.done:
	}
}

// watch begins to watch the application's folder, until ctx ends.
func watch(ctx context.Context, c *Config) (*watcher, error) {
	w := &watcher{config: c, paths: make(chan []string), add: make(chan string), raw: make(chan string, 64), done: ctx.Done()}
	roots := []string{c.Dir}
	for _, folder := range c.Watch {
		path, err := filepath.Abs(folder)
		if err != nil {
			return nil, err
		}
		roots = append(roots, path)
	}
	for _, root := range roots {
		if _, err := os.Stat(root); err != nil {
			return nil, err
		}
	}
	if c.Poll <= 0 {
		if w.why = w.follow(ctx, roots); w.why != nil {
			c.Poll = defaultPoll
		}
	}
	if c.Poll > 0 {
		go w.poll(ctx, roots)
	}
	go w.gather(ctx)
	return w, nil
}

// ignores reports whether changes at a path do not count: of tests, of what editors and
// systems leave, of hidden files but for those of settings, and of what is to be ignored.
func (w *watcher) ignores(path string, isDir bool) bool {
	base := filepath.Base(path)
	switch {
	case strings.HasPrefix(base, ".env"), base == ".dewarenv":
		return isDir
	case strings.HasPrefix(base, "."), strings.HasSuffix(base, "~"), strings.HasPrefix(base, "#"), strings.HasSuffix(base, "_test.go"):
		return true
	case isDir && slices.Contains([]string{"node_modules", "testdata", "tmp", "temp"}, base):
		return true
	}
	rel, err := filepath.Rel(w.config.Dir, path)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(w.config.Ignore, func(pattern string) bool {
		byName, _ := filepath.Match(pattern, base) // patterns were checked by the command
		byPath, _ := filepath.Match(filepath.FromSlash(pattern), rel)
		return byName || byPath || below(path, filepath.Join(w.config.Dir, pattern))
	})
}

// walk visits the folders of a tree that are watched, and the files in them.
func (w *watcher) walk(root string, folder func(path string) error, file func(path string, d fs.DirEntry)) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if path == root {
				return err
			}
			return nil // it has gone, or is not ours
		}
		if path != root && w.ignores(path, d.IsDir()) || path != root && d.IsDir() && isModule(path) {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return folder(path)
		}
		file(path, d)
		return nil
	})
}

// isModule reports whether a folder is a module of its own, whose files are of the program
// only where the go command says so.
func isModule(path string) bool {
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil
}

// newSystem asks the system to tell of changes. Each user of it may watch so and so many
// folders, which the loop's user may have used up.
var newSystem = fsnotify.NewWatcher

// follow has the system tell of changes until ctx ends.
func (w *watcher) follow(ctx context.Context, roots []string) error {
	system, err := newSystem()
	if err != nil {
		return err
	}
	for _, root := range roots {
		if err := w.addTree(system, root, false); err != nil {
			return errors.Join(err, system.Close())
		}
	}
	go w.hear(ctx, system)
	return nil
}

// addTree watches a folder and those below. What is in a new one has come with it.
func (w *watcher) addTree(system *fsnotify.Watcher, root string, isNew bool) error {
	return w.walk(root, system.Add, func(path string, _ fs.DirEntry) {
		if isNew {
			w.note(path)
		}
	})
}

// hear passes on what the system tells. It ends with ctx.
func (w *watcher) hear(ctx context.Context, system *fsnotify.Watcher) {
	defer system.Close()
	for {
		select {
		case <-ctx.Done():
			return
		case folder := <-w.add:
			_ = system.Add(folder) // its changes are then not seen; those of the application are
		case e, ok := <-system.Events:
			if !ok {
				return
			}
			w.heard(system, e)
		case _, ok := <-system.Errors: // too many changes at once, for one: there are others to come
			if !ok {
				return
			}
		}
	}
}

func (w *watcher) heard(system *fsnotify.Watcher, e fsnotify.Event) {
	if e.Op == fsnotify.Chmod {
		return
	}
	info, err := os.Stat(e.Name)
	isDir := err == nil && info.IsDir()
	if w.ignores(e.Name, isDir) {
		return
	}
	if !isDir {
		w.note(e.Name)
	} else if e.Has(fsnotify.Create) && !isModule(e.Name) {
		_ = w.addTree(system, e.Name, true) // it may be gone again
	}
}

// poll looks at all files again and again. It ends with ctx.
func (w *watcher) poll(ctx context.Context, roots []string) {
	tick := time.NewTicker(w.config.Poll)
	defer tick.Stop()
	flat := map[string]bool{}
	before := w.snapshot(roots, flat)
	for {
		select {
		case <-ctx.Done():
			return
		case folder := <-w.add:
			flat[folder] = true
			maps.Copy(before, w.snapshot(nil, map[string]bool{folder: true}))
		case <-tick.C:
			now := w.snapshot(roots, flat)
			for path, stamp := range now {
				if before[path] != stamp {
					w.note(path)
				}
			}
			for path := range before {
				if _, there := now[path]; !there {
					w.note(path)
				}
			}
			before = now
		}
	}
}

// A stamp tells one state of a file from another.
type stamp struct {
	modified time.Time
	size     int64
}

func (w *watcher) snapshot(trees []string, flat map[string]bool) map[string]stamp {
	found := map[string]stamp{}
	note := func(path string, d fs.DirEntry) {
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			found[path] = stamp{info.ModTime(), info.Size()}
		}
	}
	for _, root := range trees {
		_ = w.walk(root, func(string) error { return nil }, note) // a root that is gone has no files
	}
	for folder := range flat {
		entries, _ := os.ReadDir(folder)
		for _, d := range entries {
			if path := filepath.Join(folder, d.Name()); !d.IsDir() && !w.ignores(path, false) {
				note(path, d)
			}
		}
	}
	return found
}

// gather makes batches of changes. It ends with ctx.
func (w *watcher) gather(ctx context.Context) {
	batch := map[string]bool{}
	var first time.Time
	var ready <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case path := <-w.raw:
			if len(batch) == 0 {
				first = time.Now()
			}
			batch[path] = true
			ready = time.After(min(quiet, max(patience-time.Since(first), 0)))
		case <-ready:
			select {
			case w.paths <- slices.Sorted(maps.Keys(batch)):
			case <-ctx.Done():
				return
			}
			batch, ready = map[string]bool{}, nil
		}
	}
}

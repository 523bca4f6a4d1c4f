package templates

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// A Loader finds the source of a template. It is called by several
// goroutines at once. An error that is fs.ErrNotExist means that there is no
// such template; its text may say where was looked.
type Loader interface {
	Load(name string) (Source, error)
	// List names the templates that there are, for Check; nil if that cannot
	// be told.
	List() []string
}

// A Source is the text of a template, and a way to learn that it changed.
type Source struct {
	Text  string
	Fresh func() bool // false when Text is out of date; nil: never
}

// LoaderFunc makes a function a [Loader], such as one that asks a database.
// It may know any number of names, and find any text: Limits.Source and
// Limits.Templates bound what the environment takes and keeps.
type LoaderFunc func(name string) (Source, error)

// Load calls f.
func (f LoaderFunc) Load(name string) (Source, error) { return f(name) }

// List gives nil: a function cannot tell.
func (f LoaderFunc) List() []string { return nil }

// FS loads from a file system: os.DirFS, embed.FS, or the result of fs.Sub.
// Names are slash-separated and never lead out of it.
func FS(fsys fs.FS) Loader { return folder{fsys} }

type folder struct{ fsys fs.FS }

func (l folder) Load(name string) (Source, error) {
	if !inside(name) {
		return Source{}, fmt.Errorf("%q is not a path inside the template folder: %w", name, fs.ErrNotExist)
	}
	// the time first: a change in between is then seen as one
	before, err := fs.Stat(l.fsys, name)
	if err != nil {
		return Source{}, err
	}
	if !before.Mode().IsRegular() { // reading a pipe would never end
		return Source{}, fmt.Errorf("%q is not a file: %w", name, fs.ErrNotExist)
	}
	text, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		return Source{}, err
	}
	source, loaded := string(text), time.Now()
	return Source{source, func() bool {
		now, err := fs.Stat(l.fsys, name)
		if err != nil || !now.ModTime().Equal(before.ModTime()) || now.Size() != before.Size() {
			return false
		}
		if loaded.Sub(before.ModTime()) > coarsest && !before.ModTime().IsZero() {
			return true
		}
		again, err := fs.ReadFile(l.fsys, name)
		return err == nil && string(again) == source
	}}, nil
}

// coarsest is the longest that file systems keep one time of change (FAT: two
// seconds): of what changed shortly before it was loaded, the text is compared.
const coarsest = 2 * time.Second

// inside tells whether a name can be that of a file in the folder. What an
// operating system refuses to look for is not there.
func inside(name string) bool {
	const longest = 255 // bytes of a file's name
	return fs.ValidPath(name) && !strings.ContainsAny(name, "\\\x00") &&
		!slices.ContainsFunc(strings.Split(name, "/"), func(s string) bool { return len(s) > longest })
}

// List names the files, also those behind links, as Kubernetes mounts them;
// but none that are hidden, as editors write them.
func (l folder) List() []string {
	names := []string{}
	// what cannot be read is reported when it is loaded
	_ = fs.WalkDir(l.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type().IsRegular():
			names = append(names, name)
		case d.Type()&fs.ModeSymlink != 0:
			if info, err := fs.Stat(l.fsys, name); err == nil && info.Mode().IsRegular() {
				names = append(names, name)
			}
		}
		return nil
	})
	return names
}

// Map loads from a map of names to sources.
type Map map[string]string

// Load finds name in m.
func (m Map) Load(name string) (Source, error) {
	text, ok := m[name]
	if !ok {
		return Source{}, fmt.Errorf("no %q in the map: %w", name, fs.ErrNotExist)
	}
	return Source{Text: text, Fresh: func() bool { now, ok := m[name]; return ok && now == text }}, nil
}

// List gives the names in order.
func (m Map) List() []string { return sortedKeys(m) }

// Prefix loads each name from the loader of its first path element:
// "admin/users.html" is "users.html" of the loader "admin".
type Prefix map[string]Loader

// Load takes the prefix off the name and asks its loader.
func (p Prefix) Load(name string) (Source, error) {
	prefix, rest, _ := strings.Cut(name, "/")
	l, ok := p[prefix]
	if !ok {
		return Source{}, fmt.Errorf("no loader for the prefix %q: %w", prefix, fs.ErrNotExist)
	}
	return l.Load(rest)
}

// List gives all names of all loaders that can tell.
func (p Prefix) List() []string {
	names := []string{}
	for _, prefix := range sortedKeys(p) {
		for _, name := range p[prefix].List() {
			names = append(names, prefix+"/"+name)
		}
	}
	return names
}

// Choice asks one loader after the other: the first that has the template
// wins, so that an application's folder comes before a library's.
type Choice []Loader

// Load gives the first template found. If there is none, the error says
// where each loader looked.
func (c Choice) Load(name string) (Source, error) {
	var tried []string
	for i, l := range c {
		src, err := l.Load(name)
		if err == nil {
			return c[:i].before(src, name), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return Source{}, err
		}
		tried = append(tried, err.Error())
	}
	return Source{}, &searched{tried}
}

// A searched says where a choice looked for a template.
type searched struct{ tried []string }

func (s *searched) Error() string {
	if len(s.tried) == 0 {
		return fs.ErrNotExist.Error()
	}
	return strings.Join(s.tried, "; ")
}

func (s *searched) Unwrap() error { return fs.ErrNotExist }

// before makes a source out of date when one of the loaders that had no such
// template finds one.
func (c Choice) before(src Source, name string) Source {
	fresh := src.Fresh
	src.Fresh = func() bool {
		for _, l := range c {
			if _, err := l.Load(name); err == nil {
				return false
			}
		}
		return fresh == nil || fresh()
	}
	return src
}

// List gives each name once; nil if no loader can tell.
func (c Choice) List() []string {
	var names []string
	for _, l := range c {
		list := l.List()
		if list != nil && names == nil {
			names = []string{}
		}
		names = append(names, list...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

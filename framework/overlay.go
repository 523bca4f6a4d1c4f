package framework

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"syscall"
)

// An overlay is a file system of several: a file is the first that has its name,
// and a folder holds what is in any of them.
type overlay []fs.FS

// Open opens the first file of that name. One that is there and cannot be opened
// is an error, and not hidden by the next.
func (o overlay) Open(name string) (fs.File, error) {
	var first error = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	for i, fsys := range o {
		f, err := fsys.Open(name)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
				return nil, err
			}
			if i == 0 && errors.Is(err, fs.ErrNotExist) {
				first = err
			}
			continue
		}
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return &folder{File: f, all: o, name: name}, nil
		}
		return f, nil
	}
	return nil, first
}

// ReadDir lists what is in the folders of that name, each entry once.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	entries := map[string]fs.DirEntry{}
	var first error
	for _, fsys := range slices.Backward(o) {
		list, err := fs.ReadDir(fsys, name)
		if err != nil {
			first = err
		}
		for _, e := range list {
			entries[e.Name()] = e
		}
	}
	if len(entries) == 0 && first != nil {
		return nil, first
	}
	all := make([]fs.DirEntry, 0, len(entries))
	for _, n := range slices.Sorted(maps.Keys(entries)) {
		all = append(all, entries[n])
	}
	return all, nil
}

// A folder is an open folder of an overlay.
type folder struct {
	fs.File
	all  overlay
	name string
	read int // entries that were given
}

// ReadDir gives the next n entries, or all that are left; see fs.ReadDirFile.
func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	list, err := f.all.ReadDir(f.name)
	if err != nil {
		return nil, err
	}
	list = list[min(f.read, len(list)):]
	if n > 0 && len(list) == 0 {
		return nil, io.EOF
	}
	if n > 0 {
		list = list[:min(n, len(list))]
	}
	f.read += len(list)
	return list, nil
}

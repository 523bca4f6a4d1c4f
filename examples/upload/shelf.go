package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/dewar-go/dewar/framework"
)

// maxFiles is how many files a shelf holds: a list of all of them fits on a page.
const maxFiles = 1000

// A shelf is the folder of the uploads. It is an os.Root: no name that a client
// thinks of, and no symbolic link, leads out of it.
type shelf struct {
	root *os.Root
	most int64 // bytes of one file
}

// A file is one upload.
type file struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256,omitempty"` // of what came; "" in a list
}

// partial begins the names of files that are not whole. Uploads cannot have such a
// name: framework.SecureFilename leaves no dot at the beginning.
const partial = ".partial-"

// openShelf opens the folder, and clears what a process left that was killed.
func openShelf(folder string, most int64) (*shelf, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	left, err := fs.Glob(root.FS(), partial+"*")
	for _, name := range left {
		err = errors.Join(err, root.Remove(name))
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &shelf{root, most}, nil
}

func (s *shelf) close() error { return s.root.Close() }

// list gives the files in the order of their names.
func (s *shelf) list() ([]file, error) {
	entries, err := fs.ReadDir(s.root.FS(), ".")
	if err != nil {
		return nil, err
	}
	files := []file{}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) { // removed meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		if info.Mode().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, file{Name: e.Name(), Size: info.Size()})
		}
	}
	return files, nil
}

// store writes what comes to a file, which gets its name when it is whole: nobody
// ever sees half of one, and a client that goes away leaves nothing behind.
func (s *shelf) store(name string, from io.Reader) (f file, err error) {
	if name = framework.SecureFilename(name); name == "" {
		name = "unnamed"
	}
	part := partial + rand.Text()
	to, err := s.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return f, err
	}
	sum := sha256.New()
	f.Size, err = io.Copy(io.MultiWriter(to, sum), io.LimitReader(from, s.most+1)) // one more shows that there is more
	if err == nil && f.Size > s.most {
		err = framework.Abort(413, fmt.Sprintf("%s is larger than %d bytes, which is the limit here.", name, s.most))
	}
	if err = errors.Join(err, to.Close()); err == nil {
		f.Name, err = s.name(part, name)
	}
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return f, errors.Join(err, s.root.Remove(part))
}

// name gives a whole file its name, or one with a number where that is taken: an
// upload replaces nothing. A link is made or refused in one step, whoever else wants
// the same name at the same time.
func (s *shelf) name(part, name string) (string, error) {
	extension := path.Ext(name)
	for i := range maxFiles {
		free := name
		if i > 0 {
			free = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, extension), i+1, extension)
		}
		if err := s.root.Link(part, free); !errors.Is(err, fs.ErrExist) {
			return free, err
		}
	}
	return "", framework.Abort(409, "There are too many files of that name.")
}

// remove removes a file; one that is not there is 404.
func (s *shelf) remove(name string) error {
	if strings.HasPrefix(name, ".") {
		return framework.Abort(404)
	}
	err := s.root.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return framework.Abort(404)
	}
	return err
}

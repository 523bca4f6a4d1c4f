package static

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"
)

// Versions give files names that change with their content, so that clients keep a file
// for a year and have its change at once: app.css is also app.3f2a9c1b0d4e.css. They are an
// fs.FS that has each file under both names. Precedent: Django's
// ManifestStaticFilesStorage, Rails' Propshaft; here nothing is written or built.
//
//	assets := static.NewVersions(files)
//	app.Static("/static", assets, static.Config{Immutable: assets.Current})
//	app.TemplateGlobal("asset", func(name string) (string, error) { ... assets.Name(name) ... })
//
// A page that still has an older name, from before a change, gets the file as it is now,
// and no leave to keep it. Folders are listed under the plain names alone. Versions are
// safe for concurrent use; a hash is computed once, and again where the file's time or
// size has changed.
type Versions struct {
	files fs.FS

	mu     sync.Mutex
	hashes map[string]version // by plain name; as many as there are files
}

// A version is the hash of a file as it was at that time.
type version struct {
	hash     string
	size     int64
	modified time.Time
}

// versionLength is the length of a hash in a name: 48 bits, as Django has them.
const versionLength = 12

// NewVersions returns the Versions of files.
func NewVersions(files fs.FS) *Versions {
	return &Versions{files: files, hashes: map[string]version{}}
}

// Name returns a file's name with the hash of its content. The error is that of opening or
// reading the file.
func (v *Versions) Name(name string) (string, error) {
	hash, err := v.hash(name)
	if err != nil {
		return "", err
	}
	stem, extension := name, ""
	if i := strings.IndexByte(path.Base(name), '.'); i >= 0 {
		at := len(name) - len(path.Base(name)) + i
		stem, extension = name[:at], name[at:]
	}
	return stem + "." + hash + extension, nil
}

// Current reports whether a name has the hash of its file's present content: such a file
// never changes under its name. It is for Config.Immutable.
func (v *Versions) Current(name string) bool {
	plain, hash := unversioned(name)
	if hash == "" {
		return false
	}
	now, err := v.hash(plain)
	return err == nil && now == hash
}

// Open opens a file by either name; it makes Versions an fs.FS.
func (v *Versions) Open(name string) (fs.File, error) {
	if plain, hash := unversioned(name); hash != "" {
		if f, err := v.files.Open(plain); err == nil {
			return f, nil
		}
	}
	return v.files.Open(name)
}

// Stat is Open's for who wants to know the file only; it makes Versions an fs.StatFS.
func (v *Versions) Stat(name string) (fs.FileInfo, error) {
	if plain, hash := unversioned(name); hash != "" {
		if info, err := fs.Stat(v.files, plain); err == nil {
			return info, nil
		}
	}
	return fs.Stat(v.files, name)
}

// hash is that of a file's content, kept from before where the file seems to be the same.
func (v *Versions) hash(name string) (string, error) {
	info, err := fs.Stat(v.files, name)
	if err != nil {
		return "", err
	}
	v.mu.Lock()
	known := v.hashes[name]
	v.mu.Unlock()
	if known.hash != "" && known.size == info.Size() && known.modified.Equal(info.ModTime()) {
		return known.hash, nil
	}
	f, err := v.files.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	known = version{hex.EncodeToString(sum.Sum(nil))[:versionLength], info.Size(), info.ModTime()}
	if time.Since(known.modified) > settled { // a younger file may change again in the same tick of its clock
		v.mu.Lock()
		v.hashes[name] = known
		v.mu.Unlock()
	}
	return known.hash, nil
}

// unversioned takes the hash out of a name: behind the first dot of its last segment, and
// before another one or the end.
func unversioned(name string) (plain, hash string) {
	base := path.Base(name)
	stem, rest, _ := strings.Cut(base, ".")
	hash, extension, more := strings.Cut(rest, ".")
	if len(hash) != versionLength || strings.Trim(hash, "0123456789abcdef") != "" {
		return name, ""
	}
	plain = name[:len(name)-len(base)] + stem
	if more {
		plain += "." + extension
	}
	return plain, hash
}

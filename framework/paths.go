package framework

import (
	"io/fs"
	"path"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// SafeJoin joins paths that a client names to a folder, with slashes. It is false
// where they would lead out of it, or are absolute. A backslash is a letter: it
// separates nothing where slashes do; before opening a file by the result on Windows,
// see filepath.IsLocal.
func SafeJoin(dir string, paths ...string) (string, bool) {
	joined := []string{dir}
	for _, p := range paths {
		if p == "" {
			continue
		}
		clean := path.Clean(p)
		if path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") || strings.IndexByte(p, 0) >= 0 {
			return "", false
		}
		joined = append(joined, clean)
	}
	if dir == "" {
		joined = joined[1:]
	}
	for i, p := range joined[:max(len(joined)-1, 0)] {
		joined[i] = strings.TrimSuffix(p, "/")
	}
	return strings.Join(joined, "/"), true
}

// localName reports whether a client's name of a file stays in its folder, and says
// the same everywhere.
func localName(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.ContainsAny(name, "\\:\x00")
}

// SecureFilename makes of a client's name for a file one that can be stored in a
// folder: ASCII letters and digits, dot, dash and underscore; no path, no leading dot.
// It may be empty, and the same for two files: what is kept for long is better named
// by the application. Names of devices, such as CON, get an underscore on Windows
// only where they are opened; see filepath.IsLocal.
func SecureFilename(name string) string {
	name = norm.NFKD.String(name)
	name = strings.ReplaceAll(name, "/", " ")
	var b strings.Builder
	for i, word := range strings.FieldsFunc(name, unicode.IsSpace) {
		if i > 0 {
			b.WriteByte('_')
		}
		for _, r := range word {
			if r < 0x80 && (r == '.' || r == '-' || r == '_' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z') {
				b.WriteRune(r)
			}
		}
	}
	return strings.Trim(b.String(), "._")
}

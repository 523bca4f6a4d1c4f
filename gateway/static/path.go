package static

import (
	"strings"
	"unicode/utf8"

	"github.com/dewar-go/dewar/gateway"
)

// nameOf returns what an escaped path names, in the form of io/fs, and whether it
// asks for a folder, with a slash at its end. ok is false where it can name nothing.
// Each segment is unescaped by itself, so that %2F separates nothing and a segment
// is judged as the file system will see it.
func nameOf(path string, hidden bool) (name string, folder, ok bool) {
	if path == "/" {
		return ".", true, true
	}
	if len(path) < 2 || path[0] != '/' {
		return "", false, false
	}
	path = path[1:]
	if path[len(path)-1] == '/' {
		path, folder = path[:len(path)-1], true
	}
	escaped := strings.IndexByte(path, '%') >= 0
	var b strings.Builder
	for i, segment := 0, ""; path != ""; i++ {
		segment, path = cutSegment(path)
		plain := segment
		if escaped {
			plain = gateway.Unescape(segment)
		}
		if !sound(plain, hidden || i == 0 && plain == ".well-known") {
			return "", false, false
		}
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(plain)
	}
	return b.String(), folder, b.Len() > 0
}

// cutSegment splits the first segment off. An empty one at the end shows as a rest
// that is a slash.
func cutSegment(path string) (segment, rest string) {
	i := strings.IndexByte(path, '/')
	switch {
	case i < 0:
		return path, ""
	case i == len(path)-1:
		return path[:i], "/"
	}
	return path[:i], path[i+1:]
}

// sound reports whether a segment can be a file's name. A backslash and a colon are
// more than letters on Windows; what is refused there is refused everywhere, so that
// a site behaves alike.
func sound(segment string, hidden bool) bool {
	if segment == "" || segment[0] == '.' && (!hidden || segment == "." || segment == "..") {
		return false
	}
	return strings.IndexByte(segment, '/') < 0 && strings.IndexByte(segment, '\\') < 0 &&
		strings.IndexByte(segment, ':') < 0 && strings.IndexByte(segment, 0) < 0 && utf8.ValidString(segment)
}

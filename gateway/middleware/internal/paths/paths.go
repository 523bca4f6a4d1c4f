// Package paths is the list of requests that a middleware leaves out: "/livez" for
// that path, "/hooks/" for all below it, "POST /hooks/github" for one method.
package paths

import (
	"fmt"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// A Set matches requests. The zero value matches none. It may be used by any number
// of goroutines.
type Set struct{ patterns []pattern }

type pattern struct {
	method string // "" is any
	path   string // escaped; with a slash at its end all below it, too
}

// Parse reads patterns. Paths are those of gateway.Request.Path: escaped, and
// without the prefix of a mount.
func Parse(patterns []string) (Set, error) {
	var s Set
	for _, text := range patterns {
		p := pattern{path: text}
		if method, path, ok := strings.Cut(text, " "); ok {
			p = pattern{method, path}
		}
		if !strings.HasPrefix(p.path, "/") || strings.ContainsAny(p.path, "?#* ") || dotted(p.path) || p.method != "" && !gateway.ValidName(p.method) {
			return Set{}, fmt.Errorf(`%q is no pattern; write "/path" for one path, "/path/" for all below it, or a method before them: "POST /path"`, text)
		}
		s.patterns = append(s.patterns, p)
	}
	return s, nil
}

// Match reports whether r is in the set. What one pattern leaves out must be what
// the handler inside sees: so paths are compared byte by byte, "/a/" is not "/a",
// and a path with dot segments, which somebody inside may resolve, is in no set.
// (net/http's CrossOriginProtection once let "/a" through for "/a/":
// CVE-2025-47910.) hot path
func (s Set) Match(r *gateway.Request) bool {
	for i := range s.patterns {
		p := &s.patterns[i]
		if p.method != "" && p.method != r.Method {
			continue
		}
		if r.Path == p.path || strings.HasSuffix(p.path, "/") && strings.HasPrefix(r.Path, p.path) && !dotted(r.Path) {
			return true
		}
	}
	return false
}

// dotted reports whether a path has a segment . or .., also escaped.
func dotted(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if s := gateway.Unescape(segment); s == "." || s == ".." || strings.ContainsAny(s, `/\`) {
			return true
		}
	}
	return false
}

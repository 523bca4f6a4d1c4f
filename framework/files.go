package framework

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dewar-go/dewar/gateway/static"
)

// Static sends the files below a folder: Static("/static", files) answers
// /static/app.css, and c.URL("static", "filename", "app.css") is its URL. In a
// blueprint the endpoint has its name before it, and its prefix comes before this one.
// Package gateway/static says which file systems there are, and what Config means.
//
// Where the folder has an index of its own, prefix with a slash stands for it: with
// Static("/", files, static.Config{Fallback: "index.html"}) an application of one
// page lives beside the routes, which come first whatever the order.
func (s *scope) Static(prefix string, files fs.FS, config ...static.Config) *Route {
	s.open("Static")
	s.needs("Static", files != nil)
	var c static.Config
	if len(config) > 0 {
		c = config[0]
	}
	h := static.New(files, c)
	s.closers = append(s.closers, h.Shutdown)
	prefix = strings.TrimRight(prefix, "/")
	send := func(c *Context) error { return h.Send(c.exchange(), c.below(staticVariable)) }
	if files != nil && hasIndex(files, c) {
		s.add("Static", prefix+"/", []string{"GET"}, send, nil).name = "static"
	}
	r := s.add("Static", prefix+"/"+staticVariable, []string{"GET"}, send, nil)
	r.name = "static"
	return r
}

const staticVariable = "<path:filename>"

func hasIndex(files fs.FS, c static.Config) bool {
	index := c.Index
	if index == "" {
		index = "index.html"
	}
	_, err := fs.Stat(files, index)
	return err == nil
}

// below returns what of the request's path the last variable of the rule stands for,
// with the slash before it and still escaped: that text decides where a segment ends,
// while the variable's value has forgotten what was %2F.
func (c *Context) below(variable string) string {
	before, _, _ := strings.Cut(c.match.Rule.Pattern, variable)
	path := c.x.Request.Path
	for n := strings.Count(before, "/"); n > 1 && path != ""; n-- {
		i := strings.IndexByte(path[1:], '/')
		if i < 0 {
			return ""
		}
		path = path[i+1:]
	}
	return path
}

// SendFile answers with a file of the operating system, heeding conditions and
// ranges. The name is the program's own; for one that a client gives there is
// SendFromDirectory. A file that is not there gives 404.
func (c *Context) SendFile(name string, options ...static.Options) error {
	dir, base := filepath.Split(name)
	if dir == "" {
		dir = "."
	}
	return static.SendFile(c.exchange(), os.DirFS(dir), base, first(options))
}

// SendFromDirectory answers with a file that a client names, in a folder that it
// cannot leave: os.Root.FS is best, which symbolic links do not leave either. name is
// a path with slashes, as a variable <path:name> has it; one that leads out, or to no
// file, gives 404. So does one with slashes where the request's path has an escaped
// slash: no rule has seen that as one, neither the rule that guards a folder in this one.
func (c *Context) SendFromDirectory(files fs.FS, name string, options ...static.Options) error {
	x := c.exchange()
	if !localName(name) || strings.Contains(name, "/") && hasEscapedSlash(x.Request.Path) {
		return Abort(404)
	}
	return static.SendFile(x, files, name, first(options))
}

func hasEscapedSlash(path string) bool {
	return strings.Contains(path, "%2F") || strings.Contains(path, "%2f")
}

// SendContent answers with content of that size as SendFile does with a file: with a
// name, conditions by the Modified or ETag of the options, and ranges, which are cheap
// where content is an io.Seeker. It is borrowed until SendContent returns.
func (c *Context) SendContent(content io.Reader, size int64, options ...static.Options) error {
	return static.SendContent(c.exchange(), content, size, first(options))
}

func first[T any](list []T) (v T) {
	if len(list) > 0 {
		v = list[0]
	}
	return v
}

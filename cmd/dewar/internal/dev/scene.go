package dev

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// An effect is what a change asks for; of several the greatest is done.
type effect uint8

const (
	nothing  effect = iota
	restyles        // pages take their style sheets anew
	reloads         // pages load themselves anew
	restarts        // the program reads its settings anew
	rebuilds        // the program is another one
)

// String is the word for it on the socket between loop and program.
func (e effect) String() string {
	return [...]string{"nothing", "css", "reload", "restart", "rebuild"}[e]
}

// A scene is what belongs to a program beside the files in its folder, as the go command
// knows it.
type scene struct {
	folders  []string        // of packages of the application's own that are elsewhere, such as those of a replaced module
	embedded map[string]bool // files that are part of the program
}

// findScene asks the go command.
func findScene(ctx context.Context, c *Config) (scene, error) {
	s := scene{embedded: map[string]bool{}}
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"list", "-e", "-deps", "-json=Dir,Standard,EmbedFiles,Module"}, c.Flags...), c.Package)...)
	cmd.Dir = c.Dir
	group(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return s, err
	}
	if err := cmd.Start(); err != nil {
		return s, err
	}
	packages := json.NewDecoder(out)
	for {
		var p struct {
			Dir        string
			Standard   bool
			EmbedFiles []string
			Module     *struct {
				Main    bool
				Replace *struct{ Version string }
			}
		}
		if err := packages.Decode(&p); err != nil {
			if !errors.Is(err, io.EOF) {
				return s, errors.Join(err, cmd.Wait())
			}
			return s, cmd.Wait()
		}
		local := p.Module != nil && (p.Module.Main || p.Module.Replace != nil && p.Module.Replace.Version == "")
		if p.Standard || !local {
			continue
		}
		for _, name := range p.EmbedFiles {
			s.embedded[filepath.Join(p.Dir, filepath.FromSlash(name))] = true
		}
		if !below(p.Dir, c.Dir) {
			s.folders = append(s.folders, p.Dir)
		}
	}
}

// below reports whether path is folder or lies in it.
func below(path, folder string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// The kinds of files that a change counts of.
var (
	code     = []string{".go", ".s", ".c", ".h", ".cc", ".cpp", ".hpp", ".m", ".f", ".swig", ".syso"}
	settings = []string{".toml", ".yaml", ".yml", ".json", ".ini", ".conf", ".env", ".sql"}
	content  = []string{
		".html", ".htm", ".gohtml", ".tmpl", ".tpl", ".j2", ".jinja", ".jinja2", ".txt", ".xml", ".md", ".csv", ".json", ".po", ".mo",
		".js", ".mjs", ".map", ".wasm", ".webmanifest", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".ico", ".woff", ".woff2", ".ttf", ".otf",
	}
)

// effect is what the change of a file asks for. live are folders in which the program
// sees changes by itself, though it has embedded them.
func (s *scene) effect(root, path string, live []string) effect {
	base, ext := filepath.Base(path), strings.ToLower(filepath.Ext(path))
	switch {
	case base == "go.mod", base == "go.sum", base == "go.work":
		return rebuilds
	case slices.Contains(code, ext):
		return rebuilds
	case base == ".env", strings.HasPrefix(base, ".env."), base == ".dewarenv":
		return restarts
	}
	if s.embeds(path) && !slices.ContainsFunc(live, func(folder string) bool { return below(path, folder) }) {
		return rebuilds
	}
	folder := filepath.Dir(path)
	isSetting := folder == root || filepath.Base(folder) == "config" || ext == ".sql"
	switch {
	case slices.Contains(settings, ext) && isSetting:
		return restarts
	case ext == ".css":
		return restyles
	case slices.Contains(content, ext):
		return reloads
	}
	return nothing
}

// embeds reports whether a file is part of the program, or lies beside one that is: a new
// file is not known yet.
func (s *scene) embeds(path string) bool {
	if s.embedded[path] {
		return true
	}
	if _, err := os.Stat(path); err != nil {
		return false // it is gone; if it was part of the program it was known
	}
	folder := filepath.Dir(path)
	for file := range s.embedded {
		if filepath.Dir(file) == folder {
			return true
		}
	}
	return false
}

package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// MaxEnvFile is how many bytes a file of variables may have. Precedent: Linux takes 2 MiB
// of arguments and environment for a program (ARG_MAX).
const MaxEnvFile = 1 << 20

// A Variable is a line of a file of variables.
type Variable struct{ Name, Value string }

// LoadEnv looks for a file of each name, such as .env, in dir and the folders above it, and
// sets the variables of those that it finds in the process's environment. What the
// environment has already stays, and a file that is named earlier goes before a later one.
// It returns the paths of the files; its error joins what is wrong with any. It is for the
// beginning of a program.
//
//	_, err := config.LoadEnv(".", ".env", ".dewarenv")
func LoadEnv(dir string, names ...string) (paths []string, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, name := range names {
		path := findUp(dir, name)
		if path == "" {
			continue
		}
		paths = append(paths, path)
		errs = append(errs, LoadEnvFile(path))
	}
	return paths, errors.Join(errs...)
}

// findUp returns the file of that name in dir or the nearest folder above, "" where there
// is none. A folder of that name, as virtual environments of Python are called, is none.
func findUp(dir, name string) string {
	for {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path
		}
		above := filepath.Dir(dir)
		if above == dir {
			return ""
		}
		dir = above
	}
}

// LoadEnvFile sets the variables of one file, as LoadEnv does. A file with a mistake sets
// none.
func LoadEnvFile(path string) error {
	variables, err := ReadEnvFile(path)
	if err != nil {
		return err
	}
	for _, v := range variables {
		if _, ok := os.LookupEnv(v.Name); ok {
			continue
		}
		if err := os.Setenv(v.Name, v.Value); err != nil {
			return fmt.Errorf("config: %s: %s: %w", path, v.Name, err)
		}
	}
	return nil
}

// ReadEnvFile reads a file of variables, one NAME=value a line, each name once; the last
// line of a name holds. export may stand before a name, and # begins a comment, behind a
// value after a blank. A value in single quotes is taken as it is; in double quotes \n, \r,
// \t, \", \$ and \\ stand for what they do in Go. Quoted values may have several lines.
// ${NAME} and ${NAME:-instead} outside of single quotes are replaced: by the environment,
// or else by a line before. The error names the line, and never shows a value.
func ReadEnvFile(path string) ([]Variable, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxEnvFile+1))
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	if len(text) > MaxEnvFile {
		return nil, fmt.Errorf("config: %s has more than %d bytes", path, MaxEnvFile)
	}
	variables, err := parseEnv(string(text), os.LookupEnv)
	if err != nil {
		err = &fs.PathError{Op: "config", Path: path, Err: err}
	}
	return variables, err
}

// An envParser goes through the text of a file of variables.
type envParser struct {
	rest      string // of the file
	line      int
	variables []Variable
	lookup    func(string) (string, bool) // of the environment
}

// parseEnv parses the text of a file.
func parseEnv(text string, lookup func(string) (string, bool)) ([]Variable, error) {
	text = strings.TrimPrefix(text, "\ufeff") // a byte-order mark, of editors on Windows
	p := &envParser{rest: strings.ReplaceAll(text, "\r\n", "\n"), lookup: lookup}
	for p.rest != "" {
		p.line++
		if err := p.assignment(); err != nil {
			return nil, fmt.Errorf("line %d: %w", p.line, err)
		}
	}
	return p.variables, nil
}

// cutLine takes the rest of the line.
func (p *envParser) cutLine() string {
	line, rest, _ := strings.Cut(p.rest, "\n")
	p.rest = rest
	return line
}

// assignment parses a line, and those on which its value goes on.
func (p *envParser) assignment() error {
	line, _, _ := strings.Cut(p.rest, "\n")
	trimmed := strings.TrimSpace(line)
	if trimmed == "" || trimmed[0] == '#' {
		p.cutLine()
		return nil
	}
	name, _, ok := strings.Cut(line, "=")
	if !ok {
		return errors.New("wants NAME=value")
	}
	p.rest = p.rest[len(name)+1:]
	name = strings.TrimSpace(name)
	if after, ok := strings.CutPrefix(name, "export"); ok && strings.TrimLeft(after, " \t") != after {
		name = strings.TrimSpace(after)
	}
	if !isName(name) {
		return errors.New("a name has letters, digits and underscores, and no digit first")
	}
	value, err := p.value()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	p.variables = slices.DeleteFunc(p.variables, func(v Variable) bool { return v.Name == name })
	p.variables = append(p.variables, Variable{name, value})
	return nil
}

func isName(s string) bool {
	for i, r := range s {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// value parses what stands behind the equals sign.
func (p *envParser) value() (string, error) {
	p.rest = strings.TrimLeft(p.rest, " \t")
	if p.rest == "" || p.rest[0] != '"' && p.rest[0] != '\'' {
		text := p.cutLine()
		for i := range len(text) {
			if text[i] == '#' && (i == 0 || text[i-1] == ' ' || text[i-1] == '\t') {
				text = text[:i]
				break
			}
		}
		return p.expand(strings.TrimSpace(text))
	}
	quote := p.rest[0]
	end := 1
	for end < len(p.rest) && p.rest[end] != quote {
		if p.rest[end] == '\\' && quote == '"' {
			end++
		}
		end++
	}
	if end >= len(p.rest) {
		return "", fmt.Errorf("the quote %c is not closed", quote)
	}
	text := p.rest[1:end]
	p.rest = p.rest[end+1:]
	if behind := strings.TrimSpace(p.cutLine()); behind != "" && behind[0] != '#' {
		return "", errors.New("something follows the closing quote")
	}
	p.line += strings.Count(text, "\n")
	if quote == '\'' {
		return text, nil
	}
	return p.expand(text, '\\')
}

// expand replaces references and, where escape is given, what it introduces.
func (p *envParser) expand(text string, escape ...byte) (string, error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case len(escape) > 0 && text[i] == escape[0] && i+1 < len(text):
			i++
			if j := strings.IndexByte(`nrt"$\`, text[i]); j >= 0 {
				b.WriteByte("\n\r\t\"$\\"[j])
			} else {
				b.WriteString(text[i-1 : i+1]) // of something else, such as a path of Windows
			}
		case strings.HasPrefix(text[i:], "${"):
			name, _, ok := strings.Cut(text[i+2:], "}")
			if !ok {
				return "", errors.New("${ is not closed by }")
			}
			i += len(name) + 2
			name, instead, _ := strings.Cut(name, ":-")
			if !isName(name) {
				return "", errors.New("${ } holds a name, and may hold :- with what stands in for it")
			}
			if value := p.known(name); value != "" {
				instead = value
			}
			b.WriteString(instead)
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String(), nil
}

// known is the value of a variable, that of the environment first.
func (p *envParser) known(name string) string {
	if value, ok := p.lookup(name); ok {
		return value
	}
	for _, v := range p.variables {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

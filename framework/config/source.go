package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
)

// A Source is a place that settings come from.
type Source struct {
	name     string
	strict   bool // a key that no field has is a problem
	read     func() (tree, error)
	variable func(key string) string // that a setting is taken from; nil where it is none
}

// Map takes settings from a map; maps within it are groups.
func Map(m map[string]any) Source {
	return Source{name: "a map", strict: true, read: func() (tree, error) { return treeOf(m, "a map"), nil }}
}

// File takes settings from a file of JSON, which has to be there.
func File(path string) Source { return FileOf(path, unmarshalJSON) }

// FileOf takes settings from a file of another format, given the function that
// decodes it into a map, such as the Unmarshal of a package for TOML.
func FileOf(path string, unmarshal func(data []byte, v any) error) Source {
	return Source{name: path, strict: true, read: func() (tree, error) {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var m map[string]any
		if err := unmarshal(data, &m); err != nil {
			return nil, err
		}
		return treeOf(m, path), nil
	}}
}

// Optional is a source that may be missing: a file that is not there.
func Optional(s Source) Source {
	read := s.read
	s.read = func() (tree, error) {
		t, err := read()
		if errors.Is(err, fs.ErrNotExist) {
			return tree{}, nil
		}
		return t, err
	}
	return s
}

// FileFromEnv takes settings from the file of JSON whose path a variable of the
// environment holds, as Flask's from_envvar. Optional allows the variable to be
// missing.
func FileFromEnv(variable string) Source {
	return Source{name: "$" + variable, strict: true, read: func() (tree, error) {
		path := os.Getenv(variable)
		if path == "" {
			return nil, fmt.Errorf("the variable is not set: %w", fs.ErrNotExist)
		}
		return File(path).read()
	}}
}

// Env takes settings from the variables of the environment that begin with prefix.
// Two underscores lead into a group. A value that is JSON (a list, a number) is
// read as JSON, any other is text.
func Env(prefix string) Source {
	return Source{
		name:     "the environment",
		read:     func() (tree, error) { return environment(prefix, os.Environ()), nil },
		variable: func(key string) string { return "$" + prefix + strings.ToUpper(strings.ReplaceAll(key, ".", "__")) },
	}
}

// environment reads the variables in order of their names, so that A__B, which
// comes after A, wins.
func environment(prefix string, variables []string) tree {
	t := tree{}
	for _, variable := range slices.Sorted(slices.Values(variables)) {
		name, text, _ := strings.Cut(variable, "=")
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok || rest == "" {
			continue
		}
		var v any = text
		if json.Valid([]byte(text)) {
			_ = unmarshalJSON([]byte(text), &v)
		}
		path := strings.Split(strings.ToLower(rest), "__")
		plant(t, path, value{group(v, "$"+name), "$" + name})
	}
	return t
}

// plant sets the value at a path, making the groups on the way.
func plant(t tree, path []string, v value) {
	for _, key := range path[:len(path)-1] {
		inner, ok := t[key].v.(tree)
		if !ok {
			inner = tree{}
			t[key] = value{inner, v.source}
		}
		t = inner
	}
	t[path[len(path)-1]] = v
}

// unmarshalJSON keeps numbers as they are written, and takes nothing behind them.
func unmarshalJSON(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			before := data[:min(int(syntax.Offset), len(data))]
			return fmt.Errorf("line %d: %w", 1+bytes.Count(before, []byte{'\n'}), err)
		}
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the settings")
	}
	return nil
}

func treeOf(m map[string]any, source string) tree {
	t := tree{}
	for key, v := range m {
		t[key] = value{group(v, source), source}
	}
	return t
}

// group turns maps into trees.
func group(v any, source string) any {
	if m, ok := v.(map[string]any); ok {
		return treeOf(m, source)
	}
	return v
}

func sorted(t tree) []string { return slices.Sorted(maps.Keys(t)) }

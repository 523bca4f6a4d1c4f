// Package config fills an application's settings, a struct, from defaults, files,
// maps and the environment, and reports everything that is wrong with them at once.
//
//	type Settings struct {
//		Debug    bool
//		Secret   config.Secret `config:",required"`
//		Timeout  time.Duration `default:"5s"`
//		Database struct {
//			URL  string `config:"url,required"`
//			Pool int    `default:"10"`
//		}
//	}
//
//	var s Settings
//	err := config.Load(&s, config.File("notes.json"), config.Env("NOTES_"))
//
// A later source overrides an earlier one, key by key. A field's key is its name in
// snake case, or what its config tag says; "-" leaves a field out. In the
// environment the key is in upper case behind the prefix, and two underscores lead
// into a struct: NOTES_DATABASE__POOL=20.
package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// A Problem is one thing that is wrong with the settings.
type Problem struct {
	Key    string // dotted: database.pool; "" where it concerns a whole source
	Source string // where the value came from
	Err    error
}

// Error gives key, source and what is wrong. It never shows a value: it may be a
// secret.
func (p *Problem) Error() string {
	s := p.Err.Error()
	if p.Key != "" {
		s = p.Key + ": " + s
	}
	if p.Source != "" {
		s += " (from " + p.Source + ")"
	}
	return s
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

// An Error lists all problems, in the order of the fields.
type Error struct{ Problems []*Problem }

// Error gives each problem a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.Error()
	}
	return "config: " + strings.Join(lines, "\n\t")
}

// Unwrap returns the problems.
func (e *Error) Unwrap() []error {
	errs := make([]error, len(e.Problems))
	for i, p := range e.Problems {
		errs[i] = p
	}
	return errs
}

// A Validator checks settings as a whole once they are filled. Its error may join
// several.
type Validator interface{ Validate() error }

// A value is a setting with the place that it came from.
type value struct {
	v      any // string, bool, float64, json.Number, []any, or a tree
	source string
}

// A tree is values by key.
type tree map[string]value

// Load fills dst, a pointer to a struct, from the sources in order. Fields that no
// source names get their default tag, or keep what they have. A key of a file or
// map that no field has is a problem, since it is a typing mistake; the
// environment may hold other things. The error is an *Error with all problems, and
// dst is then filled as far as it went.
func Load(dst any, sources ...Source) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("config: Load fills a pointer to a struct, and not %T", dst)
	}
	l := &loader{}
	merged := tree{}
	for _, s := range sources {
		t, err := s.read()
		if err != nil {
			l.problem("", s.name, err)
			continue
		}
		if s.variable != nil {
			l.variable = s.variable
		}
		if s.strict {
			l.unknown(v.Elem().Type(), t, "")
		}
		merge(merged, t)
	}
	l.fill(v.Elem(), merged, "")
	if check, ok := dst.(Validator); ok && len(l.problems) == 0 {
		for _, err := range flatten(check.Validate()) {
			l.problem("", "", err)
		}
	}
	if len(l.problems) > 0 {
		return &Error{l.problems}
	}
	return nil
}

func flatten(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// merge lays over onto base; trees are merged, everything else is replaced.
func merge(base, over tree) {
	for key, v := range over {
		inner, isTree := v.v.(tree)
		if below, ok := base[key].v.(tree); isTree && ok {
			merge(below, inner)
			continue
		}
		if isTree {
			copied := tree{}
			merge(copied, inner)
			v.v = copied
		}
		base[key] = v
	}
}

type loader struct {
	problems []*Problem
	variable func(key string) string // of the last source that has variables; nil: none has
}

func (l *loader) problem(key, source string, err error) {
	l.problems = append(l.problems, &Problem{key, source, err})
}

// missing says that a setting is, and how it is set: whoever starts the program often sees
// nothing else of it.
func (l *loader) missing(key string) {
	text := "is required and not set"
	if l.variable != nil {
		text += "; " + l.variable(key) + " sets it"
	}
	l.problem(key, "", errors.New(text))
}

// fill sets the fields of a struct.
func (l *loader) fill(v reflect.Value, t tree, path string) {
	for _, f := range fieldsOf(v.Type()) {
		field := v.FieldByIndex(f.index)
		key := path + f.key
		given, ok := t[f.key]
		if f.nested {
			inner, isTree := given.v.(tree)
			if ok && !isTree {
				l.problem(key, given.source, errors.New("is a group of settings, not a value"))
			}
			l.fill(field, inner, key+".")
			continue
		}
		switch {
		case ok:
		case f.fallback != nil:
			given = value{*f.fallback, "default"}
		case f.required && field.IsZero():
			l.missing(key)
			continue
		default:
			continue
		}
		if err := assign(field, given.v); err != nil {
			l.problem(key, given.source, err)
		} else if f.required && field.IsZero() {
			l.problem(key, given.source, errors.New("is required and empty"))
		}
	}
}

// unknown reports keys that no field has.
func (l *loader) unknown(t reflect.Type, given tree, path string) {
	fields := fieldsOf(t)
	for _, key := range sorted(given) {
		v := given[key]
		f := find(fields, key)
		if f == nil {
			l.problem(path+key, v.source, fmt.Errorf("there is no such setting%s", suggest(key, fields)))
			continue
		}
		if inner, ok := v.v.(tree); ok && f.nested {
			l.unknown(t.FieldByIndex(f.index).Type, inner, path+key+".")
		}
	}
}

// suggest names the field that key was probably meant to be.
func suggest(key string, fields []field) string {
	plain := func(s string) string { return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(s)) }
	for _, f := range fields {
		a, b := plain(key), plain(f.key)
		if a == b || len(a) > 3 && (strings.Contains(b, a) || strings.Contains(a, b)) || oneEdit(a, b) {
			return "; did you mean " + f.key + "?"
		}
	}
	return ""
}

// oneEdit reports whether a and b differ in one place by a letter too many, too
// few, wrong, or swapped with the next.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch rest := b[i:]; {
	case len(a) < len(b):
		return len(b) == len(a)+1 && a[i:] == rest[1:]
	case len(rest) > 1 && a[i] == rest[1] && a[i+1] == rest[0]:
		return a[i+2:] == rest[2:]
	case len(rest) > 0:
		return a[i+1:] == rest[1:]
	}
	return false
}

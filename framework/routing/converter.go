package routing

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Converter turns a piece of a path into a Go value and back.
type Converter struct {
	// Pattern is a regular expression (package regexp) that the whole decoded
	// text must match. "" means [^/]+.
	Pattern string
	// Weight orders rules that compete: lighter ones are tried first. 0 means 100;
	// int and float have 50, path has 200.
	Weight int
	// Slashes lets the value hold slashes, so that it may go over several
	// segments. It is set by itself where Pattern has a slash outside [^/].
	Slashes bool
	// ToGo gives the value of a text that matched. An error means that the rule
	// does not match; the next one is tried. nil keeps the text.
	ToGo func(text string) (any, error)
	// ToURL gives the text of a value, unescaped. nil takes the value's text form.
	ToURL func(value any) (string, error)
}

// A ConverterFunc makes a converter for the arguments that a rule gives it. An
// error is a mistake in the rule.
type ConverterFunc func(Args) (Converter, error)

// converter is what a rule compiles to.
type converter interface {
	shape() shape
	parse(text string, p *Param) bool // sets p.Text's value; false: no match. hot path
	build(value any) (string, error)  // unescaped
}

// A shape is what the tree must know of a converter.
type shape struct {
	regex   string // for segments with several variables
	weight  int
	slashes bool
	sample  string // a text that matches, for messages
}

// builtin makes the converters that every map has.
var builtin = map[string]func(*arguments) converter{
	"string": newText,
	"int":    newInt,
	"float":  newFloat,
	"path":   newPath,
	"any":    newAny,
	"uuid":   newUUID,
}

// newConverter makes the converter of a variable.
func newConverter(custom map[string]ConverterFunc, t *token) (converter, error) {
	name := t.converter
	if f := custom[name]; f != nil {
		c, err := f(t.args)
		if err != nil {
			return nil, fmt.Errorf("converter %s of <%s>: %w", name, t.name, err)
		}
		return newCustom(c, t.name)
	}
	f := builtin[name]
	if f == nil {
		hint := ""
		if builtin[t.name] != nil || custom[t.name] != nil {
			hint = fmt.Sprintf("; did you mean <%s:%s>, the converter first?", t.name, name)
		}
		return nil, fmt.Errorf("unknown converter %s of <%s>; known are any, float, int, path, string, uuid and those of the application%s", name, t.name, hint)
	}
	a := &arguments{Args: t.args}
	c := f(a)
	a.finish()
	if a.err != nil {
		return nil, fmt.Errorf("converter %s of <%s>: %w", name, t.name, a.err)
	}
	return c, nil
}

// arguments reads Args by name and remembers the first mistake.
type arguments struct {
	Args
	used int // of Named
	err  error
}

func (a *arguments) text(name string) (string, bool) {
	s, ok := a.Named[name]
	if ok {
		a.used++
	}
	return s, ok
}

func (a *arguments) number(name string, missing int) int {
	s, ok := a.text(name)
	if !ok {
		return missing
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		a.fail(fmt.Errorf("%s=%s is not a whole number", name, s))
	}
	return n
}

func (a *arguments) float(name string, missing float64) float64 {
	s, ok := a.text(name)
	if !ok {
		return missing
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		a.fail(fmt.Errorf("%s=%s is not a number", name, s))
	}
	return f
}

func (a *arguments) flag(name string) bool {
	s, _ := a.text(name)
	switch s {
	case "True", "true", "1":
		return true
	case "", "False", "false", "0":
		return false
	}
	a.fail(fmt.Errorf("%s=%s is neither true nor false", name, s))
	return false
}

func (a *arguments) fail(err error) {
	if a.err == nil {
		a.err = err
	}
}

func (a *arguments) finish() {
	if a.used < len(a.Named) {
		a.fail(fmt.Errorf("has an argument that is unknown: %s", strings.Join(sortedKeys(a.Named), ", ")))
	}
	if len(a.List) > 0 {
		a.fail(errors.New("takes named arguments only"))
	}
}

// A textConverter is string: text without slashes.
type textConverter struct{ min, max int } // in code points; max 0: no limit

func newText(a *arguments) converter {
	c := textConverter{min: a.number("minlength", 1), max: a.number("maxlength", 0)}
	if n := a.number("length", 0); n > 0 {
		c.min, c.max = n, n
	}
	if c.min < 1 || c.max < 0 || c.max > 0 && c.max < c.min {
		a.fail(fmt.Errorf("lengths from %d to %d hold nothing", c.min, c.max))
	}
	return c
}

func (c textConverter) shape() shape {
	s := shape{regex: `[^/]+`, weight: 100, sample: strings.Repeat("x", min(c.min, 80))}
	switch {
	case c.min > maxRepeat || c.max > maxRepeat: // parse alone sees to the length
	case c.max > 0:
		s.regex = fmt.Sprintf(`[^/]{%d,%d}`, c.min, c.max)
	case c.min > 1:
		s.regex = fmt.Sprintf(`[^/]{%d,}`, c.min)
	}
	return s
}

// maxRepeat is package regexp's limit for a repetition.
const maxRepeat = 1000

func (c textConverter) parse(text string, p *Param) bool {
	if c.min > 1 || c.max > 0 {
		n := utf8.RuneCountInString(text)
		if n < c.min || c.max > 0 && n > c.max {
			return false
		}
	}
	return text != "" && strings.IndexByte(text, '/') < 0
}

func (c textConverter) build(value any) (string, error) { return textOf(value), nil }

// A pathConverter is path: text with slashes, but not first.
type pathConverter struct{}

func newPath(*arguments) converter { return pathConverter{} }

func (pathConverter) shape() shape {
	return shape{regex: `[^/].*?`, weight: 200, slashes: true, sample: "x/y"}
}

// parse refuses a dot segment that only the rule's text around the variable hid:
// /<path:p>.txt and /a/...txt.
func (pathConverter) parse(text string, p *Param) bool {
	return text != "" && text[0] != '/' && !hasDotSegment(text)
}

func (pathConverter) build(value any) (string, error) { return textOf(value), nil }

// An anyConverter is any: one of several texts.
type anyConverter struct {
	items []string
	regex string
}

func newAny(a *arguments) converter {
	c := anyConverter{items: a.List}
	quoted := make([]string, len(c.items))
	for i, item := range c.items {
		quoted[i] = regexp.QuoteMeta(item)
		if item == "" || strings.Contains(item, "/") {
			a.fail(fmt.Errorf("%q is empty or has a slash", item))
		}
	}
	if len(c.items) == 0 {
		a.fail(errors.New("needs the texts to choose from"))
		c.items = []string{""}
	}
	c.regex = strings.Join(quoted, "|")
	a.List = nil
	return c
}

func (c anyConverter) shape() shape { return shape{regex: c.regex, weight: 100, sample: c.items[0]} }

func (c anyConverter) parse(text string, p *Param) bool {
	for _, item := range c.items {
		if item == text {
			return true
		}
	}
	return false
}

func (c anyConverter) build(value any) (string, error) {
	s := textOf(value)
	if !c.parse(s, nil) {
		return "", fmt.Errorf("%q is not one of %s", s, strings.Join(c.items, ", "))
	}
	return s, nil
}

// A uuidConverter is uuid: 8-4-4-4-12 hexadecimal digits, given in lower case.
type uuidConverter struct{}

func newUUID(*arguments) converter { return uuidConverter{} }

func (uuidConverter) shape() shape {
	return shape{regex: `[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}`, weight: 100, sample: "00000000-0000-0000-0000-000000000000"}
}

func (uuidConverter) parse(text string, p *Param) bool {
	if len(text) != 36 {
		return false
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !digit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	p.Text = strings.ToLower(text)
	return true
}

func (c uuidConverter) build(value any) (string, error) {
	s := textOf(value)
	if !c.parse(s, new(Param)) {
		return "", fmt.Errorf("%q is not a UUID of the form 8-4-4-4-12", s)
	}
	return s, nil
}

// A custom converter is the application's.
type custom struct {
	Converter
	whole *regexp.Regexp
}

func newCustom(c Converter, name string) (converter, error) {
	if c.Pattern == "" {
		c.Pattern = `[^/]+`
	}
	if c.Weight == 0 {
		c.Weight = 100
	}
	if strings.Contains(strings.ReplaceAll(c.Pattern, "[^/]", ""), "/") {
		c.Slashes = true
	}
	whole, err := regexp.Compile(`\A(?s:` + c.Pattern + `)\z`)
	if err != nil {
		return nil, fmt.Errorf("converter of <%s>: %w", name, err)
	}
	if whole.NumSubexp() > 0 {
		return nil, fmt.Errorf("converter of <%s>: pattern %s captures; write (?:...) for its groups", name, c.Pattern)
	}
	return custom{c, whole}, nil
}

func (c custom) shape() shape {
	return shape{regex: c.Pattern, weight: c.Weight, slashes: c.Slashes, sample: "(" + c.Pattern + ")"}
}

func (c custom) parse(text string, p *Param) bool {
	if !c.Slashes && strings.IndexByte(text, '/') >= 0 || c.Slashes && hasDotSegment(text) || !c.whole.MatchString(text) {
		return false
	}
	if c.ToGo != nil {
		v, err := c.ToGo(text)
		if err != nil {
			return false
		}
		p.setAny(v)
	}
	return true
}

func (c custom) build(value any) (string, error) {
	if c.ToURL == nil {
		return textOf(value), nil
	}
	return c.ToURL(value)
}

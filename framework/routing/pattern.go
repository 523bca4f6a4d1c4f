package routing

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A pattern is a compiled path or host.
type pattern struct {
	pieces []piece // in order, to build from
	parts  []*part // cut at slashes, to match with
}

// A piece is literal text, or a variable.
type piece struct {
	literal string // decoded
	name    string // of the variable; "" for a literal
	spec    string // of the converter, to compare
	conv    converter
	shape   shape
}

// compilePath compiles a rule's path. merge collapses slashes that are doubled in
// the text.
func compilePath(text string, customs map[string]ConverterFunc, merge bool) (pattern, error) {
	if !strings.HasPrefix(text, "/") {
		return pattern{}, fmt.Errorf("rule %q does not begin with a slash", text)
	}
	p, err := compile(text, customs, merge)
	if err != nil {
		return p, err
	}
	p.parts = cut(p.pieces)
	for _, part := range p.parts {
		if part.vars == nil && (part.static == "." || part.static == "..") {
			return p, fmt.Errorf("rule %q has a dot segment, which no client sends (RFC 3986 §5.2.4): it can never match", text)
		}
	}
	return p, nil
}

// compileHost compiles a rule's host or subdomain: one part, without case.
func compileHost(text string, customs map[string]ConverterFunc) (pattern, error) {
	p, err := compile(text, customs, false)
	if err != nil {
		return p, err
	}
	whole := &part{}
	for _, piece := range p.pieces {
		piece.literal = strings.ToLower(piece.literal)
		if strings.Contains(piece.literal, "/") {
			return p, fmt.Errorf("host %q has a slash", text)
		}
		whole.add(piece)
	}
	whole.finish()
	p.parts = []*part{whole}
	return p, nil
}

// compile scans the text and makes the converters.
func compile(text string, customs map[string]ConverterFunc, merge bool) (p pattern, err error) {
	if !utf8.ValidString(text) {
		return p, fmt.Errorf("rule %q is not UTF-8", text)
	}
	if strings.ContainsAny(text, "?#") {
		return p, fmt.Errorf("rule %q has a ? or #, which end a path (RFC 3986 §3)", text)
	}
	tokens, err := scan(text)
	if err != nil {
		return p, err
	}
	seen := map[string]bool{}
	var errs []error
	for i := range tokens {
		t := &tokens[i]
		if t.name == "" {
			p.pieces = append(p.pieces, piece{literal: collapse(t.text, merge)})
			continue
		}
		if seen[t.name] {
			errs = append(errs, fmt.Errorf("variable <%s> stands twice", t.name))
		}
		seen[t.name] = true
		conv, err := newConverter(customs, t)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		p.pieces = append(p.pieces, piece{name: t.name, spec: t.spec(), conv: conv, shape: conv.shape()})
	}
	if len(errs) > 0 {
		return p, fmt.Errorf("rule %q: %w", text, errors.Join(errs...))
	}
	return p, nil
}

// collapse makes one slash of several.
func collapse(s string, merge bool) string {
	for merge && strings.Contains(s, "//") {
		s = strings.ReplaceAll(s, "//", "/")
	}
	return s
}

// names returns the variables in order.
func (p *pattern) names() []string {
	var names []string
	for i := range p.pieces {
		if p.pieces[i].name != "" {
			names = append(names, p.pieces[i].name)
		}
	}
	return names
}

// static returns the pattern's text where it has no variables.
func (p *pattern) static() (string, bool) {
	switch {
	case len(p.pieces) == 0:
		return "", true
	case len(p.pieces) == 1 && p.pieces[0].name == "":
		return p.pieces[0].literal, true
	}
	return "", false
}

// sample is a text that the pattern matches, as a witness in messages.
func (p *pattern) sample() string {
	var b strings.Builder
	for i := range p.pieces {
		if piece := &p.pieces[i]; piece.name == "" {
			b.WriteString(escape(piece.literal))
		} else {
			b.WriteString(escape(piece.shape.sample))
		}
	}
	return b.String()
}

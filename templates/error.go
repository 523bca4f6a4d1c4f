package templates

import (
	"errors"
	"fmt"
	"strings"
)

// The kinds of [Error], for errors.Is.
var (
	ErrSyntax    = errors.New("syntax error")       // the source is not a template
	ErrUndefined = errors.New("undefined value")    // a value that does not exist was used
	ErrRuntime   = errors.New("runtime error")      // an operation failed while rendering
	ErrNotFound  = errors.New("template not found") // also is ErrRuntime
	ErrLimit     = errors.New("limit exceeded")     // one of [Limits]; also is ErrRuntime
	ErrEscape    = errors.New("unsafe template")    // no safe escaping exists; see html/template's ErrorCode
)

// An Error says what went wrong and where. It is returned, never written
// into the output.
type Error struct {
	Kind     error  // one of the sentinels above
	Template string // name of the template in which the error lies
	Line     int    // from 1
	Column   int    // from 1, in characters; 0: unknown
	Message  string // one line, without the place
	Source   string // the source line, empty if unknown
	Chain    []Place
	Cause    error // the error of a Go function, or nil

	text string // of the template
}

// Where tells the place of the error, and the whole source of the template, "" where
// that is not known, for pages that show what is around it.
func (e *Error) Where() (template string, line, column int, source string) {
	return e.Template, e.Line, e.Column, e.text
}

// A Place is a line of a template.
type Place struct {
	Template string
	Line     int
}

// Error gives the message, its place, the source line with a marker, and how
// the template was reached.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "templates: %s:%d", e.Template, e.Line)
	if e.Column > 0 {
		fmt.Fprintf(&b, ":%d", e.Column)
	}
	fmt.Fprintf(&b, ": %s", e.Message)
	if e.Source != "" {
		fmt.Fprintf(&b, "\n\t%s", strings.ReplaceAll(e.Source, "\t", " "))
		if e.Column > 0 {
			fmt.Fprintf(&b, "\n\t%s^", strings.Repeat(" ", e.Column-1))
		}
	}
	for _, p := range e.Chain {
		fmt.Fprintf(&b, "\n\tfrom %s:%d", p.Template, p.Line)
	}
	return b.String()
}

// Unwrap gives the kind and the cause, for errors.Is and errors.As.
func (e *Error) Unwrap() []error {
	kinds := []error{e.Kind}
	if e.Kind == ErrNotFound || e.Kind == ErrLimit {
		kinds = append(kinds, ErrRuntime)
	}
	if e.Cause != nil {
		kinds = append(kinds, e.Cause)
	}
	return kinds
}

// A fault is an error without a place: what values, filters and tests return.
// The executor adds where it happened.
type fault struct {
	kind    error
	message string
	cause   error
}

func (f *fault) Error() string { return f.message }
func (f *fault) Unwrap() error { return f.cause }

func faultf(format string, args ...any) error {
	return &fault{kind: ErrRuntime, message: fmt.Sprintf(format, args...)}
}

func limitf(format string, args ...any) error {
	return &fault{kind: ErrLimit, message: fmt.Sprintf(format, args...)}
}

// place turns any error into an *Error at a position of src.
func (s *source) place(err error, at position) *Error {
	var placed *Error
	if errors.As(err, &placed) {
		return placed
	}
	e := &Error{Kind: ErrRuntime, Template: s.name, Line: at.line, Column: at.column, Source: s.lineText(at.line), text: s.text}
	var f *fault
	if errors.As(err, &f) && error(f) == err {
		e.Kind, e.Message, e.Cause = f.kind, f.message, f.cause
	} else {
		e.Message, e.Cause = err.Error(), err
	}
	return e
}

// A source is a template's text and name, kept for messages.
type source struct {
	name, text string
}

func (s *source) lineText(line int) string {
	text := s.text
	for ; line > 1; line-- {
		_, rest, ok := strings.Cut(text, "\n")
		if !ok {
			return ""
		}
		text = rest
	}
	text, _, _ = strings.Cut(text, "\n")
	const most = 160 // a minified page is one line
	if len(text) > most {
		return ""
	}
	return strings.TrimRight(text, "\r")
}

// nearest gives the candidate that was most likely meant, or "".
func nearest(name string, candidates func(yield func(string) bool)) string {
	best, limit := "", len(name)/4+1
	for c := range candidates {
		if d := editDistance(name, c, limit); d <= limit && (d < limit || best == "" || c < best) {
			if d < limit || best == "" || c < best {
				best, limit = c, d
			}
		}
	}
	if best == name {
		return ""
	}
	return best
}

// editDistance counts the letters to insert, remove, change or swap with
// their neighbour (optimal string alignment), up to limit; above it the
// result is only known to be greater.
func editDistance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit || len(a) > 64 || len(b) > 64 {
		return limit + 1
	}
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

// didYouMean ends a message with the nearest name, if there is one.
func didYouMean(name string, candidates func(yield func(string) bool)) string {
	if n := nearest(name, candidates); n != "" {
		return "; did you mean " + quote(n) + "?"
	}
	return ""
}

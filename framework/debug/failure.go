package debug

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
)

// A Failure is an error as it was when it ended a request, with everything that the
// debug page shows. It holds text alone: nothing of the request is kept alive.
type Failure struct {
	At       time.Time
	Title    string
	Type     string // of the innermost error, or of the panic's value
	Panicked bool
	Chain    []Link
	Frames   []Frame // of a panic, or of an error that knows; nil otherwise
	Template *Source // where a template failed
	Stage    string  // that returned the error: "handler notes.show"
	Handler  *Source // of that route, where there are no frames

	Method, URL, Proto, Remote string
	Rule, Endpoint, Declared   string
	Params, Query, Header      []Pair
	Form, Session, Config      []Pair
	Trace                      uint64
}

// failed follows an error that becomes 500, or a panic; see framework.Signals.
func (t *Tools) failed(c *framework.Context, err error) {
	r := traceOf(c.Exchange())
	if r == nil {
		return
	}
	r.mu.Lock()
	busy := r.capturing || r.data.Failure != nil
	r.capturing = true
	r.mu.Unlock()
	if busy { // what is looked at here may fail, too; and the first failure is the cause
		return
	}
	f := capture(t.app, c, err)
	r.mu.Lock()
	defer r.mu.Unlock()
	f.Trace = r.id
	f.Stage, f.Handler = r.culprit()
	if len(f.Frames) > 0 || f.Template != nil {
		f.Handler = nil
	}
	r.data.Failure, r.data.Err, r.capturing = f, f.Title, false
}

// culprit is the innermost stage that failed. Its caller holds mu.
func (r *trace) culprit() (stage string, at *Source) {
	deepest := -1
	for i, s := range r.data.Spans {
		if s.Fails && s.Kind != "template" && (deepest < 0 || s.Depth >= r.data.Spans[deepest].Depth) {
			deepest = i
		}
	}
	if deepest < 0 {
		return "", nil
	}
	s := r.data.Spans[deepest]
	if file, line, ok := place(s.At); ok {
		source := quote(file, line, 0, 1, body) // At is where a function begins
		at = &source
	}
	return s.Kind + " " + s.Name, at
}

// place takes file:line apart.
func place(at string) (file string, line int, ok bool) {
	colon := strings.LastIndexByte(at, ':')
	if colon < 0 {
		return "", 0, false
	}
	_, err := fmt.Sscanf(at[colon+1:], "%d", &line)
	return at[:colon], line, err == nil
}

// capture writes down what there is to know.
func capture(app *framework.App, c *framework.Context, err error) *Failure {
	f := &Failure{At: time.Now(), Title: title(err), Chain: chainOf(err)}
	f.Type = cause(f.Chain).Type
	if p, ok := errors.AsType[*gateway.PanicError](err); ok {
		f.Panicked = true
		f.Type = fmt.Sprintf("%T", p.Value)
		f.Frames = read(parseStack(p.Stack))
	} else {
		f.Frames = read(rememberedStack(err))
	}
	if named := placedError(err); named != nil {
		name, line, column, text := named.Where()
		f.Type = fmt.Sprintf("%T", named)
		f.Template = &Source{Name: name, Line: line, Column: column, Lines: linesAround([]byte(text), line, around, around)}
	}
	f.request(c)
	f.visitor(app, c)
	return f
}

// rememberedStack is that of the innermost error which knows where it was made.
func rememberedStack(err error) []Frame {
	var frames []Frame
	for err != nil {
		if found := callers(err); found != nil {
			frames = found
		}
		next := errors.Unwrap(err)
		if joined, ok := err.(interface{ Unwrap() []error }); ok && next == nil {
			for _, inner := range joined.Unwrap() {
				if found := rememberedStack(inner); found != nil {
					return found
				}
			}
		}
		err = next
	}
	return frames
}

// A located error names its place in a template, as those of package templates do.
type located interface {
	error
	Where() (template string, line, column int, source string)
}

// placedError is the one of a chain; nil where there is none.
func placedError(err error) located {
	var named located
	errors.As(err, &named)
	return named
}

// request writes down what the client asked for.
func (f *Failure) request(c *framework.Context) {
	q := c.Request()
	f.Method, f.Proto = q.Method, q.Proto
	f.URL = q.BaseURL() + maskQuery(q.Query)
	if q.Remote != nil {
		f.Remote = q.Remote.String()
	}
	for _, h := range q.Header {
		f.Header = append(f.Header, masked(h.Name, h.Value))
	}
	f.Header = bounded(f.Header)
	if rule := c.Rule(); rule != nil {
		f.Rule, f.Endpoint, f.Declared = rule.Pattern, c.Endpoint(), rule.Source
		for _, p := range c.Args() {
			f.Params = append(f.Params, masked(p.Name, fmt.Sprintf("%v", p.Value())))
		}
	}
	contained(func() { f.Query = valuePairs(c.Query()) })
	contained(func() { f.Form = formOf(c) })
}

// formOf is the form of the request. One that nobody has read is read now where it is
// small: not to have it would hide half of the request.
func formOf(c *framework.Context) []Pair {
	length := c.Request().Length
	if length <= 0 || length > maxForm || c.ParseForm() != nil {
		return nil
	}
	pairs := valuePairs(c.Form())
	for _, file := range c.Files() {
		pairs = append(pairs, Pair{Name: file.Name, Value: fmt.Sprintf("file %q, %d bytes", file.Filename, file.Size)})
	}
	return bounded(pairs)
}

// visitor writes down what the application knows.
func (f *Failure) visitor(app *framework.App, c *framework.Context) {
	contained(func() {
		if len(app.Session.Keys) == 0 {
			return
		}
		s := c.Session()
		for _, key := range s.Keys() {
			f.Session = append(f.Session, masked(key, display(s.Get(key), 0)))
		}
		f.Session = bounded(f.Session)
	})
	contained(func() { f.Config = settings(app.Config) })
}

// contained runs what may panic: code of the application that is asked for a value.
func contained(f func()) {
	defer func() { _ = recover() }() // the part is missing then, and the page is there
	f()
}

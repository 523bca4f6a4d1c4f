package templates

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Config configures an [Environment]. The zero value is useful: Jinja's
// syntax, filters, tests and globals, contextual escaping of HTML, XML and
// strings, and limits that end every template.
type Config struct {
	// Loader finds templates by name; nil: only FromString works.
	Loader Loader
	// Filters, Tests and Globals add to the built-in ones, or replace them.
	// Filters and tests are Go functions; the first argument is the value. A
	// function has one result (bool for tests), or a result and an error.
	Filters, Tests, Globals map[string]any
	// Variables are known in all templates, as Globals are, but belong to the
	// rendering: where a template uses such a name, the function is called with
	// the context of the rendering. What no template uses costs nothing. They come
	// before Globals and after data.
	Variables map[string]func(context.Context) any
	// Undefined chooses what the use of a missing value does. Strict is
	// recommended for new applications; the default is Jinja's.
	Undefined Undefined
	// UndefinedUsed is told of each name, attribute and item that does not
	// exist, and is printed, tested or iterated where Undefined allows that:
	// for logs, as Jinja's make_logging_undefined. The error is the one that
	// Strict would have returned, and the context that of the rendering. It is
	// called by several goroutines at once; nil: nothing is told.
	UndefinedUsed func(context.Context, *Error)
	// Autoescape tells by a template's name whether it is escaped; the name
	// of a string is "". The default is Flask's: strings, and names ending in
	// .html, .htm, .xml, .xhtml and .svg.
	Autoescape func(name string) bool
	// Syntax changes delimiters and white space.
	Syntax Syntax
	// Limits bound each rendering.
	Limits Limits
	// AutoReload looks for changed sources before use, at most every
	// ReloadEvery; for development.
	AutoReload  bool
	ReloadEvery time.Duration // default 10 ms: a page that is asked for because a file has changed shows the change
	// Translator gives the messages of {% trans %}, gettext and ngettext.
	Translator Translator
	// Nonce gives the Content-Security-Policy nonce of a rendering. If set,
	// <script> and <style> tags written in templates get it as an attribute,
	// and templates may call csp_nonce().
	Nonce func(context.Context) string
}

// Syntax describes a template's lexical form. Empty fields have Jinja's
// values.
type Syntax struct {
	PrintStart, PrintEnd     string // {{ and }}
	BlockStart, BlockEnd     string // {% and %}
	CommentStart, CommentEnd string // {# and #}
	LineStatement            string // prefix of line statements; empty: none
	LineComment              string // prefix of line comments; empty: none
	TrimBlocks               bool   // the line end after a block tag is removed
	LstripBlocks             bool   // white space from the line start to a block tag is removed
	KeepTrailingNewline      bool   // the line end at the end of a template stays
	Debug                    bool   // {% debug %} is allowed
}

func (s Syntax) withDefaults() Syntax {
	for _, d := range []struct {
		field *string
		value string
	}{
		{&s.PrintStart, "{{"}, {&s.PrintEnd, "}}"}, {&s.BlockStart, "{%"}, {&s.BlockEnd, "%}"},
		{&s.CommentStart, "{#"}, {&s.CommentEnd, "#}"},
	} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	return s
}

// An Environment compiles templates and keeps them. It may be used by
// several goroutines at once.
type Environment struct {
	config  Config
	filters map[string]*builtin
	tests   map[string]*builtin
	globals map[string]value

	mu        sync.RWMutex
	templates map[string]*Template
}

// tables makes the tables of what is built in with the first environment, so
// that a program without one starts as if they were not there.
var tables sync.Once

func makeTables() {
	makeStatements()
	makeFilters()
	makeTests()
	makeGlobals()
	makeMethods()
}

// New makes an environment. It panics if a function of the configuration
// cannot be called by templates.
func New(c Config) *Environment {
	tables.Do(makeTables)
	c.Syntax = c.Syntax.withDefaults()
	c.Limits = c.Limits.withDefaults()
	if c.Autoescape == nil {
		c.Autoescape = autoescapeByName
	}
	if c.ReloadEvery <= 0 {
		c.ReloadEvery = 10 * time.Millisecond
	}
	e := &Environment{config: c, templates: map[string]*Template{}}
	e.filters = extend("filter", filters, c.Filters)
	e.tests = extend("test", tests, c.Tests)
	e.globals = make(map[string]value, len(globals)+len(c.Globals))
	for name, g := range globals {
		e.globals[name] = g
	}
	for name, x := range c.Globals {
		e.globals[name] = named(name, of(x))
	}
	return e
}

// named gives a Go function the name that templates call it by.
func named(name string, v value) value {
	if f, ok := v.ref.(*goFunc); ok {
		f.name = name
	}
	return v
}

// extend adds Go functions to a table of built-in ones.
func extend(what string, table map[string]*builtin, added map[string]any) map[string]*builtin {
	out := make(map[string]*builtin, len(table)+len(added))
	for name, b := range table {
		out[name] = b
	}
	for name, fn := range added {
		if err := checkFunc(fn); err != nil {
			panic(fmt.Sprintf("templates: %s %q: %v", what, name, err))
		}
		out[name] = goBuiltin(name, fn)
	}
	return out
}

// autoescapeByName is Flask's rule.
func autoescapeByName(name string) bool {
	return name == "" || slices.Contains([]string{".html", ".htm", ".xml", ".xhtml", ".svg"}, strings.ToLower(path.Ext(name)))
}

// Template loads and compiles the named template, or gives the compiled one.
func (e *Environment) Template(name string) (*Template, error) {
	e.mu.RLock()
	t := e.templates[name]
	e.mu.RUnlock()
	if t != nil && (!e.config.AutoReload || t.current()) {
		t.touch()
		return t, nil
	}
	if e.config.Loader == nil {
		return nil, &Error{Kind: ErrNotFound, Template: name, Line: 1, Message: "no loader is configured", Cause: fs.ErrNotExist}
	}
	src, err := e.config.Loader.Load(name)
	if err != nil {
		return nil, e.loadError(name, err)
	}
	t, err = e.compile(name, src)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if known := e.templates[name]; known != nil && !e.config.AutoReload {
		return known, nil // another goroutine was first
	}
	if e.templates[name] == nil && len(e.templates) >= e.config.Limits.Templates {
		e.forget()
	}
	e.templates[name] = t
	return t, nil
}

// forget drops one template that was not used since others were dropped, or
// any if all were: the second chance of page replacement, which costs those
// who read no lock. Who still refers to it keeps it.
func (e *Environment) forget() {
	for name, t := range e.templates {
		if !t.used.Swap(false) {
			delete(e.templates, name)
			return
		}
	}
	for name := range e.templates {
		delete(e.templates, name)
		return
	}
}

// touch notes that a template is used. Most are touched already: what many
// read should not be written.
func (t *Template) touch() {
	if !t.used.Load() {
		t.used.Store(true)
	}
}

func (e *Environment) loadError(name string, err error) error {
	kind, message := ErrRuntime, fmt.Sprintf("cannot load %s: %v", quote(name), err)
	if errors.Is(err, fs.ErrNotExist) {
		e.mu.RLock()
		defer e.mu.RUnlock()
		known := func(yield func(string) bool) {
			for n := range e.templates {
				if !yield(n) {
					return
				}
			}
		}
		kind, message = ErrNotFound, fmt.Sprintf("template %s not found: %v%s", quote(name), err, didYouMean(name, known))
	}
	return &Error{Kind: kind, Template: name, Line: 1, Message: message, Cause: err}
}

// FromString compiles source. The template has no name: errors call it
// "<template>", and it is escaped like a page unless Autoescape says
// otherwise. It is not kept by the environment.
func (e *Environment) FromString(source string) (*Template, error) {
	return e.compile("", Source{Text: source})
}

// Render renders the named template with data to w. Nothing is written if
// there is an error. Data is a map[string]any, a struct or a pointer to one,
// read only while Render runs.
func (e *Environment) Render(w io.Writer, name string, data any) error {
	return e.RenderContext(context.Background(), w, name, data)
}

// RenderContext is [Environment.Render] with a context: its end ends the
// rendering, and functions called by the template receive it. The name
// "page.html#list" renders the block list of page.html alone; see
// [Template.RenderBlock].
func (e *Environment) RenderContext(ctx context.Context, w io.Writer, name string, data any) error {
	name, block, alone := strings.Cut(name, "#")
	t, err := e.Template(name)
	if err != nil {
		return err
	}
	if alone {
		return t.RenderBlock(ctx, w, block, data)
	}
	return t.RenderContext(ctx, w, data)
}

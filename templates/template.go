package templates

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// A Template is a compiled template. It may be used by several goroutines at
// once.
type Template struct {
	env          *Environment
	src          *source
	named        bool // not made from a string
	escape       bool // escaped unless {% autoescape %} says otherwise
	root         *unit
	blocks       map[string]*unit
	macros       map[string]*unit  // at top level, for calls that are known before rendering
	links        map[string]linked // names that imports bind
	assigned     []string          // names of the top level
	exports      []string          // names that others may import
	refs         []reference       // what Check verifies
	names        []*nameExpr       // that no scope assigns
	optional     []string          // names that the template asks about
	nested       map[string]bool   // blocks inside blocks, which have their place
	maybeExtends bool              // there is an extends that may not run

	pure    bool                      // does nothing but define macros and constants
	modules [2]atomic.Pointer[module] // of a pure template: not escaped, escaped

	page    *page // the template alone, without a parent
	extends expr  // the unconditional parent, if there is one at top level

	used    atomic.Bool // since it was last looked over for what to forget
	fresh   func() bool
	checked atomic.Int64 // when fresh was last asked, Unix ns
}

// compile makes a template from source.
func (e *Environment) compile(name string, src Source) (*Template, error) {
	t := &Template{env: e, src: &source{name, src.Text}, fresh: src.Fresh}
	t.named = name != ""
	if name == "" {
		t.src.name = "<template>"
	}
	t.escape = e.config.Autoescape(name)
	t.checked.Store(time.Now().UnixNano())
	if most := e.config.Limits.Source; len(src.Text) > most {
		return nil, &Error{Kind: ErrLimit, Template: t.src.name, Line: 1, Message: fmt.Sprintf("source of %d bytes, above %d (Limits.Source)", len(src.Text), most)}
	}
	body, err := parse(t.src, &e.config.Syntax)
	if err != nil {
		return nil, err
	}
	if err := compileTemplate(t, body); err != nil {
		return nil, err
	}
	t.page = newPage(t)
	t.pure = pure(body)
	return t, nil
}

// current tells whether the source is unchanged.
func (t *Template) current() bool {
	if t.fresh == nil {
		return true
	}
	now, last := time.Now().UnixNano(), t.checked.Load()
	if now-last < int64(t.env.config.ReloadEvery) {
		return true
	}
	if !t.fresh() {
		return false
	}
	t.checked.Store(now)
	return true
}

// Name is the name the template was loaded by, or "<template>".
func (t *Template) Name() string { return t.src.name }

// Render renders the template with data to w. Nothing is written if there is
// an error.
func (t *Template) Render(w io.Writer, data any) error {
	return t.RenderContext(context.Background(), w, data)
}

// RenderContext is [Template.Render] with a context.
func (t *Template) RenderContext(ctx context.Context, w io.Writer, data any) error {
	return t.buffered(ctx, w, data, func(r *run) { r.page(t) })
}

// RenderBlock renders one block alone, as the page would show it: for htmx
// and other clients that replace a part of a page. Top-level assignments and
// imports of the template and its parents are in force; a loop that the block
// stands in does not run, and its variables are undefined.
func (t *Template) RenderBlock(ctx context.Context, w io.Writer, block string, data any) error {
	return t.buffered(ctx, w, data, func(r *run) { r.block(t, block) })
}

// Stream renders to w as it goes, some 8 KiB at a time: for pages too large
// to keep. After an error, w has a part of the page.
func (t *Template) Stream(ctx context.Context, w io.Writer, data any) error {
	r := newRun(ctx, t.env, w, data)
	defer r.release()
	if err := r.do(func(r *run) { r.page(t) }); err != nil {
		return err
	}
	return r.out.flush()
}

func (t *Template) buffered(ctx context.Context, w io.Writer, data any, f func(*run)) error {
	r := newRun(ctx, t.env, nil, data)
	defer r.release()
	if err := r.do(f); err != nil {
		return err
	}
	_, err := w.Write(r.out.buf)
	return err
}

// RenderString renders the template to a string.
func (t *Template) RenderString(data any) (string, error) {
	var b bytes.Buffer
	err := t.Render(&b, data)
	return b.String(), err
}

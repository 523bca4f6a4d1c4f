package templates

import (
	"errors"
)

// isNotFound tells whether a template does not exist, as opposed to having
// a mistake in it.
func isNotFound(err error) bool {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind == ErrNotFound
	}
	var f *fault
	return errors.As(err, &f) && f.kind == ErrNotFound
}

// missingTemplate places the error of a template that does not exist where it
// was asked for.
func (f *frame) missingTemplate(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Kind == ErrNotFound {
		return &fault{kind: ErrNotFound, message: e.Message, cause: e.Cause}
	}
	return err
}

func (c *compiler) include(s *includeStmt) step {
	find := c.template(s.name)
	var visible map[string][]ref
	if s.withContext {
		visible = c.visible()
	}
	if !s.ignoreMissing {
		c.refer(s.name, refInclude, "", s.pos)
	}
	if c.silent() {
		return nil
	}
	call, id := c.addCall(target{include: s.name}, s.pos)
	at := s.pos
	return func(f *frame) signal {
		t, err := find(f)
		if err != nil {
			if s.ignoreMissing && isNotFound(err) {
				return proceed
			}
			f.throw(f.missingTemplate(err), at)
		}
		b := &bindings{page: t.page, isolated: !s.withContext, escape: escapes(t, f)}
		if s.withContext {
			b.outer = f.vars
			if len(visible) > 0 {
				b.outer = &bindings{vars: f.locals(visible), outer: f.vars}
			}
		}
		f.include(t, b, call, id, at)
		return proceed
	}
}

// include renders t. If it was known when the page was analysed, it is
// escaped for this very place. Else its text is escaped like any markup,
// which in HTML text means that it is written as it is.
func (f *frame) include(t *Template, b *bindings, call, id int, at position) {
	f.descend(at)
	switch p := f.called(call); {
	case f.plan == nil || !f.escape, f.plan.prints[id].isText():
		f.run.root(t, b, nil)
	case p != nil && p.page.holds(t):
		f.run.root(t, b, p)
	case f.plan.prints[id] == nil:
		f.throw(faultf("template %s has been reloaded while the page was being rendered", quote(t.Name())), at)
	default:
		f.print(markupValue(f.capture(func() { f.run.root(t, b, nil) })), id, at)
	}
	f.ascend()
}

// A module is an imported template: what it exports, as attributes.
type module struct {
	opaque
	t    *Template
	vars *bindings
	body string
}

func (m *module) typeName() string          { return "module" }
func (m *module) text(*run) (string, error) { return m.body, nil }

func (m *module) attr(r *run, name string) (value, bool) {
	if b := m.vars.find(name); b != nil && b.public {
		return b.val, true
	}
	return value{}, false
}

// A moduleKey tells modules of one rendering apart.
type moduleKey struct {
	t      *Template
	escape bool
}

func (k moduleKey) index() int {
	if k.escape {
		return 1
	}
	return 0
}

// load runs a template as a module. Without context it runs once per
// rendering, however often it is imported; if it only defines macros and
// constants, once for all.
func (f *frame) load(find func(*frame) (*Template, error), withContext bool, visible map[string][]ref, at position) *module {
	t, err := find(f)
	if err != nil {
		f.throw(f.missingTemplate(err), at)
	}
	key := moduleKey{t, escapes(t, f)}
	if !withContext {
		if m := t.modules[key.index()].Load(); m != nil {
			return m
		}
		if m := f.modules[key]; m != nil {
			return m
		}
	}
	b := &bindings{page: t.page, isolated: !withContext, escape: key.escape}
	if withContext {
		b.outer = &bindings{vars: f.locals(visible), outer: f.vars}
	}
	f.descend(at)
	body := f.capture(func() { f.run.root(t, b, nil) })
	f.ascend()
	m := &module{t: t, vars: b, body: body}
	switch {
	case withContext:
	case t.pure:
		t.modules[key.index()].Store(m)
	default:
		if f.run.modules == nil {
			f.run.modules = map[moduleKey]*module{}
		}
		f.run.modules[key] = m
	}
	return m
}

func (c *compiler) importStatement(s *importStmt) step {
	find := c.template(s.name)
	var visible map[string][]ref
	if s.withContext {
		visible = c.visible()
	}
	c.refer(s.name, refTemplate, "", s.pos)
	c.link(s.as, linked{template: s.name})
	assign := c.assignName(s.as)
	return func(f *frame) signal {
		assign(f, objectValue(f.load(find, s.withContext, visible, s.pos)))
		f.private(s.as)
		return proceed
	}
}

// private takes an imported name off the exports: a module's own imports are
// not seen by those who import it.
func (f *frame) private(name string) {
	if b := f.vars.find(name); b != nil {
		b.public = false
	}
}

func (c *compiler) fromStatement(s *fromStmt) step {
	find := c.template(s.name)
	var visible map[string][]ref
	if s.withContext {
		visible = c.visible()
	}
	assigns := make([]func(*frame, value), len(s.names))
	for i, n := range s.names {
		c.refer(s.name, refExport, n[0], s.pos)
		c.link(n[1], linked{template: s.name, name: n[0]})
		assigns[i] = c.assignName(n[1])
	}
	return func(f *frame) signal {
		m := f.load(find, s.withContext, visible, s.pos)
		for i, n := range s.names {
			v, ok := m.attr(f.run, n[0])
			if !ok {
				v = undefinedValue(&undefined{mode: f.undefined, name: n[0], hint: "the template " + quote(m.t.Name()) + " does not export " + quote(n[0])})
			}
			assigns[i](f, v)
			f.private(n[1])
		}
		return proceed
	}
}

// pure tells whether a template, imported without context, is always the same
// module: none of its variables can be changed, so that all may share them.
func pure(body []stmt) bool {
	for _, s := range body {
		switch s := s.(type) {
		case *textStmt, *macroStmt:
		case *setStmt:
			if _, literal := s.val.(*literalExpr); !literal {
				return false
			}
			if _, name := s.target.(*nameExpr); !name {
				return false
			}
		default:
			return false
		}
	}
	return true
}

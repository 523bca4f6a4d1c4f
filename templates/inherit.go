package templates

import (
	"slices"
	"sync/atomic"
)

// extendsStatement compiles {% extends %}. The rest of the template runs for
// its assignments; what it writes is cut off, and the parent writes the page.
func (c *compiler) extendsStatement(s *extendsStmt) step {
	if !c.top {
		c.fail(s.pos, "extends must stand at the top level of a template")
	}
	parent := c.template(s.parent)
	if c.branches == 0 {
		if c.extended {
			c.fail(s.pos, "extended twice")
		}
		c.extended = true
		c.t.extends = s.parent
	} else {
		c.t.maybeExtends = true
		c.branched = true
	}
	c.refer(s.parent, refTemplate, "", s.pos)
	return func(f *frame) signal {
		if f.extends != nil {
			f.throw(faultf("extended twice"), s.pos)
		}
		t, err := parent(f)
		if err == nil {
			f.vars.page, err = f.vars.page.extend(t)
		}
		if err != nil {
			f.throw(f.missingTemplate(err), s.pos)
		}
		f.vars.escape = f.vars.escape || t.escape
		f.extends, f.cut = t, len(f.out.buf)
		f.out.held++
		return proceed
	}
}

// root runs a template and its parents with one set of bindings. The plan is
// that of the top level that finally writes.
func (r *run) root(t *Template, b *bindings, plan *plan) {
	for t != nil {
		f := r.frame(t.root)
		f.vars, f.escape = b, b.escape
		f.use(plan)
		t.root.body(f)
		parent := f.extends
		if parent != nil {
			f.endExtended()
		}
		f.leave()
		t = parent
	}
}

// endExtended cuts off what a template wrote after its extends.
func (f *frame) endExtended() {
	f.out.buf = f.out.buf[:f.cut]
	if f.out.held--; f.out.held == 0 && f.out.w != nil {
		f.out.mark = min(f.out.limit, flushSize)
	}
}

// escapes tells whether t is escaped when it is rendered by itself, or
// included or imported by f: if its own name asks for it, or a parent's, or if
// what it becomes part of is escaped. A script.js in a page is as dangerous as
// the page.
func escapes(t *Template, f *frame) bool {
	if t.escape || f != nil && f.escape {
		return true
	}
	if t.extends == nil {
		return false
	}
	p, ok := knownPage(t)
	return ok && slices.ContainsFunc(p.chain, func(t *Template) bool { return t.escape })
}

// page renders a whole page.
func (r *run) page(t *Template) {
	r.root(t, &bindings{page: t.page, escape: escapes(t, nil)}, nil)
}

// block renders one block after the top-level assignments of t and its
// parents.
func (r *run) block(t *Template, name string) {
	b := &bindings{page: t.page, escape: escapes(t, nil)}
	var last *frame
	for next := t; next != nil; next = last.extends {
		last = &frame{run: r, unit: next.root, slots: make([]value, next.root.slots), vars: b, escape: b.escape}
		last.use(nil)
		next.root.setup(last)
		if last.extends != nil {
			last.endExtended()
		}
		r.out.buf = r.out.buf[:0]
	}
	levels := b.page.blocks[name]
	if len(levels) == 0 {
		last.unit = t.root
		last.throw(faultf("no block named %s%s", quote(name), didYouMean(name, b.page.blockNames)), position{line: 1})
	}
	f := last.blockFrame(name, 0, nil, levels[0].pos)
	f.use(f.placed(b.page))
	f.unit.body(f)
}

// placed gives the plan of a block where its page has it, so that a block in
// a script is escaped as script; nil if it stands in no known place.
func (f *frame) placed(p *page) *plan {
	if !f.escape {
		return nil
	}
	whole, err := p.plan(p.top().root.region)
	if err != nil {
		f.throw(err, f.unit.pos)
	}
	return whole.find(f.unit.region)
}

// find looks for the plan of a region in what a plan calls.
func (p *plan) find(r *region) *plan {
	if p.region == r {
		return p
	}
	for _, called := range p.calls {
		if called == nil {
			continue
		}
		if found := called.find(r); found != nil {
			return found
		}
	}
	return nil
}

// block compiles a block and the place where it is written.
func (c *compiler) block(s *blockStmt) step {
	var visible map[string][]ref
	if s.scoped {
		visible = c.visible()
	}
	u := c.newUnit(&unit{name: s.name, pos: s.pos}, nil, assigned(s.body), func() step {
		c.unit.region.block = s.name
		return c.body(s.body)
	})
	u.required = s.required
	c.t.blocks[s.name] = u
	if c.unit.region.block != "" {
		c.t.nested[s.name] = true
	}
	if c.silent() {
		return nil
	}
	call := c.addShape(target{block: s.name}, s.pos)
	name, at := s.name, s.pos
	known := new(atomic.Pointer[blockOf])
	return func(f *frame) signal {
		if f.extends != nil {
			return proceed
		}
		b := known.Load()
		if b == nil || b.page != f.vars.page {
			b = &blockOf{f.vars.page, f.vars.page.blocks[name][0]}
			known.Store(b)
		}
		var overlay []binding
		if visible != nil {
			overlay = f.locals(visible)
		}
		f.writeBlock(f.unitFrame(b.unit, 0, overlay, at), f.called(call), at)
		return proceed
	}
}

// A blockOf is the block that a page has in some place.
type blockOf struct {
	page *page
	unit *unit
}

// blockFrame makes the frame of a block at a level of its inheritance.
func (f *frame) blockFrame(name string, level int, overlay []binding, at position) *frame {
	return f.unitFrame(f.vars.page.blocks[name][level], level, overlay, at)
}

func (f *frame) unitFrame(u *unit, level int, overlay []binding, at position) *frame {
	if u.required && level == 0 {
		f.throw(faultf("required block %s not found", quote(u.name)), at)
	}
	b := f.vars
	if overlay != nil {
		b = &bindings{page: b.page, vars: overlay, outer: b, escape: b.escape}
	}
	inner := f.frame(u)
	inner.vars, inner.escape, inner.level = b, b.escape, level
	return inner
}

// writeBlock runs a block's frame, escaped by a plan or alone.
func (f *frame) writeBlock(inner *frame, p *plan, at position) {
	inner.use(p)
	f.descend(at)
	inner.unit.body(inner)
	f.ascend()
	inner.leave()
}

// blockName is the block whose body is being compiled, or "".
func (c *compiler) blockName() string { return c.unit.region.block }

// printSuper writes the parent's block in place.
func (c *compiler) printSuper(x *callExpr) step {
	at, name := c.place(x), c.blockName()
	c.refer(nil, refSuper, name, x.pos)
	call := c.addShape(target{super: true}, x.pos)
	return func(f *frame) signal {
		level := f.level + 1
		if level >= len(f.vars.page.blocks[name]) {
			f.throw(noSuper(name), at)
		}
		f.writeBlock(f.blockFrame(name, level, nil, at), f.called(call), at)
		return proceed
	}
}

func noSuper(name string) error {
	return &fault{kind: ErrUndefined, message: "there is no parent block called " + quote(name)}
}

// A blockRef is a block as a value: super, or an attribute of self. Calling
// it gives its text.
type blockRef struct {
	opaque
	f     *frame
	name  string
	level int
}

func (b *blockRef) typeName() string          { return "BlockReference" }
func (b *blockRef) text(*run) (string, error) { return "<BlockReference " + quote(b.name) + ">", nil }

func (b *blockRef) attr(r *run, name string) (value, bool) {
	if name != "super" {
		return value{}, false
	}
	return b.f.superOf(b.name, b.level), true
}

func (f *frame) superOf(name string, level int) value {
	if level+1 >= len(f.vars.page.blocks[name]) {
		return undefinedValue(&undefined{mode: f.undefined, hint: noSuper(name).Error()})
	}
	return objectValue(&blockRef{f: f, name: name, level: level + 1})
}

func (b *blockRef) call(f *frame, a *arguments) (value, error) {
	escape, at := b.f.vars.escape, a.at
	s := f.capture(func() { f.writeBlock(b.f.blockFrame(b.name, b.level, nil, at), nil, at) })
	if escape {
		return markupValue(s), nil
	}
	return stringValue(s), nil
}

// A selfRef is the variable self: its attributes are the template's blocks.
type selfRef struct {
	opaque
	f *frame
}

func (s *selfRef) typeName() string          { return "TemplateReference" }
func (s *selfRef) text(*run) (string, error) { return "<TemplateReference>", nil }

func (s *selfRef) attr(r *run, name string) (value, bool) {
	if len(s.f.vars.page.blocks[name]) == 0 {
		return value{}, false
	}
	return objectValue(&blockRef{f: s.f, name: name}), true
}

// special gives the names that only exist inside units: self and super.
func (c *compiler) special(x *nameExpr) evaluator {
	if len(c.resolve(x.name)) > 0 {
		return nil
	}
	switch {
	case x.name == "self":
		c.unit.captured = true
		return func(f *frame) value { return objectValue(&selfRef{f: f}) }
	case x.name == "super" && c.blockName() != "":
		c.unit.captured = true
		name := c.blockName()
		return func(f *frame) value { return f.superOf(name, f.level) }
	}
	return nil
}

// template compiles an expression that names a template.
func (c *compiler) template(x expr) func(f *frame) (*Template, error) {
	if l, ok := x.(*literalExpr); ok && l.val.kind == kindString {
		return func(f *frame) (*Template, error) { return f.env.literalTemplate(l) }
	}
	name := c.expr(x)
	return func(f *frame) (*Template, error) { return f.templateOf(name(f)) }
}

// literalTemplate gives the template that a literal names. It is looked for
// once, unless templates are reloaded: the analysis of a page and those who
// render it must not get different ones, though the environment may forget it.
func (e *Environment) literalTemplate(x *literalExpr) (*Template, error) {
	if t := x.template.Load(); t != nil {
		t.touch()
		return t, nil
	}
	t, err := e.Template(x.val.str())
	if err != nil || e.config.AutoReload {
		return t, err
	}
	x.template.CompareAndSwap(nil, t)
	return x.template.Load(), nil
}

// templateOf gives the template that a value names: a name, a list of names
// of which the first that exists is taken, or a template.
func (f *frame) templateOf(v value) (*Template, error) {
	if err := v.check(); err != nil {
		return nil, err
	}
	if v.kind == kindString {
		return f.env.Template(v.str())
	}
	if t, ok := v.ref.(*Template); ok {
		return t, nil
	}
	items, isList := listItems(v)
	if v.kind == kindTuple {
		items, isList = v.tuple().items, true
	}
	if !isList {
		return nil, faultf("a template's name is needed, got %s", v.typeName())
	}
	if len(items) == 0 {
		return nil, &fault{kind: ErrNotFound, message: "tried to select from an empty list of templates"}
	}
	var first error
	for _, item := range items {
		if _, isList := listItems(item); isList || item.kind == kindTuple {
			return nil, faultf("a template's name is needed, got %s", item.typeName())
		}
		t, err := f.templateOf(item)
		if err == nil || !isNotFound(err) {
			return t, err
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

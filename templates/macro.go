package templates

import (
	"fmt"
	"slices"
	"sync/atomic"
)

// A macro is a unit with the frame it was defined in.
type macro struct {
	opaque
	unit   *unit
	parent *frame
	vars   *bindings
	escape bool
}

func (m *macro) typeName() string { return "macro" }
func (m *macro) text(*run) (string, error) {
	return "<Macro " + stringRepr(m.unit.name) + ">", nil
}

func (m *macro) attr(r *run, name string) (value, bool) {
	u := m.unit
	switch name {
	case "name":
		if u.name == "caller" { // the body of a call block has no name
			return none, true
		}
		return stringValue(u.name), true
	case "arguments":
		items := make([]value, len(u.params))
		for i, p := range u.params {
			items[i] = stringValue(p)
		}
		return tupleValue(items...), true
	case "catch_varargs":
		return boolValue(u.catchVarargs >= 0), true
	case "catch_kwargs":
		return boolValue(u.catchKwargs >= 0), true
	case "caller":
		return boolValue(u.caller >= 0), true
	}
	return value{}, false
}

// macroUnit compiles a macro. Its body may read varargs, kwargs and caller.
func (c *compiler) macroUnit(m *macroStmt) *unit {
	u := &unit{name: m.name, pos: m.pos, params: m.params}
	return c.newUnit(u, c.scope, assigned(m.body), func() step {
		special := func(name string) int {
			if slices.Contains(m.params, name) || !uses(m.body, name) {
				return -1
			}
			v := c.declare(name)
			v.certain = true
			return v.slot
		}
		u.catchVarargs, u.catchKwargs, u.caller = special("varargs"), special("kwargs"), special("caller")
		if i := slices.Index(m.params, "caller"); i >= 0 {
			if i < len(m.params)-len(m.defaults) {
				c.fail(m.pos, "the parameter 'caller' needs a default, as a macro may be called without a call block")
			}
			u.caller = c.scope.vars["caller"].slot
		}
		u.defaults, u.constants = c.exprs(m.defaults), literals(m.defaults)
		body := c.body(m.body)
		u.leaf = leafOf(u, c.single)
		return body
	})
}

// literals gives the values of expressions, nil if some are not literals.
func literals(list []expr) []value {
	var out []value
	for _, x := range list {
		l, ok := x.(*literalExpr)
		if !ok {
			return nil
		}
		out = append(out, l.val)
	}
	return out
}

func (c *compiler) macroStatement(s *macroStmt) step {
	u := c.macroUnit(s)
	c.unit.captured = true
	if c.top {
		c.t.macros[s.name] = u
	}
	assign := c.assignName(s.name)
	return func(f *frame) signal {
		assign(f, objectValue(&macro{unit: u, parent: f, vars: f.vars, escape: f.escape}))
		return proceed
	}
}

// bind fills the slots of a new frame from call arguments.
func (m *macro) bind(f *frame, a *arguments) error {
	u := m.unit
	n := copy(f.slots[:len(u.params)], a.args)
	for _, k := range a.kwargs {
		i := slices.Index(u.params, k.name)
		switch {
		case i >= n || i >= 0 && f.slots[i].missing():
			f.slots[i] = k.val
		case i >= 0:
			return faultf("macro %s got two values for the argument %s", quote(u.name), quote(k.name))
		case k.name == "caller" && u.caller >= 0:
			f.slots[u.caller] = k.val
		case u.catchKwargs >= 0:
			m.keywords(f).setText(k.name, k.val)
		case k.name == "caller":
			return faultf("macro %s was called with a body, but does not use caller", quote(u.name))
		default:
			return faultf("macro %s takes no keyword argument %s%s", quote(u.name), quote(k.name), didYouMean(k.name, slices.Values(u.params)))
		}
	}
	switch {
	case u.catchVarargs >= 0:
		f.slots[u.catchVarargs] = tupleValue(slices.Clone(a.args[n:])...)
	case n < len(a.args):
		return faultf("macro %s takes not more than %d argument(s)", quote(u.name), len(u.params))
	}
	m.defaults(f, 0)
	return nil
}

func (m *macro) keywords(f *frame) *dict {
	slot := &f.slots[m.unit.catchKwargs]
	if slot.missing() {
		*slot = dictValue(newDict(1))
	}
	return slot.dict()
}

// defaults fills what the caller left out; the first parameters are given.
// // hot path
func (m *macro) defaults(f *frame, given int) {
	u := m.unit
	required := len(u.params) - len(u.defaults)
	for i := given; i < len(u.params); i++ {
		switch {
		case !f.slots[i].missing():
		case i >= required && u.constants != nil:
			f.slots[i] = u.constants[i-required]
		case i >= required:
			f.slots[i] = u.defaults[i-required](f)
		default:
			f.slots[i] = undefinedValue(&undefined{mode: f.undefined, name: u.params[i], hint: fmt.Sprintf("parameter %s was not provided", quote(u.params[i]))})
		}
	}
	if u.catchKwargs >= 0 {
		m.keywords(f)
	}
	if u.caller >= 0 && f.slots[u.caller].missing() {
		f.slots[u.caller] = undefinedValue(&undefined{mode: f.undefined, name: "caller", hint: "no caller defined"})
	}
}

// enter makes the frame of a call with bound arguments.
func (m *macro) enter(f *frame, a *arguments) (*frame, error) {
	inner := m.frame(f, 0)
	return inner, m.bind(inner, a)
}

// frame makes the frame of a call whose first arguments the caller fills in.
func (m *macro) frame(f *frame, given int) *frame {
	inner := f.frameFor(m.unit, given)
	inner.parent, inner.vars, inner.escape, inner.level = m.parent, m.vars, m.escape, m.parent.level
	return inner
}

// call gives the macro's text, as markup if its template is escaped.
func (m *macro) call(f *frame, a *arguments) (value, error) {
	inner, err := m.enter(f, a)
	if err != nil {
		return value{}, err
	}
	inner.plan = inner.soloPlan(m.unit.region)
	s := f.capture(func() { m.run(f, inner, a.at) })
	if m.escape {
		return markupValue(s), nil
	}
	return stringValue(s), nil
}

// run executes the body.
func (m *macro) run(f, inner *frame, at position) {
	f.descend(at)
	m.unit.body(inner)
	f.ascend()
	inner.leave()
}

// descend notes that another unit is entered from a place, and limits depth.
func (f *frame) descend(at position) {
	if f.depth++; f.depth > f.limits.Depth {
		f.throw(limitf("macros, blocks and includes nested deeper than %d (Limits.Depth)", f.limits.Depth), at)
	}
	if err := f.enter(); err != nil {
		f.throw(err, at)
	}
	f.chain = append(f.chain, entry{f.unit, at.line})
}

func (f *frame) ascend() {
	f.depth--
	f.chain = f.chain[:len(f.chain)-1]
}

// printCall compiles {{ fn(...) }}. The result of a macro is written in
// place, without a string between: its body is escaped for where it stands.
// // hot path
func (c *compiler) printCall(x *callExpr) step {
	if name, ok := x.fn.(*nameExpr); ok && name.name == "super" && len(x.args) == 0 && c.blockName() != "" && len(c.resolve("super")) == 0 {
		return c.printSuper(x)
	}
	fn := c.callee(x.fn)
	at := c.place(x)
	args := c.args(&x.callArgs, at)
	direct := c.directArgs(&x.callArgs)
	call, id := c.addCall(targetOf(x.fn), x.pos)
	c.referCall(x)
	return func(f *frame) signal {
		callee := fn(f)
		if m, ok := callee.ref.(*macro); ok && direct != nil && direct.fit(m.unit) {
			if plan := f.inPlace(m, call); plan != nil {
				if m.unit.leaf != nil && plan.textual && len(direct.vals) == 0 {
					direct.printLeaf(f, m, plan, at)
					return proceed
				}
				inner := m.frame(f, len(direct.args))
				direct.fill(f, inner)
				inner.plan = plan
				m.defaults(inner, len(direct.args))
				m.run(f, inner, at)
				return proceed
			}
		}
		f.printCall(callee, args(f), call, id, at)
		return proceed
	}
}

// A directArgs evaluates arguments straight into a macro's frame.
type directArgs struct {
	args  []directArg
	names []string
	vals  []evaluator

	inlined atomic.Pointer[inlined] // the leaf that was called last
}

// A directArg is often a constant, a variable or a field of one, which are
// read without a call.
type directArg struct {
	x        evaluator
	slot     int          // of the variable that x is, or has as a field; -1: x is something else
	field    *memberCache // of that field; nil: x is the variable
	constant *value       // that x is, or nil
}

func (c *compiler) directArgs(a *callArgs) *directArgs {
	if a.star != nil || a.starStar != nil {
		return nil
	}
	d := &directArgs{args: make([]directArg, len(a.args))}
	for i, x := range a.args {
		d.args[i] = c.directArg(x)
	}
	for _, k := range a.kwargs {
		d.names, d.vals = append(d.names, k.name), append(d.vals, c.expr(k.val))
	}
	return d
}

func (c *compiler) directArg(x expr) directArg {
	a := directArg{slot: -1}
	switch x := x.(type) {
	case *literalExpr:
		a.constant = &x.val
	case *nameExpr:
		if slot, ok := c.ownSlot(x); ok {
			a.slot = slot
		}
	case *attrExpr:
		if slot, ok := c.ownSlot(x.x); ok {
			a.slot, a.field = slot, new(memberCache)
			a.x = c.fieldOf(x, slot, a.field)
			return a
		}
	}
	a.x = c.expr(x)
	return a
}

// fit tells whether the arguments are just the macro's parameters. // hot path
func (d *directArgs) fit(u *unit) bool {
	if len(d.args) > len(u.params) || u.catchVarargs >= 0 {
		return false
	}
	for _, name := range d.names {
		if slices.Index(u.params, name) < len(d.args) {
			return false
		}
	}
	return true
}

// fill evaluates the arguments in f. // hot path
func (d *directArgs) fill(f, inner *frame) {
	for i := range d.args {
		inner.slots[i] = d.args[i].x(f)
	}
	for i, x := range d.vals {
		inner.slots[slices.Index(inner.unit.params, d.names[i])] = x(f)
	}
}

// inPlace gives the plan by which a macro's body can be written where it is
// called, or nil.
func (f *frame) inPlace(m *macro, call int) *plan {
	if !m.escape || !f.escape {
		return nil
	}
	if plan := f.plan.calls[call]; plan != nil && plan.region == m.unit.region {
		return plan
	}
	return nil
}

func (f *frame) printCall(callee value, a *arguments, call, id int, at position) {
	if m, ok := callee.ref.(*macro); ok {
		if plan := f.inPlace(m, call); plan != nil {
			inner, err := m.enter(f, a)
			if err != nil {
				f.throw(err, at)
			}
			f.recycle(a)
			inner.plan = plan
			m.run(f, inner, at)
			return
		}
	}
	v, err := f.call(callee, a)
	if err != nil {
		f.throw(err, at)
	}
	f.recycle(a)
	f.print(v, id, at)
}

// callStatement compiles {% call fn() %}: the body is a macro named caller.
func (c *compiler) callStatement(s *callStmt) step {
	u := c.macroUnit(s.macro)
	c.unit.captured = true
	fn := c.callee(s.call.fn)
	args := c.args(&s.call.callArgs, s.pos)
	at := s.pos
	if c.silent() {
		return nil
	}
	call, id := c.addCall(targetOf(s.call.fn), s.pos)
	return func(f *frame) signal {
		callee := fn(f)
		a := args(f)
		a.kwargs = append(a.kwargs, keyword{"caller", objectValue(&macro{unit: u, parent: f, vars: f.vars, escape: f.escape})})
		f.printCall(callee, a, call, id, at)
		return proceed
	}
}

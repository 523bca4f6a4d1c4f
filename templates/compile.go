package templates

import (
	"fmt"
	"slices"
	"strings"
)

// The compiler turns the syntax tree into closures: an expression becomes an
// evaluator, a statement a step. Names are resolved once, to slots of a frame
// or, if no scope of the template assigns them, to the bindings by name.
//
// A unit is what has a frame of its own: a template's top level, a block, a
// macro, the body of a call block or of a recursive loop. Inside a unit, a
// scope (a loop body, a with block, …) has slots of its own in the same frame.

// An evaluator computes an expression. Errors are thrown.
type evaluator func(f *frame) value

// A step executes a statement.
type step func(f *frame) signal

// A signal says how a step ended.
type signal uint8

const (
	proceed signal = iota
	breakLoop
	continueLoop
)

// A unit is compiled code with a frame of its own.
type unit struct {
	tmpl   *Template
	name   string // of a block or macro
	pos    position
	slots  int
	body   step
	region *region

	// captured: values may refer to its frames, so that these live on
	captured bool

	// of a macro
	params       []string
	defaults     []evaluator // of the last parameters
	constants    []value     // the same, if all are literals; else nil
	leaf         *leaf       // nil: the body is more than that
	catchVarargs int         // slots, or -1
	catchKwargs  int
	caller       int

	// of a template's top level
	setup    step // assignments and imports only
	required bool // of a block: must be overridden
}

// A scope maps the names that a piece of source assigns to slots.
type scope struct {
	unit  *unit
	outer *scope
	vars  map[string]*variable
}

type variable struct {
	slot    int
	certain bool // has a value wherever code that is compiled later runs
}

// A ref is a variable as seen from a frame: so many frames up, that slot.
type ref struct {
	hops, slot int
	certain    bool
}

type compiler struct {
	t        *Template
	unit     *unit
	scope    *scope
	region   *region
	shape    *[]shape // where the current statements' shapes go
	branches int      // conditional branches around
	soft     int      // unknown filters and tests are errors only when reached
	line     position // of the current statement
	top      bool     // at the template's top level, where set exports
	extended bool     // an unconditional extends has been seen
	branched bool     // an extends that may not run has been seen
	setup    *[]step
	single   *leaf // the body that was compiled last, if it is one run of pieces
}

func compileTemplate(t *Template, body []stmt) (err error) {
	c := &compiler{t: t, top: true}
	t.blocks, t.macros, t.links = map[string]*unit{}, map[string]*unit{}, map[string]linked{}
	t.nested, t.assigned, t.exports = map[string]bool{}, assigned(body), exports(body)
	defer func() {
		switch r := recover().(type) {
		case nil:
		case parseError:
			err = t.src.place(r.err, r.pos)
		default:
			panic(r)
		}
	}()
	var setup []step
	c.setup = &setup
	t.root = c.newUnit(&unit{pos: position{1, 1}}, nil, t.assigned, func() step { return c.body(body) })
	t.root.setup = sequenceOf(setup)
	return nil
}

func (c *compiler) fail(at position, format string, args ...any) {
	panic(parseError{&fault{kind: ErrSyntax, message: fmt.Sprintf(format, args...)}, at})
}

// newUnit compiles a unit. Its first scope lies within outer and declares the
// parameters, then names.
func (c *compiler) newUnit(u *unit, outer *scope, names []string, build func() step) *unit {
	saved := *c
	u.tmpl, u.catchVarargs, u.catchKwargs, u.caller = c.t, -1, -1, -1
	c.unit, c.branches, c.soft, c.line = u, 0, 0, u.pos
	c.scope = &scope{unit: u, outer: outer, vars: map[string]*variable{}}
	u.region = c.openRegion(u.name)
	if saved.unit != nil {
		c.top, c.extended, c.branched, c.setup = false, false, false, nil
		if outer != nil { // a macro in a block can call its super
			u.region.block = saved.unit.region.block
		}
	}
	for _, p := range u.params {
		c.declare(p).certain = true
	}
	for _, n := range names {
		c.declare(n)
	}
	u.body = build()
	*c = saved
	return u
}

// openRegion begins a region; what is compiled next belongs to it.
func (c *compiler) openRegion(name string) *region {
	c.region = &region{tmpl: c.t, name: name}
	c.shape = &c.region.shape
	return c.region
}

func (c *compiler) declare(name string) *variable {
	if v, ok := c.scope.vars[name]; ok {
		return v
	}
	v := &variable{slot: c.unit.slots}
	c.unit.slots++
	c.scope.vars[name] = v
	return v
}

// inScope compiles with a new scope that declares names. The slots are given
// back so that the code can empty them at each entry.
func (c *compiler) inScope(names []string, build func()) (first, count int) {
	saved, top := c.scope, c.top
	c.scope = &scope{unit: c.unit, outer: saved, vars: map[string]*variable{}}
	c.top = false
	first = c.unit.slots
	for _, n := range names {
		c.declare(n)
	}
	count = c.unit.slots - first
	build()
	c.scope, c.top = saved, top
	return first, count
}

// empty clears the slots of a scope, so that nothing is left from the last
// time round.
func (f *frame) empty(first, count int) {
	clear(f.slots[first : first+count])
}

// resolve lists where a name may be found, innermost first.
func (c *compiler) resolve(name string) []ref {
	var refs []ref
	hops, u := 0, c.unit
	for s := c.scope; s != nil; s = s.outer {
		if s.unit != u {
			u = s.unit
			hops++
		}
		if v, ok := s.vars[name]; ok {
			refs = append(refs, ref{hops, v.slot, v.certain})
			if v.certain {
				break
			}
		}
	}
	return refs
}

// visible lists all names in scope, for includes and scoped blocks.
func (c *compiler) visible() map[string][]ref {
	all := map[string][]ref{}
	for s := c.scope; s != nil; s = s.outer {
		for name := range s.vars {
			if all[name] == nil {
				all[name] = c.resolve(name)
			}
		}
	}
	return all
}

// at follows a ref to its slot.
func (f *frame) at(r ref) *value {
	for range r.hops {
		f = f.parent
	}
	return &f.slots[r.slot]
}

// locals gives the variables of the enclosing scopes that have a value.
func (f *frame) locals(visible map[string][]ref) []binding {
	vars := make([]binding, 0, len(visible))
	for name, refs := range visible {
		for _, r := range refs {
			if v := *f.at(r); !v.missing() {
				vars = append(vars, binding{name: name, val: v})
				break
			}
		}
	}
	return vars
}

// assigned lists the names that statements assign in their own scope.
func assigned(body []stmt) []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, s := range body {
		switch s := s.(type) {
		case *setStmt:
			targetNames(s.target, add)
		case *setBlockStmt:
			targetNames(s.target, add)
		case *macroStmt:
			add(s.name)
		case *importStmt:
			add(s.as)
		case *fromStmt:
			for _, n := range s.names {
				add(n[1])
			}
		case *ifStmt:
			for _, n := range assigned(s.then) {
				add(n)
			}
			for _, n := range assigned(s.els) {
				add(n)
			}
		}
	}
	return names
}

// exports lists the names that a template assigns at top level and others may
// import: not those that begin with an underscore, nor its own imports.
func exports(body []stmt) []string {
	own := slices.DeleteFunc(slices.Clone(body), func(s stmt) bool {
		switch s.(type) {
		case *importStmt, *fromStmt:
			return true
		}
		return false
	})
	return slices.DeleteFunc(assigned(own), func(name string) bool { return strings.HasPrefix(name, "_") })
}

func targetNames(target expr, add func(string)) {
	switch t := target.(type) {
	case *nameExpr:
		add(t.name)
	case *tupleExpr:
		for _, item := range t.items {
			targetNames(item, add)
		}
	}
}

// uses tells whether body reads the name, not looking into blocks.
func uses(body []stmt, name string) bool {
	found := false
	inspect(body, func(s stmt) bool { _, block := s.(*blockStmt); return !block }, func(x expr) {
		if n, ok := x.(*nameExpr); ok && n.name == name {
			found = true
		}
	})
	return found
}

// body compiles statements that run one after the other.
func (c *compiler) body(list []stmt) step {
	line := c.line
	defer func() { c.line = line }()
	list = c.withNonces(mergeText(list))
	var r runOf
	for i := 0; i < len(list); i++ {
		s := list[i]
		c.line = s.at()
		if c.piece(s, &r) {
			continue
		}
		r.end(c)
		if tag := c.openTag(list, i); tag != nil {
			r.steps = append(r.steps, tag)
			i++
			continue
		}
		if compiled := c.statement(s); compiled != nil {
			r.steps = append(r.steps, compiled)
			if c.top && c.branches == 0 && prepares(s) {
				*c.setup = append(*c.setup, compiled)
			}
		}
	}
	c.single = nil
	if len(r.steps) == 0 {
		c.single = &leaf{r.pieces, r.text}
	}
	r.end(c)
	return sequenceOf(r.steps)
}

// prepares tells whether a top-level statement binds names or a parent.
func prepares(s stmt) bool {
	switch s := s.(type) {
	case *setStmt, *setBlockStmt, *importStmt, *fromStmt, *macroStmt, *extendsStmt:
		return true
	case *ifStmt:
		return slices.ContainsFunc(s.then, prepares) || slices.ContainsFunc(s.els, prepares)
	}
	return false
}

// mergeText joins neighbouring text.
func mergeText(list []stmt) []stmt {
	out := make([]stmt, 0, len(list))
	for _, s := range list {
		if t, ok := s.(*textStmt); ok && len(out) > 0 {
			if last, ok := out[len(out)-1].(*textStmt); ok {
				out[len(out)-1] = &textStmt{last.node, last.text + t.text}
				continue
			}
		}
		out = append(out, s)
	}
	return out
}

// sequenceOf runs steps in order; short ones without a loop.
func sequenceOf(steps []step) step {
	switch len(steps) {
	case 0:
		return func(*frame) signal { return proceed }
	case 1:
		return steps[0]
	case 2:
		a, b := steps[0], steps[1]
		return func(f *frame) signal {
			if s := a(f); s != proceed {
				return s
			}
			return b(f)
		}
	}
	return func(f *frame) signal {
		for _, s := range steps {
			if sig := s(f); sig != proceed {
				return sig
			}
		}
		return proceed
	}
}

// place is where an error of an expression is reported: at the expression if
// it is on the line of its statement, else at the statement, as Jinja's
// generated code does it.
func (c *compiler) place(x expr) position {
	if at := x.at(); at.line == c.line.line {
		return at
	}
	return c.line
}

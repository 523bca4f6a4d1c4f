package templates

import (
	"strconv"
)

// forStatement compiles a loop.
func (c *compiler) forStatement(s *forStmt) step {
	if s.recursive {
		return c.recursiveLoop(s)
	}
	iter := c.expr(s.iter)
	run := c.loopOver(s)
	return func(f *frame) signal { return run(f, iter(f), nil) }
}

// A looper runs a loop over a value, with l as its variable loop; nil: a new
// one, if the body needs it.
type looper func(f *frame, over value, l *loop) signal

// loopOver compiles everything but the expression that is iterated over.
func (c *compiler) loopOver(s *forStmt) looper {
	var head loopHead
	var body, els step
	var first, count, elsFirst, elsCount int
	single := -1 // the slot of a loop variable that stands alone
	branches, soft := c.branches, c.soft
	c.branches, c.soft = 0, 0
	c.fork(shapeFor, func() {
		c.inScope(nil, func() {
			head = c.loopHead(s)
			if slot, ok := c.ownSlot(s.target); ok {
				single = slot
			}
			first = c.unit.slots
			for _, n := range assigned(s.body) {
				c.declare(n)
			}
			count = c.unit.slots - first
			body = c.body(s.body)
		})
	}, func() {
		elsFirst, elsCount = c.inScope(assigned(s.els), func() { els = c.body(s.els) })
	})
	c.branches, c.soft = branches, soft
	return func(f *frame, over value, l *loop) signal {
		seq := head.sequence(f, over)
		if seq.n == 0 {
			f.empty(elsFirst, elsCount)
			return els(f)
		}
		if head.slot >= 0 {
			if l == nil {
				l = new(loop)
			}
			l.seq, l.run = seq, f.run
			f.slots[head.slot] = objectValue(l)
		}
		for i := range seq.n { // hot path
			if err := f.step(); err != nil {
				f.throw(err, head.pos)
			}
			if count > 0 {
				f.empty(first, count)
			}
			if l != nil {
				l.index = i
			}
			if single >= 0 {
				f.slots[single] = seq.item(i)
			} else {
				head.assign(f, seq.item(i))
			}
			if body(f) == breakLoop {
				break
			}
		}
		return proceed
	}
}

// A loopHead is {% for assign in … if filter %}.
type loopHead struct {
	pos    position
	assign func(*frame, value)
	filter func(*frame) bool // nil: none
	slot   int               // of the variable loop; -1: nothing reads it
	slices *sliceCache
}

func (c *compiler) loopHead(s *forStmt) loopHead {
	h := loopHead{pos: s.pos, slot: -1, slices: new(sliceCache)}
	h.assign = c.target(s.target, s.pos)
	if s.filter != nil {
		h.filter = c.truth(s.filter)
	}
	if s.recursive || uses(s.body, "loop") || hasScopedBlock(s.body) {
		v := c.declare("loop")
		v.certain = true
		h.slot = v.slot
	}
	return h
}

// sequence gives what the loop runs over, without what its filter rejects.
func (h *loopHead) sequence(f *frame, over value) sequence {
	seq, known := h.slices.sequence(&over.ref)
	if !known {
		var err error
		if seq, err = f.sequence(over); err != nil {
			f.throw(err, h.pos)
		}
		if over.kind == kindGo {
			h.slices.learn(over.ref, &seq)
		}
	}
	if h.filter == nil {
		return seq
	}
	var kept []value
	for i := range seq.n {
		if err := f.step(); err != nil {
			f.throw(err, h.pos)
		}
		item := seq.item(i)
		h.assign(f, item)
		if h.filter(f) {
			kept = append(kept, item)
		}
	}
	return sequence{items: kept, n: len(kept)}
}

func hasScopedBlock(body []stmt) bool {
	found := false
	inspect(body, func(s stmt) bool {
		if b, ok := s.(*blockStmt); ok && b.scoped {
			found = true
		}
		return true
	}, func(expr) {})
	return found
}

// A loop is the variable of that name.
type loop struct {
	opaque
	run     *run
	seq     sequence
	index   int
	depth   int
	last    []value                                       // arguments of the last changed()
	recurse func(f *frame, over value, at position) value // nil: not recursive
}

func (l *loop) typeName() string { return "LoopContext" }
func (l *loop) text(*run) (string, error) {
	return "<LoopContext " + strconv.Itoa(l.index+1) + "/" + strconv.Itoa(l.seq.n) + ">", nil
}
func (l *loop) length() (int, bool) { return l.seq.n, true }

// A loopNumber is an attribute that is a number: a sum of these.
type loopNumber struct{ index, length, depth, plus int }

// of computes the number. // hot path
func (n loopNumber) of(l *loop) value {
	return intValue(int64(n.index*l.index + n.length*l.seq.n + n.depth*l.depth + n.plus))
}

var loopNumbers = map[string]loopNumber{
	"index":     {index: 1, plus: 1},
	"index0":    {index: 1},
	"revindex":  {length: 1, index: -1},
	"revindex0": {length: 1, index: -1, plus: -1},
	"length":    {length: 1},
	"depth":     {depth: 1, plus: 1},
	"depth0":    {depth: 1},
}

func (l *loop) attr(r *run, name string) (value, bool) {
	switch name {
	case "first":
		return boolValue(l.index == 0), true
	case "last":
		return boolValue(l.index == l.seq.n-1), true
	case "previtem":
		return l.neighbour(-1, "there is no previous item"), true
	case "nextitem":
		return l.neighbour(1, "there is no next item"), true
	case "cycle":
		return objectValue(&function{name: name, fn: l.cycle}), true
	case "changed":
		return objectValue(&function{name: name, fn: l.changed}), true
	}
	if number, ok := loopNumbers[name]; ok {
		return number.of(l), true
	}
	return value{}, false
}

func (l *loop) neighbour(by int, hint string) value {
	if i := l.index + by; i >= 0 && i < l.seq.n {
		return l.seq.item(i)
	}
	return undefinedValue(&undefined{mode: l.run.undefined, hint: hint})
}

func (l *loop) cycle(f *frame, a *arguments) (value, error) {
	if len(a.args) == 0 {
		return value{}, faultf("no items for cycling given")
	}
	return a.args[l.index%len(a.args)], nil
}

func (l *loop) changed(f *frame, a *arguments) (value, error) {
	if l.last != nil && new(comparison).items(l.last, a.args) {
		return falseValue, nil
	}
	l.last = append([]value{}, a.args...)
	return trueValue, nil
}

// call is {{ loop(children) }} in a recursive loop.
func (l *loop) call(f *frame, a *arguments) (value, error) {
	if l.recurse == nil {
		return value{}, faultf("the loop must have the 'recursive' marker to be called recursively")
	}
	if len(a.args) != 1 {
		return value{}, faultf("loop() takes 1 argument but %d were given", len(a.args))
	}
	return l.recurse(f, a.args[0], a.at), nil
}

// recursiveLoop compiles the loop as a unit that calls itself.
func (c *compiler) recursiveLoop(s *forStmt) step {
	r := &recursion{iter: c.expr(s.iter), pos: s.pos}
	r.unit = c.newUnit(&unit{name: "loop", pos: s.pos}, c.scope, nil, func() step {
		r.run = c.loopOver(s)
		return skip
	})
	c.unit.captured, r.unit.captured = true, true
	call := c.addShape(target{region: r.unit.region}, s.pos)
	return func(f *frame) signal {
		r.enter(f, f, r.iter(f), 0, f.called(call), r.pos)
		return proceed
	}
}

// A recursion is a compiled recursive loop.
type recursion struct {
	iter evaluator
	run  looper
	unit *unit
	pos  position
}

// enter runs one level, called from f. The frame outer is the one that the
// loop stands in.
func (r *recursion) enter(f, outer *frame, over value, depth int, p *plan, at position) {
	inner := f.frame(r.unit)
	inner.parent, inner.vars, inner.escape, inner.level = outer, outer.vars, outer.escape, outer.level
	inner.use(p)
	f.descend(at)
	r.run(inner, over, &loop{depth: depth, recurse: func(f *frame, over value, at position) value {
		return outer.textOf(f.capture(func() { r.enter(f, outer, over, depth+1, nil, at) }))
	}})
	f.ascend()
}

// called gives the plan of a call in place, if there are plans.
func (f *frame) called(call int) *plan {
	if f.plan == nil {
		return nil
	}
	return f.plan.calls[call]
}

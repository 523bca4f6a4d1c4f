package templates

// forStatement compiles a loop.
func (c *compiler) forStatement(s *forStmt) step {
	if s.recursive {
		return c.recursiveLoop(s)
	}
	iter := c.expr(s.iter)
	run := c.loopBody(s)
	return func(f *frame) signal {
		run(f, iter(f), nil)
		return proceed
	}
}

// A looper runs a loop over a value. The loop around, or nil, gives depth to
// a recursive one.
type looper func(f *frame, over value, l *loop)

// loopBody compiles everything but the expression that is iterated over.
// A variable loop exists only if the body reads it.
func (c *compiler) loopBody(s *forStmt) looper {
	var target func(*frame, value)
	var filter func(*frame) bool
	var body, els step
	slot := -1
	loopVar := s.recursive || uses(s.body, "loop") || hasScopedBlock(s.body)
	branches, soft := c.branches, c.soft
	var first, count int
	c.fork(shapeFor, func() {
		c.branches, c.soft = 0, 0
		first, count = c.inScope(nil, func() {
			target = c.target(s.target, s.pos)
			if s.filter != nil {
				filter = c.truth(s.filter)
			}
			if loopVar {
				v := c.declare("loop")
				v.certain = true
				slot = v.slot
			}
			for _, n := range assigned(s.body) {
				c.declare(n)
			}
			body = c.body(s.body)
		})
		count = c.unit.slots - first
	}, func() {
		c.inScope(assigned(s.els), func() { els = c.body(s.els) })
	})
	c.branches, c.soft = branches, soft
	at := s.pos
	return func(f *frame, over value, l *loop) {
		seq := f.loopSequence(over, filter, target, at)
		if seq.n == 0 {
			els(f)
			return
		}
		if slot >= 0 {
			if l == nil {
				l = new(loop)
			}
			l.seq, l.run = seq, f.run
		}
		for i := range seq.n {
			if err := f.step(); err != nil {
				f.throw(err, at)
			}
			f.empty(first, count)
			if slot >= 0 {
				l.index = i
				f.slots[slot] = objectValue(l)
			}
			target(f, seq.item(i))
			if body(f) == breakLoop {
				break
			}
		}
	}
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

// loopSequence gives what a loop runs over, without what its filter rejects.
func (f *frame) loopSequence(over value, filter func(*frame) bool, target func(*frame, value), at position) sequence {
	seq, err := f.sequence(over)
	if err != nil {
		f.throw(err, at)
	}
	if filter == nil {
		return seq
	}
	var kept []value
	for i := range seq.n {
		if err := f.step(); err != nil {
			f.throw(err, at)
		}
		item := seq.item(i)
		target(f, item)
		if filter(f) {
			kept = append(kept, item)
		}
	}
	return sequence{items: kept, n: len(kept)}
}

// A loop is the variable of that name.
type loop struct {
	opaque
	run     *run
	seq     sequence
	index   int
	depth   int
	last    []value // arguments of the last changed()
	recurse func(f *frame, over value, depth int, at position) value
}

func (l *loop) typeName() string { return "LoopContext" }
func (l *loop) text(*run) (string, error) {
	return "<LoopContext " + intText(l.index+1) + "/" + intText(l.seq.n) + ">", nil
}
func (l *loop) length() (int, bool) { return l.seq.n, true }

// loopNumbers are the attributes that are numbers.
var loopNumbers = map[string]func(l *loop) int{
	"index":     func(l *loop) int { return l.index + 1 },
	"index0":    func(l *loop) int { return l.index },
	"revindex":  func(l *loop) int { return l.seq.n - l.index },
	"revindex0": func(l *loop) int { return l.seq.n - l.index - 1 },
	"length":    func(l *loop) int { return l.seq.n },
	"depth":     func(l *loop) int { return l.depth + 1 },
	"depth0":    func(l *loop) int { return l.depth },
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
	if number := loopNumbers[name]; number != nil {
		return intValue(int64(number(l))), true
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
	if l.last != nil && equalItems(l.last, a.args, 0) {
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
	return l.recurse(f, a.args[0], l.depth+1, a.at), nil
}

// recursiveLoop compiles the loop as a unit that calls itself.
func (c *compiler) recursiveLoop(s *forStmt) step {
	iter := c.expr(s.iter)
	var run looper
	setup := c.setup
	c.setup = nil
	u := c.newUnit("loop", s.pos, nil, func() step {
		c.top = false
		run = c.loopBody(s)
		return func(*frame) signal { return proceed }
	}, nil)
	c.setup = setup
	c.unit.captured, u.captured = true, true
	call, _ := c.addCall(target{region: u.region}, s.pos)
	at := s.pos
	var recurse func(outer *frame) func(f *frame, over value, depth int, at position) value
	enter := func(f, outer *frame, over value, depth int, p *plan, at position) {
		inner := &frame{run: f.run, unit: u, slots: make([]value, u.slots), parent: outer, vars: outer.vars, escape: outer.escape, plan: p, level: outer.level}
		f.descend(at)
		run(inner, over, &loop{depth: depth, recurse: recurse(outer)})
		f.ascend()
	}
	recurse = func(outer *frame) func(*frame, value, int, position) value {
		return func(f *frame, over value, depth int, at position) value {
			return outer.textOf(f.capture(func() { enter(f, outer, over, depth, outer.soloPlan(u.region), at) }))
		}
	}
	return func(f *frame) signal {
		enter(f, f, iter(f), 0, f.called(call), at)
		return proceed
	}
}

// called gives the plan of a call in place, if there are plans.
func (f *frame) called(call int) *plan {
	if f.plan == nil {
		return nil
	}
	return f.plan.calls[call]
}

package templates

import "reflect"

// expr compiles an expression.
func (c *compiler) expr(x expr) evaluator {
	switch x := x.(type) {
	case *literalExpr:
		v := x.val
		return func(*frame) value { return v }
	case *nameExpr:
		return c.name(x)
	case *attrExpr:
		return c.attr(x)
	case *itemExpr:
		return c.item(x)
	case *sliceExpr:
		return c.slice(x)
	case *callExpr:
		return c.call(x)
	case *filterExpr:
		return c.filter(x, c.expr(x.x))
	case *testExpr:
		return c.test(x)
	case *listExpr:
		items := c.exprs(x.items)
		return func(f *frame) value { return listValue(evaluate(f, items)) }
	case *tupleExpr:
		items := c.exprs(x.items)
		return func(f *frame) value { return tupleValue(evaluate(f, items)...) }
	case *dictExpr:
		return c.dict(x)
	case *unaryExpr:
		return c.unary(x)
	case *binaryExpr:
		return c.binary(x)
	case *concatExpr:
		return c.concat(x)
	case *compareExpr:
		return c.compare(x)
	case *condExpr:
		return c.cond(x)
	}
	c.fail(x.at(), "unexpected expression")
	return nil
}

func (c *compiler) exprs(list []expr) []evaluator {
	out := make([]evaluator, len(list))
	for i, x := range list {
		out[i] = c.expr(x)
	}
	return out
}

func evaluate(f *frame, list []evaluator) []value {
	out := make([]value, len(list))
	for i, x := range list {
		out[i] = x(f)
	}
	return out
}

// name reads a variable: the innermost scope that has given it a value, then
// the bindings. // hot path
func (c *compiler) name(x *nameExpr) evaluator {
	if special := c.special(x); special != nil {
		return special
	}
	refs, name, at := c.resolve(x.name), x.name, c.place(x)
	c.note(x, refs)
	if len(refs) == 1 && refs[0].certain {
		r := refs[0]
		if r.hops == 0 {
			return func(f *frame) value { return f.slots[r.slot] }
		}
		return func(f *frame) value { return *f.at(r) }
	}
	if len(refs) == 0 {
		return func(f *frame) value {
			if b := f.vars; len(b.vars) > 0 && b.vars[0].name == name {
				return b.vars[0].val
			}
			if v, ok := f.variable(name); ok {
				return v
			}
			return f.undefinedName(name, at)
		}
	}
	return func(f *frame) value {
		for _, r := range refs {
			if v := *f.at(r); !v.missing() {
				return v
			}
		}
		if v, ok := f.variable(name); ok {
			return v
		}
		return f.undefinedName(name, at)
	}
}

func (f *frame) undefinedName(name string, at position) value {
	v := undefinedValue(&undefined{mode: f.undefined, name: name, known: f.names})
	f.watch(v, at)
	return v
}

// attr reads x.name. // hot path
func (c *compiler) attr(x *attrExpr) evaluator {
	if n, ok := x.x.(*nameExpr); ok && n.name == "loop" {
		if number, ok := loopNumbers[x.name]; ok {
			return c.loopNumber(x, number)
		}
	}
	return c.attrOf(x, c.expr(x.x))
}

// loopNumber reads loop.index and its like without looking the name up each
// time. // hot path
func (c *compiler) loopNumber(x *attrExpr, number loopNumber) evaluator {
	get := c.expr(x.x)
	general := c.attrOf(x, get)
	if slot, ok := c.ownSlot(x.x); ok {
		return func(f *frame) value {
			if l, ok := f.slots[slot].ref.(*loop); ok {
				return number.of(l)
			}
			return general(f)
		}
	}
	return func(f *frame) value {
		if l, ok := get(f).ref.(*loop); ok {
			return number.of(l)
		}
		return general(f)
	}
}

// ownSlot gives the slot of a variable that is certain to be in the frame of
// the code that reads it.
func (c *compiler) ownSlot(x expr) (int, bool) {
	n, ok := x.(*nameExpr)
	if !ok {
		return 0, false
	}
	refs := c.resolve(n.name)
	if len(refs) != 1 || !refs[0].certain || refs[0].hops > 0 {
		return 0, false
	}
	return refs[0].slot, true
}

func (c *compiler) attrOf(x *attrExpr, get evaluator) evaluator {
	if n, ok := x.x.(*nameExpr); ok && n.name == "self" && len(c.resolve("self")) == 0 {
		c.refer(nil, refSelf, x.name, x.pos)
	}
	if slot, ok := c.ownSlot(x.x); ok {
		return c.fieldOf(x, slot, new(memberCache))
	}
	name, at, cache := x.name, c.place(x), new(memberCache)
	return func(f *frame) value {
		o := get(f)
		return f.attrOf(&o, name, cache, at)
	}
}

// fieldOf reads an attribute of a variable in the frame itself. // hot path
func (c *compiler) fieldOf(x *attrExpr, slot int, cache *memberCache) evaluator {
	name, at := x.name, c.place(x)
	return func(f *frame) value {
		o := &f.slots[slot]
		if p, kind := cache.field(&o.ref); kind != reflect.Invalid {
			return scalarAt(p, kind)
		}
		return f.attrOf(o, name, cache, at)
	}
}

func (f *frame) attrOf(o *value, name string, cache *memberCache, at position) value {
	if o.kind == kindGo {
		if m, ok := o.ref.(map[string]any); ok {
			if v, ok := m[name]; ok && methodOf(kindDict, name) == nil {
				return of(v)
			}
		} else if v, ok := cache.attr(o.ref, name); ok {
			return v
		}
	}
	v, err := f.attribute(*o, name)
	if err != nil {
		f.throw(err, at)
	}
	if v.undefined() {
		f.watch(v, at)
	}
	return v
}

func (c *compiler) item(x *itemExpr) evaluator {
	get, key, at := c.expr(x.x), c.expr(x.key), c.place(x)
	return func(f *frame) value {
		v, err := f.subscript(get(f), key(f))
		if err != nil {
			f.throw(err, at)
		}
		if v.undefined() {
			f.watch(v, at)
		}
		return v
	}
}

func (c *compiler) slice(x *sliceExpr) evaluator {
	get, at := c.expr(x.x), c.place(x)
	bounds := [3]evaluator{}
	for i, b := range [3]expr{x.low, x.high, x.step} {
		bounds[i] = func(*frame) value { return none }
		if b != nil {
			bounds[i] = c.expr(b)
		}
	}
	return func(f *frame) value {
		v, err := f.run.slice(get(f), bounds[0](f), bounds[1](f), bounds[2](f))
		if err != nil {
			f.throw(err, at)
		}
		return v
	}
}

func (c *compiler) dict(x *dictExpr) evaluator {
	keys, vals, at := c.exprs(x.keys), c.exprs(x.vals), c.place(x)
	return func(f *frame) value {
		d := newDict(len(keys))
		for i := range keys {
			if err := d.set(keys[i](f), vals[i](f)); err != nil {
				f.throw(err, at)
			}
		}
		return dictValue(d)
	}
}

func (c *compiler) unary(x *unaryExpr) evaluator {
	if x.op == "not" {
		test := c.truth(x.x)
		return func(f *frame) value { return boolValue(!test(f)) }
	}
	get, at := c.expr(x.x), c.place(x)
	compute := (*run).plus
	if x.op == "-" {
		compute = (*run).negate
	}
	return func(f *frame) value {
		v, err := compute(f.run, get(f))
		if err != nil {
			f.throw(err, at)
		}
		return v
	}
}

func (c *compiler) binary(x *binaryExpr) evaluator {
	a, b, at, op := c.expr(x.x), c.expr(x.y), c.place(x), x.op
	if op == "and" || op == "or" {
		isOr := op == "or"
		return func(f *frame) value {
			v := a(f)
			if f.isTrue(v, at) == isOr {
				return v
			}
			return b(f)
		}
	}
	return func(f *frame) value {
		v, err := f.arithmetic(op, a(f), b(f))
		if err != nil {
			f.throw(err, at)
		}
		return v
	}
}

// isTrue is truth with the error thrown.
func (f *frame) isTrue(v value, at position) bool {
	if v.kind == kindBool {
		return v.num != 0
	}
	ok, err := f.truth(v)
	if err != nil {
		f.throw(err, at)
	}
	return ok
}

// truth compiles a condition. // hot path
func (c *compiler) truth(x expr) func(f *frame) bool {
	switch x := x.(type) {
	case *testExpr:
		if quick := c.quickTest(x); quick != nil {
			return quick
		}
	case *unaryExpr:
		if x.op == "not" {
			test := c.truth(x.x)
			return func(f *frame) bool { return !test(f) }
		}
	case *binaryExpr:
		switch x.op {
		case "and":
			a, b := c.truth(x.x), c.truth(x.y)
			return func(f *frame) bool { return a(f) && b(f) }
		case "or":
			a, b := c.truth(x.x), c.truth(x.y)
			return func(f *frame) bool { return a(f) || b(f) }
		}
	}
	get, at := c.expr(x), c.place(x)
	return func(f *frame) bool { return f.isTrue(get(f), at) }
}

func (c *compiler) concat(x *concatExpr) evaluator {
	items, at := c.exprs(x.items), c.place(x)
	return func(f *frame) value {
		v, err := f.join(evaluate(f, items))
		if err != nil {
			f.throw(err, at)
		}
		return v
	}
}

func (c *compiler) compare(x *compareExpr) evaluator {
	first, rest, at, ops := c.expr(x.x), c.exprs(x.ys), c.place(x), x.ops
	return func(f *frame) value {
		a := first(f)
		for i, op := range ops {
			b := rest[i](f)
			ok, err := f.run.compare(op, a, b)
			if err != nil {
				f.throw(err, at)
			}
			if !ok {
				return falseValue
			}
			a = b
		}
		return trueValue
	}
}

// noElse is lenient whatever the mode: nothing was misspelled.
var noElse = undefinedValue(&undefined{hint: "the inline if-expression evaluated to false and no else section was defined"})

func (c *compiler) cond(x *condExpr) evaluator {
	c.soft++
	defer func() { c.soft-- }()
	test, yes := c.truth(x.test), c.expr(x.yes)
	if x.no == nil {
		return func(f *frame) value {
			if test(f) {
				return yes(f)
			}
			return noElse
		}
	}
	no := c.expr(x.no)
	return func(f *frame) value {
		if test(f) {
			return yes(f)
		}
		return no(f)
	}
}

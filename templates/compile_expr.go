package templates

import (
	"slices"
)

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
	refs, name := c.resolve(x.name), x.name
	c.note(x, refs)
	if len(refs) == 1 && refs[0].certain {
		r := refs[0]
		if r.hops == 0 {
			return func(f *frame) value { return f.slots[r.slot] }
		}
		return func(f *frame) value { return *f.at(r) }
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
		return f.undefinedName(name)
	}
}

func (f *frame) undefinedName(name string) value {
	return undefinedValue(&undefined{mode: f.undefined, name: name, known: f.names})
}

// changing are the methods that change their object.
var changing = []string{"append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "update", "setdefault", "popitem"}

// receiver compiles the object of a method call. A variable that the method
// changes is made the rendering's own first.
func (c *compiler) receiver(x *attrExpr) evaluator {
	n, ok := x.x.(*nameExpr)
	if !ok || !slices.Contains(changing, x.name) {
		return c.expr(x.x)
	}
	get, name := c.expr(n), n.name
	if len(c.resolve(name)) > 0 {
		return get
	}
	return func(f *frame) value {
		if v, ok := f.own(name); ok {
			return v
		}
		return get(f)
	}
}

// attr reads x.name. // hot path
func (c *compiler) attr(x *attrExpr) evaluator {
	if n, ok := x.x.(*nameExpr); ok && n.name == "loop" {
		if number := loopNumbers[x.name]; number != nil {
			return c.loopNumber(x, number)
		}
	}
	return c.attrOf(x, c.expr(x.x))
}

// loopNumber reads loop.index and its like without looking the name up each
// time. // hot path
func (c *compiler) loopNumber(x *attrExpr, number func(l *loop) int) evaluator {
	get := c.expr(x.x)
	general := c.attrOf(x, get)
	return func(f *frame) value {
		if l, ok := get(f).ref.(*loop); ok {
			return intValue(int64(number(l)))
		}
		return general(f)
	}
}

func (c *compiler) attrOf(x *attrExpr, get evaluator) evaluator {
	name, at := x.name, c.place(x)
	cache := new(memberCache)
	return func(f *frame) value {
		o := get(f)
		if o.kind == kindGo {
			if m, ok := o.ref.(map[string]any); ok {
				if v, ok := m[name]; ok && methodOf(kindDict, name) == nil {
					return of(v)
				}
			} else if v, ok := cache.attr(o.ref, name); ok {
				return v
			}
		}
		v, err := f.attribute(o, name)
		if err != nil {
			f.throw(err, at)
		}
		return v
	}
}

func (c *compiler) item(x *itemExpr) evaluator {
	get, key, at := c.expr(x.x), c.expr(x.key), c.place(x)
	return func(f *frame) value {
		v, err := f.subscript(get(f), key(f))
		if err != nil {
			f.throw(err, at)
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

// An arguments holds evaluated call arguments. It is used again after the
// call: what is called copies what it keeps.
type arguments struct {
	args   []value
	kwargs []keyword
	at     position // of the call, for what is called
}

type keyword struct {
	name string
	val  value
}

// args compiles call arguments.
func (c *compiler) args(a *callArgs, at position) func(f *frame) *arguments {
	args := c.exprs(a.args)
	kwargs := make([]evaluator, len(a.kwargs))
	names := make([]string, len(a.kwargs))
	for i, k := range a.kwargs {
		names[i], kwargs[i] = k.name, c.expr(k.val)
		if slices.Contains(names[:i], k.name) {
			c.fail(at, "keyword argument repeated: %s", k.name)
		}
	}
	var star, starStar evaluator
	if a.star != nil {
		star = c.expr(a.star)
	}
	if a.starStar != nil {
		starStar = c.expr(a.starStar)
	}
	return func(f *frame) *arguments {
		out := f.take()
		out.at = at
		for _, x := range args {
			out.args = append(out.args, x(f))
		}
		if star != nil {
			more, err := f.items(star(f))
			if err != nil {
				f.throw(err, at)
			}
			out.args = append(out.args, more...)
		}
		for i, k := range kwargs {
			out.kwargs = append(out.kwargs, keyword{names[i], k(f)})
		}
		if starStar != nil {
			if err := out.spread(starStar(f)); err != nil {
				f.throw(err, at)
			}
		}
		return out
	}
}

// spread adds the entries of **v.
func (a *arguments) spread(v value) error {
	if err := v.check(); err != nil {
		return err
	}
	d, ok := mapping(v)
	if !ok {
		return faultf("argument after ** must be a mapping, not %s", v.typeName())
	}
	for k, item := range d.all() {
		if k.kind != kindString {
			return faultf("keywords must be strings")
		}
		if slices.ContainsFunc(a.kwargs, func(kw keyword) bool { return kw.name == k.str() }) {
			return faultf("got multiple values for keyword argument %s", quote(k.str()))
		}
		a.kwargs = append(a.kwargs, keyword{k.str(), item})
	}
	return nil
}

// call compiles fn(...).
func (c *compiler) call(x *callExpr) evaluator {
	fn := c.callee(x.fn)
	at := c.place(x)
	args := c.args(&x.callArgs, at)
	c.refer(x, refCall, "", x.pos)
	return func(f *frame) value {
		callee := fn(f)
		a := args(f)
		v, err := f.call(callee, a)
		if err != nil {
			f.throw(err, at)
		}
		f.recycle(a)
		return v
	}
}

func (c *compiler) callee(x expr) evaluator {
	if a, ok := x.(*attrExpr); ok {
		return c.attrOf(a, c.receiver(a))
	}
	return c.expr(x)
}

// call calls any value.
func (f *frame) call(fn value, a *arguments) (value, error) {
	if err := fn.check(); err != nil {
		return value{}, err
	}
	if fn.kind == kindObject {
		v, err := fn.object().call(f, a)
		if err == errNotCallable {
			err = faultf("%s object is not callable", quote(fn.typeName()))
		}
		return v, err
	}
	return value{}, faultf("%s object is not callable", quote(fn.typeName()))
}

// filter compiles x|name(...); get gives x.
func (c *compiler) filter(x *filterExpr, get evaluator) evaluator {
	b := c.t.env.filters[x.name]
	at := c.place(x)
	if b == nil {
		return c.unknown("filter", x.name, x, at, c.t.env.filters)
	}
	c.checkArity("filter", b, &x.callArgs, x)
	return c.apply(b, &x.callArgs, get, at)
}

// apply compiles the call of a filter or test with x as first argument.
func (c *compiler) apply(b *builtin, a *callArgs, get evaluator, at position) evaluator {
	if len(a.args)+len(a.kwargs) == 0 && a.star == nil && a.starStar == nil {
		return func(f *frame) value {
			v, err := b.apply(f, get(f), nil)
			if err != nil {
				f.throw(err, at)
			}
			return v
		}
	}
	args := c.args(a, at)
	return func(f *frame) value {
		x := get(f)
		a := args(f)
		v, err := b.apply(f, x, a)
		if err != nil {
			f.throw(err, at)
		}
		f.recycle(a)
		return v
	}
}

// test compiles x is name(...).
func (c *compiler) test(x *testExpr) evaluator {
	b := c.t.env.tests[x.name]
	at := c.place(x)
	if n, ok := x.x.(*nameExpr); ok && (x.name == "defined" || x.name == "undefined") {
		c.expectMissing(n)
	}
	get := c.expr(x.x)
	if b == nil {
		return c.unknown("test", x.name, x, at, c.t.env.tests)
	}
	c.checkArity("test", b, &x.callArgs, x)
	if quick := quickTests[x.name]; quick != nil && tests[x.name] == b && len(x.args) == 0 {
		return func(f *frame) value {
			v := get(f)
			if ok, known := quick(v); known {
				return boolValue(ok)
			}
			v, err := b.apply(f, v, nil)
			if err != nil {
				f.throw(err, at)
			}
			return v
		}
	}
	return c.apply(b, &x.callArgs, get, at)
}

// quickTests answer the most common tests for the most common kinds without
// a call.
var quickTests = map[string]func(v value) (ok, known bool){
	"defined":   func(v value) (ok, known bool) { return v.kind != kindUndefined, true },
	"undefined": func(v value) (ok, known bool) { return v.kind == kindUndefined, true },
	"none":      func(v value) (ok, known bool) { return v.kind == kindNone, true },
	"odd":       func(v value) (ok, known bool) { return v.num&1 == 1, v.kind == kindInt },
	"even":      func(v value) (ok, known bool) { return v.num&1 == 0, v.kind == kindInt },
}

// unknown is a filter or test that does not exist: an error at once, or when
// reached if it stands in a branch that may test for something first.
func (c *compiler) unknown(what, name string, x expr, at position, table map[string]*builtin) evaluator {
	known := func(yield func(string) bool) {
		for n := range table {
			if !yield(n) {
				return
			}
		}
	}
	message := "no " + what + " named " + quote(name) + didYouMean(name, known)
	if c.soft == 0 {
		c.fail(x.at(), "%s", message)
	}
	c.t.refs = append(c.t.refs, reference{kind: refInvalid, name: message, pos: x.at()})
	return func(f *frame) value {
		f.throw(faultf("%s", message), at)
		return value{}
	}
}

package templates

import (
	"maps"
	"slices"
)

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

// An arguments holds evaluated call arguments. It is used again after the
// call: what is called copies what it keeps.
type arguments struct {
	args   []value
	kwargs []keyword
	at     position // of the call, for what is called

	authored uint8 // those of the first args that are texts of the template, as bits
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
	authored := uint8(0)
	for i, x := range a.args {
		if isAuthored(x) {
			authored |= 1 << i // to zero beyond the eighth
		}
	}
	return func(f *frame) *arguments {
		out := f.take()
		out.at, out.authored = at, authored
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

// isAuthored tells whether an expression gives text that stands in the
// template, or one of several.
func isAuthored(x expr) bool {
	switch x := x.(type) {
	case *literalExpr:
		return true
	case *condExpr:
		return isAuthored(x.yes) && (x.no == nil || isAuthored(x.no))
	case *binaryExpr:
		return x.op == "+" && isAuthored(x.x) && isAuthored(x.y)
	case *concatExpr:
		return !slices.ContainsFunc(x.items, func(x expr) bool { return !isAuthored(x) })
	}
	return false
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
	c.referCall(x)
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
	c.checkApplied(x)
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
	if quick := c.quickTest(x); quick != nil {
		return func(f *frame) value { return boolValue(quick(f)) }
	}
	b := c.t.env.tests[x.name]
	at := c.place(x)
	get := c.expr(x.x)
	if b == nil {
		return c.unknown("test", x.name, x, at, c.t.env.tests)
	}
	c.checkArity("test", b, &x.callArgs, x)
	return c.apply(b, &x.callArgs, get, at)
}

// quickTest compiles the most common tests without a call; nil: it is another.
// // hot path
func (c *compiler) quickTest(x *testExpr) func(f *frame) bool {
	if b := c.t.env.tests[x.name]; b == nil || b != tests[x.name] || len(x.args)+len(x.kwargs) > 0 || x.star != nil || x.starStar != nil {
		return nil
	}
	switch x.name {
	case "defined", "undefined":
		if n, ok := x.x.(*nameExpr); ok {
			c.expectMissing(n)
		}
		get, want := c.expr(x.x), x.name == "defined"
		return func(f *frame) bool { return get(f).undefined() != want }
	case "none":
		get := c.expr(x.x)
		return func(f *frame) bool { return get(f).none() }
	case "odd", "even":
		get, at, want := c.expr(x.x), c.place(x), uint64(0)
		if x.name == "odd" {
			want = 1
		}
		return func(f *frame) bool {
			v := get(f)
			if v.kind == kindInt {
				return v.num&1 == want
			}
			ok, err := testModulo(f, v, intValue(2), int64(want))
			if err != nil {
				f.throw(err, at)
			}
			return ok
		}
	}
	return nil
}

// unknown is a filter or test that does not exist: an error at once, or when
// reached if it stands in a branch that may test for something first.
func (c *compiler) unknown(what, name string, x expr, at position, table map[string]*builtin) evaluator {
	message := noSuch(what, name, table)
	if c.soft == 0 {
		c.fail(x.at(), "%s", message)
	}
	c.t.refs = append(c.t.refs, reference{kind: refInvalid, name: message, pos: x.at()})
	return func(f *frame) value {
		f.throw(faultf("%s", message), at)
		return value{}
	}
}

func noSuch(what, name string, table map[string]*builtin) string {
	return "no " + what + " named " + quote(name) + didYouMean(name, maps.Keys(table))
}

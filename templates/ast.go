package templates

import "sync/atomic"

// The syntax tree: what the parser makes and the compiler reads. Expressions
// and statements carry the position that messages name.

type expr interface{ at() position }

type stmt interface{ at() position }

type node struct{ pos position }

func (n node) at() position { return n.pos }

type (
	nameExpr struct {
		node
		name string
	}
	literalExpr struct {
		node
		val value

		template atomic.Pointer[Template] // that it names, once it is known
	}
	listExpr struct {
		node
		items []expr
	}
	tupleExpr struct {
		node
		items []expr
	}
	dictExpr struct {
		node
		keys, vals []expr
	}
	unaryExpr struct {
		node
		op string // - + not
		x  expr
	}
	binaryExpr struct {
		node
		op   string // + - * / // % ** and or
		x, y expr
	}
	concatExpr struct {
		node
		items []expr
	}
	compareExpr struct {
		node
		x   expr
		ops []string // == != < <= > >= in, not in
		ys  []expr
	}
	condExpr struct {
		node
		test, yes, no expr // no may be nil
	}
	attrExpr struct {
		node
		x    expr
		name string
	}
	itemExpr struct {
		node
		x, key expr
	}
	sliceExpr struct {
		node
		x, low, high, step expr // all but x may be nil
	}
	callExpr struct {
		node
		fn expr
		callArgs
	}
	filterExpr struct {
		node
		x    expr // nil: the body of a filter or set block
		name string
		callArgs
	}
	testExpr struct {
		node
		x    expr
		name string
		callArgs
	}
	namespaceRef struct { // target of {% set ns.attr = ... %}
		node
		name, attr string
	}
)

type callArgs struct {
	args     []expr
	kwargs   []keywordArg
	star     expr // *args
	starStar expr // **kwargs
}

type keywordArg struct {
	name string
	val  expr
}

type (
	textStmt struct {
		node
		text string
	}
	printStmt struct {
		node
		x expr
	}
	ifStmt struct {
		node
		test      expr
		then, els []stmt
	}
	forStmt struct {
		node
		target    expr
		iter      expr
		filter    expr // nil: none
		recursive bool
		body, els []stmt
	}
	macroStmt struct {
		node
		name     string
		params   []string
		defaults []expr // of the last parameters
		body     []stmt
	}
	callStmt struct {
		node
		call  *callExpr
		macro *macroStmt // the body, as the macro named caller
	}
	filterStmt struct {
		node
		filter expr
		body   []stmt
	}
	setStmt struct {
		node
		target, val expr
	}
	setBlockStmt struct {
		node
		target expr
		filter expr // nil: none
		body   []stmt
	}
	withStmt struct {
		node
		targets, vals []expr
		body          []stmt
	}
	autoescapeStmt struct {
		node
		on   expr
		body []stmt
	}
	extendsStmt struct {
		node
		parent expr
	}
	blockStmt struct {
		node
		name             string
		scoped, required bool
		body             []stmt
	}
	includeStmt struct {
		node
		name          expr
		ignoreMissing bool
		withContext   bool
	}
	importStmt struct {
		node
		name        expr
		as          string
		withContext bool
	}
	fromStmt struct {
		node
		name        expr
		names       [][2]string // name, alias
		withContext bool
	}
	doStmt struct {
		node
		x expr
	}
	breakStmt    struct{ node }
	continueStmt struct{ node }
	debugStmt    struct{ node }
	nonceStmt    struct{ node } // after <script or <style
	transStmt    struct {
		node
		context          string
		hasContext       bool
		names            []string
		vals             []expr
		singular, plural string
		hasPlural        bool
		count            expr
		singularNames    []string
		pluralNames      []string
	}
)

// children calls f for each statement list and expression directly below s.
func children(s stmt, exprs func(expr), bodies func([]stmt)) {
	switch s := s.(type) {
	case *printStmt:
		exprs(s.x)
	case *ifStmt:
		exprs(s.test)
		bodies(s.then)
		bodies(s.els)
	case *forStmt:
		exprs(s.target)
		exprs(s.iter)
		exprs(s.filter)
		bodies(s.body)
		bodies(s.els)
	case *macroStmt:
		for _, d := range s.defaults {
			exprs(d)
		}
		bodies(s.body)
	case *callStmt:
		exprs(s.call)
		for _, d := range s.macro.defaults {
			exprs(d)
		}
		bodies(s.macro.body)
	case *filterStmt:
		exprs(s.filter)
		bodies(s.body)
	case *setStmt:
		exprs(s.target)
		exprs(s.val)
	case *setBlockStmt:
		exprs(s.target)
		exprs(s.filter)
		bodies(s.body)
	case *withStmt:
		for i := range s.vals {
			exprs(s.targets[i])
			exprs(s.vals[i])
		}
		bodies(s.body)
	case *autoescapeStmt:
		exprs(s.on)
		bodies(s.body)
	case *extendsStmt:
		exprs(s.parent)
	case *blockStmt:
		bodies(s.body)
	case *includeStmt:
		exprs(s.name)
	case *importStmt:
		exprs(s.name)
	case *fromStmt:
		exprs(s.name)
	case *doStmt:
		exprs(s.x)
	case *transStmt:
		for _, v := range s.vals {
			exprs(v)
		}
		exprs(s.count)
	}
}

// operands calls f for each expression directly below x.
func operands(x expr, f func(expr)) {
	all := func(xs []expr) {
		for _, x := range xs {
			f(x)
		}
	}
	call := func(a *callArgs) {
		all(a.args)
		for _, k := range a.kwargs {
			f(k.val)
		}
		f(a.star)
		f(a.starStar)
	}
	switch x := x.(type) {
	case *listExpr:
		all(x.items)
	case *tupleExpr:
		all(x.items)
	case *dictExpr:
		all(x.keys)
		all(x.vals)
	case *unaryExpr:
		f(x.x)
	case *binaryExpr:
		f(x.x)
		f(x.y)
	case *concatExpr:
		all(x.items)
	case *compareExpr:
		f(x.x)
		all(x.ys)
	case *condExpr:
		f(x.test)
		f(x.yes)
		f(x.no)
	case *attrExpr:
		f(x.x)
	case *itemExpr:
		f(x.x)
		f(x.key)
	case *sliceExpr:
		f(x.x)
		f(x.low)
		f(x.high)
		f(x.step)
	case *callExpr:
		f(x.fn)
		call(&x.callArgs)
	case *filterExpr:
		f(x.x)
		call(&x.callArgs)
	case *testExpr:
		f(x.x)
		call(&x.callArgs)
	}
}

// inspect visits every expression in body and below, in source order, until
// visit answers false for a branch; enter decides whether to go into a
// statement.
func inspect(body []stmt, enter func(stmt) bool, visit func(expr)) {
	var walk func(expr)
	walk = func(x expr) {
		if x == nil {
			return
		}
		visit(x)
		operands(x, walk)
	}
	for _, s := range body {
		if !enter(s) {
			continue
		}
		children(s, walk, func(b []stmt) { inspect(b, enter, visit) })
	}
}

package templates

import "slices"

// filterChain compiles filters over a body.
func (c *compiler) filterChain(x expr, body evaluator) evaluator {
	f, ok := x.(*filterExpr)
	if !ok {
		return body
	}
	if f.x != nil {
		body = c.filterChain(f.x, body)
	}
	return c.filter(f, body)
}

// filterStatement compiles {% filter %}: the body is escaped for the place
// where it stands, so what the filter makes of it is written as it is as
// long as it is still markup. Arguments that are not constants may bring text
// that is not escaped for this place: with them, the result is printed like any
// other value. So it is in scripts, styles and URLs, if the filter may take
// apart what the escaper put there: reversed, \u0027 ends in a backslash.
func (c *compiler) filterStatement(s *filterStmt) step {
	var body step
	var first, count int
	var id int
	c.fork(shapeIf, func() {
		first, count = c.inScope(assigned(s.body), func() { body = c.body(s.body) })
	}, func() { id = c.addPrint(s.pos) })
	at, constant := s.pos, constantFilters(s.filter)
	gentle := keepsEscapes(s.filter) || !dynamic((*c.shape)[len(*c.shape)-1].body)
	x := c.filterChain(s.filter, func(f *frame) value {
		f.empty(first, count)
		return f.textOf(f.capture(func() { body(f) }))
	})
	return func(f *frame) signal {
		v := x(f)
		if constant && v.isMarkup() && (gentle || !f.escape || f.plan.prints[id].textual) {
			f.write(v.str())
			return proceed
		}
		f.print(v, id, at)
		return proceed
	}
}

// constantFilters tells whether a chain of filters has constant arguments only.
func constantFilters(x expr) bool {
	f, ok := x.(*filterExpr)
	if !ok {
		return true
	}
	constant := f.star == nil && f.starStar == nil && constantFilters(f.x)
	for _, a := range f.args {
		_, ok := a.(*literalExpr)
		constant = constant && ok
	}
	for _, a := range f.kwargs {
		_, ok := a.val.(*literalExpr)
		constant = constant && ok
	}
	return constant
}

// keepsEscapes tells whether filters change no more than white space and the
// case of letters, which no escape depends on.
func keepsEscapes(x expr) bool {
	f, ok := x.(*filterExpr)
	if !ok {
		return true
	}
	switch f.name {
	case "upper", "lower", "capitalize", "indent", "wordwrap", "center", "string", "safe", "escape", "e":
	case "trim":
		if len(f.args)+len(f.kwargs) > 0 {
			return false
		}
	default:
		return false
	}
	return keepsEscapes(f.x)
}

// dynamic tells whether a piece of a region writes more than the author's text.
func dynamic(list []shape) bool {
	return slices.ContainsFunc(list, func(s shape) bool {
		return s.kind == shapePrint || s.kind == shapeCall || dynamic(s.body) || dynamic(s.els)
	})
}

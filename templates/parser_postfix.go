package templates

func (p *parser) postfix(x expr) expr {
	for n := 0; ; n++ {
		p.limitChain(n)
		switch t := p.cur(); {
		case t.is("."):
			x = p.attribute(x)
		case t.is("["):
			x = p.subscript(x)
		case t.is("("):
			x = p.call(x)
		default:
			return x
		}
	}
}

// limitChain: a chain a.b.c… nests as deep as it is long.
func (p *parser) limitChain(n int) {
	if n > maxNesting {
		p.fail(p.cur().pos, "nested deeper than %d", maxNesting)
	}
}

func (p *parser) filtersAndTests(x expr) expr {
	for n := 0; ; n++ {
		p.limitChain(n)
		switch t := p.cur(); {
		case t.is("|"):
			x = p.filters(x, false)
		case t.isName("is"):
			x = p.test(x)
		case t.is("("):
			x = p.call(x)
		default:
			return x
		}
	}
}

func (p *parser) attribute(x expr) expr {
	dot := p.take()
	switch t := p.cur(); t.kind {
	case tokenName:
		p.pos++
		return &attrExpr{node{dot.pos}, x, t.text}
	case tokenInteger:
		p.pos++
		return &itemExpr{node{dot.pos}, x, &literalExpr{node: node{t.pos}, val: p.number(t)}}
	}
	p.fail(p.cur().pos, "expected name or number")
	return nil
}

func (p *parser) subscript(x expr) expr {
	at := p.take().pos
	var keys []expr
	for !p.cur().is("]") {
		if len(keys) > 0 {
			p.expectOp(",")
		}
		key := p.subscriptKey(x, at)
		if s, ok := key.(*sliceExpr); ok && len(keys) == 0 && p.cur().is("]") {
			p.pos++
			return s
		}
		keys = append(keys, key)
	}
	end := p.expectOp("]")
	switch len(keys) {
	case 0:
		p.fail(end.pos, "expected an expression, got ']'")
	case 1:
		return &itemExpr{node{at}, x, keys[0]}
	}
	return &itemExpr{node{at}, x, &tupleExpr{node{at}, keys}}
}

// subscriptKey reads an index, or low:high:step.
func (p *parser) subscriptKey(x expr, at position) expr {
	s := &sliceExpr{node: node{at}, x: x}
	if !p.cur().is(":") {
		key := p.expression()
		if !p.cur().is(":") {
			return key
		}
		s.low = key
	}
	for _, part := range []*expr{&s.high, &s.step} {
		if !p.skipOp(":") {
			break
		}
		if t := p.cur(); !t.is(":") && !t.is("]") && !t.is(",") {
			*part = p.expression()
		}
	}
	return s
}

func (p *parser) call(fn expr) expr {
	c := &callExpr{node: node{p.cur().pos}, fn: fn}
	p.callArgs(&c.callArgs)
	return c
}

func (p *parser) callArgs(a *callArgs) {
	at := p.expectOp("(").pos
	ensure := func(ok bool) {
		if !ok {
			p.fail(at, "invalid syntax for function call expression")
		}
	}
	for first := true; !p.cur().is(")"); first = false {
		if !first {
			p.expectOp(",")
			if p.cur().is(")") {
				break
			}
		}
		switch t := p.cur(); {
		case t.is("*"):
			ensure(a.star == nil && a.starStar == nil)
			p.pos++
			a.star = p.expression()
		case t.is("**"):
			ensure(a.starStar == nil)
			p.pos++
			a.starStar = p.expression()
		case t.kind == tokenName && p.look().is("="):
			ensure(a.starStar == nil)
			p.pos += 2
			a.kwargs = append(a.kwargs, keywordArg{t.text, p.expression()})
		default:
			ensure(a.star == nil && a.starStar == nil && a.kwargs == nil)
			a.args = append(a.args, p.expression())
		}
	}
	p.expectOp(")")
}

// filters reads |a|b(1). With inline, the first bar is left out.
func (p *parser) filters(x expr, inline bool) expr {
	for n := 0; inline || p.cur().is("|"); n++ {
		p.limitChain(n)
		if !inline {
			p.pos++
		}
		inline = false
		t := p.expectKind(tokenName)
		f := &filterExpr{node: node{t.pos}, x: x, name: p.dottedName(t)}
		if p.cur().is("(") {
			p.callArgs(&f.callArgs)
		}
		x = f
	}
	return x
}

func (p *parser) dottedName(t token) string {
	name := t.text
	for p.skipOp(".") {
		name += "." + p.expectKind(tokenName).text
	}
	return name
}

func (p *parser) test(x expr) expr {
	is := p.take()
	negated := p.skipName("not")
	t := p.expectKind(tokenName)
	s := &testExpr{node: node{is.pos}, x: x, name: p.dottedName(t)}
	switch a := p.cur(); {
	case a.is("("):
		p.callArgs(&s.callArgs)
	case a.isName("else"), a.isName("or"), a.isName("and"), a.isName("if"):
	case a.isName("is"):
		p.fail(a.pos, "tests cannot be chained with is")
	case a.kind == tokenName, a.kind == tokenString, a.kind == tokenInteger, a.kind == tokenFloat, a.is("("), a.is("["), a.is("{"):
		s.args = []expr{p.postfix(p.primary())}
	}
	if negated {
		return &unaryExpr{node{is.pos}, "not", s}
	}
	return s
}

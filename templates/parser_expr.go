package templates

import (
	"math/big"
	"strconv"
	"strings"
)

// Expressions, loosest binding first: a if b else c, or, and, not,
// comparison, + -, ~, * / // %, ** (left-associative, as in Jinja), unary,
// postfix, filters and tests.

func (p *parser) expression() expr {
	p.enter()
	defer p.leave()
	at := p.cur().pos
	x := p.or()
	for p.skipName("if") {
		c := &condExpr{node: node{at}, yes: x, test: p.or()}
		if p.skipName("else") {
			c.no = p.expression()
		}
		x = c
		at = p.cur().pos
	}
	return x
}

func (p *parser) or() expr {
	at, x := p.cur().pos, p.and()
	for p.skipName("or") {
		x = &binaryExpr{node{at}, "or", x, p.and()}
		at = p.cur().pos
	}
	return x
}

func (p *parser) and() expr {
	at, x := p.cur().pos, p.not()
	for p.skipName("and") {
		x = &binaryExpr{node{at}, "and", x, p.not()}
		at = p.cur().pos
	}
	return x
}

func (p *parser) not() expr {
	if t := p.cur(); t.isName("not") {
		p.enter()
		defer p.leave()
		p.pos++
		return &unaryExpr{node{t.pos}, "not", p.not()}
	}
	return p.compare()
}

func (p *parser) compare() expr {
	c := &compareExpr{node: node{p.cur().pos}}
	c.x = p.sum()
	for {
		op := p.compareOp()
		if op == "" {
			break
		}
		c.ops = append(c.ops, op)
		c.ys = append(c.ys, p.sum())
	}
	if c.ops == nil {
		return c.x
	}
	return c
}

func (p *parser) compareOp() string {
	t := p.cur()
	if t.kind == tokenOperator {
		switch t.text {
		case "==", "!=", "<", "<=", ">", ">=":
			p.pos++
			return t.text
		}
		return ""
	}
	if p.skipName("in") {
		return "in"
	}
	if t.isName("not") && p.look().isName("in") {
		p.pos += 2
		return "not in"
	}
	return ""
}

// leftAssoc reads operands that next gives, joined by any of ops.
func (p *parser) leftAssoc(next func() expr, ops ...string) expr {
	at, x := p.cur().pos, next()
	for {
		t := p.cur()
		found := false
		for _, op := range ops {
			found = found || t.is(op)
		}
		if !found {
			return x
		}
		p.pos++
		x = &binaryExpr{node{at}, t.text, x, next()}
		at = p.cur().pos
	}
}

func (p *parser) sum() expr { return p.leftAssoc(p.concat, "+", "-") }

func (p *parser) concat() expr {
	at, x := p.cur().pos, p.product()
	if !p.cur().is("~") {
		return x
	}
	items := []expr{x}
	for p.skipOp("~") {
		items = append(items, p.product())
	}
	return &concatExpr{node{at}, items}
}

func (p *parser) product() expr { return p.leftAssoc(p.power, "*", "/", "//", "%") }

func (p *parser) power() expr {
	return p.leftAssoc(func() expr { return p.unary(true) }, "**")
}

func (p *parser) unary(filtered bool) expr {
	t := p.cur()
	var x expr
	if t.is("-") || t.is("+") {
		p.enter()
		p.pos++
		x = &unaryExpr{node{t.pos}, t.text, p.unary(false)}
		p.leave()
	} else {
		x = p.primary()
	}
	x = p.postfix(x)
	if filtered {
		x = p.filtersAndTests(x)
	}
	return x
}

func (p *parser) primary() expr {
	t := p.cur()
	switch t.kind {
	case tokenName:
		p.pos++
		switch t.text {
		case "true", "True":
			return &literalExpr{node{t.pos}, boolValue(true)}
		case "false", "False":
			return &literalExpr{node{t.pos}, boolValue(false)}
		case "none", "None":
			return &literalExpr{node{t.pos}, none}
		}
		return &nameExpr{node{t.pos}, t.text}
	case tokenString:
		s := ""
		for p.cur().kind == tokenString {
			s += p.take().text
		}
		return &literalExpr{node{t.pos}, stringValue(s)}
	case tokenInteger, tokenFloat:
		p.pos++
		return &literalExpr{node{t.pos}, p.number(t)}
	case tokenOperator:
		switch t.text {
		case "(":
			p.pos++
			p.enter()
			x := p.tuple(tupleRule{conditional: true, parenthesized: true})
			p.leave()
			p.expectOp(")")
			return x
		case "[":
			return p.list()
		case "{":
			return p.dict()
		}
	}
	p.fail(t.pos, "unexpected %s", quote(t.describe()))
	return nil
}

func (p *parser) number(t token) value {
	text := strings.ReplaceAll(t.text, "_", "")
	if t.kind == tokenFloat {
		f, _ := strconv.ParseFloat(text, 64)
		return floatValue(f)
	}
	base := 10
	if len(text) > 1 && text[0] == '0' && text[1] > '9' {
		base = map[byte]int{'b': 2, 'o': 8, 'x': 16}[text[1]|0x20]
		text = text[2:]
	}
	if n, err := strconv.ParseInt(text, base, 64); err == nil {
		return intValue(n)
	}
	n, ok := new(big.Int).SetString(text, base)
	if !ok || n.BitLen() > maxIntegerBits {
		p.fail(t.pos, "integer too large")
	}
	return bigValue(n)
}

// A tupleRule says how tuple reads: Jinja's grammar differs by place.
type tupleRule struct {
	conditional   bool   // "a if b" may occur
	target        bool   // assignment targets only
	parenthesized bool   // () is a tuple
	end           string // a name that ends it
	namespace     bool   // ns.attr is a target
}

// tuple reads one expression, or several with commas between as a tuple.
func (p *parser) tuple(rule tupleRule) expr {
	at := p.cur().pos
	var items []expr
	comma := false
	for {
		if len(items) > 0 {
			p.expectOp(",")
		}
		if p.tupleEnd(rule) {
			break
		}
		switch {
		case rule.target:
			items = append(items, p.primary())
		case rule.conditional:
			items = append(items, p.expression())
		default:
			items = append(items, p.or())
		}
		if !p.cur().is(",") {
			break
		}
		comma = true
		at = p.cur().pos
	}
	if !comma {
		if len(items) == 1 {
			return items[0]
		}
		if !rule.parenthesized {
			p.fail(p.cur().pos, "expected an expression, got %s", quote(p.cur().describe()))
		}
	}
	return &tupleExpr{node{at}, items}
}

func (p *parser) tupleEnd(rule tupleRule) bool {
	t := p.cur()
	return t.kind == tokenPrintEnd || t.kind == tokenBlockEnd || t.is(")") || rule.end != "" && t.isName(rule.end)
}

// target reads what may stand left of an assignment.
func (p *parser) target(rule tupleRule) expr {
	t := p.cur()
	if rule.namespace && t.kind == tokenName && p.look().is(".") {
		p.pos += 2
		return &namespaceRef{node{t.pos}, t.text, p.expectKind(tokenName).text}
	}
	rule.target = true
	x := p.tuple(rule)
	p.requireTarget(x)
	return x
}

func (p *parser) requireTarget(x expr) {
	switch x := x.(type) {
	case *nameExpr:
	case *tupleExpr:
		for _, item := range x.items {
			p.requireTarget(item)
		}
	case *literalExpr:
		p.fail(x.pos, "can't assign to a constant")
	default:
		p.fail(x.at(), "can't assign to this expression")
	}
}

// assignName reads a name that may be assigned to.
func (p *parser) assignName() string {
	t := p.expectKind(tokenName)
	switch t.text {
	case "true", "false", "none", "True", "False", "None":
		p.fail(t.pos, "can't assign to %s", quote(t.text))
	}
	return t.text
}

func (p *parser) list() expr {
	l := &listExpr{node: node{p.take().pos}}
	for !p.cur().is("]") {
		if len(l.items) > 0 {
			p.expectOp(",")
		}
		if p.cur().is("]") {
			break
		}
		l.items = append(l.items, p.expression())
	}
	p.expectOp("]")
	return l
}

func (p *parser) dict() expr {
	d := &dictExpr{node: node{p.take().pos}}
	for !p.cur().is("}") {
		if len(d.keys) > 0 {
			p.expectOp(",")
		}
		if p.cur().is("}") {
			break
		}
		d.keys = append(d.keys, p.expression())
		p.expectOp(":")
		d.vals = append(d.vals, p.expression())
	}
	p.expectOp("}")
	return d
}

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
		return &itemExpr{node{dot.pos}, x, &literalExpr{node{t.pos}, p.number(t)}}
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

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
			return &literalExpr{node: node{t.pos}, val: boolValue(true)}
		case "false", "False":
			return &literalExpr{node: node{t.pos}, val: boolValue(false)}
		case "none", "None":
			return &literalExpr{node: node{t.pos}, val: none}
		}
		return &nameExpr{node{t.pos}, t.text}
	case tokenString:
		s := ""
		for p.cur().kind == tokenString {
			s += p.take().text
		}
		return &literalExpr{node: node{t.pos}, val: stringValue(s)}
	case tokenInteger, tokenFloat:
		p.pos++
		return &literalExpr{node: node{t.pos}, val: p.number(t)}
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

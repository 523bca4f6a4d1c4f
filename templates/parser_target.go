package templates

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
			items = append(items, p.targetItem(rule))
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
	rule.target = true
	x := p.tuple(rule)
	p.requireTarget(x)
	return x
}

// targetItem reads a name, a tuple in parentheses, or ns.attr.
func (p *parser) targetItem(rule tupleRule) expr {
	t := p.cur()
	if rule.namespace && t.kind == tokenName && p.look().is(".") {
		p.pos += 2
		return &namespaceRef{node{t.pos}, t.text, p.expectKind(tokenName).text}
	}
	return p.primary()
}

func (p *parser) requireTarget(x expr) {
	switch x := x.(type) {
	case *nameExpr, *namespaceRef:
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

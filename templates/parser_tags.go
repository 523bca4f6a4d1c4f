package templates

import (
	"slices"
	"strings"
)

func (p *parser) forTag(tag token) stmt {
	s := &forStmt{node: node{tag.pos}}
	p.inLoops++
	defer func() { p.inLoops-- }()
	s.target = p.target(tupleRule{end: "in"})
	p.keepLoop(s.target)
	p.expectName("in")
	s.iter = p.tuple(tupleRule{end: "recursive"})
	if p.skipName("if") {
		s.filter = p.expression()
	}
	s.recursive = p.skipName("recursive")
	p.loops++
	var end string
	s.body, end = p.bodyUntil("endfor", "else")
	p.loops--
	if end == "else" {
		s.els, _ = p.bodyUntil("endfor")
	}
	return s
}

func (p *parser) ifTag(tag token) stmt {
	s := &ifStmt{node: node{tag.pos}}
	s.test = p.tuple(tupleRule{})
	var end string
	s.then, end = p.bodyUntil("elif", "else", "endif")
	switch end {
	case "elif":
		p.enter()
		s.els = []stmt{p.ifTag(p.tokens[p.pos-1])}
		p.leave()
	case "else":
		s.els, _ = p.bodyUntil("endif")
	}
	return s
}

func (p *parser) blockTag(tag token) stmt {
	s := &blockStmt{node: node{tag.pos}}
	s.name = p.expectKind(tokenName).text
	s.scoped = p.skipName("scoped")
	s.required = p.skipName("required")
	if p.cur().is("-") {
		p.fail(p.cur().pos, "a block's name may not contain hyphens, use an underscore")
	}
	if p.blocks[s.name] {
		p.fail(tag.pos, "block %s defined twice", quote(s.name))
	}
	p.blocks[s.name] = true
	loops := p.loops
	p.loops = 0
	s.body, _ = p.bodyUntil("endblock")
	p.loops = loops
	if s.required {
		for _, b := range s.body {
			if t, ok := b.(*textStmt); !ok || strings.TrimSpace(t.text) != "" {
				p.fail(b.at(), "required blocks can only contain comments or white space")
			}
		}
	}
	p.skipName(s.name)
	return s
}

func (p *parser) extendsTag(tag token) stmt {
	return &extendsStmt{node{tag.pos}, p.expression()}
}

func (p *parser) includeTag(tag token) stmt {
	s := &includeStmt{node: node{tag.pos}, withContext: true}
	s.name = p.expression()
	if p.cur().isName("ignore") && p.look().isName("missing") {
		p.pos += 2
		s.ignoreMissing = true
	}
	p.contextRule(&s.withContext)
	return s
}

// contextRule reads "with context" or "without context".
func (p *parser) contextRule(with *bool) bool {
	t := p.cur()
	if (t.isName("with") || t.isName("without")) && p.look().isName("context") {
		*with = t.text == "with"
		p.pos += 2
		return true
	}
	return false
}

func (p *parser) importTag(tag token) stmt {
	s := &importStmt{node: node{tag.pos}}
	s.name = p.expression()
	p.expectName("as")
	s.as = p.assignName()
	p.contextRule(&s.withContext)
	return s
}

func (p *parser) fromTag(tag token) stmt {
	s := &fromStmt{node: node{tag.pos}}
	s.name = p.expression()
	p.expectName("import")
	for {
		if len(s.names) > 0 {
			p.expectOp(",")
		}
		if p.cur().kind != tokenName {
			p.expectKind(tokenName)
		}
		if p.contextRule(&s.withContext) {
			break
		}
		t := p.cur()
		name := p.assignName()
		if strings.HasPrefix(name, "_") {
			p.fail(t.pos, "names starting with an underline can not be imported")
		}
		alias := name
		if p.skipName("as") {
			alias = p.assignName()
		}
		s.names = append(s.names, [2]string{name, alias})
		if p.contextRule(&s.withContext) || !p.cur().is(",") {
			break
		}
	}
	return s
}

func (p *parser) macroTag(tag token) stmt {
	m := &macroStmt{node: node{tag.pos}}
	m.name = p.assignName()
	p.signature(m)
	p.macroBody(m, "endmacro")
	return m
}

// macroBody reads a body that is a function of its own: break and continue
// do not reach the loop around it.
func (p *parser) macroBody(m *macroStmt, end string) {
	loops := p.loops
	p.loops = 0
	m.body, _ = p.bodyUntil(end)
	p.loops = loops
}

func (p *parser) signature(m *macroStmt) {
	p.expectOp("(")
	for !p.cur().is(")") {
		if len(m.params) > 0 {
			p.expectOp(",")
		}
		at := p.cur().pos
		name := p.assignName()
		switch {
		case slices.Contains(m.params, name):
			p.fail(at, "parameter %s given twice", quote(name))
		case p.skipOp("="):
			m.defaults = append(m.defaults, p.expression())
		case len(m.defaults) > 0:
			p.fail(at, "non-default argument follows default argument")
		}
		m.params = append(m.params, name)
	}
	p.expectOp(")")
}

func (p *parser) callTag(tag token) stmt {
	m := &macroStmt{node: node{tag.pos}, name: "caller"}
	if p.cur().is("(") {
		p.signature(m)
	}
	at := p.cur().pos
	call, ok := p.expression().(*callExpr)
	if !ok {
		p.fail(at, "expected call")
	}
	p.macroBody(m, "endcall")
	return &callStmt{node{tag.pos}, call, m}
}

func (p *parser) filterTag(tag token) stmt {
	s := &filterStmt{node: node{tag.pos}}
	s.filter = p.filters(nil, true)
	s.body, _ = p.bodyUntil("endfilter")
	return s
}

func (p *parser) setTag(tag token) stmt {
	target := p.target(tupleRule{namespace: true})
	p.keepLoop(target)
	if p.skipOp("=") {
		return &setStmt{node{tag.pos}, target, p.tuple(tupleRule{conditional: true})}
	}
	s := &setBlockStmt{node: node{tag.pos}, target: target}
	s.filter = p.filters(nil, false)
	s.body, _ = p.bodyUntil("endset")
	return s
}

// keepLoop refuses to assign to loop in a loop, where it is the loop.
func (p *parser) keepLoop(target expr) {
	targetNames(target, func(name string) {
		if name == "loop" && p.inLoops > 0 {
			p.fail(target.at(), "can't assign to the special variable 'loop' in a loop")
		}
	})
}

func (p *parser) withTag(tag token) stmt {
	s := &withStmt{node: node{tag.pos}}
	for p.cur().kind != tokenBlockEnd {
		if len(s.targets) > 0 {
			p.expectOp(",")
		}
		s.targets = append(s.targets, p.target(tupleRule{}))
		p.expectOp("=")
		s.vals = append(s.vals, p.expression())
	}
	s.body, _ = p.bodyUntil("endwith")
	return s
}

func (p *parser) autoescapeTag(tag token) stmt {
	s := &autoescapeStmt{node: node{tag.pos}}
	s.on = p.expression()
	s.body, _ = p.bodyUntil("endautoescape")
	return s
}

func (p *parser) printTag(tag token) []stmt {
	var list []stmt
	for p.cur().kind != tokenBlockEnd {
		if list != nil {
			p.expectOp(",")
		}
		x := p.expression()
		list = append(list, &printStmt{node{x.at()}, x})
	}
	return list
}

func (p *parser) doTag(tag token) stmt {
	return &doStmt{node{tag.pos}, p.tuple(tupleRule{conditional: true})}
}

func (p *parser) breakTag(tag token) stmt {
	p.requireLoop(tag)
	return &breakStmt{node{tag.pos}}
}

func (p *parser) continueTag(tag token) stmt {
	p.requireLoop(tag)
	return &continueStmt{node{tag.pos}}
}

func (p *parser) requireLoop(tag token) {
	if p.loops == 0 {
		p.fail(tag.pos, "%s outside of a loop", quote(tag.text))
	}
}

func (p *parser) debugTag(tag token) stmt { return &debugStmt{node{tag.pos}} }

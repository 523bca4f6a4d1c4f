package templates

import (
	"fmt"
	"slices"
	"strings"
)

// maxNesting bounds how deep tags and expressions may nest, so that no source
// can exhaust the stack (encoding/json allows 10,000; Python's parser 200).
const maxNesting = 200

// A parser turns tokens into the syntax tree by recursive descent. The first
// mistake ends it: parse recovers the *fault that fail throws.
type parser struct {
	src    *source
	syntax *Syntax
	tokens []token
	pos    int
	tags   []token    // open tags, for messages
	ends   [][]string // the end tags that each of them waits for
	depth  int
	loops  int // for loops around the current tag
	blocks map[string]bool
}

// A parseError is thrown by fail and caught by parse.
type parseError struct {
	err error
	pos position
}

func parse(src *source, syntax *Syntax) (body []stmt, err error) {
	p := &parser{src: src, syntax: syntax, blocks: map[string]bool{}}
	p.tokens = lex(src.text, syntax)
	defer func() {
		switch r := recover().(type) {
		case nil:
		case parseError:
			body, err = nil, src.place(r.err, r.pos)
		default:
			panic(r)
		}
	}()
	return p.body(nil), nil
}

func (p *parser) fail(at position, format string, args ...any) {
	panic(parseError{&fault{kind: ErrSyntax, message: fmt.Sprintf(format, args...)}, at})
}

// cur is the current token. A lexical error surfaces when it is reached.
func (p *parser) cur() token {
	t := p.tokens[min(p.pos, len(p.tokens)-1)]
	if t.kind == tokenError {
		p.fail(t.pos, "%s", t.text)
	}
	return t
}

func (p *parser) look() token { return p.tokens[min(p.pos+1, len(p.tokens)-1)] }

func (p *parser) take() token {
	t := p.cur()
	p.pos++
	return t
}

func (p *parser) skipName(name string) bool {
	if p.cur().isName(name) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) skipOp(op string) bool {
	if p.cur().is(op) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) expectOp(op string) token {
	if !p.cur().is(op) {
		p.failExpected(quote(op))
	}
	return p.take()
}

func (p *parser) expectName(word string) token {
	if !p.cur().isName(word) {
		p.failExpected(quote(word))
	}
	return p.take()
}

func (p *parser) expectKind(k tokenKind) token {
	if p.cur().kind != k {
		p.failExpected(token{kind: k, text: "name"}.describe())
	}
	return p.take()
}

func (p *parser) failExpected(what string) {
	t := p.cur()
	if t.kind == tokenEOF {
		p.fail(t.pos, "unexpected end of template, expected %s", what)
	}
	p.fail(t.pos, "expected %s, got %s", what, quote(t.describe()))
}

// enter counts nesting; leave must follow.
func (p *parser) enter() {
	if p.depth++; p.depth > maxNesting {
		p.fail(p.cur().pos, "nested deeper than %d", maxNesting)
	}
}

func (p *parser) leave() { p.depth-- }

// body reads text and tags up to one of the end tags, which stays unread.
func (p *parser) body(ends []string) []stmt {
	var list []stmt
	for {
		switch t := p.cur(); t.kind {
		case tokenEOF:
			if ends != nil {
				p.failUnclosed()
			}
			return list
		case tokenData:
			p.pos++
			list = append(list, &textStmt{node{t.pos}, t.text})
		case tokenPrintBegin:
			p.pos++
			x := p.tuple(tupleRule{conditional: true})
			p.expectKind(tokenPrintEnd)
			list = append(list, &printStmt{node{x.at()}, x})
		case tokenBlockBegin:
			p.pos++
			if name := p.cur(); name.kind == tokenName && slices.Contains(ends, name.text) {
				return list
			}
			list = append(list, p.statement()...)
			p.expectKind(tokenBlockEnd)
		default:
			p.fail(t.pos, "unexpected %s", quote(t.describe()))
		}
	}
}

// bodyUntil reads the end of the opening tag, a body, and one of the end
// tags' names, which it returns.
func (p *parser) bodyUntil(ends ...string) ([]stmt, string) {
	p.skipOp(":") // as in Python, and as useless
	p.expectKind(tokenBlockEnd)
	p.ends = append(p.ends, ends)
	list := p.body(ends)
	p.ends = p.ends[:len(p.ends)-1]
	return list, p.take().text
}

// statements maps each tag to what reads the rest of it.
var statements map[string]func(p *parser, tag token) []stmt

func init() {
	one := func(f func(*parser, token) stmt) func(*parser, token) []stmt {
		return func(p *parser, t token) []stmt { return []stmt{f(p, t)} }
	}
	statements = map[string]func(*parser, token) []stmt{
		"for": one((*parser).forTag), "if": one((*parser).ifTag), "block": one((*parser).blockTag),
		"extends": one((*parser).extendsTag), "include": one((*parser).includeTag),
		"import": one((*parser).importTag), "from": one((*parser).fromTag),
		"macro": one((*parser).macroTag), "call": one((*parser).callTag),
		"filter": one((*parser).filterTag), "set": one((*parser).setTag), "with": one((*parser).withTag),
		"autoescape": one((*parser).autoescapeTag), "print": (*parser).printTag,
		"do": one((*parser).doTag), "break": one((*parser).breakTag), "continue": one((*parser).continueTag),
		"debug": one((*parser).debugTag), "trans": one((*parser).transTag),
	}
}

func (p *parser) statement() []stmt {
	t := p.cur()
	if t.kind != tokenName {
		p.fail(t.pos, "tag name expected")
	}
	read := statements[t.text]
	if read == nil || t.text == "debug" && !p.syntax.Debug {
		p.failUnknownTag(t)
	}
	p.enter()
	defer p.leave()
	p.tags = append(p.tags, t)
	p.pos++
	s := read(p, t)
	p.tags = p.tags[:len(p.tags)-1]
	return s
}

func (p *parser) failUnknownTag(t token) {
	known := func(yield func(string) bool) {
		for name := range statements {
			if !yield(name) {
				return
			}
		}
		for _, ends := range p.ends {
			for _, name := range ends {
				if !yield(name) {
					return
				}
			}
		}
	}
	p.fail(t.pos, "unknown tag %s%s%s", quote(t.text), p.awaited(), didYouMean(t.text, known))
}

func (p *parser) failUnclosed() {
	p.fail(p.cur().pos, "unexpected end of template%s", p.awaited())
}

// awaited says which end tags are missing.
func (p *parser) awaited() string {
	if len(p.ends) == 0 {
		return ""
	}
	ends := p.ends[len(p.ends)-1]
	open := p.tags[len(p.tags)-1]
	return fmt.Sprintf("; looking for %s, to close %s of line %d", "'"+strings.Join(ends, "' or '")+"'", quote(open.text), open.pos.line)
}

func (p *parser) forTag(tag token) stmt {
	s := &forStmt{node: node{tag.pos}}
	s.target = p.target(tupleRule{end: "in"})
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
	if p.skipOp("=") {
		return &setStmt{node{tag.pos}, target, p.tuple(tupleRule{conditional: true})}
	}
	s := &setBlockStmt{node: node{tag.pos}, target: target}
	s.filter = p.filters(nil, false)
	s.body, _ = p.bodyUntil("endset")
	return s
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

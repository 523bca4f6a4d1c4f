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
	src     *source
	syntax  *Syntax
	tokens  []token
	pos     int
	tags    []token    // open tags, for messages
	ends    [][]string // the end tags that each of them waits for
	depth   int
	loops   int // for loops around the current tag
	inLoops int // loops around, across blocks and macros
	blocks  map[string]bool
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

func makeStatements() {
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

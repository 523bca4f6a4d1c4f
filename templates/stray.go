package templates

import (
	"slices"
	"strings"
)

// Text that stands in an expression, and expressions that stand after an
// open <: two places where source and output are not what they seem.

// constantText tells whether an expression prints text of the author's that
// no escaper has to look at: a literal of harmless characters, or a literal
// marked safe. It is analysed like text outside of tags, so that
// {{ " checked" if x }} works between attributes.
func constantText(x expr) (string, bool) {
	switch x := x.(type) {
	case *literalExpr:
		if x.val.kind == kindString && strings.IndexFunc(x.val.str(), notHarmless) < 0 {
			return x.val.str(), true
		}
	case *filterExpr:
		if l, ok := x.x.(*literalExpr); ok && x.name == "safe" && l.val.kind == kindString && len(x.args) == 0 {
			return l.val.str(), true
		}
	}
	return "", false
}

func notHarmless(c rune) bool {
	return c != ' ' && c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
}

// fixedText tells whether a branch of an inline if is such text.
func fixedText(x *condExpr) bool {
	for _, branch := range []expr{x.yes, x.no} {
		if inner, ok := branch.(*condExpr); ok && fixedText(inner) {
			return true
		}
		if _, ok := constantText(branch); ok {
			return true
		}
	}
	return false
}

// asIf is {{ a if b else c }} as {% if %}.
func asIf(x *condExpr) *ifStmt {
	s := &ifStmt{node: x.node, test: x.test, then: []stmt{&printStmt{node{x.yes.at()}, x.yes}}}
	if x.no != nil {
		s.els = []stmt{&printStmt{node{x.no.at()}, x.no}}
	}
	return s
}

// strayText compiles text that ends in an open <. If html/template read it as
// text and not as the beginning of a tag, it must not become one by what
// follows.
func strayText(text string, stray int) step {
	i := strayIndex(text)
	head, tail := text[:i], text[i+1:]
	return func(f *frame) signal {
		f.write(head)
		if f.escape && f.plan.strays[stray] {
			f.write("&lt;")
		} else {
			f.write("<")
		}
		f.write(tail)
		return proceed
	}
}

// openTag compiles text that ends in an open < together with the value that
// is printed next: the < stays if the value cannot make a tag of it, or makes
// one that changes nothing for what follows.
func (c *compiler) openTag(list []stmt, i int) step {
	if c.silent() || !opensTag(list, i) {
		return nil
	}
	text := list[i].(*textStmt)
	stray := c.addText(text.text, text.pos)
	at := strayIndex(text.text)
	head, tail := text.text[:at], text.text[at+1:]
	c.line = list[i+1].at()
	print := c.print(list[i+1].(*printStmt))
	closed := false
	if i+2 < len(list) {
		next, ok := list[i+2].(*textStmt)
		closed = ok && strings.HasPrefix(next.text, ">")
	}
	return func(f *frame) signal {
		f.write(head)
		if !f.escape || !f.plan.strays[stray] {
			f.write("<" + tail)
			return print(f)
		}
		o := f.out
		o.held++
		start := len(o.buf)
		o.buf = append(append(o.buf, '<'), tail...)
		print(f)
		if printed := string(o.buf[start+1+len(tail):]); !harmlessTag(tail, printed, closed) {
			o.buf = slices.Replace(o.buf, start, start+1, []byte("&lt;")...)
		}
		o.held--
		f.grown()
		return proceed
	}
}

func opensTag(list []stmt, i int) bool {
	text, ok := list[i].(*textStmt)
	if !ok || i+1 == len(list) || strayIndex(text.text) < 0 {
		return false
	}
	_, ok = list[i+1].(*printStmt)
	return ok
}

func skip(*frame) signal { return proceed }

// harmlessTag: <1 is no tag, <b> or </b> leaves what follows text, and </1> is
// a comment.
func harmlessTag(tail, printed string, closed bool) bool {
	if printed == "" {
		return false
	}
	letter := printed[0]|0x20 >= 'a' && printed[0]|0x20 <= 'z'
	switch {
	case tail == "" && !letter && strings.IndexByte("/!?", printed[0]) < 0:
		return true
	case !closed || tail != "" && tail != "/":
		return false
	}
	return tail == "/" && !letter || len(printed) == 1 || slices.Contains(plainElements, strings.ToLower(printed))
}

// plainElements have ordinary content: no script, no style, no raw text. So
// have all names of one letter.
var plainElements = strings.Fields("a abbr article aside b bdi blockquote cite code dd del div dl dt em figcaption figure " +
	"footer h1 h2 h3 h4 h5 h6 header hgroup i ins kbd label legend li main mark nav ol p pre q s samp section small span strong " +
	"sub summary sup table tbody td tfoot th thead tr u ul var")

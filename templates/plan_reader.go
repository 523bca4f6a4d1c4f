package templates

import (
	"fmt"
	"strings"
	tree "text/template/parse"
)

// A reader walks an escaped skeleton beside the shapes it was made from.
// Neighbouring texts, of a page and of a block on it, are one node there.
type reader struct {
	nodes []tree.Node
	text  string // of the text node that is being read, or ""
}

func (r *reader) next() tree.Node {
	n := r.nodes[0]
	r.nodes, r.text = r.nodes[1:], ""
	return n
}

func readPlan(at *site, list *tree.ListNode) *plan {
	return (&reader{nodes: list.Nodes}).site(at)
}

func (r *reader) site(at *site) *plan {
	p := &plan{region: at.region, page: at.page}
	p.prints = make([]*escaper, at.region.prints)
	p.strays = make([]bool, at.region.strays)
	p.calls = make([]*plan, at.region.calls)
	r.shapes(p, at, at.region.shape)
	return p
}

func branch(l *tree.ListNode) *reader {
	if l == nil {
		return &reader{}
	}
	return &reader{nodes: l.Nodes}
}

func (r *reader) shapes(p *plan, at *site, list []shape) {
	for i := range list {
		sh := &list[i]
		switch sh.kind {
		case shapeText:
			r.readText(p, sh)
		case shapePrint:
			p.prints[sh.id] = escaperOf(r.next())
		case shapeIf:
			n := r.next().(*tree.IfNode)
			branch(n.List).shapes(p, at, sh.body)
			branch(n.ElseList).shapes(p, at, sh.els)
		case shapeFor:
			n := r.next().(*tree.RangeNode)
			branch(n.List).shapes(p, at, sh.body)
			branch(n.ElseList).shapes(p, at, sh.els)
		case shapeCall:
			r.call(p, at, sh)
		default:
			r.next()
		}
	}
}

func (r *reader) readText(p *plan, sh *shape) {
	if r.text == "" {
		r.text = string(r.next().(*tree.TextNode).Text) + "\x00"
	}
	if sh.stray >= 0 {
		tail := sh.text[strayIndex(sh.text)+1:]
		p.strays[sh.stray] = strings.HasSuffix(r.text, "&lt;"+tail+"\x00")
	}
}

func (r *reader) call(p *plan, at *site, sh *shape) {
	called := at.calls[sh.call]
	switch {
	case called == nil && sh.id < 0:
	case called == nil:
		p.prints[sh.id] = escaperOf(r.next())
	case sh.certain():
		p.calls[sh.call] = r.site(called)
	default:
		fork := r.next().(*tree.IfNode)
		p.calls[sh.call] = branch(fork.List).site(called)
		p.prints[sh.id] = escaperOf(fork.ElseList.Nodes[0])
	}
}

// escaperOf reads the escapers behind a field.
func escaperOf(n tree.Node) *escaper {
	var names []string
	for _, cmd := range n.(*tree.ActionNode).Pipe.Cmds[1:] {
		names = append(names, strings.TrimPrefix(fmt.Sprint(cmd.Args[0]), "_html_template"))
	}
	return escaperFor(strings.Join(names, ""))
}

package templates

import (
	"strings"
	"sync/atomic"
)

// A region is a stretch of a template that is escaped as one: a unit, or the
// body of a set block.
type region struct {
	tmpl   *Template
	name   string
	block  string // the block that it belongs to, or ""
	shape  []shape
	prints int
	strays int
	calls  int
	last   atomic.Pointer[plan] // the solo plan used last
}

type shapeKind uint8

const (
	shapeText shapeKind = iota
	shapePrint
	shapeIf
	shapeFor
	shapeCall
	shapeBreak
	shapeContinue
)

// A shape is a piece of a region's skeleton.
type shape struct {
	kind      shapeKind
	text      string
	pos       position
	id        int // of a print, or of the print that a call is if unknown; -1: none
	stray     int // of text that ends in an open <; -1: none
	call      int
	target    target
	body, els []shape
}

// certain tells whether a call that is known writes what is known. A macro's
// name may be bound to something else by then, and a better choice of a list
// of templates may have been added.
func (s *shape) certain() bool {
	_, literal := s.target.include.(*literalExpr)
	return s.target.macro[0] == "" && (s.target.include == nil || literal)
}

// A target says what a call writes, as far as the source tells.
type target struct {
	region  *region
	block   string
	super   bool
	include expr
	macro   [2]string // name, or module and name
}

func (c *compiler) add(s shape) { *c.shape = append(*c.shape, s) }

// addText records text; the number is that of a stray <, or -1.
func (c *compiler) addText(text string, pos position) int {
	stray := -1
	if strayIndex(text) >= 0 {
		stray = c.region.strays
		c.region.strays++
	}
	if list := *c.shape; len(list) > 0 && list[len(list)-1].kind == shapeText {
		last := &list[len(list)-1]
		last.text, last.stray = last.text+text, stray
		return stray
	}
	c.add(shape{kind: shapeText, text: text, pos: pos, stray: stray})
	return stray
}

// strayIndex finds a < at the very end of a text, where what follows decides
// whether it begins a tag.
func strayIndex(text string) int {
	i := strings.LastIndexByte(text, '<')
	if i >= 0 && strings.Trim(text[i+1:], "/!?-") == "" {
		return i
	}
	return -1
}

func (c *compiler) addPrint(pos position) int {
	id := c.region.prints
	c.region.prints++
	c.add(shape{kind: shapePrint, id: id, pos: pos})
	return id
}

// addShape records a call that is always known.
func (c *compiler) addShape(t target, pos position) int {
	call := c.region.calls
	c.region.calls++
	c.add(shape{kind: shapeCall, call: call, id: -1, target: t, pos: pos})
	return call
}

// addCall records a call that may turn out to be something else, and then is
// a print.
func (c *compiler) addCall(t target, pos position) (call, id int) {
	call, id = c.region.calls, c.region.prints
	c.region.calls++
	c.region.prints++
	c.add(shape{kind: shapeCall, call: call, id: id, target: t, pos: pos})
	return call, id
}

// fork records two branches.
func (c *compiler) fork(kind shapeKind, body, els func()) {
	outer := c.shape
	s := shape{kind: kind}
	c.shape = &s.body
	body()
	c.shape = &s.els
	els()
	c.shape = outer
	c.add(s)
}

// A linked says what an import binds to a name.
type linked struct {
	template expr
	name     string // in the template; "": the module itself
}

// targetOf is the target of a call by its expression.
func targetOf(fn expr) target {
	switch fn := fn.(type) {
	case *nameExpr:
		return target{macro: [2]string{fn.name}}
	case *attrExpr:
		if n, ok := fn.x.(*nameExpr); ok {
			return target{macro: [2]string{n.name, fn.name}}
		}
	}
	return target{}
}

func (c *compiler) link(name string, l linked) { c.t.links[name] = l }

package templates

import (
	"reflect"
)

// Nearly all of a page is text, value, text, value. A run of these is compiled
// to a table of pieces that one step goes through, instead of to a closure for
// each: the output stays in registers, and what is printed most, a string or
// a number in a field of a loop's variable, is read and escaped without a
// call.

// A piece is text and what comes after it: a value, or one of two texts.
type piece struct {
	text string

	// a value
	x     evaluator // nil: there is none
	id    int
	at    position
	slot  int          // of the variable that x is, or has as a field; -1: x is something else
	field *memberCache // of that field; nil: x is the variable

	// {% if test %}then{% else %}els{% endif %}
	test      func(f *frame) bool // nil: there is none
	then, els string
}

// A runOf collects steps, and pieces that are to become one.
type runOf struct {
	steps  []step
	pieces []piece
	text   string // after the last piece
}

func (r *runOf) add(p piece) {
	p.text, r.text = r.text, ""
	r.pieces = append(r.pieces, p)
}

// end makes a step of the pieces.
func (r *runOf) end(c *compiler) {
	switch {
	case len(r.pieces) > 0:
		r.steps = append(r.steps, c.printing(r.pieces, r.text))
	case r.text != "":
		text := r.text
		r.steps = append(r.steps, func(f *frame) signal { f.write(text); return proceed })
	}
	r.pieces, r.text = nil, ""
}

// piece adds a statement to r, if it is one that can be a piece.
func (c *compiler) piece(s stmt, r *runOf) bool {
	if c.silent() {
		return false
	}
	switch s := s.(type) {
	case *textStmt:
		if strayIndex(s.text) >= 0 {
			return false
		}
		if s.text != "" {
			c.addText(s.text, s.pos)
			r.text += s.text
		}
		return true
	case *printStmt:
		if c.branched {
			return false
		}
		switch x := s.x.(type) {
		case *callExpr:
			return false
		case *condExpr:
			if fixedText(x) {
				return c.choice(asIf(x), r)
			}
		}
		if text, ok := constantText(s.x); ok {
			return c.piece(&textStmt{s.node, text}, r)
		}
		r.add(c.value(s))
		return true
	case *ifStmt:
		return c.choice(s, r)
	}
	return false
}

// value compiles the piece of {{ x }}.
func (c *compiler) value(s *printStmt) piece {
	p := piece{at: c.place(s.x), slot: -1}
	if slot, ok := c.ownSlot(s.x); ok {
		p.slot = slot
	} else if a, ok := s.x.(*attrExpr); ok {
		if slot, ok := c.ownSlot(a.x); ok {
			p.slot, p.field = slot, new(memberCache)
			p.x = c.fieldOf(a, slot, p.field)
		}
	}
	if p.x == nil {
		p.x = c.expr(s.x)
	}
	p.id = c.addPrint(s.pos)
	return p
}

// choice adds an if whose branches are text alone.
func (c *compiler) choice(s *ifStmt, r *runOf) bool {
	then, ok1 := c.plainText(s.then)
	els, ok2 := c.plainText(s.els)
	if !ok1 || !ok2 {
		return false
	}
	p := piece{slot: -1, test: c.truth(s.test), then: then, els: els}
	shape := func(text string) func() {
		return func() {
			if text != "" {
				c.addText(text, s.pos)
			}
		}
	}
	c.fork(shapeIf, shape(then), shape(els))
	r.add(p)
	return true
}

// plainText gives the text of statements that write nothing else.
func (c *compiler) plainText(list []stmt) (string, bool) {
	text := ""
	for _, s := range c.withNonces(mergeText(list)) {
		switch s := s.(type) {
		case *textStmt:
			text += s.text
		case *printStmt:
			constant, ok := constantText(s.x)
			if !ok {
				return "", false
			}
			text += constant
		default:
			return "", false
		}
	}
	return text, strayIndex(text) < 0
}

// printing compiles a run. The limit of output is looked at once at its end:
// until then, every value has been made already. // hot path
func (c *compiler) printing(pieces []piece, text string) step {
	return func(f *frame) signal {
		o := f.out
		buf := o.buf
		textual := f.escape && f.plan.textual
		for i := range pieces {
			p := &pieces[i]
			buf = append(buf, p.text...)
			if textual && p.slot >= 0 {
				v := &f.slots[p.slot]
				if p.field != nil {
					at, kind := p.field.field(&v.ref)
					switch kind {
					case reflect.String:
						buf = appendEscaped(buf, *(*string)(at))
						continue
					case reflect.Int:
						buf = appendInt(buf, int64(*(*int)(at)))
						continue
					}
				} else if v.kind == kindString && v.safe == 0 {
					buf = appendEscaped(buf, v.str())
					continue
				}
			}
			o.buf = buf
			if p.test != nil {
				if p.test(f) {
					buf = append(o.buf, p.then...)
				} else {
					buf = append(o.buf, p.els...)
				}
				continue
			}
			v := p.x(f)
			if textual && v.kind == kindString && v.safe == 0 {
				buf = appendEscaped(o.buf, v.str())
				continue
			}
			f.print(v, p.id, p.at)
			buf = o.buf
		}
		o.buf = append(buf, text...)
		if len(o.buf) > o.mark {
			f.full()
		}
		return proceed
	}
}

package templates

import (
	"reflect"
	"slices"
)

// Most macros are small: text and their arguments. Such a leaf needs no frame
// of its own: its arguments stay on the stack, and nothing that it does can
// fail. Where something is out of the ordinary, it is called like any macro.

// A leaf is the body of such a macro.
type leaf struct {
	pieces []piece
	text   string // after the last piece
}

// maxLeafParams is how many parameters a leaf may have.
const maxLeafParams = 6

// leafOf gives the leaf that a macro's body is, or nil.
func leafOf(u *unit, body *leaf) *leaf {
	if body == nil || len(u.params) > maxLeafParams || len(u.constants) < len(u.defaults) ||
		u.catchVarargs >= 0 || u.catchKwargs >= 0 || u.caller >= 0 {
		return nil
	}
	for i := range body.pieces {
		if p := &body.pieces[i]; p.slot < 0 || p.slot >= len(u.params) {
			return nil
		}
	}
	return body
}

// An inlined is a leaf as one call prints it: with the call's arguments in
// place of the parameters, it reads the caller's frame, and what is constant
// has become text.
type inlined struct {
	unit *unit
	leaf *leaf // nil: an argument is more than a constant, a variable or its field
}

// inline gives the leaf for a call; a call has nearly always one macro.
func (d *directArgs) inline(u *unit) *leaf {
	if known := d.inlined.Load(); known != nil && known.unit == u {
		return known.leaf
	}
	made := &inlined{unit: u, leaf: d.substitute(u)}
	d.inlined.Store(made)
	return made.leaf
}

func (d *directArgs) substitute(u *unit) *leaf {
	var r runOf
	for i := range d.args { // what may fail must be read
		if a := &d.args[i]; a.constant == nil && (a.slot < 0 || a.field != nil) &&
			!slices.ContainsFunc(u.leaf.pieces, func(p piece) bool { return p.slot == i }) {
			return nil
		}
	}
	for _, p := range u.leaf.pieces {
		r.text += p.text
		arg := d.argument(u, p.slot)
		if arg == nil {
			return nil
		}
		switch {
		case arg.constant != nil && p.field == nil && arg.constant.kind == kindString && !arg.constant.isMarkup():
			r.text += escapeString(arg.constant.str())
		case arg.constant != nil && p.field == nil && arg.constant.kind == kindInt:
			r.text += string(appendInt(nil, arg.constant.int()))
		case arg.slot >= 0 && arg.field == nil:
			r.add(piece{slot: arg.slot, field: p.field})
		case arg.slot >= 0 && p.field == nil:
			r.add(piece{slot: arg.slot, field: arg.field})
		default:
			return nil
		}
	}
	return &leaf{r.pieces, r.text + u.leaf.text}
}

// argument gives what a parameter gets; nil if nothing.
func (d *directArgs) argument(u *unit, i int) *directArg {
	required := len(u.params) - len(u.defaults)
	switch {
	case i < len(d.args):
		return &d.args[i]
	case i >= required:
		return &directArg{slot: -1, constant: &u.constants[i-required]}
	}
	return nil
}

// printLeaf calls a macro that is a leaf. // hot path
func (d *directArgs) printLeaf(f *frame, m *macro, plan *plan, at position) {
	within := f.depth < f.limits.Depth
	if in := d.inline(m.unit); in != nil && within && in.print(f.out, f.slots) {
		return
	}
	var slots [maxLeafParams]value
	u, given := m.unit, len(d.args)
	for i := range d.args {
		slots[i] = d.args[i].x(f)
	}
	required := len(u.params) - len(u.defaults)
	for i := max(given, required); i < len(u.params); i++ {
		slots[i] = u.constants[i-required]
	}
	if given >= required && within && u.leaf.print(f.out, slots[:]) {
		return
	}
	inner := m.frame(f, 0)
	copy(inner.slots, slots[:given])
	inner.plan = plan
	m.defaults(inner, given)
	m.run(f, inner, at)
}

// print writes a leaf, or nothing where a value is neither a string nor a
// number, or where the output has to be looked after. // hot path
func (l *leaf) print(o *output, slots []value) bool {
	buf := o.buf
	for i := range l.pieces {
		p := &l.pieces[i]
		buf = append(buf, p.text...)
		v := &slots[p.slot]
		if p.field == nil {
			switch {
			case v.kind == kindString && v.safe == 0:
				buf = appendEscaped(buf, v.str())
			case v.kind == kindInt:
				buf = appendInt(buf, v.int())
			default:
				return false
			}
			continue
		}
		at, kind := p.field.field(&v.ref)
		switch kind {
		case reflect.String:
			buf = appendEscaped(buf, *(*string)(at))
		case reflect.Int:
			buf = appendInt(buf, int64(*(*int)(at)))
		default:
			return false
		}
	}
	buf = append(buf, l.text...)
	if len(buf) > o.mark {
		return false
	}
	o.buf = buf
	return true
}

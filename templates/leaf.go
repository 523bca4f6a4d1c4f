package templates

import "reflect"

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

// printLeaf calls a macro that is a leaf. // hot path
func (d *directArgs) printLeaf(f *frame, m *macro, plan *plan, at position) {
	var slots [maxLeafParams]value
	u, given := m.unit, len(d.args)
	for i := range d.args {
		a := &d.args[i]
		if a.field != nil {
			if at, kind := a.field.field(&f.slots[a.slot].ref); kind == reflect.String {
				slots[i] = stringValue(*(*string)(at))
				continue
			}
		}
		slots[i] = a.x(f)
	}
	required := len(u.params) - len(u.defaults)
	for i := max(given, required); i < len(u.params); i++ {
		slots[i] = u.constants[i-required]
	}
	if given >= required && f.depth < f.limits.Depth && u.leaf.print(f.out, &slots) {
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
func (l *leaf) print(o *output, slots *[maxLeafParams]value) bool {
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

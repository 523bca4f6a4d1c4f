package templates

import (
	"slices"
	"strings"
)

// add joins strings, lists and tuples. Markup escapes what it is joined to.
func (r *run) add(a, b value) (value, error) {
	switch {
	case a.kind == kindString && b.kind == kindString:
		if a.isMarkup() || b.isMarkup() {
			m := filling{markup: true}
			m.joined(a.str(), a)
			m.joined(b.str(), b)
			v, err := m.result(r)
			if err != nil {
				return value{}, err
			}
			return r.checkText(v)
		}
		return r.checkText(stringValue(a.str() + b.str()))
	case a.kind == kindString:
		return value{}, faultf(`can only concatenate str (not "%s") to str`, b.typeName())
	case a.kind == kindTuple && b.kind == kindTuple:
		x, y := a.tuple().items, b.tuple().items
		if err := r.madeItems(len(x) + len(y)); err != nil {
			return value{}, err
		}
		return tupleValue(slices.Concat(x, y)...), nil
	}
	if a.typeName() == "list" && b.typeName() == "list" {
		x, err := r.items(a)
		if err != nil {
			return value{}, err
		}
		y, err := r.items(b)
		if err != nil {
			return value{}, err
		}
		if err := r.madeItems(len(x) + len(y)); err != nil {
			return value{}, err
		}
		return listValue(slices.Concat(x, y)), nil
	}
	if a.kind == kindList || a.kind == kindTuple {
		return value{}, faultf(`can only concatenate %s (not "%s") to %s`, a.typeName(), b.typeName(), a.typeName())
	}
	return value{}, unsupported("+", a, b)
}

// checkText refuses a string longer than any output may be.
func (r *run) checkText(v value) (value, error) {
	return v, r.madeText(int(v.num))
}

func (r *run) repeat(a, b value) (value, error) {
	if a.kind == kindInt || a.kind == kindBool {
		a, b = b, a
	}
	items, isSequence := indexed(a)
	if !isSequence && a.typeName() == "list" {
		var err error
		if items, err = r.items(a); err != nil {
			return value{}, err
		}
		isSequence = true
	}
	if !isSequence && a.kind != kindString {
		return value{}, unsupported("*", a, b)
	}
	if b.kind != kindInt && b.kind != kindBool {
		return value{}, faultf("can't multiply sequence by non-int of type %s", quote(b.typeName()))
	}
	n := max(b.int(), 0)
	if a.kind == kindString {
		if n > 0 && int64(a.num) > int64(r.limits.Output)/n {
			return value{}, r.outputLimit()
		}
		return r.checkText(textLike(a, strings.Repeat(a.str(), int(n))))
	}
	if n > 0 && int64(len(items)) > int64(r.limits.Loops)/n {
		return value{}, r.loopLimit()
	}
	if err := r.madeItems(len(items) * int(n)); err != nil {
		return value{}, err
	}
	out := slices.Repeat(items, int(n))
	if a.kind == kindTuple {
		return tupleValue(out...), nil
	}
	return listValue(out), nil
}

// join is a ~ b ~ c.
func (f *frame) join(items []value) (value, error) {
	m := filling{markup: f.escape && slices.ContainsFunc(items, value.isMarkup)}
	for _, v := range items {
		s, err := f.text(v)
		if err != nil {
			return value{}, err
		}
		m.joined(s, v)
	}
	if err := f.madeText(m.size); err != nil {
		return value{}, err
	}
	return m.result(f.run)
}

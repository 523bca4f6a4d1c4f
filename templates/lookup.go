package templates

import (
	"slices"
	"unicode/utf8"
)

// attribute is x.name: an attribute first, then an item, as Jinja does it.
func (r *run) attribute(x value, name string) (value, error) {
	if v, ok := r.attr(x, name); ok {
		return v, nil
	}
	if v, ok, err := r.item(x, stringValue(name)); ok || err != nil {
		return v, err
	}
	return r.noAttribute(x, name)
}

// subscript is x[key]: an item first, then an attribute.
func (r *run) subscript(x, key value) (value, error) {
	v, ok, err := r.item(x, key)
	if ok || err != nil {
		return v, err
	}
	if key.kind == kindString {
		if v, ok := r.attr(x, key.str()); ok {
			return v, nil
		}
	}
	name, err := r.text(key)
	if err != nil {
		return value{}, err
	}
	return r.noAttribute(x, name)
}

// attr finds an attribute in Python's sense: methods and fields, but no keys
// of a dict.
func (r *run) attr(x value, name string) (value, bool) {
	switch x.kind {
	case kindObject:
		return x.object().attr(r, name)
	case kindGo:
		if _, isMap := x.ref.(map[string]any); !isMap {
			if v, ok := goAttr(x.ref, name); ok {
				return v, true
			}
		}
		return r.goMethod(x, name)
	case kindTuple:
		if i := slices.Index(x.tuple().names, name); i >= 0 {
			return x.tuple().items[i], true
		}
	}
	return r.method(x, name)
}

// goMethod lends Go maps and slices the reading methods of dict and list.
func (r *run) goMethod(x value, name string) (value, bool) {
	if m := methodOf(kindDict, name); m != nil && goTypeName(x.ref) != "" {
		if d, ok := goDict(x.ref); ok {
			return r.method(dictValue(d.readOnly()), name)
		}
	}
	if methodOf(kindList, name) != nil {
		if _, isMap := x.ref.(map[string]any); !isMap {
			if n, ok := goLen(x.ref); ok && n >= 0 {
				if items, err := r.items(x); err == nil {
					return objectValue(&boundMethod{self: listValue(items), name: name, method: methodOf(kindList, name), readOnly: true}), true
				}
			}
		}
	}
	return value{}, false
}

// readOnly marks a copy of a Go map: changing it would be lost.
func (d *dict) readOnly() *dict {
	c := *d
	c.fixed = true
	return &c
}

// item finds an entry or an element.
func (r *run) item(x, key value) (value, bool, error) {
	switch x.kind {
	case kindDict:
		return x.dict().get(key)
	case kindList, kindTuple:
		items, _ := indexed(x)
		i, ok := index(key, len(items))
		if !ok {
			return value{}, false, nil
		}
		return items[i], true, nil
	case kindString:
		return textItem(x, key)
	case kindGo:
		if m, ok := x.ref.(map[string]any); ok && key.kind == kindString {
			v, ok := m[key.str()]
			return of(v), ok, nil
		}
		return goItem(r, x.ref, key)
	case kindObject:
		return r.objectItem(x, key)
	case kindUndefined:
		return r.undefinedItem(x)
	}
	return value{}, false, nil
}

// undefinedItem: only a chainable undefined has attributes.
func (r *run) undefinedItem(x value) (value, bool, error) {
	u := x.ref.(*undefined)
	if u.mode == Chainable {
		return x, true, nil
	}
	return value{}, false, u.use(undefinedOther)
}

func textItem(x, key value) (value, bool, error) {
	s := x.str()
	n := utf8.RuneCountInString(s)
	i, ok := index(key, n)
	if !ok {
		return value{}, false, nil
	}
	if n == len(s) {
		return textLike(x, s[i:i+1]), true, nil
	}
	return textLike(x, string([]rune(s)[i])), true, nil
}

func (r *run) objectItem(x, key value) (value, bool, error) {
	if o, ok := x.ref.(*rangeObject); ok {
		i, ok := index(key, o.n)
		if !ok {
			return value{}, false, nil
		}
		return o.at(i), true, nil
	}
	return value{}, false, nil
}

func (r *run) noAttribute(x value, name string) (value, error) {
	if x.kind == kindUndefined {
		_, _, err := r.undefinedItem(x)
		return x, err
	}
	u := &undefined{mode: r.undefined, name: name, owner: x.typeName()}
	switch x.kind {
	case kindDict:
		u.known = x.dict().names
	case kindGo:
		u.known = goNames(x.ref)
	}
	return undefinedValue(u), nil
}

// slice is x[low:high:step]; a bound that is none was left out.
func (r *run) slice(x, low, high, step value) (value, error) {
	var items []value
	var text []rune
	n := 0
	switch x.kind {
	case kindString:
		text = []rune(x.str())
		n = len(text)
	case kindList, kindTuple:
		items, _ = indexed(x)
		n = len(items)
	case kindGo, kindObject:
		if _, isMap := mapping(x); isMap {
			return value{}, faultf("unhashable type: 'slice'")
		}
		if o, ok := x.ref.(*rangeObject); ok {
			return o.slice(low, high, step)
		}
		seq, err := r.sequence(x)
		if err != nil {
			return value{}, err
		}
		if items, err = seq.collect(r); err != nil {
			return value{}, err
		}
		n = len(items)
	case kindUndefined:
		v, _, err := r.undefinedItem(x)
		return v, err
	case kindDict:
		return value{}, faultf("unhashable type: 'slice'")
	default:
		return value{}, faultf("%s object is not subscriptable", quote(x.typeName()))
	}
	start, stop, by, err := sliceBounds(n, low, high, step)
	if err != nil {
		return value{}, err
	}
	if x.kind == kindString && by == 1 && n == len(x.str()) { // bytes are characters
		return textLike(x, x.str()[min(start, stop):stop]), nil
	}
	size := max(stop-start+by-1, 0) / by
	if by < 0 {
		size = max(start-stop-by-1, 0) / -by
	}
	var chars []rune
	var part []value
	if x.kind == kindString {
		chars = make([]rune, 0, size)
	} else {
		part = make([]value, 0, size)
	}
	for i := start; by > 0 && i < stop || by < 0 && i > stop; i += by {
		if x.kind == kindString {
			chars = append(chars, text[i])
		} else {
			part = append(part, items[i])
		}
	}
	switch x.kind {
	case kindString:
		return r.checkText(textLike(x, string(chars)))
	case kindTuple:
		return tupleValue(part...), r.madeItems(len(part))
	}
	return listValue(part), r.madeItems(len(part))
}

// sliceBounds is Python's slice.indices.
func sliceBounds(n int, low, high, step value) (start, stop, by int, err error) {
	by = 1
	if !step.none() {
		if step.kind != kindInt && step.kind != kindBool {
			return 0, 0, 0, errSliceIndex
		}
		by = int(max(min(step.int(), int64(n)+1), -int64(n)-1))
		if step.int() == 0 {
			return 0, 0, 0, faultf("slice step cannot be zero")
		}
	}
	least, most := 0, n
	start, stop = 0, n
	if by < 0 {
		least, most = -1, n-1
		start, stop = n-1, -1
	}
	for _, b := range []struct {
		v   value
		out *int
	}{{low, &start}, {high, &stop}} {
		if b.v.none() {
			continue
		}
		if b.v.kind != kindInt && b.v.kind != kindBool {
			return 0, 0, 0, errSliceIndex
		}
		i := b.v.int()
		if i < 0 {
			i += int64(n)
		}
		*b.out = int(max(min(i, int64(most)), int64(least)))
	}
	return start, stop, by, nil
}

var errSliceIndex = faultf("slice indices must be integers or none")

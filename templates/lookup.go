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

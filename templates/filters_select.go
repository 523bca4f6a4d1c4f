package templates

import (
	"strconv"
	"strings"
)

func filterAttr(f *frame, a []value) (value, error) {
	name, err := f.text(a[1])
	if err != nil {
		return value{}, err
	}
	if v, ok := f.attr(a[0], name); ok {
		return v, nil
	}
	return f.noAttribute(a[0], name)
}

// path follows "a.b.0" from a value. What is missing on the way is def, if
// that is given.
func (f *frame) path(v, attribute, def value) (value, error) {
	parts := []value{attribute}
	if attribute.kind == kindString {
		parts = parts[:0]
		for _, p := range strings.Split(attribute.str(), ".") {
			if n, err := strconv.Atoi(p); err == nil && n >= 0 {
				parts = append(parts, intValue(int64(n)))
			} else {
				parts = append(parts, stringValue(p))
			}
		}
	}
	for _, p := range parts {
		var err error
		if v, err = f.subscript(v, p); err != nil {
			return value{}, err
		}
		if v.undefined() && !def.none() {
			v = def
		}
	}
	return v, nil
}

// filterMap applies a filter by name, or reads an attribute.
func filterMap(f *frame, a []value) (value, error) {
	args, kw := a[1].tuple().items, a[2].dict()
	items, err := f.itemsIfAny(a[0])
	if err != nil {
		return value{}, err
	}
	if attribute, ok := kw.getText("attribute"); ok && len(args) == 0 {
		def := none
		if d, ok := kw.getText("default"); ok {
			def = d
		}
		for k := range kw.all() {
			if k.str() != "attribute" && k.str() != "default" {
				return value{}, faultf("map got an unexpected keyword argument %s", quote(k.str()))
			}
		}
		for i := range items {
			if items[i], err = f.path(items[i], attribute, def); err != nil {
				return value{}, err
			}
		}
		return listValue(items), nil
	}
	if len(args) == 0 {
		return value{}, faultf("map requires a filter argument")
	}
	b, err := f.find("filter", f.env.filters, args[0])
	if err != nil {
		return value{}, err
	}
	given := &arguments{args: args[1:], kwargs: keywords(kw)}
	for i := range items {
		if items[i], err = b.apply(f, items[i], given); err != nil {
			return value{}, err
		}
	}
	return listValue(items), nil
}

// itemsIfAny gives nothing for whatever is false, as these filters do.
func (f *frame) itemsIfAny(v value) ([]value, error) {
	if ok, err := f.truth(v); !ok || err != nil {
		return nil, err
	}
	return f.items(v)
}

func keywords(d *dict) []keyword {
	var out []keyword
	for k, v := range d.all() {
		out = append(out, keyword{k.str(), v})
	}
	return out
}

// find looks a filter or test up at run time.
func (f *frame) find(what string, table map[string]*builtin, name value) (*builtin, error) {
	s, err := f.text(name)
	if err != nil {
		return nil, err
	}
	if b := table[s]; b != nil {
		return b, nil
	}
	return nil, faultf("%s", noSuch(what, s, table))
}

func filterSelect(f *frame, a []value) (value, error) { return choose(f, a, true, false) }

func filterReject(f *frame, a []value) (value, error) { return choose(f, a, false, false) }

func filterSelectattr(f *frame, a []value) (value, error) { return choose(f, a, true, true) }

func filterRejectattr(f *frame, a []value) (value, error) { return choose(f, a, false, true) }

// choose keeps the items for which a test, or truth itself, gives want.
func choose(f *frame, a []value, want, attribute bool) (value, error) {
	args, kw := a[1].tuple().items, a[2].dict()
	var path value
	if attribute {
		if len(args) == 0 {
			return value{}, faultf("missing parameter for attribute name")
		}
		path, args = args[0], args[1:]
	}
	var test *builtin
	var given *arguments
	if len(args) > 0 {
		var err error
		if test, err = f.find("test", f.env.tests, args[0]); err != nil {
			return value{}, err
		}
		given = &arguments{args: args[1:], kwargs: keywords(kw)}
	}
	items, err := f.itemsIfAny(a[0])
	if err != nil {
		return value{}, err
	}
	kept := items[:0]
	for _, item := range items {
		v := item
		if attribute {
			if v, err = f.path(item, path, none); err != nil {
				return value{}, err
			}
		}
		if test != nil {
			if v, err = test.apply(f, v, given); err != nil {
				return value{}, err
			}
		}
		ok, err := f.truth(v)
		if err != nil {
			return value{}, err
		}
		if ok == want {
			kept = append(kept, item)
		}
	}
	return listValue(kept), nil
}

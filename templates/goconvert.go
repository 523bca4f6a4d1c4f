package templates

import (
	"math"
	"reflect"
)

// goAny gives a value as plain Go: nil, bool, int, float64, string, Markup,
// []any, map[string]any, or the Go value that it came from.
func goAny(r *run, v value, depth int) (any, error) {
	switch v.kind {
	case kindBool:
		return v.num != 0, nil
	case kindInt:
		return int(v.int()), nil
	case kindFloat:
		return v.float(), nil
	case kindBig:
		return v.big(), nil
	case kindString:
		if v.isMarkup() {
			return Markup(v.str()), nil
		}
		return v.str(), nil
	case kindList, kindTuple:
		return goList(r, v, depth+1)
	case kindDict:
		return goMap(r, v.dict(), depth+1)
	case kindObject:
		if f, ok := v.ref.(*goFunc); ok {
			return f.fn.Interface(), nil
		}
		return v.ref, nil
	case kindGo:
		return v.ref, nil
	}
	return nil, nil
}

// converting limits what is copied for Go: a template's list may hold itself.
func (r *run) converting(items, depth int) error {
	if depth > maxNesting {
		return limitf("a list or dict nested deeper than %d", maxNesting)
	}
	return r.madeItems(items)
}

func goList(r *run, v value, depth int) (any, error) {
	items, _ := indexed(v)
	if err := r.converting(len(items), depth); err != nil {
		return nil, err
	}
	out := make([]any, len(items))
	for i, item := range items {
		var err error
		if out[i], err = goAny(r, item, depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func goMap(r *run, d *dict, depth int) (any, error) {
	if err := r.converting(d.len(), depth); err != nil {
		return nil, err
	}
	out := make(map[string]any, d.len())
	for k, item := range d.all() {
		name, err := r.text(k)
		if err != nil {
			return nil, err
		}
		if out[name], err = goAny(r, item, depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// toGo converts a value to a Go type.
func toGo(r *run, v value, t reflect.Type, depth int) (reflect.Value, error) {
	if err := v.check(); err != nil {
		return reflect.Value{}, err
	}
	out := reflect.New(t).Elem()
	mismatch := faultf("want %v, got %s", t, v.typeName())
	v = basicFor(v, t)
	switch k := t.Kind(); {
	case k == reflect.String && v.kind == kindString:
		out.SetString(v.str())
		return out, nil
	case k == reflect.Bool && v.kind == kindBool:
		out.SetBool(v.num != 0)
		return out, nil
	case out.CanInt() && (v.kind == kindInt || v.kind == kindFloat && v.float() == math.Trunc(v.float())):
		n := v.int()
		if v.kind == kindFloat {
			n = int64(v.float())
		}
		if out.OverflowInt(n) {
			return out, faultf("%d overflows %v", n, t)
		}
		out.SetInt(n)
		return out, nil
	case out.CanUint() && v.kind == kindInt:
		if v.int() < 0 || out.OverflowUint(v.num) {
			return out, faultf("%d overflows %v", v.int(), t)
		}
		out.SetUint(v.num)
		return out, nil
	case out.CanFloat() && (v.kind == kindFloat || v.kind == kindInt):
		f, _ := toFloat(v)
		out.SetFloat(f)
		return out, nil
	}
	return toGoComposite(r, v, t, depth+1, out, mismatch)
}

// basicFor unwraps a named Go scalar unless the type asks for it as it is.
func basicFor(v value, t reflect.Type) value {
	if v.kind == kindGo && reflect.TypeOf(v.ref).AssignableTo(t) {
		return v
	}
	return basic(v)
}

func toGoComposite(r *run, v value, t reflect.Type, depth int, out reflect.Value, mismatch error) (reflect.Value, error) {
	x, err := goAny(r, v, depth)
	if err != nil {
		return out, err
	}
	if x == nil {
		switch t.Kind() {
		case reflect.Interface, reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func:
			return out, nil
		}
		return out, mismatch
	}
	rv := reflect.ValueOf(x)
	switch {
	case rv.Type().AssignableTo(t):
		return rv, nil
	case rv.Kind() == reflect.Pointer && rv.Type().Elem().AssignableTo(t) && !rv.IsNil():
		return rv.Elem(), nil
	case t.Kind() == reflect.Slice:
		seq, err := r.sequence(v)
		if err != nil {
			return out, mismatch
		}
		items, err := seq.collect(r)
		if err != nil {
			return out, err
		}
		for _, item := range items {
			e, err := toGo(r, item, t.Elem(), depth)
			if err != nil {
				return out, err
			}
			out = reflect.Append(out, e)
		}
		return out, nil
	case t.Kind() == reflect.Pointer:
		e, err := toGo(r, v, t.Elem(), depth)
		if err != nil {
			return out, err
		}
		p := reflect.New(t.Elem())
		p.Elem().Set(e)
		return p, nil
	case t.Kind() == reflect.Map:
		return toGoMap(r, v, t, depth, mismatch)
	}
	return out, mismatch
}

func toGoMap(r *run, v value, t reflect.Type, depth int, mismatch error) (reflect.Value, error) {
	d, ok := mapping(v)
	if !ok {
		return reflect.Value{}, mismatch
	}
	out := reflect.MakeMapWithSize(t, d.len())
	for k, item := range d.all() {
		key, err := toGo(r, k, t.Key(), depth)
		if err != nil {
			return out, err
		}
		val, err := toGo(r, item, t.Elem(), depth)
		if err != nil {
			return out, err
		}
		out.SetMapIndex(key, val)
	}
	return out, nil
}

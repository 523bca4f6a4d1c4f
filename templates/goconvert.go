package templates

import (
	"math"
	"reflect"
)

// goAny gives a value as plain Go: nil, bool, int, float64, string, Markup,
// []any, map[string]any, or the Go value that it came from.
func goAny(r *run, v value) any {
	switch v.kind {
	case kindBool:
		return v.num != 0
	case kindInt:
		return int(v.int())
	case kindFloat:
		return v.float()
	case kindBig:
		return v.big()
	case kindString:
		if v.isMarkup() {
			return Markup(v.str())
		}
		return v.str()
	case kindList, kindTuple:
		items, _ := indexed(v)
		out := make([]any, len(items))
		for i, item := range items {
			out[i] = goAny(r, item)
		}
		return out
	case kindDict:
		out := make(map[string]any, v.dict().len())
		for k, item := range v.dict().all() {
			name, _ := r.text(k)
			out[name] = goAny(r, item)
		}
		return out
	case kindObject:
		if f, ok := v.ref.(*goFunc); ok {
			return f.fn.Interface()
		}
		return v.ref
	case kindGo:
		return v.ref
	}
	return nil
}

// toGo converts a value to a Go type.
func toGo(r *run, v value, t reflect.Type) (reflect.Value, error) {
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
	return toGoComposite(r, v, t, out, mismatch)
}

// basicFor unwraps a named Go scalar unless the type asks for it as it is.
func basicFor(v value, t reflect.Type) value {
	if v.kind == kindGo && reflect.TypeOf(v.ref).AssignableTo(t) {
		return v
	}
	return basic(v)
}

func toGoComposite(r *run, v value, t reflect.Type, out reflect.Value, mismatch error) (reflect.Value, error) {
	x := goAny(r, v)
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
			e, err := toGo(r, item, t.Elem())
			if err != nil {
				return out, err
			}
			out = reflect.Append(out, e)
		}
		return out, nil
	case t.Kind() == reflect.Pointer:
		e, err := toGo(r, v, t.Elem())
		if err != nil {
			return out, err
		}
		p := reflect.New(t.Elem())
		p.Elem().Set(e)
		return p, nil
	case t.Kind() == reflect.Map:
		return toGoMap(r, v, t, mismatch)
	}
	return out, mismatch
}

func toGoMap(r *run, v value, t reflect.Type, mismatch error) (reflect.Value, error) {
	d, ok := mapping(v)
	if !ok {
		return reflect.Value{}, mismatch
	}
	out := reflect.MakeMapWithSize(t, d.len())
	for k, item := range d.all() {
		key, err := toGo(r, k, t.Key())
		if err != nil {
			return out, err
		}
		val, err := toGo(r, item, t.Elem())
		if err != nil {
			return out, err
		}
		out.SetMapIndex(key, val)
	}
	return out, nil
}

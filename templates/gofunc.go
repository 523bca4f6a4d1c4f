package templates

import (
	"context"
	"fmt"
	"reflect"
)

// A goFunc is a Go function or method as a template calls it. It has one
// result, or a result and an error. A first parameter of type
// context.Context receives the context of the rendering; a last one of type
// map[string]any receives keyword arguments.
type goFunc struct {
	opaque
	name     string
	fn       reflect.Value
	takesCtx bool
	keywords bool
}

var (
	contextType = reflect.TypeFor[context.Context]()
	kwargsType  = reflect.TypeFor[map[string]any]()
)

func newGoFunc(name string, fn reflect.Value) *goFunc {
	t := fn.Type()
	f := &goFunc{name: name, fn: fn}
	f.takesCtx = t.NumIn() > 0 && t.In(0) == contextType
	f.keywords = t.NumIn() > 0 && !t.IsVariadic() && t.In(t.NumIn()-1) == kwargsType
	return f
}

// checkFunc tells whether a template could call x.
func checkFunc(x any) error {
	t := reflect.TypeOf(x)
	if t == nil || t.Kind() != reflect.Func {
		return fmt.Errorf("not a function but %T", x)
	}
	switch {
	case t.NumOut() == 1, t.NumOut() == 2 && t.Out(1) == errorType:
		return nil
	}
	return fmt.Errorf("%v has %d results; one is needed, or one and an error", t, t.NumOut())
}

func (f *goFunc) typeName() string { return "function" }

func (f *goFunc) text(*run) (string, error) { return "<function " + f.name + ">", nil }

// paramRange gives how many positional arguments f takes; most is -1 if any
// number.
func (f *goFunc) paramRange() (least, most int) {
	t := f.fn.Type()
	least = t.NumIn()
	if f.takesCtx {
		least--
	}
	if t.IsVariadic() {
		return least - 1, -1
	}
	if f.keywords {
		return least - 1, least
	}
	return least, least
}

// sequence reads an iter.Seq or iter.Seq2 to its end.
func (f *goFunc) sequence(r *run) (sequence, error) {
	t := f.fn.Type()
	var items []value
	var err error
	add := func(v value) bool {
		items = append(items, v)
		err = r.step()
		return err == nil
	}
	switch {
	case t.CanSeq2():
		for k, v := range f.fn.Seq2() {
			if !add(tupleValue(ofReflect(k), ofReflect(v))) {
				break
			}
		}
	case t.CanSeq():
		for v := range f.fn.Seq() {
			if !add(ofReflect(v)) {
				break
			}
		}
	default:
		return sequence{}, faultf("'function' object is not iterable")
	}
	return sequence{items: items, n: len(items)}, err
}

func (f *goFunc) call(fr *frame, a *arguments) (value, error) {
	r := fr.run
	in, err := f.bind(r, a)
	if err != nil {
		return value{}, err
	}
	out := f.fn.Call(in)
	if n := len(out); n > 0 && f.fn.Type().Out(n-1) == errorType {
		if err, _ := out[n-1].Interface().(error); err != nil {
			return value{}, err
		}
		out = out[:n-1]
	}
	if len(out) == 0 {
		return none, nil
	}
	return ofReflect(out[0]), nil
}

func (f *goFunc) bind(r *run, a *arguments) ([]reflect.Value, error) {
	t := f.fn.Type()
	least, most := f.paramRange()
	if len(a.args) < least || most >= 0 && len(a.args) > most {
		return nil, faultf("%s() takes %s but %d %s given", f.name, plural(least, most), len(a.args), wasWere(len(a.args)))
	}
	in := make([]reflect.Value, 0, t.NumIn())
	if f.takesCtx {
		in = append(in, reflect.ValueOf(r.ctx))
	}
	for _, v := range a.args {
		p := t.In(min(len(in), t.NumIn()-1))
		if t.IsVariadic() && len(in) >= t.NumIn()-1 {
			p = p.Elem()
		}
		x, err := toGo(r, v, p, 0)
		if err != nil {
			return nil, faultf("%s() argument %d: %v", f.name, len(in)+1, err)
		}
		in = append(in, x)
	}
	if f.keywords && len(in) < t.NumIn() {
		kw := make(map[string]any, len(a.kwargs))
		for _, k := range a.kwargs {
			var err error
			if kw[k.name], err = goAny(r, k.val, 0); err != nil {
				return nil, err
			}
		}
		return append(in, reflect.ValueOf(kw)), nil
	}
	if len(a.kwargs) > 0 {
		return nil, faultf("%s() takes no keyword argument %s", f.name, quote(a.kwargs[0].name))
	}
	return in, nil
}

func plural(least, most int) string {
	switch {
	case least == most && least == 1:
		return "1 positional argument"
	case least == most:
		return fmt.Sprintf("%d positional arguments", least)
	case most < 0:
		return fmt.Sprintf("at least %d positional arguments", least)
	}
	return fmt.Sprintf("from %d to %d positional arguments", least, most)
}

func wasWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

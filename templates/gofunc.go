package templates

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
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

func (f *goFunc) typeName() string          { return "function" }
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
		x, err := toGo(r, v, p)
		if err != nil {
			return nil, faultf("%s() argument %d: %v", f.name, len(in)+1, err)
		}
		in = append(in, x)
	}
	if f.keywords && len(in) < t.NumIn() {
		kw := make(map[string]any, len(a.kwargs))
		for _, k := range a.kwargs {
			kw[k.name] = goAny(r, k.val)
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

// timeAttr gives time.Time the attributes of Python's datetime.
func timeAttr(ref any, name string) (value, bool) {
	t, ok := ref.(time.Time)
	if !ok {
		p, isPointer := ref.(*time.Time)
		if !isPointer || p == nil {
			return value{}, false
		}
		t = *p
	}
	switch name {
	case "year":
		return intValue(int64(t.Year())), true
	case "month":
		return intValue(int64(t.Month())), true
	case "day":
		return intValue(int64(t.Day())), true
	case "hour":
		return intValue(int64(t.Hour())), true
	case "minute":
		return intValue(int64(t.Minute())), true
	case "second":
		return intValue(int64(t.Second())), true
	case "microsecond":
		return intValue(int64(t.Nanosecond() / 1000)), true
	case "isoformat":
		return objectValue(newGoFunc(name, reflect.ValueOf(func() string {
			return strings.Replace(t.Format("2006-01-02T15:04:05.999999-07:00"), "Z", "+00:00", 1)
		}))), true
	case "strftime":
		return objectValue(newGoFunc(name, reflect.ValueOf(func(f string) string { return strftime(t, f) }))), true
	}
	return value{}, false
}

var strftimeLayouts = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'H': "15", 'I': "03", 'M': "04", 'S': "05",
	'p': "PM", 'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'z': "-0700", 'Z': "MST",
	'F': "2006-01-02", 'T': "15:04:05", 'R': "15:04", 'e': "_2", 'j': "002", 'D': "01/02/06",
	'c': "Mon Jan _2 15:04:05 2006", 'x': "01/02/06", 'X': "15:04:05",
}

// strftime formats as C's function does; an unknown directive stays.
func strftime(t time.Time, format string) string {
	var b []byte
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b = append(b, format[i])
			continue
		}
		i++
		trim := format[i] == '-' && i+1 < len(format)
		if trim {
			i++
		}
		s := "%" + string(format[i])
		switch layout, ok := strftimeLayouts[format[i]]; {
		case ok:
			s = t.Format(layout)
		case format[i] == '%':
			s = "%"
		case format[i] == 'f':
			s = fmt.Sprintf("%06d", t.Nanosecond()/1000)
		case format[i] == 'u', format[i] == 'w':
			s = fmt.Sprint(int(t.Weekday()))
		case format[i] == 's':
			s = fmt.Sprint(t.Unix())
		}
		if trim && len(s) > 1 {
			s = strings.TrimPrefix(s, "0")
		}
		b = append(b, s...)
	}
	return string(b)
}

package templates

import (
	"encoding/json"
	"fmt"
	"html/template"
	"math/big"
	"reflect"
	"strconv"
	"strings"
)

// Markup is text that is safe as HTML: it is not escaped again in HTML text.
// In other places (URLs, scripts, styles) it is treated as html/template
// treats its type HTML.
type Markup string

// of makes a template's value from a Go value. Scalars are copied; maps,
// slices and structs are read where they are and never written to.
func of(x any) value {
	switch x := x.(type) {
	case nil:
		return none
	case string:
		return stringValue(x)
	case int:
		return intValue(int64(x))
	case bool:
		return boolValue(x)
	case map[string]any:
		return value{kind: kindGo, ref: x}
	case []any:
		return value{kind: kindGo, ref: x}
	case float64:
		return floatValue(x)
	case int64:
		return intValue(x)
	case value:
		return x
	case object:
		return objectValue(x)
	case Markup:
		return markupValue(string(x))
	case template.HTML:
		return markupValue(string(x))
	case template.HTMLAttr:
		return stringValue(string(x)).withSafety(safeAttr)
	case template.JS:
		return stringValue(string(x)).withSafety(safeJS)
	case template.JSStr:
		return stringValue(string(x)).withSafety(safeJSStr)
	case template.CSS:
		return stringValue(string(x)).withSafety(safeCSS)
	case template.URL:
		return stringValue(string(x)).withSafety(safeURL)
	case template.Srcset:
		return stringValue(string(x)).withSafety(safeSrcset)
	case ComponentFunc:
		if x == nil {
			return none
		}
		return value{kind: kindGo, ref: x}
	case json.Number:
		return numberText(string(x))
	case *big.Int:
		if x == nil {
			return none
		}
		return bigValue(x)
	case []byte:
		return stringValue(string(x))
	}
	switch t := reflect.TypeOf(x); t.Kind() {
	case reflect.Struct, reflect.Slice, reflect.Array, reflect.Map:
		return value{kind: kindGo, ref: x}
	case reflect.Pointer:
		if t.Elem().Kind() == reflect.Struct && *dataWord(&x) != nil {
			return value{kind: kindGo, ref: x}
		}
	}
	return ofReflect(reflect.ValueOf(x))
}

func numberText(s string) value {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return intValue(n)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return stringValue(s)
	}
	return floatValue(f)
}

var (
	stringerType = reflect.TypeFor[fmt.Stringer]()
	errorType    = reflect.TypeFor[error]()
	bytesType    = reflect.TypeFor[[]byte]()
)

// ofReflect is of for a value that is known by reflection only. A struct or
// slice that can be addressed is kept as a pointer, which costs no memory.
func ofReflect(rv reflect.Value) value {
	switch rv.Kind() {
	case reflect.Invalid:
		return none
	case reflect.Interface:
		return of(rv.Interface())
	case reflect.Func:
		if rv.IsNil() {
			return none
		}
		return objectValue(newGoFunc("function", rv))
	case reflect.Pointer:
		return ofPointer(rv)
	case reflect.Struct, reflect.Slice, reflect.Array:
		if known := rv.Type(); known == bytesType {
			return stringValue(string(rv.Bytes()))
		}
		if rv.CanAddr() {
			return value{kind: kindGo, ref: rv.Addr().Interface()}
		}
		return value{kind: kindGo, ref: rv.Interface()}
	case reflect.Map, reflect.Chan, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128:
		return value{kind: kindGo, ref: rv.Interface()}
	}
	t := rv.Type()
	if t.PkgPath() == "" {
		return basicOf(rv)
	}
	if t.Kind() == reflect.String {
		switch rv.Interface().(type) {
		case Markup, template.HTML, template.HTMLAttr, template.JS, template.JSStr, template.CSS, template.URL, template.Srcset, json.Number:
			return of(rv.Interface())
		}
	}
	if t.Implements(stringerType) || t.Implements(errorType) {
		return value{kind: kindGo, ref: rv.Interface()}
	}
	return basicOf(rv)
}

func ofPointer(rv reflect.Value) value {
	if rv.IsNil() {
		return none
	}
	if _, ok := rv.Interface().(*big.Int); ok {
		return of(rv.Interface())
	}
	switch rv.Elem().Kind() {
	case reflect.Struct, reflect.Slice, reflect.Array:
		return value{kind: kindGo, ref: rv.Interface()}
	}
	if rv.Type().Implements(stringerType) || rv.Type().Implements(errorType) {
		return value{kind: kindGo, ref: rv.Interface()}
	}
	return ofReflect(rv.Elem())
}

// basicOf reads a number, string or bool, whatever its type is named.
func basicOf(rv reflect.Value) value {
	switch {
	case rv.Kind() == reflect.String:
		return stringValue(rv.String())
	case rv.Kind() == reflect.Bool:
		return boolValue(rv.Bool())
	case rv.CanInt():
		return intValue(rv.Int())
	case rv.CanUint():
		if n := rv.Uint(); n > 1<<63-1 {
			return bigValue(new(big.Int).SetUint64(n))
		}
		return intValue(int64(rv.Uint()))
	case rv.CanFloat():
		return floatValue(rv.Float())
	}
	return value{kind: kindGo, ref: rv.Interface()}
}

// basic gives the number or string behind a Go value of a named type, so
// that an enumeration with a String method can still be compared.
func basic(v value) value {
	if v.kind == kindGo {
		rv := reflect.ValueOf(v.ref)
		switch rv.Kind() {
		case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array, reflect.Pointer:
		default:
			return basicOf(rv)
		}
	}
	return v
}

// indirect follows pointers.
func indirect(rv reflect.Value) reflect.Value {
	for rv.Kind() == reflect.Pointer && !rv.IsNil() {
		rv = rv.Elem()
	}
	return rv
}

// Attributes is a Go value that is asked for its attributes by name: x.name
// and x["name"] are what Attribute gives, undefined where that gives false. For
// x.name, its methods and fields come first.
type Attributes interface {
	Attribute(name string) (any, bool)
}

// A Mapping is [Attributes] with a list of names: templates can walk over it,
// ask whether a name is in it, and call the reading methods of Python's dict,
// which x.name finds before what has such a name.
type Mapping interface {
	Attributes
	Keys() []string // in order
}

// goAttr finds a field, a method or, for maps, an entry.
func goAttr(ref any, name string) (value, bool) {
	if m, ok := ref.(map[string]any); ok {
		v, ok := m[name]
		return of(v), ok
	}
	if v, ok := timeAttr(ref, name); ok {
		return v, true
	}
	rv := reflect.ValueOf(ref)
	if m, ok := typeOf(rv.Type()).members[name]; ok {
		return m.get(rv), true
	}
	if _, ok := ref.(Mapping); ok && methodOf(kindDict, name) != nil {
		return value{}, false // whatever names there are, its methods can be called
	}
	if a, ok := ref.(Attributes); ok {
		x, ok := a.Attribute(name)
		return of(x), ok
	}
	return value{}, false
}

func goTruth(ref any) bool {
	if n, ok := goLen(ref); ok {
		return n > 0
	}
	v := basic(value{kind: kindGo, ref: ref})
	switch v.kind {
	case kindBool, kindInt, kindString:
		return v.num != 0
	case kindFloat:
		return v.float() != 0
	}
	return true
}

func goText(r *run, v value) (string, error) {
	switch x := v.ref.(type) {
	case fmt.Stringer:
		return x.String(), nil
	case error:
		return x.Error(), nil
	}
	return r.repr(v)
}

// writeGo refuses what would print as an address.
func (r *run) writeGo(b *strings.Builder, v value, depth int) error {
	if d, ok := goDict(v.ref); ok {
		return r.writeDict(b, d, depth)
	}
	rv := indirect(reflect.ValueOf(v.ref))
	if rv.Kind() == reflect.Chan || rv.Kind() == reflect.UnsafePointer {
		return faultf("a %s cannot be printed", v.typeName())
	}
	if rv.Kind() == reflect.Slice || rv.Kind() == reflect.Array {
		seq, err := goSequence(r, v.ref)
		if err != nil {
			return err
		}
		items, err := seq.collect(r)
		if err != nil {
			return err
		}
		return r.writeItems(b, "[", items, "]", depth)
	}
	if s, ok := v.ref.(fmt.Stringer); ok {
		b.WriteString(s.String())
		return nil
	}
	fmt.Fprint(b, indirect(reflect.ValueOf(v.ref)).Interface())
	return nil
}

func goTypeName(ref any) string {
	t := reflect.TypeOf(ref)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Name() != "":
		return t.Name()
	case t.Kind() == reflect.Map:
		return "dict"
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Array:
		return "list"
	}
	return t.String()
}

// goNames gives what a template could have written for an attribute of ref.
func goNames(ref any) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if d, ok := goDict(ref); ok {
			d.names(yield)
			return
		}
		for name := range typeOf(reflect.TypeOf(ref)).members {
			if !yield(name) {
				return
			}
		}
	}
}

// identity tells values apart that are neither numbers nor text.
func identity(v value) (string, error) {
	if t, ok := goTime(v.ref); ok {
		return t.UTC().String(), nil
	}
	rv := reflect.ValueOf(v.ref)
	switch rv.Kind() {
	case reflect.Slice, reflect.Map, reflect.Func:
		return "", faultf("unhashable type: %s", quote(v.typeName()))
	case reflect.Pointer:
		return fmt.Sprintf("%p", v.ref), nil
	}
	return fmt.Sprintf("%T %v", v.ref, v.ref), nil
}

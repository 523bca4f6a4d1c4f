package templates

import (
	"encoding/json"
	"fmt"
	"html/template"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
	"unsafe"
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
	stringType   = reflect.TypeFor[string]()
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

// A goType knows the fields and methods of a Go type by the names that
// templates may use. Built once per type.
type goType struct {
	kind    reflect.Kind // with pointers followed
	members map[string]*member
}

// A member is a field or a method.
type member struct {
	index  []int // of a field
	method int   // if index is nil
	name   string

	// A number or string that is reached without following pointers is read
	// by its offset; reflection would take ten times as long.
	scalar reflect.Kind // Invalid: none
	offset uintptr
}

// locate finds out whether the field can be read by its offset.
func (m *member) locate(t reflect.Type) {
	var offset uintptr
	for _, i := range m.index {
		if t.Kind() != reflect.Struct {
			return // through an embedded pointer
		}
		f := t.Field(i)
		offset, t = offset+f.Offset, f.Type
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Float64, reflect.Int, reflect.Int64, reflect.Int32:
		if t.PkgPath() == "" {
			m.scalar, m.offset = t.Kind(), offset
		}
	}
}

// at reads a scalar of the struct at p. // hot path
func (m *member) at(p unsafe.Pointer) value {
	p = unsafe.Add(p, m.offset)
	switch m.scalar {
	case reflect.String:
		return stringValue(*(*string)(p))
	case reflect.Int:
		return intValue(int64(*(*int)(p)))
	case reflect.Int64:
		return intValue(*(*int64)(p))
	case reflect.Int32:
		return intValue(int64(*(*int32)(p)))
	case reflect.Float64:
		return floatValue(*(*float64)(p))
	}
	return boolValue(*(*bool)(p))
}

var goTypes sync.Map // reflect.Type → *goType

func typeOf(t reflect.Type) *goType {
	if known, ok := goTypes.Load(t); ok {
		return known.(*goType)
	}
	known, _ := goTypes.LoadOrStore(t, newGoType(t))
	return known.(*goType)
}

func newGoType(t reflect.Type) *goType {
	g := &goType{members: map[string]*member{}}
	base := t
	for base.Kind() == reflect.Pointer {
		base = base.Elem()
	}
	g.kind = base.Kind()
	add := func(name string, m *member) {
		if _, taken := g.members[name]; !taken && name != "" {
			g.members[name] = m
		}
	}
	type named struct {
		m    *member
		json string
	}
	var all []named
	if base.Kind() == reflect.Struct {
		for _, f := range reflect.VisibleFields(base) {
			if !f.IsExported() {
				continue
			}
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			m := &member{index: f.Index, name: f.Name}
			m.locate(base)
			all = append(all, named{m, strings.TrimPrefix(tag, "-")})
		}
	}
	for i := range t.NumMethod() {
		all = append(all, named{&member{method: i, name: t.Method(i).Name}, ""})
	}
	for _, n := range all {
		add(n.m.name, n.m)
	}
	for _, n := range all {
		add(n.json, n.m)
	}
	for _, n := range all {
		add(snakeCase(n.m.name), n.m)
	}
	return g
}

// snakeCase writes CreatedAt as created_at and UserID as user_id.
func snakeCase(name string) string {
	runes := []rune(name)
	var b strings.Builder
	for i, c := range runes {
		if unicode.IsUpper(c) && i > 0 {
			previous := runes[i-1]
			next := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if unicode.IsLower(previous) || unicode.IsDigit(previous) || next && unicode.IsUpper(previous) {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// dataWord is the second word of an interface value: the pointer itself if
// the value is a pointer (as of Go 1.26, and since Go 1.4).
func dataWord(x *any) *unsafe.Pointer {
	return &(*[2]unsafe.Pointer)(unsafe.Pointer(x))[1]
}

// structSequence walks a slice of structs. Its items are pointers into the
// slice, made without reflection and without memory. // hot path
func structSequence(rv reflect.Value) sequence {
	n := rv.Len()
	if n == 0 {
		return sequence{}
	}
	first := rv.Index(0).Addr()
	base, size, proto := first.UnsafePointer(), rv.Type().Elem().Size(), first.Interface()
	return sequence{n: n, at: func(i int) value {
		x := proto
		*dataWord(&x) = unsafe.Add(base, uintptr(i)*size)
		return value{kind: kindGo, ref: x}
	}}
}

// get reads the member of x.
func (m *member) get(rv reflect.Value) value {
	if m.index == nil {
		return objectValue(newGoFunc(m.name, rv.Method(m.method)))
	}
	if m.scalar != reflect.Invalid && rv.Kind() == reflect.Pointer && rv.Type().Elem().Kind() == reflect.Struct && !rv.IsNil() {
		return m.at(rv.UnsafePointer())
	}
	for rv.Kind() == reflect.Pointer {
		if rv.IsNil() {
			return none
		}
		rv = rv.Elem()
	}
	if len(m.index) == 1 {
		return ofReflect(rv.Field(m.index[0]))
	}
	f, err := rv.FieldByIndexErr(m.index)
	if err != nil { // through a nil embedded pointer
		return none
	}
	return ofReflect(f)
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
	return value{}, false
}

// A memberCache remembers the last type seen at one place of a template.
// It is shared by all who render.
type memberCache struct {
	last atomic.Pointer[cachedMember]
}

type cachedMember struct {
	typ    reflect.Type
	member *member
	direct bool // typ is a pointer to a struct and the member a scalar in it
}

// attr is goAttr for structs with the cache in front.
func (c *memberCache) attr(ref any, name string) (value, bool) {
	t := reflect.TypeOf(ref)
	if hit := c.last.Load(); hit != nil && hit.typ == t {
		if hit.direct {
			if p := *dataWord(&ref); p != nil {
				return hit.member.at(p), true
			}
		}
		return hit.member.get(reflect.ValueOf(ref)), true
	}
	if v, ok := timeAttr(ref, name); ok {
		return v, true
	}
	m, ok := typeOf(t).members[name]
	if !ok {
		return value{}, false
	}
	direct := m.scalar != reflect.Invalid && t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct
	c.last.Store(&cachedMember{t, m, direct})
	return m.get(reflect.ValueOf(ref)), true
}

func goKind(ref any) reflect.Kind { return typeOf(reflect.TypeOf(ref)).kind }

// goItem reads an entry of a map or an element of a slice.
func goItem(r *run, ref any, key value) (value, bool, error) {
	rv := indirect(reflect.ValueOf(ref))
	switch rv.Kind() {
	case reflect.Map:
		k, err := toGo(r, key, rv.Type().Key())
		if err != nil {
			return value{}, false, nil
		}
		v := rv.MapIndex(k)
		if !v.IsValid() {
			return value{}, false, nil
		}
		return ofReflect(v), true, nil
	case reflect.Slice, reflect.Array:
		i, ok := index(key, rv.Len())
		if !ok {
			return value{}, false, nil
		}
		return ofReflect(rv.Index(i)), true, nil
	}
	return value{}, false, nil
}

// goDict gives a Go map with string or scalar keys as a dict.
func goDict(ref any) (*dict, bool) {
	if m, ok := ref.(map[string]any); ok {
		return viewDict(m), true
	}
	rv := indirect(reflect.ValueOf(ref))
	if rv.Kind() != reflect.Map {
		return nil, false
	}
	d := newDict(rv.Len())
	keys := rv.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		if n, err := order(ofReflect(a), ofReflect(b)); err == nil {
			return n
		}
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
	for _, k := range keys {
		if d.set(ofReflect(k), ofReflect(rv.MapIndex(k))) != nil {
			return nil, false
		}
	}
	return d, true
}

// goSequence reads slices, arrays, maps (their keys) and iter.Seq.
func goSequence(r *run, ref any) (sequence, error) {
	switch s := ref.(type) {
	case []any:
		return sequence{n: len(s), at: func(i int) value { return of(s[i]) }}, nil
	case []string:
		return sequence{n: len(s), at: func(i int) value { return stringValue(s[i]) }}, nil
	case []int:
		return sequence{n: len(s), at: func(i int) value { return intValue(int64(s[i])) }}, nil
	case []map[string]any:
		return sequence{n: len(s), at: func(i int) value { return value{kind: kindGo, ref: s[i]} }}, nil
	}
	rv := indirect(reflect.ValueOf(ref))
	switch rv.Kind() {
	case reflect.Slice, reflect.Array:
		if rv.Kind() == reflect.Slice && rv.Type().Elem().Kind() == reflect.Struct {
			return structSequence(rv), nil
		}
		return sequence{n: rv.Len(), at: func(i int) value { return ofReflect(rv.Index(i)) }}, nil
	case reflect.Map:
		if d, ok := goDict(ref); ok {
			return d.sequence(), nil
		}
	}
	return sequence{}, faultf("%s object is not iterable", quote(goTypeName(ref)))
}

func goLen(ref any) (int, bool) {
	rv := indirect(reflect.ValueOf(ref))
	switch rv.Kind() {
	case reflect.Map, reflect.Slice, reflect.Array:
		return rv.Len(), true
	}
	return 0, false
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

func (r *run) writeGo(b *strings.Builder, v value, depth int) error {
	if d, ok := goDict(v.ref); ok {
		return r.writeDict(b, d, depth)
	}
	if rv := indirect(reflect.ValueOf(v.ref)); rv.Kind() == reflect.Slice || rv.Kind() == reflect.Array {
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

package templates

import (
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
	"unsafe"
)

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

// scalarAt reads what is at p. // hot path
func scalarAt(p unsafe.Pointer, kind reflect.Kind) value {
	switch kind {
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

// An interface value is two words (as of Go 1.26, and since Go 1.4): a pointer
// to its type, and a pointer to the value; or the value itself if that is a
// pointer, or a struct or array of nothing but one pointer.

func typeWord(x *any) unsafe.Pointer {
	return (*[2]unsafe.Pointer)(unsafe.Pointer(x))[0]
}

func dataWord(x *any) *unsafe.Pointer {
	return &(*[2]unsafe.Pointer)(unsafe.Pointer(x))[1]
}

// get reads the member of x.
func (m *member) get(rv reflect.Value) value {
	if m.index == nil {
		return objectValue(newGoFunc(m.name, rv.Method(m.method)))
	}
	if m.scalar != reflect.Invalid && rv.Kind() == reflect.Pointer && rv.Type().Elem().Kind() == reflect.Struct && !rv.IsNil() {
		return scalarAt(unsafe.Add(rv.UnsafePointer(), m.offset), m.scalar)
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

// A memberCache remembers the last type seen at one place of a template.
// It is shared by all who render.
type memberCache struct {
	last atomic.Pointer[cachedMember]
}

type cachedMember struct {
	typ    unsafe.Pointer // typeWord of it
	member *member
	scalar reflect.Kind // the member's, if typ is a struct or a pointer to one; else Invalid
	offset uintptr
}

// field gives where the member of ref is and what it is, if it is known and a
// scalar; else Invalid. A struct with a scalar in it is not one pointer, so
// that the second word points to it. // hot path
func (c *memberCache) field(ref *any) (unsafe.Pointer, reflect.Kind) {
	hit := c.last.Load()
	if hit == nil || hit.typ != typeWord(ref) || hit.scalar == reflect.Invalid {
		return nil, reflect.Invalid
	}
	p := *dataWord(ref)
	if p == nil {
		return nil, reflect.Invalid
	}
	return unsafe.Add(p, hit.offset), hit.scalar
}

// attr is goAttr for structs with the cache in front.
func (c *memberCache) attr(ref any, name string) (value, bool) {
	if p, kind := c.field(&ref); kind != reflect.Invalid {
		return scalarAt(p, kind), true
	}
	typ := typeWord(&ref)
	if hit := c.last.Load(); hit != nil && hit.typ == typ {
		return hit.member.get(reflect.ValueOf(ref)), true
	}
	if v, ok := timeAttr(ref, name); ok {
		return v, true
	}
	t := reflect.TypeOf(ref)
	m, ok := typeOf(t).members[name]
	if !ok {
		return value{}, false
	}
	found := &cachedMember{typ: typ, member: m}
	if t.Kind() == reflect.Struct || t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct {
		found.scalar, found.offset = m.scalar, m.offset
	}
	c.last.Store(found)
	return m.get(reflect.ValueOf(ref)), true
}

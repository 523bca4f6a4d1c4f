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

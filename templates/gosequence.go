package templates

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"unsafe"
)

// structSequence walks a slice of structs. Its items are pointers into the
// slice, made without reflection and without memory.
func structSequence(rv reflect.Value) sequence {
	n, size := rv.Len(), rv.Type().Elem().Size()
	if n == 0 || size == 0 {
		return sequence{n: n, at: func(i int) value { return ofReflect(rv.Index(i)) }}
	}
	return sequence{n: n, first: rv.Index(0).Addr().Interface(), size: size}
}

// A sliceCache remembers the last type of a slice of structs that one loop ran
// over. It is shared by all who render.
type sliceCache struct {
	last atomic.Pointer[cachedSlice]
}

type cachedSlice struct {
	typ  unsafe.Pointer // typeWord of a slice of structs, or of a pointer to one
	item any            // a nil pointer to such a struct
	size uintptr
}

// sequence is structSequence for a type that is known: either type's second
// word points to the slice's header. // hot path
func (c *sliceCache) sequence(ref *any) (sequence, bool) {
	hit := c.last.Load()
	if hit == nil || hit.typ != typeWord(ref) || *dataWord(ref) == nil {
		return sequence{}, false
	}
	header := *(*[]byte)(*dataWord(ref))
	seq := sequence{n: len(header)}
	if seq.n > 0 {
		seq.first, seq.size = hit.item, hit.size
		*dataWord(&seq.first) = unsafe.Pointer(unsafe.SliceData(header))
	}
	return seq, true
}

// learn remembers the type of ref, over which seq goes.
func (c *sliceCache) learn(ref any, seq *sequence) {
	t := reflect.TypeOf(ref)
	if seq.size > 0 && (t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Slice) {
		item := reflect.Zero(reflect.TypeOf(seq.first)).Interface()
		c.last.Store(&cachedSlice{typeWord(&ref), item, seq.size})
	}
}

// goItem reads an entry of a map or an element of a slice.
func goItem(r *run, ref any, key value) (value, bool, error) {
	if a, ok := ref.(Attributes); ok && key.kind == kindString {
		x, ok := a.Attribute(key.str())
		return of(x), ok, nil
	}
	rv := indirect(reflect.ValueOf(ref))
	switch rv.Kind() {
	case reflect.Map:
		k, err := toGo(r, key, rv.Type().Key(), 0)
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
	switch m := ref.(type) {
	case map[string]any:
		return viewDict(m), true
	case Mapping:
		d := newDict(0)
		for _, name := range m.Keys() {
			x, _ := m.Attribute(name)
			d.setText(name, of(x))
		}
		return d, true
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
	case Mapping:
		d, _ := goDict(ref)
		return d.sequence(), nil
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
	if m, ok := ref.(Mapping); ok {
		return len(m.Keys()), true
	}
	rv := indirect(reflect.ValueOf(ref))
	switch rv.Kind() {
	case reflect.Map, reflect.Slice, reflect.Array:
		return rv.Len(), true
	}
	return 0, false
}

package templates

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

// A dict keeps its keys in the order of insertion, as Python's does. A map
// that came from Go has no order: its keys are visited sorted. The first
// change copies it, so that the caller's map is never written to.
type dict struct {
	index map[dictKey]int
	keys  []value
	vals  []value
	src   map[string]any // not nil: read-only view of a Go map
	fixed bool           // changing it would be lost: refused
}

// A dictKey makes equal values equal keys: 1, 1.0 and True are one.
type dictKey struct {
	kind kind
	num  uint64
	text string
}

func newDict(size int) *dict {
	return &dict{index: make(map[dictKey]int, size)}
}

func viewDict(m map[string]any) *dict { return &dict{src: m} }

// own makes the dict independent of a Go map behind it.
func (d *dict) own() {
	if d.src == nil {
		return
	}
	src := d.src
	d.src, d.index = nil, make(map[dictKey]int, len(src))
	for _, k := range sortedKeys(src) {
		d.setText(k, of(src[k]))
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (d *dict) len() int {
	if d.src != nil {
		return len(d.src)
	}
	return len(d.index)
}

func (d *dict) getText(key string) (value, bool) {
	if d.src != nil {
		v, ok := d.src[key]
		return of(v), ok
	}
	i, ok := d.index[dictKey{kind: kindString, text: key}]
	if !ok {
		return value{}, false
	}
	return d.vals[i], true
}

func (d *dict) get(key value) (value, bool, error) {
	if key.kind == kindString {
		v, ok := d.getText(key.str())
		return v, ok, nil
	}
	k, err := hash(key)
	if err != nil {
		return value{}, false, err
	}
	i, ok := d.index[k]
	if !ok {
		return value{}, false, nil
	}
	return d.vals[i], true, nil
}

func (d *dict) setText(key string, v value) {
	d.put(dictKey{kind: kindString, text: key}, stringValue(key), v)
}

func (d *dict) set(key, v value) error {
	k, err := hash(key)
	if err == nil {
		d.own()
		d.put(k, key, v)
	}
	return err
}

func (d *dict) put(k dictKey, key, v value) {
	if i, ok := d.index[k]; ok {
		d.vals[i] = v
		return
	}
	d.index[k] = len(d.keys)
	d.keys, d.vals = append(d.keys, key), append(d.vals, v)
}

func (d *dict) delete(key value) (value, bool, error) {
	k, err := hash(key)
	if err != nil {
		return value{}, false, err
	}
	d.own()
	i, ok := d.index[k]
	if !ok {
		return value{}, false, nil
	}
	v := d.vals[i]
	d.keys, d.vals = slices.Delete(d.keys, i, i+1), slices.Delete(d.vals, i, i+1)
	delete(d.index, k)
	for other, j := range d.index {
		if j > i {
			d.index[other] = j - 1
		}
	}
	return v, true, nil
}

func (d *dict) clear() {
	*d = *newDict(0)
}

func (d *dict) copy() *dict {
	c := newDict(d.len())
	for k, v := range d.all() {
		_ = c.set(k, v) // a key of a dict can be hashed
	}
	return c
}

// all visits the entries in order.
func (d *dict) all() iter.Seq2[value, value] {
	return func(yield func(value, value) bool) {
		if d.src != nil {
			for _, k := range sortedKeys(d.src) {
				if !yield(stringValue(k), of(d.src[k])) {
					return
				}
			}
			return
		}
		for i, k := range d.keys {
			if !yield(k, d.vals[i]) {
				return
			}
		}
	}
}

func (d *dict) names(yield func(string) bool) {
	for k := range d.all() {
		if k.kind == kindString && !yield(k.str()) {
			return
		}
	}
}

// hash gives the key under which a value is stored, or an error for one that
// can change.
func hash(v value) (dictKey, error) { return hashAt(v, 0) }

// maxKey bounds the text that stands for a tuple: a small one can hold itself
// over and over.
const maxKey = 64 << 10

func hashAt(v value, depth int) (dictKey, error) {
	switch v.kind {
	case kindString:
		return dictKey{kind: kindString, text: v.str()}, nil
	case kindBool, kindInt:
		return dictKey{kind: kindInt, num: v.num}, nil
	case kindFloat:
		if f := v.float(); f == float64(int64(f)) {
			return dictKey{kind: kindInt, num: uint64(int64(f))}, nil
		}
		return dictKey{kind: kindFloat, num: v.num}, nil
	case kindBig:
		return dictKey{kind: kindBig, text: v.big().String()}, nil
	case kindTuple:
		var b strings.Builder
		if depth > maxNesting {
			return dictKey{}, limitf("a tuple nested deeper than %d as a key", maxNesting)
		}
		for _, item := range v.tuple().items {
			k, err := hashAt(item, depth+1)
			if err != nil {
				return dictKey{}, err
			}
			if b.Len() > maxKey {
				return dictKey{}, limitf("a tuple of more than %d bytes as a key", maxKey)
			}
			b.WriteString(strconv.Itoa(int(k.kind)) + " " + strconv.FormatUint(k.num, 16) + " " + strconv.Quote(k.text) + ";")
		}
		return dictKey{kind: kindTuple, text: b.String()}, nil
	case kindNone, kindUndefined:
		return dictKey{kind: v.kind}, v.check()
	case kindList, kindDict:
		return dictKey{}, faultf("unhashable type: %s", quote(v.typeName()))
	}
	text, err := identity(v)
	return dictKey{kind: v.kind, text: text}, err
}

package templates

import (
	"unicode/utf8"
	"unsafe"
)

// A sequence is what for loops and list filters walk over: its length and
// its items, either stored or computed.
type sequence struct {
	items []value // if at is nil
	n     int
	at    func(i int) value // nil: items

	first any     // of a slice of structs: the pointer to its first element
	size  uintptr // of an element; 0: it is no such slice
}

// item gives the i-th item. // hot path
func (s *sequence) item(i int) value {
	switch {
	case s.size > 0:
		x := s.first
		*dataWord(&x) = unsafe.Add(*dataWord(&x), uintptr(i)*s.size)
		return value{kind: kindGo, ref: x}
	case s.at == nil:
		return s.items[i]
	}
	return s.at(i)
}

// collect gives the items as a slice of its own, within the loop limit.
func (s sequence) collect(r *run) ([]value, error) {
	if err := r.madeItems(s.n); err != nil {
		return nil, err
	}
	out := make([]value, s.n)
	for i := range out {
		out[i] = s.item(i)
	}
	return out, nil
}

func (d *dict) sequence() sequence {
	if d.src == nil {
		return sequence{items: d.keys, n: len(d.keys)}
	}
	keys := sortedKeys(d.src)
	return sequence{n: len(keys), at: func(i int) value { return stringValue(keys[i]) }}
}

// sequence is Python's iter().
func (r *run) sequence(v value) (sequence, error) {
	switch v.kind {
	case kindList:
		items := v.list().items
		return sequence{items: items, n: len(items)}, nil
	case kindTuple:
		items := v.tuple().items
		return sequence{items: items, n: len(items)}, nil
	case kindDict:
		return v.dict().sequence(), nil
	case kindString:
		return textSequence(v.str()), nil
	case kindGo:
		return goSequence(r, v.ref)
	case kindObject:
		return v.object().sequence(r)
	case kindUndefined:
		return sequence{}, v.ref.(*undefined).use(undefinedIterate)
	}
	return sequence{}, faultf("%s object is not iterable", quote(v.typeName()))
}

// textSequence gives the characters. Those of markup are plain text.
func textSequence(s string) sequence {
	n := utf8.RuneCountInString(s)
	if n == len(s) {
		return sequence{n: n, at: func(i int) value { return stringValue(s[i : i+1]) }}
	}
	// each character is found from the one before: in order, they cost no memory
	next, offset := 0, 0
	return sequence{n: n, at: func(i int) value {
		if i < next {
			next, offset = 0, 0
		}
		for ; next < i; next++ {
			_, width := utf8.DecodeRuneInString(s[offset:])
			offset += width
		}
		_, width := utf8.DecodeRuneInString(s[offset:])
		return stringValue(s[offset : offset+width])
	}}
}

// items collects an iterable for the filters that want all of it.
func (r *run) items(v value) ([]value, error) {
	seq, err := r.sequence(v)
	if err != nil {
		return nil, err
	}
	return seq.collect(r)
}

// length is Python's len().
func (r *run) length(v value) (int, error) {
	switch v.kind {
	case kindString:
		return utf8.RuneCountInString(v.str()), nil
	case kindList:
		return len(v.list().items), nil
	case kindTuple:
		return len(v.tuple().items), nil
	case kindDict:
		return v.dict().len(), nil
	case kindUndefined:
		return 0, v.ref.(*undefined).use(undefinedIterate)
	case kindObject:
		if n, ok := v.object().length(); ok {
			return n, nil
		}
	case kindGo:
		if n, ok := goLen(v.ref); ok {
			return n, nil
		}
	}
	return 0, faultf("object of type %s has no len()", quote(v.typeName()))
}

// mapping gives a dict or a Go map as a dict.
func mapping(v value) (*dict, bool) {
	switch v.kind {
	case kindDict:
		return v.dict(), true
	case kindGo:
		return goDict(v.ref)
	}
	return nil, false
}

// indexed gives the items of a list or tuple, not to be changed.
func indexed(v value) ([]value, bool) {
	switch v.kind {
	case kindList:
		return v.list().items, true
	case kindTuple:
		return v.tuple().items, true
	}
	return nil, false
}

// index resolves a key, negative from the end, for a length of n.
func index(key value, n int) (int, bool) {
	if key.kind != kindInt && key.kind != kindBool {
		return 0, false
	}
	i := key.int()
	if i < 0 {
		i += int64(n)
	}
	return int(i), i >= 0 && i < int64(n)
}

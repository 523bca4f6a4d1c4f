package templates

import (
	"slices"
)

var listMethods = map[string]*methodEntry{
	"append": {sig: "item", changes: true, fn: func(f *frame, a []value) (value, error) {
		l := a[0].list()
		if len(l.items) >= f.limits.Loops {
			return none, f.loopLimit()
		}
		l.items = append(l.items, a[1])
		return none, nil
	}},
	"extend": {sig: "items", changes: true, fn: func(f *frame, a []value) (value, error) {
		items, err := f.items(a[1])
		l := a[0].list()
		if len(l.items)+len(items) > f.limits.Loops {
			return none, f.loopLimit()
		}
		l.items = append(l.items, items...)
		return none, err
	}},
	"insert": {sig: "index, item", changes: true, fn: func(f *frame, a []value) (value, error) {
		i, err := smallInt(a[1], "insert()")
		l := a[0].list()
		if i < 0 {
			i += len(l.items)
		}
		l.items = slices.Insert(l.items, max(min(i, len(l.items)), 0), a[2])
		return none, err
	}},
	"remove": {sig: "item", changes: true, fn: func(f *frame, a []value) (value, error) {
		l := a[0].list()
		i := slices.IndexFunc(l.items, func(v value) bool { return equal(v, a[1]) })
		if i < 0 {
			return none, faultf("list.remove(x): x not in list")
		}
		l.items = slices.Delete(slices.Clone(l.items), i, i+1)
		return none, nil
	}},
	"pop": {sig: "index=-1", changes: true, fn: func(f *frame, a []value) (value, error) {
		l := a[0].list()
		if len(l.items) == 0 {
			return none, faultf("pop from empty list")
		}
		i, ok := index(a[1], len(l.items))
		if !ok {
			return none, faultf("pop index out of range")
		}
		v := l.items[i]
		l.items = slices.Delete(slices.Clone(l.items), i, i+1)
		return v, nil
	}},
	"clear":   {changes: true, fn: func(f *frame, a []value) (value, error) { a[0].list().items = nil; return none, nil }},
	"copy":    {fn: func(f *frame, a []value) (value, error) { return listValue(slices.Clone(a[0].list().items)), nil }},
	"reverse": {changes: true, fn: func(f *frame, a []value) (value, error) { slices.Reverse(a[0].list().items); return none, nil }},
	"sort": {sig: "reverse=false", changes: true, fn: func(f *frame, a []value) (value, error) {
		items := slices.Clone(a[0].list().items)
		reverse, err := f.truth(a[1])
		if err == nil {
			err = sortBy(items, items, reverse)
			a[0].list().items = items
		}
		return none, err
	}},
	"count": {sig: "item", fn: func(f *frame, a []value) (value, error) {
		items, _ := indexed(a[0])
		n := 0
		for _, v := range items {
			if equal(v, a[1]) {
				n++
			}
		}
		return intValue(int64(n)), nil
	}},
	"index": {sig: "item", fn: func(f *frame, a []value) (value, error) {
		items, _ := indexed(a[0])
		i := slices.IndexFunc(items, func(v value) bool { return equal(v, a[1]) })
		if i < 0 {
			return none, faultf("value is not in list")
		}
		return intValue(int64(i)), nil
	}},
}

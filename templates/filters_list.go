package templates

import (
	"math/rand/v2"
	"slices"
)

func filterBatch(f *frame, a []value) (value, error) {
	n, err := smallInt(a[1], "batch")
	if err != nil {
		return value{}, err
	}
	items, err := f.items(a[0])
	if err != nil {
		return value{}, err
	}
	if n < 1 {
		return value{}, faultf("batch needs a positive size")
	}
	var rows []value
	for row := range slices.Chunk(items, n) {
		row = slices.Clone(row)
		for !a[2].none() && len(row) < n {
			if len(row) > f.limits.Loops {
				return value{}, f.loopLimit()
			}
			row = append(row, a[2])
		}
		rows = append(rows, listValue(row))
	}
	return listValue(rows), nil
}

func filterSlice(f *frame, a []value) (value, error) {
	n, err := smallInt(a[1], "slice")
	if err != nil {
		return value{}, err
	}
	items, err := f.items(a[0])
	if err != nil {
		return value{}, err
	}
	switch {
	case n < 1:
		return value{}, errZeroDivision
	case n > f.limits.Loops:
		return value{}, f.loopLimit()
	}
	size, extra := len(items)/n, len(items)%n
	rows := make([]value, n)
	offset := 0
	for i := range rows {
		end := offset + size
		if i < extra {
			end++
		}
		row := slices.Clone(items[offset:end])
		if !a[2].none() && i >= extra {
			row = append(row, a[2])
		}
		rows[i], offset = listValue(row), end
	}
	return listValue(rows), nil
}

func filterDefault(f *frame, a []value) (value, error) {
	useDefault := a[0].undefined()
	if !useDefault {
		boolean, err := f.truth(a[2])
		if err != nil {
			return value{}, err
		}
		if boolean {
			ok, err := f.truth(a[0])
			if err != nil {
				return value{}, err
			}
			useDefault = !ok
		}
	}
	if useDefault {
		return a[1], nil
	}
	return a[0], nil
}

func filterFirst(f *frame, a []value) (value, error) {
	seq, err := f.sequence(a[0])
	if err != nil {
		return value{}, err
	}
	if seq.n == 0 {
		return f.emptySequence("first"), nil
	}
	return seq.item(0), nil
}

func filterLast(f *frame, a []value) (value, error) {
	seq, err := f.sequence(a[0])
	if err != nil {
		return value{}, err
	}
	if seq.n == 0 {
		return f.emptySequence("last"), nil
	}
	if a[0].isMarkup() { // the reference goes backwards by index, which keeps markup
		return seq.item(seq.n - 1).withSafety(safeText), nil
	}
	return seq.item(seq.n - 1), nil
}

func filterRandom(f *frame, a []value) (value, error) {
	seq, err := f.sequence(a[0])
	if err != nil {
		return value{}, err
	}
	if seq.n == 0 {
		return f.emptySequence("random"), nil
	}
	return seq.item(rand.IntN(seq.n)), nil
}

func (f *frame) emptySequence(what string) value {
	return undefinedValue(&undefined{mode: f.undefined, hint: "no " + what + " item, sequence was empty"})
}

func filterLength(f *frame, a []value) (value, error) {
	n, err := f.length(a[0])
	return intValue(int64(n)), err
}

func filterList(f *frame, a []value) (value, error) {
	items, err := f.items(a[0])
	return listValue(items), err
}

func filterItems(f *frame, a []value) (value, error) {
	if a[0].undefined() {
		return listValue(nil), nil // a strict one, too
	}
	d, ok := mapping(a[0])
	if !ok {
		return value{}, faultf("can only get item pairs from a mapping")
	}
	return listValue(d.pairs()), nil
}

func (d *dict) pairs() []value {
	out := make([]value, 0, d.len())
	for k, v := range d.all() {
		out = append(out, tupleValue(k, v))
	}
	return out
}

func filterReverse(f *frame, a []value) (value, error) {
	if a[0].kind == kindString {
		return mapText(f, a[0], func(s string) string {
			runes := []rune(s)
			slices.Reverse(runes)
			return string(runes)
		})
	}
	items, err := f.items(a[0])
	if err != nil {
		if a[0].undefined() {
			return value{}, err
		}
		return value{}, faultf("argument must be iterable")
	}
	slices.Reverse(items)
	return listValue(items), nil
}

// join escapes what is no markup as soon as escaping is on and something is.
func filterJoin(f *frame, a []value) (value, error) {
	items, err := f.items(a[0])
	if err != nil {
		return value{}, err
	}
	if !a[2].none() {
		for i := range items {
			if items[i], err = f.path(items[i], a[2], none); err != nil {
				return value{}, err
			}
		}
	}
	markup := f.escape && (a[1].isMarkup() || slices.ContainsFunc(items, value.isMarkup))
	sep, _, err := f.softText(a[1])
	if err != nil {
		return value{}, err
	}
	m := filling{markup: markup}
	for i, item := range items {
		if i > 0 {
			m.joined(sep, a[1])
		}
		s, _, err := f.softText(item)
		if err != nil {
			return value{}, err
		}
		m.joined(s, item)
		if m.size > f.limits.Output {
			return value{}, f.outputLimit()
		}
	}
	return m.result(f.run)
}

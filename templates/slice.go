package templates

// slice is x[low:high:step]; a bound that is none was left out.
func (r *run) slice(x, low, high, step value) (value, error) {
	switch x.kind {
	case kindString:
		return r.sliceText(x, low, high, step)
	case kindList, kindTuple:
		items, _ := indexed(x)
		return r.sliceItems(x, items, low, high, step)
	case kindGo, kindObject:
		if _, isMap := mapping(x); isMap {
			return value{}, errSliceOfMapping
		}
		if o, ok := x.ref.(*rangeObject); ok {
			return o.slice(low, high, step)
		}
		seq, err := r.sequence(x)
		if err != nil {
			return value{}, err
		}
		items, err := seq.collect(r)
		if err != nil {
			return value{}, err
		}
		return r.sliceItems(x, items, low, high, step)
	case kindUndefined:
		v, _, err := r.undefinedItem(x)
		return v, err
	case kindDict:
		return value{}, errSliceOfMapping
	}
	return value{}, faultf("%s object is not subscriptable", quote(x.typeName()))
}

// sliceText gives a part of a string, markup of markup.
func (r *run) sliceText(x, low, high, step value) (value, error) {
	text := []rune(x.str())
	start, stop, by, err := sliceBounds(len(text), low, high, step)
	if err != nil {
		return value{}, err
	}
	if by == 1 && len(text) == len(x.str()) { // bytes are characters
		return textLike(x, x.str()[min(start, stop):stop]), nil
	}
	return r.checkText(textLike(x, string(steps(text, start, stop, by))))
}

// sliceItems gives some of the items of a list or tuple as another.
func (r *run) sliceItems(x value, items []value, low, high, step value) (value, error) {
	start, stop, by, err := sliceBounds(len(items), low, high, step)
	if err != nil {
		return value{}, err
	}
	part := steps(items, start, stop, by)
	if x.kind == kindTuple {
		return tupleValue(part...), r.madeItems(len(part))
	}
	return listValue(part), r.madeItems(len(part))
}

// steps copies the elements from start to stop, by steps that may lead back.
func steps[T any](s []T, start, stop, by int) []T {
	size := max(stop-start+by-1, 0) / by
	if by < 0 {
		size = max(start-stop-by-1, 0) / -by
	}
	part := make([]T, 0, size)
	for i := start; by > 0 && i < stop || by < 0 && i > stop; i += by {
		part = append(part, s[i])
	}
	return part
}

// slice is r[low:high:step], a range again.
func (r *rangeObject) slice(low, high, step value) (value, error) {
	start, stop, by, err := sliceBounds(r.n, low, high, step)
	if err != nil {
		return value{}, err
	}
	part := &rangeObject{start: r.start + int64(start)*r.step, stop: r.start + int64(stop)*r.step, step: r.step * int64(by)}
	part.n = int(rangeLength(part.start, part.stop, part.step))
	return objectValue(part), nil
}

// sliceBounds is Python's slice.indices.
func sliceBounds(n int, low, high, step value) (start, stop, by int, err error) {
	by = 1
	if !step.none() {
		if step.kind != kindInt && step.kind != kindBool {
			return 0, 0, 0, errSliceIndex
		}
		by = int(max(min(step.int(), int64(n)+1), -int64(n)-1))
		if step.int() == 0 {
			return 0, 0, 0, faultf("slice step cannot be zero")
		}
	}
	least, most := 0, n
	start, stop = 0, n
	if by < 0 {
		least, most = -1, n-1
		start, stop = n-1, -1
	}
	for _, b := range []struct {
		v   value
		out *int
	}{{low, &start}, {high, &stop}} {
		if b.v.none() {
			continue
		}
		if b.v.kind != kindInt && b.v.kind != kindBool {
			return 0, 0, 0, errSliceIndex
		}
		i := b.v.int()
		if i < 0 {
			i += int64(n)
		}
		*b.out = int(max(min(i, int64(most)), int64(least)))
	}
	return start, stop, by, nil
}

var (
	errSliceIndex     = faultf("slice indices must be integers or none")
	errSliceOfMapping = faultf("unhashable type: 'slice'")
)

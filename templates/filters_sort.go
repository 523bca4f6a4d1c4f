package templates

import (
	"slices"
	"strings"
)

// caseless is the key by which strings compare without case.
func caseless(v value, caseSensitive bool) value {
	if v.kind == kindString && !caseSensitive {
		return stringValue(strings.ToLower(v.str()))
	}
	return v
}

// sortBy sorts items stably by keys.
func sortBy(items, keys []value, reverse bool) error {
	type keyed struct{ item, key value }
	all := make([]keyed, len(items))
	for i := range items {
		all[i] = keyed{items[i], keys[i]}
	}
	var failed error
	slices.SortStableFunc(all, func(a, b keyed) int {
		if a.key.undefined() && b.key.undefined() {
			return 0
		}
		n, err := order(a.key, b.key)
		if err != nil && failed == nil {
			failed = err
		}
		if n == unordered {
			n = 0
		}
		if reverse {
			return -n
		}
		return n
	})
	for i := range all {
		items[i] = all[i].item
	}
	return failed
}

func filterSort(f *frame, a []value) (value, error) {
	items, err := f.items(a[0])
	if err != nil {
		return value{}, err
	}
	reverse, err := f.truth(a[1])
	if err != nil {
		return value{}, err
	}
	cased, err := f.truth(a[2])
	if err != nil {
		return value{}, err
	}
	keys := make([]value, len(items))
	for i, item := range items {
		if keys[i], err = f.sortKey(item, a[3], cased); err != nil {
			return value{}, err
		}
	}
	return listValue(items), sortBy(items, keys, reverse)
}

// sortKey gives one key, or a tuple for "a,b".
func (f *frame) sortKey(item, attribute value, cased bool) (value, error) {
	if attribute.none() {
		return caseless(item, cased), nil
	}
	if attribute.kind != kindString || !strings.Contains(attribute.str(), ",") {
		v, err := f.path(item, attribute, none)
		return caseless(v, cased), err
	}
	var parts []value
	for _, p := range strings.Split(attribute.str(), ",") {
		v, err := f.path(item, stringValue(p), none)
		if err != nil {
			return value{}, err
		}
		parts = append(parts, caseless(v, cased))
	}
	return tupleValue(parts...), nil
}

func filterDictsort(f *frame, a []value) (value, error) {
	by, _ := f.text(a[2])
	if by != "key" && by != "value" {
		return value{}, faultf(`you can only sort by either "key" or "value"`)
	}
	cased, err := f.truth(a[1])
	if err != nil {
		return value{}, err
	}
	reverse, err := f.truth(a[3])
	if err != nil {
		return value{}, err
	}
	if err := a[0].check(); err != nil {
		return value{}, err
	}
	d, ok := mapping(a[0])
	if !ok {
		return value{}, faultf("%s object has no items", quote(a[0].typeName()))
	}
	items := d.pairs()
	keys := make([]value, len(items))
	for i, item := range items {
		pair := item.tuple().items
		keys[i] = caseless(pair[0], cased)
		if by == "value" {
			keys[i] = caseless(pair[1], cased)
		}
	}
	return listValue(items), sortBy(items, keys, reverse)
}

func filterGroupby(f *frame, a []value) (value, error) {
	items, err := f.items(a[0])
	if err != nil {
		return value{}, err
	}
	cased, err := f.truth(a[3])
	if err != nil {
		return value{}, err
	}
	keys := make([]value, len(items))
	raw := make([]value, len(items))
	order := make([]value, len(items))
	for i, item := range items {
		if raw[i], err = f.path(item, a[1], a[2]); err != nil {
			return value{}, err
		}
		if err := raw[i].check(); err != nil && len(items) > 1 {
			return value{}, err // what has no key has no place
		}
		keys[i] = caseless(raw[i], cased)
		order[i] = intValue(int64(i))
	}
	if err := sortBy(order, keys, false); err != nil {
		return value{}, err
	}
	var groups []value
	var last *list
	var lastKey value
	for _, o := range order {
		i := o.int()
		if last == nil || !equal(lastKey, keys[i]) {
			lastKey, last = keys[i], &list{}
			group := &tuple{items: []value{raw[i], {kind: kindList, ref: last}}, names: []string{"grouper", "list"}}
			groups = append(groups, value{kind: kindTuple, ref: group})
		}
		last.items = append(last.items, items[i])
	}
	return listValue(groups), nil
}

func filterUnique(f *frame, a []value) (value, error) {
	items, err := f.items(a[0])
	if err != nil {
		return value{}, err
	}
	cased, err := f.truth(a[1])
	if err != nil {
		return value{}, err
	}
	seen := map[dictKey]bool{}
	var out []value
	for _, item := range items {
		key, err := f.sortKey(item, a[2], cased)
		if err != nil {
			return value{}, err
		}
		k, err := hash(key)
		if err != nil {
			return value{}, err
		}
		if !seen[k] {
			seen[k] = true
			out = append(out, item)
		}
	}
	return listValue(out), nil
}

func filterMax(f *frame, a []value) (value, error) { return extreme(f, a, 1, "max") }

func filterMin(f *frame, a []value) (value, error) { return extreme(f, a, -1, "min") }

func extreme(f *frame, a []value, sign int, what string) (value, error) {
	items, err := f.items(a[0])
	if err != nil {
		return value{}, err
	}
	if len(items) == 0 {
		return undefinedValue(&undefined{mode: f.undefined, hint: "no aggregated item, sequence was empty"}), nil
	}
	cased, err := f.truth(a[1])
	if err != nil {
		return value{}, err
	}
	best := items[0]
	var bestKey value
	for i, item := range items {
		key, err := f.sortKey(item, a[2], cased)
		if err != nil {
			return value{}, err
		}
		if i == 0 {
			bestKey = key
			continue
		}
		n, err := order(key, bestKey)
		if err != nil {
			return value{}, err
		}
		if n == sign {
			best, bestKey = item, key
		}
	}
	return best, nil
}

package templates

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

func filterAttr(f *frame, a []value) (value, error) {
	name, err := f.text(a[1])
	if err != nil {
		return value{}, err
	}
	if v, ok := f.attr(a[0], name); ok {
		return v, nil
	}
	return f.noAttribute(a[0], name)
}

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
		return listValue(nil), a[0].ref.(*undefined).use(undefinedIterate)
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
	if markup && !a[1].isMarkup() {
		sep = escapeString(sep)
	}
	var b strings.Builder
	for i, item := range items {
		if i > 0 {
			b.WriteString(sep)
		}
		s, isMarkup, err := f.softText(item)
		if err != nil {
			return value{}, err
		}
		if markup && !isMarkup {
			s = escapeString(s)
		}
		b.WriteString(s)
		if b.Len() > f.limits.Output {
			return value{}, f.outputLimit()
		}
	}
	if markup {
		return markupValue(b.String()), nil
	}
	return stringValue(b.String()), nil
}

// path follows "a.b.0" from a value. What is missing on the way is def, if
// that is given.
func (f *frame) path(v, attribute, def value) (value, error) {
	parts := []value{attribute}
	if attribute.kind == kindString {
		parts = parts[:0]
		for _, p := range strings.Split(attribute.str(), ".") {
			if n, err := strconv.Atoi(p); err == nil && n >= 0 {
				parts = append(parts, intValue(int64(n)))
			} else {
				parts = append(parts, stringValue(p))
			}
		}
	}
	for _, p := range parts {
		var err error
		if v, err = f.subscript(v, p); err != nil {
			return value{}, err
		}
		if v.undefined() && !def.none() {
			v = def
		}
	}
	return v, nil
}

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

// filterMap applies a filter by name, or reads an attribute.
func filterMap(f *frame, a []value) (value, error) {
	args, kw := a[1].tuple().items, a[2].dict()
	items, err := f.items(a[0])
	if err != nil {
		return value{}, err
	}
	if attribute, ok := kw.getText("attribute"); ok && len(args) == 0 {
		def := none
		if d, ok := kw.getText("default"); ok {
			def = d
		}
		for i := range items {
			if items[i], err = f.path(items[i], attribute, def); err != nil {
				return value{}, err
			}
		}
		return listValue(items), nil
	}
	if len(args) == 0 {
		return value{}, faultf("map requires a filter argument")
	}
	b, err := f.find("filter", f.env.filters, args[0])
	if err != nil {
		return value{}, err
	}
	given := &arguments{args: args[1:], kwargs: keywords(kw)}
	for i := range items {
		if items[i], err = b.apply(f, items[i], given); err != nil {
			return value{}, err
		}
	}
	return listValue(items), nil
}

func keywords(d *dict) []keyword {
	var out []keyword
	for k, v := range d.all() {
		out = append(out, keyword{k.str(), v})
	}
	return out
}

// find looks a filter or test up at run time.
func (f *frame) find(what string, table map[string]*builtin, name value) (*builtin, error) {
	s, err := f.text(name)
	if err != nil {
		return nil, err
	}
	if b := table[s]; b != nil {
		return b, nil
	}
	return nil, faultf("no %s named %s%s", what, quote(s), didYouMean(s, func(yield func(string) bool) {
		for n := range table {
			if !yield(n) {
				return
			}
		}
	}))
}

func filterSelect(f *frame, a []value) (value, error)     { return choose(f, a, true, false) }
func filterReject(f *frame, a []value) (value, error)     { return choose(f, a, false, false) }
func filterSelectattr(f *frame, a []value) (value, error) { return choose(f, a, true, true) }
func filterRejectattr(f *frame, a []value) (value, error) { return choose(f, a, false, true) }

// choose keeps the items for which a test, or truth itself, gives want.
func choose(f *frame, a []value, want, attribute bool) (value, error) {
	args, kw := a[1].tuple().items, a[2].dict()
	var path value
	if attribute {
		if len(args) == 0 {
			return value{}, faultf("missing parameter for attribute name")
		}
		path, args = args[0], args[1:]
	}
	var test *builtin
	var given *arguments
	if len(args) > 0 {
		var err error
		if test, err = f.find("test", f.env.tests, args[0]); err != nil {
			return value{}, err
		}
		given = &arguments{args: args[1:], kwargs: keywords(kw)}
	}
	items, err := f.items(a[0])
	if err != nil {
		return value{}, err
	}
	kept := items[:0]
	for _, item := range items {
		v := item
		if attribute {
			if v, err = f.path(item, path, none); err != nil {
				return value{}, err
			}
		}
		if test != nil {
			if v, err = test.apply(f, v, given); err != nil {
				return value{}, err
			}
		}
		ok, err := f.truth(v)
		if err != nil {
			return value{}, err
		}
		if ok == want {
			kept = append(kept, item)
		}
	}
	return listValue(kept), nil
}

package templates

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A methodEntry is a method of Python's str, list, tuple or dict. The first
// argument of fn is the object.
type methodEntry struct {
	sig     string
	fn      func(f *frame, a []value) (value, error)
	changes bool
	builtin *builtin
}

// methods is the table by kind of object.
var methods map[kind]map[string]*methodEntry

func init() {
	stringMethods := newStringMethods()
	methods = map[kind]map[string]*methodEntry{
		kindString: stringMethods, kindList: listMethods, kindDict: dictMethods,
		kindTuple: {"count": listMethods["count"], "index": listMethods["index"]},
	}
	for _, table := range methods {
		for name, m := range table {
			m.builtin = &builtin{name: name + "()", sig: m.sig, fn: m.fn}
		}
	}
}

func methodOf(k kind, name string) *methodEntry { return methods[k][name] }

// method finds a method of a value.
func (r *run) method(x value, name string) (value, bool) {
	m := methodOf(x.kind, name)
	if m == nil {
		return value{}, false
	}
	b := &boundMethod{self: x, name: name, method: m}
	if x.kind == kindDict {
		b.readOnly = x.dict().fixed
	}
	return objectValue(b), true
}

// A boundMethod is a method with its object.
type boundMethod struct {
	opaque
	self     value
	name     string
	method   *methodEntry
	readOnly bool
}

func (b *boundMethod) typeName() string          { return "builtin_function_or_method" }
func (b *boundMethod) text(*run) (string, error) { return "<built-in method " + b.name + ">", nil }

func (b *boundMethod) call(f *frame, a *arguments) (value, error) {
	if b.readOnly && b.method.changes {
		return value{}, faultf("%s() would change data of the application; copy it first: %s(x)", b.name, b.self.typeName())
	}
	return b.method.builtin.apply(f, b.self, a)
}

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

var dictMethods = map[string]*methodEntry{
	"keys": {fn: func(f *frame, a []value) (value, error) {
		items, err := a[0].dict().sequence().collect(f.run)
		return listValue(items), err
	}},
	"values": {fn: func(f *frame, a []value) (value, error) {
		var out []value
		for _, v := range a[0].dict().all() {
			out = append(out, v)
		}
		return listValue(out), nil
	}},
	"items": {fn: func(f *frame, a []value) (value, error) { return listValue(a[0].dict().pairs()), nil }},
	"get": {sig: "key, default=none", fn: func(f *frame, a []value) (value, error) {
		v, ok, err := a[0].dict().get(a[1])
		if !ok {
			v = a[2]
		}
		return v, err
	}},
	"copy":  {fn: func(f *frame, a []value) (value, error) { return dictValue(a[0].dict().copy()), nil }},
	"clear": {changes: true, fn: func(f *frame, a []value) (value, error) { a[0].dict().clear(); return none, nil }},
	"pop": {sig: "key, *default", changes: true, fn: func(f *frame, a []value) (value, error) {
		v, ok, err := a[0].dict().delete(a[1])
		if ok || err != nil {
			return v, err
		}
		if def := a[2].tuple().items; len(def) > 0 {
			return def[0], nil
		}
		name, _ := f.repr(a[1])
		return none, faultf("no key %s", name)
	}},
	"popitem": {changes: true, fn: func(f *frame, a []value) (value, error) {
		d := a[0].dict()
		d.own()
		if len(d.keys) == 0 {
			return none, faultf("popitem(): dictionary is empty")
		}
		k := d.keys[len(d.keys)-1]
		v, _, err := d.delete(k)
		return tupleValue(k, v), err
	}},
	"setdefault": {sig: "key, default=none", changes: true, fn: func(f *frame, a []value) (value, error) {
		d := a[0].dict()
		v, ok, err := d.get(a[1])
		if ok || err != nil {
			return v, err
		}
		return a[2], d.set(a[1], a[2])
	}},
	"update": {sig: "*args, **kwargs", changes: true, fn: func(f *frame, a []value) (value, error) {
		d := a[0].dict()
		d.own()
		return none, f.fill(d, &arguments{args: a[1].tuple().items, kwargs: keywords(a[2].dict())})
	}},
}

// newStringMethods gives the methods of str. What gives text gives markup for
// markup.
func newStringMethods() map[string]*methodEntry {
	table := map[string]*methodEntry{
		"format":       {sig: "*args, **kwargs", fn: formatMethod},
		"join":         {sig: "items", fn: joinMethod},
		"replace":      {sig: "old, new, count=none", fn: filterReplaceMethod},
		"split":        {sig: "sep=none, maxsplit=-1", fn: splitMethod},
		"rsplit":       {sig: "sep=none, maxsplit=-1", fn: rsplitMethod},
		"splitlines":   {sig: "keepends=false", fn: splitlinesMethod},
		"partition":    {sig: "sep", fn: partitionMethod},
		"rpartition":   {sig: "sep", fn: rpartitionMethod},
		"startswith":   {sig: "prefix, start=none, end=none", fn: affixMethod(strings.HasPrefix)},
		"endswith":     {sig: "suffix, start=none, end=none", fn: affixMethod(strings.HasSuffix)},
		"find":         {sig: "sub, start=none, end=none", fn: findMethod(strings.Index, false)},
		"rfind":        {sig: "sub, start=none, end=none", fn: findMethod(strings.LastIndex, false)},
		"index":        {sig: "sub, start=none, end=none", fn: findMethod(strings.Index, true)},
		"rindex":       {sig: "sub, start=none, end=none", fn: findMethod(strings.LastIndex, true)},
		"count":        {sig: "sub, start=none, end=none", fn: countMethod},
		"center":       {sig: "width, fillchar=' '", fn: padMethod(center)},
		"ljust":        {sig: "width, fillchar=' '", fn: padMethod(ljust)},
		"rjust":        {sig: "width, fillchar=' '", fn: padMethod(rjust)},
		"zfill":        {sig: "width", fn: zfillMethod},
		"expandtabs":   {sig: "tabsize=8", fn: expandtabsMethod},
		"strip":        {sig: "chars=none", fn: stripMethod(strings.TrimSpace, strings.Trim)},
		"lstrip":       {sig: "chars=none", fn: stripMethod(func(s string) string { return strings.TrimLeftFunc(s, unicode.IsSpace) }, strings.TrimLeft)},
		"rstrip":       {sig: "chars=none", fn: stripMethod(func(s string) string { return strings.TrimRightFunc(s, unicode.IsSpace) }, strings.TrimRight)},
		"removeprefix": {sig: "prefix", fn: textArgMethod(strings.TrimPrefix)},
		"removesuffix": {sig: "suffix", fn: textArgMethod(strings.TrimSuffix)},
	}
	for name, fn := range map[string]func(string) string{
		"upper": upper, "lower": lower, "casefold": casefold, "capitalize": capitalize,
		"title": title, "swapcase": swapcase,
	} {
		table[name] = &methodEntry{fn: func(f *frame, a []value) (value, error) {
			return textLike(a[0], fn(a[0].str())), nil
		}}
	}
	for name, fn := range map[string]func(string) bool{
		"isalpha": every(unicode.IsLetter), "isspace": every(unicode.IsSpace),
		"isdigit": every(unicode.IsDigit), "isdecimal": every(unicode.IsDigit), "isnumeric": every(unicode.IsNumber),
		"isalnum": every(func(c rune) bool { return unicode.IsLetter(c) || unicode.IsNumber(c) }),
		"isascii": func(s string) bool {
			return strings.IndexFunc(s, func(c rune) bool { return c > unicode.MaxASCII }) < 0
		},
		"isprintable": func(s string) bool { return strings.IndexFunc(s, func(c rune) bool { return !unicode.IsPrint(c) }) < 0 },
		"isidentifier": func(s string) bool {
			return s != "" && !isDigit(s[0]) && every(isWordRune)(s)
		},
		"islower": func(s string) bool {
			return strings.IndexFunc(s, unicode.IsLower) >= 0 && strings.IndexFunc(s, unicode.IsUpper) < 0
		},
		"isupper": func(s string) bool {
			return strings.IndexFunc(s, unicode.IsUpper) >= 0 && strings.IndexFunc(s, unicode.IsLower) < 0
		},
		"istitle": func(s string) bool { return strings.IndexFunc(s, unicode.IsUpper) >= 0 && title(s) == s },
	} {
		table[name] = &methodEntry{fn: func(f *frame, a []value) (value, error) {
			return boolValue(fn(a[0].str())), nil
		}}
	}
	return table
}

func every(is func(rune) bool) func(string) bool {
	return func(s string) bool {
		return s != "" && strings.IndexFunc(s, func(c rune) bool { return !is(c) }) < 0
	}
}

// title is str.title: a letter after a non-letter is upper case.
func title(s string) string {
	letter := false
	return strings.Map(func(c rune) rune {
		was := letter
		letter = unicode.IsLetter(c)
		if was {
			return unicode.ToLower(c)
		}
		return unicode.ToTitle(c)
	}, s)
}

func swapcase(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsUpper(c) {
			return unicode.ToLower(c)
		}
		return unicode.ToUpper(c)
	}, s)
}

func casefold(s string) string { return strings.ReplaceAll(strings.ToLower(s), "ß", "ss") }

// wantText reads a string argument; it is escaped to fit markup.
func wantText(self, v value, what string) (string, error) {
	if err := v.check(); err != nil {
		return "", err
	}
	if v.kind != kindString {
		return "", faultf("%s must be str, not %s", what, v.typeName())
	}
	if self.isMarkup() {
		return escapeText(v), nil
	}
	return v.str(), nil
}

func joinMethod(f *frame, a []value) (value, error) {
	items, err := f.items(a[1])
	if err != nil {
		return value{}, err
	}
	parts := make([]string, len(items))
	size := 0
	for i, item := range items {
		if item.kind != kindString {
			return value{}, faultf("sequence item %d: expected str instance, %s found", i, item.typeName())
		}
		if parts[i], err = wantText(a[0], item, "item"); err != nil {
			return value{}, err
		}
		if size += len(parts[i]) + int(a[0].num); size > f.limits.Output {
			return value{}, f.outputLimit()
		}
	}
	return textLike(a[0], strings.Join(parts, a[0].str())), nil
}

func filterReplaceMethod(f *frame, a []value) (value, error) {
	for _, v := range a[1:3] {
		if _, err := wantText(a[0], v, "replace() argument"); err != nil {
			return value{}, err
		}
	}
	if !a[0].isMarkup() {
		a[1], a[2] = a[1].withSafety(0), a[2].withSafety(0)
	}
	return filterReplace(f, a)
}

// texts makes a list of strings as safe as self.
func texts(self value, parts []string) value {
	items := make([]value, len(parts))
	for i, p := range parts {
		items[i] = textLike(self, p)
	}
	return listValue(items)
}

func splitArgs(a []value) (sep string, n int, err error) {
	if n, err = smallInt(a[2], "split()"); err != nil || a[1].none() {
		return "", n, err
	}
	if sep, err = wantText(a[0], a[1], "separator"); err == nil && sep == "" {
		err = faultf("empty separator")
	}
	return sep, n, err
}

func splitMethod(f *frame, a []value) (value, error) {
	sep, n, err := splitArgs(a)
	if err != nil {
		return value{}, err
	}
	s := a[0].str()
	if !a[1].none() {
		if n >= 0 {
			n++
		}
		return texts(a[0], strings.SplitN(s, sep, n)), nil
	}
	var parts []string
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
	for s != "" {
		i := strings.IndexFunc(s, unicode.IsSpace)
		if i < 0 || n == 0 {
			if n == 0 {
				s = strings.TrimRightFunc(s, unicode.IsSpace)
			}
			parts = append(parts, s)
			break
		}
		parts = append(parts, s[:i])
		s = strings.TrimLeftFunc(s[i:], unicode.IsSpace)
		n--
	}
	return texts(a[0], parts), nil
}

func rsplitMethod(f *frame, a []value) (value, error) {
	sep, n, err := splitArgs(a)
	if err != nil {
		return value{}, err
	}
	s := a[0].str()
	var parts []string
	if a[1].none() {
		s = strings.TrimRightFunc(s, unicode.IsSpace)
		for ; s != ""; n-- {
			i := strings.LastIndexFunc(s, unicode.IsSpace)
			if i < 0 || n == 0 {
				if n == 0 {
					s = strings.TrimLeftFunc(s, unicode.IsSpace)
				}
				parts = append(parts, s)
				break
			}
			_, width := utf8.DecodeRuneInString(s[i:])
			parts = append(parts, s[i+width:])
			s = strings.TrimRightFunc(s[:i], unicode.IsSpace)
		}
	} else {
		for ; n != 0; n-- {
			i := strings.LastIndex(s, sep)
			if i < 0 {
				break
			}
			parts = append(parts, s[i+len(sep):])
			s = s[:i]
		}
		parts = append(parts, s)
	}
	slices.Reverse(parts)
	return texts(a[0], parts), nil
}

func splitlinesMethod(f *frame, a []value) (value, error) {
	keep, err := f.truth(a[1])
	if err != nil || !keep {
		return texts(a[0], splitLines(a[0].str())), err
	}
	s := a[0].str()
	var parts []string
	for _, line := range splitLines(s) {
		rest := s[len(line):]
		end := len(rest) - len(strings.TrimPrefix(rest, "\r\n"))
		if end == 0 && rest != "" {
			_, end = utf8.DecodeRuneInString(rest)
		}
		parts, s = append(parts, line+rest[:end]), rest[end:]
	}
	return texts(a[0], parts), nil
}

func partitionMethod(f *frame, a []value) (value, error) { return partition(a, strings.Index, true) }
func rpartitionMethod(f *frame, a []value) (value, error) {
	return partition(a, strings.LastIndex, false)
}

func partition(a []value, find func(s, sep string) int, first bool) (value, error) {
	sep, err := wantText(a[0], a[1], "separator")
	if err != nil {
		return value{}, err
	}
	if sep == "" {
		return value{}, faultf("empty separator")
	}
	s := a[0].str()
	parts := []string{s, "", ""}
	if !first {
		parts = []string{"", "", s}
	}
	if i := find(s, sep); i >= 0 {
		parts = []string{s[:i], sep, s[i+len(sep):]}
	}
	return tupleValue(texts(a[0], parts).list().items...), nil
}

// window cuts s to [start:end] in characters; offset is what was cut off.
func window(a []value) (s string, offset int, err error) {
	runes := []rune(a[0].str())
	start, end, _, err := sliceBounds(len(runes), a[2], a[3], none)
	if err != nil || start >= end {
		return "", start, err
	}
	return string(runes[start:end]), start, nil
}

func affixMethod(has func(s, affix string) bool) func(*frame, []value) (value, error) {
	return func(f *frame, a []value) (value, error) {
		s, _, err := window(a)
		if err != nil {
			return value{}, err
		}
		affixes := []value{a[1]}
		if a[1].kind == kindTuple {
			affixes = a[1].tuple().items
		}
		for _, affix := range affixes {
			text, err := wantText(stringValue(""), affix, "argument")
			if err != nil {
				return value{}, err
			}
			if has(s, text) {
				return trueValue, nil
			}
		}
		return falseValue, nil
	}
}

func findMethod(find func(s, sub string) int, must bool) func(*frame, []value) (value, error) {
	return func(f *frame, a []value) (value, error) {
		sub, err := wantText(stringValue(""), a[1], "argument")
		if err != nil {
			return value{}, err
		}
		s, offset, err := window(a)
		if err != nil {
			return value{}, err
		}
		i := find(s, sub)
		switch {
		case i >= 0:
			return intValue(int64(utf8.RuneCountInString(s[:i]) + offset)), nil
		case must:
			return value{}, faultf("substring not found")
		}
		return intValue(-1), nil
	}
}

func countMethod(f *frame, a []value) (value, error) {
	sub, err := wantText(stringValue(""), a[1], "argument")
	if err != nil {
		return value{}, err
	}
	s, _, err := window(a)
	return intValue(int64(strings.Count(s, sub))), err
}

func padMethod(pad func(s string, width int, fill rune) string) func(*frame, []value) (value, error) {
	return func(f *frame, a []value) (value, error) {
		width, err := smallInt(a[1], "width")
		if err != nil {
			return value{}, err
		}
		fill, err := wantText(a[0], a[2], "the fill character")
		if err != nil {
			return value{}, err
		}
		if utf8.RuneCountInString(fill) != 1 {
			return value{}, faultf("the fill character must be exactly one character long")
		}
		if width > f.limits.Output {
			return value{}, f.outputLimit()
		}
		c, _ := utf8.DecodeRuneInString(fill)
		return textLike(a[0], pad(a[0].str(), width, c)), nil
	}
}

func padding(s string, width int, fill rune) string {
	return strings.Repeat(string(fill), max(width-utf8.RuneCountInString(s), 0))
}

func ljust(s string, width int, fill rune) string { return s + padding(s, width, fill) }
func rjust(s string, width int, fill rune) string { return padding(s, width, fill) + s }

func zfillMethod(f *frame, a []value) (value, error) {
	width, err := smallInt(a[1], "width")
	if err != nil {
		return value{}, err
	}
	if width > f.limits.Output {
		return value{}, f.outputLimit()
	}
	s, sign := a[0].str(), ""
	if s != "" && (s[0] == '-' || s[0] == '+') {
		sign, s = s[:1], s[1:]
	}
	return textLike(a[0], sign+rjust(s, width-len(sign), '0')), nil
}

func expandtabsMethod(f *frame, a []value) (value, error) {
	size, err := smallInt(a[1], "tabsize")
	if err != nil {
		return value{}, err
	}
	if size > f.limits.Output/max(strings.Count(a[0].str(), "\t"), 1) {
		return value{}, f.outputLimit()
	}
	var b strings.Builder
	column := 0
	for _, c := range a[0].str() {
		switch {
		case c == '\t' && size > 0:
			n := size - column%size
			b.WriteString(strings.Repeat(" ", n))
			column += n
		case c == '\t':
		case c == '\n' || c == '\r':
			b.WriteRune(c)
			column = 0
		default:
			b.WriteRune(c)
			column++
		}
	}
	return textLike(a[0], b.String()), nil
}

func stripMethod(space func(string) string, cut func(s, chars string) string) func(*frame, []value) (value, error) {
	return func(f *frame, a []value) (value, error) {
		if a[1].none() {
			return textLike(a[0], space(a[0].str())), nil
		}
		chars, err := wantText(stringValue(""), a[1], "argument")
		return textLike(a[0], cut(a[0].str(), chars)), err
	}
}

func textArgMethod(fn func(s, arg string) string) func(*frame, []value) (value, error) {
	return func(f *frame, a []value) (value, error) {
		arg, err := wantText(stringValue(""), a[1], "argument")
		return textLike(a[0], fn(a[0].str(), arg)), err
	}
}

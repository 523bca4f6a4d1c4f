package templates

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// newStringMethods gives the methods of str. What gives text gives markup for
// markup.
func newStringMethods() map[string]*methodEntry {
	table := map[string]*methodEntry{
		"format":       {sig: "*args, **kwargs", fn: formatMethod},
		"format_map":   {sig: "mapping", fn: formatMapMethod},
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
	var b strings.Builder
	letter := false
	for _, c := range s {
		if letter {
			b.WriteRune(unicode.ToLower(c))
		} else {
			b.WriteString(titleRune(string(c)))
		}
		letter = unicode.IsLetter(c)
	}
	return b.String()
}

func swapcase(s string) string {
	return severalLetters.Replace(strings.Map(func(c rune) rune {
		if unicode.IsUpper(c) {
			return unicode.ToLower(c)
		}
		return unicode.ToUpper(c)
	}, s))
}

func casefold(s string) string { return strings.ToLower(severalLetters.Replace(s)) }

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
	m := filling{markup: a[0].isMarkup()}
	for i, item := range items {
		if item.kind != kindString {
			return value{}, faultf("sequence item %d: expected str instance, %s found", i, item.typeName())
		}
		if i > 0 {
			m.write(a[0].str())
		}
		m.joined(item.str(), item)
		if m.size > f.limits.Output {
			return value{}, f.outputLimit()
		}
	}
	return m.result(f.run)
}

func filterReplaceMethod(f *frame, a []value) (value, error) {
	for _, v := range a[1:3] {
		if _, err := wantText(a[0], v, "replace() argument"); err != nil {
			return value{}, err
		}
	}
	return f.replace(a, a[0].isMarkup())
}

// window cuts s to [start:end] in characters; offset is what was cut off. If it
// begins behind its end, not even an empty text is found there.
func window(a []value) (s string, offset int, outside bool, err error) {
	runes := []rune(a[0].str())
	start, end, _, err := sliceBounds(len(runes), a[2], a[3], none)
	if err != nil || start > end || a[2].kind == kindInt && a[2].int() > int64(len(runes)) {
		return "", 0, true, err
	}
	return string(runes[start:end]), start, false, nil
}

func affixMethod(has func(s, affix string) bool) func(*frame, []value) (value, error) {
	return func(f *frame, a []value) (value, error) {
		s, _, outside, err := window(a)
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
			if !outside && has(s, text) {
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
		s, offset, outside, err := window(a)
		if err != nil {
			return value{}, err
		}
		i := find(s, sub)
		switch {
		case i >= 0 && !outside:
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
	s, _, outside, err := window(a)
	if outside {
		return intValue(0), err
	}
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

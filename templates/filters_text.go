package templates

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

func filterCapitalize(f *frame, a []value) (value, error) { return mapText(f, a[0], capitalize) }

func filterLower(f *frame, a []value) (value, error) { return mapText(f, a[0], lower) }

func filterUpper(f *frame, a []value) (value, error) { return mapText(f, a[0], upper) }

// filterTitle gives no markup, as in Jinja: it would change the names of
// character references.
func filterTitle(f *frame, a []value) (value, error) {
	s, _, err := f.softText(a[0])
	return stringValue(titleFilter(s)), err
}

// severalLetters are the Latin letters whose upper case is more than one, which
// Go's tables do not have (Unicode's SpecialCasing.txt).
var severalLetters = strings.NewReplacer("ß", "SS", "ŉ", "ʼN", "ǰ", "J\u030c", "ﬀ", "FF", "ﬁ", "FI", "ﬂ", "FL", "ﬃ", "FFI", "ﬄ", "FFL", "ﬅ", "ST", "ﬆ", "ST")

// upper is str.upper.
func upper(s string) string { return severalLetters.Replace(strings.ToUpper(s)) }

// lower is str.lower, with the two cases in which a letter's place or a
// second character counts (Unicode's SpecialCasing.txt).
func lower(s string) string {
	out := strings.ToLower(s)
	if !strings.ContainsAny(s, "İΣ") {
		return out
	}
	runes := []rune(s)
	var b strings.Builder
	for i, c := range runes {
		switch {
		case c == 'İ':
			b.WriteString("i\u0307")
		case c == 'Σ' && i > 0 && unicode.IsLetter(runes[i-1]) && (i+1 == len(runes) || !unicode.IsLetter(runes[i+1])):
			b.WriteRune('ς')
		default:
			b.WriteRune(unicode.ToLower(c))
		}
	}
	return b.String()
}

func capitalize(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return titleRune(s[:n]) + lower(s[n:])
}

func titleRune(s string) string {
	if several := severalLetters.Replace(s); several != s {
		return several[:1] + lower(several[1:])
	}
	return strings.Map(unicode.ToTitle, s)
}

// titleFilter capitalizes words, which begin after white space or one of
// -({[<, so that an apostrophe does not begin one.
func titleFilter(s string) string {
	var b strings.Builder
	start := true
	for _, c := range s {
		if start {
			b.WriteString(upper(string(c)))
		} else {
			b.WriteRune(unicode.ToLower(c))
		}
		start = unicode.IsSpace(c) || strings.ContainsRune("-({[<", c)
	}
	return b.String()
}

func filterCenter(f *frame, a []value) (value, error) {
	width, err := smallInt(a[1], "center")
	if err != nil {
		return value{}, err
	}
	if width > f.limits.Output {
		return value{}, f.outputLimit()
	}
	return mapText(f, a[0], func(s string) string { return center(s, width, ' ') })
}

// center is str.center, which puts the odd space left if the width is odd.
func center(s string, width int, fill rune) string {
	pad := width - utf8.RuneCountInString(s)
	if pad <= 0 {
		return s
	}
	left := pad/2 + pad&width&1
	return strings.Repeat(string(fill), left) + s + strings.Repeat(string(fill), pad-left)
}

func filterFormat(f *frame, a []value) (value, error) {
	rest, kw := a[1], a[2]
	if len(rest.tuple().items) > 0 && kw.dict().len() > 0 {
		return value{}, faultf("can't handle positional and keyword arguments at the same time")
	}
	arg := rest
	if kw.dict().len() > 0 {
		arg = kw
	}
	s, _, err := f.softText(a[0])
	if err != nil {
		return value{}, err
	}
	return f.percentFormat(textLike(a[0], s), arg)
}

func filterIndent(f *frame, a []value) (value, error) {
	if err := a[0].check(); err != nil {
		return value{}, err
	}
	unit := ""
	if a[1].kind == kindString {
		unit = a[1].str()
	} else {
		n, err := smallInt(a[1], "indent")
		if err != nil {
			return value{}, err
		}
		if n > f.limits.Output {
			return value{}, f.outputLimit()
		}
		unit = strings.Repeat(" ", max(n, 0))
	}
	first, err := f.truth(a[2])
	if err != nil {
		return value{}, err
	}
	blank, err := f.truth(a[3])
	if err != nil {
		return value{}, err
	}
	s, _, err := f.softText(a[0])
	if err != nil {
		return value{}, err
	}
	lines := splitLines(s + "\n")
	if len(unit)*len(lines) > f.limits.Output {
		return value{}, f.outputLimit()
	}
	m := filling{markup: a[0].isMarkup()} // Jinja escapes nothing here
	for i, line := range lines {
		if i > 0 {
			m.write("\n")
		}
		if i > 0 && (blank || line != "") || i == 0 && first {
			m.joined(unit, a[1])
		}
		m.write(line)
	}
	return m.result(f.run)
}

// filterReplace escapes what is no markup as soon as escaping is on and
// something is; without escaping, all is text.
func filterReplace(f *frame, a []value) (value, error) {
	return f.replace(a, f.escape && (a[0].isMarkup() || a[1].isMarkup() || a[2].isMarkup()))
}

// replace gives markup, or text.
func (f *frame) replace(a []value, markup bool) (value, error) {
	count := -1
	if !a[3].none() {
		n, err := smallInt(a[3], "replace")
		if err != nil {
			return value{}, err
		}
		count = n
	}
	var parts [3]string
	for i := range parts {
		s, _, err := f.softText(a[i])
		if err != nil {
			return value{}, err
		}
		parts[i] = s
	}
	m := filling{markup: markup}
	if markup {
		for i := range parts[:2] {
			if !a[i].isMarkup() {
				parts[i] = escapeString(parts[i])
			}
		}
	}
	n := strings.Count(parts[0], parts[1])
	if count >= 0 {
		n = min(n, count)
	}
	if len(parts[2]) > 0 && n > f.limits.Output/len(parts[2]) {
		return value{}, f.outputLimit()
	}
	rest := parts[0]
	for range n {
		i := strings.Index(rest, parts[1])
		m.write(rest[:i])
		m.joined(parts[2], a[2])
		if rest = rest[i+len(parts[1]):]; parts[1] == "" { // an empty text is found before each character
			_, size := utf8.DecodeRuneInString(rest)
			m.write(rest[:size])
			rest = rest[size:]
		}
	}
	m.write(rest)
	return m.result(f.run)
}

func filterString(f *frame, a []value) (value, error) {
	if a[0].kind == kindString {
		return a[0], nil
	}
	s, err := f.text(a[0])
	return stringValue(s), err
}

func filterTrim(f *frame, a []value) (value, error) {
	if a[1].none() {
		return mapText(f, a[0], strings.TrimSpace)
	}
	chars, err := f.text(a[1])
	if err != nil {
		return value{}, err
	}
	return mapText(f, a[0], func(s string) string { return strings.Trim(s, chars) })
}

func filterTruncate(f *frame, a []value) (value, error) {
	length, err := smallInt(a[1], "truncate")
	if err != nil {
		return value{}, err
	}
	kill, err := f.truth(a[2])
	if err != nil {
		return value{}, err
	}
	end, _, err := f.softText(a[3])
	if err != nil {
		return value{}, err
	}
	leeway := 5 // Jinja's policy truncate.leeway
	if !a[4].none() {
		if leeway, err = smallInt(a[4], "truncate"); err != nil {
			return value{}, err
		}
	}
	s, markup, err := f.softText(a[0])
	if err != nil {
		return value{}, err
	}
	ends := utf8.RuneCountInString(end)
	if length < ends {
		return value{}, faultf("expected length >= %d, got %d", ends, length)
	}
	runes := []rune(s)
	if len(runes) <= length+leeway {
		return textLike(a[0], s), nil
	}
	cut := string(runes[:min(length-ends, len(runes))]) // a negative leeway cuts what is short enough
	if !kill {
		if i := strings.LastIndexByte(cut, ' '); i >= 0 {
			cut = cut[:i]
		}
	}
	if a[3].isMarkup() || markup {
		if !markup {
			return markupValue(escapeString(cut) + end), nil
		}
		return markupValue(cut + escapeText(a[3])), nil
	}
	return stringValue(cut + end), nil
}

func filterWordcount(f *frame, a []value) (value, error) {
	s, _, err := f.softText(a[0])
	if err != nil {
		return value{}, err
	}
	words := int64(0)
	for range strings.FieldsFuncSeq(s, func(c rune) bool { return c != '_' && !unicode.IsLetter(c) && !unicode.IsNumber(c) }) {
		words++
	}
	return intValue(words), nil
}

func filterPprint(f *frame, a []value) (value, error) {
	s, err := f.pprint(a[0], 0)
	return stringValue(s), err
}

package templates

// filters is the table of built-in filters: name, parameters after the value
// in Python's notation, and what computes it.
var filters map[string]*builtin

func makeFilters() {
	filters = map[string]*builtin{}
	for _, t := range [][]filterEntry{textFilters, listFilters, numberFilters, markupFilters} {
		for _, e := range t {
			filters[e.name] = &builtin{name: e.name, sig: e.sig, fn: e.fn}
		}
	}
	for alias, name := range map[string]string{"d": "default", "e": "escape", "count": "length"} {
		filters[alias] = filters[name]
	}
}

type filterEntry struct {
	name, sig string
	fn        func(f *frame, a []value) (value, error)
}

var textFilters = []filterEntry{
	{"capitalize", "", filterCapitalize},
	{"center", "width=80", filterCenter},
	{"format", "*args, **kwargs", filterFormat},
	{"indent", "width=4, first=false, blank=false", filterIndent},
	{"lower", "", filterLower},
	{"replace", "old, new, count=none", filterReplace},
	{"string", "", filterString},
	{"title", "", filterTitle},
	{"trim", "chars=none", filterTrim},
	{"truncate", "length=255, killwords=false, end='...', leeway=none", filterTruncate},
	{"upper", "", filterUpper},
	{"wordcount", "", filterWordcount},
	{"wordwrap", "width=79, break_long_words=true, wrapstring=none, break_on_hyphens=true", filterWordwrap},
	{"pprint", "", filterPprint},
}

var listFilters = []filterEntry{
	{"attr", "name", filterAttr},
	{"batch", "linecount, fill_with=none", filterBatch},
	{"default", "default_value='', boolean=false", filterDefault},
	{"dictsort", "case_sensitive=false, by='key', reverse=false", filterDictsort},
	{"first", "", filterFirst},
	{"groupby", "attribute, default=none, case_sensitive=false", filterGroupby},
	{"items", "", filterItems},
	{"join", "d='', attribute=none", filterJoin},
	{"last", "", filterLast},
	{"length", "", filterLength},
	{"list", "", filterList},
	{"map", "*args, **kwargs", filterMap},
	{"max", "case_sensitive=false, attribute=none", filterMax},
	{"min", "case_sensitive=false, attribute=none", filterMin},
	{"random", "", filterRandom},
	{"reject", "*args, **kwargs", filterReject},
	{"rejectattr", "*args, **kwargs", filterRejectattr},
	{"reverse", "", filterReverse},
	{"select", "*args, **kwargs", filterSelect},
	{"selectattr", "*args, **kwargs", filterSelectattr},
	{"slice", "slices, fill_with=none", filterSlice},
	{"sort", "reverse=false, case_sensitive=false, attribute=none", filterSort},
	{"unique", "case_sensitive=false, attribute=none", filterUnique},
}

var numberFilters = []filterEntry{
	{"abs", "", filterAbs},
	{"filesizeformat", "binary=false", filterFilesizeformat},
	{"float", "default=0.0", filterFloat},
	{"int", "default=0, base=10", filterInt},
	{"round", "precision=0, method='common'", filterRound},
	{"sum", "attribute=none, start=0", filterSum},
}

var markupFilters = []filterEntry{
	{"escape", "", filterEscape},
	{"forceescape", "", filterForceescape},
	{"safe", "", filterSafe},
	{"striptags", "", filterStriptags},
	{"tojson", "indent=none", filterTojson},
	{"urlencode", "", filterUrlencode},
	{"urlize", "trim_url_limit=none, nofollow=false, target=none, rel=none, extra_schemes=none", filterUrlize},
	{"xmlattr", "autospace=true", filterXmlattr},
}

// softText is what most text filters begin with: str(), staying markup.
func (f *frame) softText(v value) (string, bool, error) {
	if v.kind == kindString {
		return v.str(), v.isMarkup(), nil
	}
	s, err := f.text(v)
	return s, false, err
}

// mapText makes a filter of a function from text to text.
func mapText(f *frame, v value, fn func(string) string) (value, error) {
	s, markup, err := f.softText(v)
	if err != nil {
		return value{}, err
	}
	if markup {
		return markupValue(fn(s)), nil
	}
	return stringValue(fn(s)), nil
}

// smallInt reads an integer argument that stays within reason.
func smallInt(v value, what string) (int, error) {
	if err := v.check(); err != nil {
		return 0, err
	}
	v = basic(v)
	if v.kind != kindInt && v.kind != kindBool {
		return 0, faultf("%s: %s object cannot be interpreted as an integer", what, quote(v.typeName()))
	}
	const most = 1 << 30
	return int(max(min(v.int(), most), -most)), nil
}

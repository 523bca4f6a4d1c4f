package templates

import (
	"html"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

func filterEscape(f *frame, a []value) (value, error) {
	if a[0].isMarkup() {
		return a[0], nil
	}
	s, err := f.text(a[0])
	if err != nil {
		return value{}, err
	}
	return markupValue(escapeString(s)), nil
}

// filterForceescape escapes markup too. JSON stays known as such, so that it
// is not quoted again inside an event handler.
func filterForceescape(f *frame, a []value) (value, error) {
	s, err := f.text(a[0])
	if err != nil {
		return value{}, err
	}
	v := markupValue(escapeString(s))
	if a[0].safe&safeJS != 0 && a[0].safe&safeEscaped == 0 {
		v.safe |= safeEscaped
	}
	return v, nil
}

func filterSafe(f *frame, a []value) (value, error) {
	if a[0].isMarkup() {
		return a[0], nil
	}
	s, err := f.text(a[0])
	return markupValue(s), err
}

var (
	commentPattern = pattern(`(?s)<!--.*?-->`)
	tagPattern     = pattern(`(?s)<.*?>`)
)

func filterStriptags(f *frame, a []value) (value, error) {
	s, err := f.text(a[0])
	if err != nil {
		return value{}, err
	}
	s = tagPattern().ReplaceAllString(commentPattern().ReplaceAllString(s, ""), "")
	return stringValue(html.UnescapeString(strings.Join(strings.Fields(s), " "))), nil
}

// filterUrlencode percent-encodes text, or the pairs of a query. The result
// is known as part of a URL, so that it is not encoded again in one.
func filterUrlencode(f *frame, a []value) (value, error) {
	v := a[0]
	_, isMap := mapping(v)
	isList := v.kind == kindList || v.kind == kindTuple || v.kind == kindGo && v.typeName() == "list"
	if !isMap && !isList {
		s, err := f.text(v)
		return stringValue(percentEncode(s, "/", "%20")).withSafety(safeURL), err
	}
	var pairs []value
	if d, ok := mapping(v); ok {
		pairs = d.pairs()
	} else {
		var err error
		if pairs, err = f.items(v); err != nil {
			return value{}, err
		}
	}
	var parts []string
	for _, p := range pairs {
		pair, err := f.unpack(p, 2)
		if err != nil {
			return value{}, err
		}
		k, err := f.text(pair[0])
		if err != nil {
			return value{}, err
		}
		val, err := f.text(pair[1])
		if err != nil {
			return value{}, err
		}
		parts = append(parts, percentEncode(k, "", "+")+"="+percentEncode(val, "", "+"))
	}
	return stringValue(strings.Join(parts, "&")).withSafety(safeURL), nil
}

// percentEncode encodes all but the unreserved characters of RFC 3986 §2.3
// and keep.
func percentEncode(s, keep, space string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', isDigit(c), strings.IndexByte("-._~", c) >= 0, strings.IndexByte(keep, c) >= 0:
			b.WriteByte(c)
		case c == ' ':
			b.WriteString(space)
		default:
			b.WriteString("%" + hex[c>>4:c>>4+1] + hex[c&15:c&15+1])
		}
	}
	return b.String()
}

// filterXmlattr writes attributes. A value is escaped as html/template does
// it for an attribute of that name.
func filterXmlattr(f *frame, a []value) (value, error) {
	if err := a[0].check(); err != nil {
		return value{}, err
	}
	d, ok := mapping(a[0])
	if !ok {
		return value{}, faultf("%s object has no items", quote(a[0].typeName()))
	}
	autospace, err := f.truth(a[1])
	if err != nil {
		return value{}, err
	}
	var parts []string
	for k, v := range d.all() {
		if v.none() || v.undefined() {
			continue
		}
		name, err := f.text(k)
		if err != nil {
			return value{}, err
		}
		if i := strings.IndexFunc(name, invalidInName); i >= 0 || name == "" {
			return value{}, faultf("invalid character in attribute name: %s", quote(name))
		}
		text, err := f.attributeValue(name, v)
		if err != nil {
			return value{}, err
		}
		parts = append(parts, escapeString(name)+`="`+text+`"`)
	}
	s := strings.Join(parts, " ")
	if autospace && s != "" {
		s = " " + s
	}
	if !f.escape {
		return stringValue(s), nil
	}
	return markupValue(s).withSafety(safeText | safeAttr), nil
}

// invalidInName: these would end the name (HTML §13.1.2.3).
func invalidInName(c rune) bool {
	return unicode.IsSpace(c) || unicode.IsControl(c) || strings.ContainsRune(`/>="'<`, c)
}

// attributeValue escapes the value of a double-quoted attribute.
func (f *frame) attributeValue(name string, v value) (string, error) {
	if !f.escape {
		s, err := f.text(v)
		return escapeText(textLike(v, s)), err
	}
	e, err := attributeEscaper(strings.ToLower(name))
	if err != nil {
		return "", err
	}
	return f.escaped(e, v)
}

// attributeEscaper asks html/template for the escaper of an attribute.
func attributeEscaper(name string) (*escaper, error) {
	places, err := placesIn([]string{"<a " + name + `="`}, `">`)
	if err != nil {
		return nil, faultf("attribute %s: %v", quote(name), err)
	}
	return places[0].escaper, nil
}

var (
	urlPattern = pattern(`(?i)^(?:(?:https?://|www\.)(?:(?:[\pL\pN_%-]+\.)+)?(?:[a-z]{2,63}|xn--[\pL\pN_%]{2,59})` +
		`|(?:[\pL\pN_%-]{2,63}\.)+(?:com|net|int|edu|gov|org|info|mil)` +
		`|https?://(?:\d{1,3}(?:\.\d{1,3}){3}|\[(?:[\da-f]{0,4}:){2}(?:[\da-f]{0,4}:?){1,6}\]))` +
		`(?::\d{1,5})?(?:[/?#]\S*)?$`)
	emailPattern  = pattern(`^\S+@[\pL\pN_][\pL\pN_.-]*\.[\pL\pN_]+$`)
	wordPattern   = pattern(`\s+|\S+`)
	leadPattern   = pattern(`^(?:[(<]|&lt;)+`)
	trailPattern  = pattern(`(?:[)>.,\n]|&gt;)+$`)
	schemePattern = pattern(`^[\w.+-]{2,}:(?://)?$`)
)

// A linker turns the addresses of a text into links.
type linker struct {
	attrs   string
	limit   int // characters of a shown address; -1: all
	schemes []string
}

func filterUrlize(f *frame, a []value) (value, error) {
	s, _, err := f.softText(a[0])
	if err != nil {
		return value{}, err
	}
	l := linker{limit: -1}
	if !a[1].none() {
		if l.limit, err = smallInt(a[1], "urlize"); err != nil {
			return value{}, err
		}
	}
	rel := []string{"noopener"} // Jinja's policy urlize.rel
	if nofollow, err := f.truth(a[2]); err != nil {
		return value{}, err
	} else if nofollow {
		rel = append(rel, "nofollow")
	}
	if !a[4].none() {
		extra, err := f.text(a[4])
		if err != nil {
			return value{}, err
		}
		rel = append(rel, strings.Fields(extra)...)
	}
	slices.Sort(rel)
	l.attrs = ` rel="` + escapeString(strings.Join(slices.Compact(rel), " ")) + `"`
	if !a[3].none() {
		target, err := f.text(a[3])
		if err != nil {
			return value{}, err
		}
		l.attrs += ` target="` + escapeString(target) + `"`
	}
	if l.schemes, err = f.schemes(a[5]); err != nil {
		return value{}, err
	}
	text := l.link(escapeText(textLike(a[0], s)))
	if f.escape {
		return markupValue(text), nil
	}
	return stringValue(text), nil
}

func (f *frame) schemes(v value) ([]string, error) {
	if v.none() {
		return nil, nil
	}
	items, err := f.items(v)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, item := range items {
		s, err := f.text(item)
		if err != nil {
			return nil, err
		}
		if !schemePattern().MatchString(s) || unsafeScheme(s) {
			return nil, faultf("%s is not a valid URI scheme prefix", quote(s))
		}
		out = append(out, s)
	}
	return out, nil
}

// unsafeScheme: these run code when clicked.
func unsafeScheme(s string) bool {
	name, _, _ := strings.Cut(strings.ToLower(s), ":")
	return name == "javascript" || name == "vbscript" || name == "data"
}

// link works on escaped text.
func (l linker) link(s string) string {
	var b strings.Builder
	for _, word := range wordPattern().FindAllString(s, -1) {
		head := leadPattern().FindString(word)
		middle := word[len(head):]
		tail := trailPattern().FindString(middle)
		middle = middle[:len(middle)-len(tail)]
		middle, tail = rebalance(middle, tail)
		b.WriteString(head + l.address(middle) + tail)
	}
	return b.String()
}

// rebalance gives closing brackets back to an address that opens them.
func rebalance(middle, tail string) (string, string) {
	for _, pair := range [][2]string{{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}} {
		opened := strings.Count(middle, pair[0])
		if opened <= strings.Count(middle, pair[1]) {
			continue
		}
		end := 0
		for range min(opened, strings.Count(tail, pair[1])) {
			end += strings.Index(tail[end:], pair[1]) + len(pair[1])
		}
		middle, tail = middle+tail[:end], tail[end:]
	}
	return middle, tail
}

func (l linker) address(s string) string {
	switch {
	case urlPattern().MatchString(s):
		href := s
		if !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
			href = "https://" + s
		}
		return `<a href="` + href + `"` + l.attrs + `>` + l.shorten(s) + `</a>`
	case strings.HasPrefix(s, "mailto:") && emailPattern().MatchString(s[7:]):
		return `<a href="` + s + `">` + s[7:] + `</a>`
	case strings.Contains(s, "@") && !strings.HasPrefix(s, "www.") && !strings.Contains(s, ":") && emailPattern().MatchString(s):
		return `<a href="mailto:` + s + `">` + s + `</a>`
	}
	for _, scheme := range l.schemes {
		if s != scheme && strings.HasPrefix(s, scheme) {
			return `<a href="` + s + `"` + l.attrs + `>` + s + `</a>`
		}
	}
	return s
}

func (l linker) shorten(s string) string {
	if l.limit < 0 || utf8.RuneCountInString(s) <= l.limit {
		return s
	}
	return string([]rune(s)[:l.limit]) + "..."
}

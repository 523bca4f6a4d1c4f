package templates

import (
	"errors"
	"slices"
	"strings"
	"sync"
)

// Markup that is filled while a page is rendered: by % and format, by
// messages, by joining and replacing. MarkupSafe escapes what is filled in for
// HTML text. But a value may stand in a link or a script there just as it may
// in a page, so html/template is asked here as well:
//
//	{{ '<a href="%s">%s</a>'|safe % (url, name) }}
//
// url is escaped for a link and name for text.

// A filling is text that values are put into. If it is markup, they are
// escaped for their places.
type filling struct {
	markup bool
	texts  []string // before each value
	values []filled
	b      strings.Builder // after the last value; everything, if it is no markup
	size   int
}

// A filled is a value as it stands in HTML text, and for other places; missing
// if it is the same everywhere.
type filled struct {
	text string
	val  value
}

// write adds text of the author's.
func (m *filling) write(s string) {
	m.b.WriteString(s)
	m.size += len(s)
}

// put adds a value, of which text is str().
func (m *filling) put(text string, v value) {
	if !m.markup {
		m.write(text)
		return
	}
	if !v.isMarkup() {
		text = escapeString(text)
	}
	m.place(text, v)
}

// place adds a value whose text is escaped already.
func (m *filling) place(text string, v value) {
	m.texts = append(m.texts, m.b.String())
	m.values = append(m.values, filled{text, v})
	m.b = strings.Builder{}
	m.size += len(text)
}

// joined adds the text of a value: markup like the author's text, everything
// else, JSON and attributes too, like a value.
func (m *filling) joined(text string, v value) {
	if v.isMarkup() && v.safe == safeText {
		m.write(text)
	} else {
		m.put(text, v)
	}
}

// result gives the whole, as markup if it is that.
func (m *filling) result(r *run) (value, error) {
	if !m.markup {
		return stringValue(m.b.String()), nil
	}
	places, err := placesIn(m.texts, m.b.String())
	if err != nil {
		return value{}, err
	}
	var out strings.Builder
	out.Grow(m.size)
	for i, v := range m.values {
		text := v.text
		if places != nil && !places[i].isText() && !v.val.missing() {
			if text, err = r.escaped(places[i].escaper, v.val); err != nil {
				return value{}, err
			}
		}
		before := m.texts[i]
		if places != nil && places[i].stray && !harmlessTag(before[strayIndex(before)+1:], text, strings.HasPrefix(m.after(i), ">")) {
			before = before[:strayIndex(before)] + "&lt;" + before[strayIndex(before)+1:]
		}
		out.WriteString(before)
		out.WriteString(text)
		if out.Len() > r.limits.Output {
			return value{}, r.outputLimit()
		}
	}
	out.WriteString(m.b.String())
	return markupValue(out.String()), nil
}

// after is the text behind a value.
func (m *filling) after(i int) string {
	if i+1 < len(m.texts) {
		return m.texts[i+1]
	}
	return m.b.String()
}

// numerals are what numbers are written with, whatever the format.
const numerals = "0123456789abcdefABCDEFxXoinIN+-., _"

// formatted is a value that a format made text of, for places other than HTML
// text: a number stays one.
func formatted(v value, text string) value {
	if basic(v).isNumber() && strings.Trim(text, numerals) == "" {
		return value{}
	}
	return textLike(v, text)
}

// escaped gives a value's text, escaped for a place.
func (r *run) escaped(e *escaper, v value) (string, error) {
	if e.textual && v.safe == 0 {
		s, err := r.text(v)
		return escapeString(s), err
	}
	start := len(r.out.buf)
	err := r.writeIn(e, v)
	s := string(r.out.buf[start:])
	r.out.buf = r.out.buf[:start]
	if err == nil {
		err = r.madeText(len(s))
	}
	return s, err
}

// A placed is the place of a value in markup: its escaper, and whether an open
// < before it is text as long as no tag comes of it.
type placed struct {
	*escaper
	stray bool
}

// A layout is what is known of the places in some markup.
type layout struct {
	places []placed
	open   error // why it does not end in HTML text; nil: it does
	err    error // why it cannot be filled
}

// layouts remembers markup that was filled. It is emptied when it is full, as
// markup may be made while a page is rendered.
var layouts = struct {
	sync.RWMutex
	known map[string]*layout
}{known: map[string]*layout{}}

const (
	mostLayouts   = 1000
	longestLayout = 8 << 10 // what is longer is analysed each time
)

// placesIn gives the places of values between texts; nil: they are all in
// HTML text.
func placesIn(texts []string, rest string) ([]placed, error) {
	if !slices.ContainsFunc(texts, func(s string) bool { return !endsInText(s) }) {
		return nil, nil
	}
	l := layoutOf(texts, rest)
	return l.places, l.err
}

// leavesText tells why markup does not end in HTML text; nil if it does.
func leavesText(markup string) error {
	switch {
	case endsInText(markup):
		return nil
	case strayIndex(markup) >= 0: // what is printed next might make a tag of it
		return errOpenTag
	}
	return layoutOf(nil, markup).open
}

var errOpenTag = errors.New("it ends in an open <")

func layoutOf(texts []string, rest string) *layout {
	key := strings.Join(append(slices.Clone(texts), rest), "\x00")
	known := len(key) <= longestLayout && strings.Count(key, "\x00") == len(texts) // else others might have the same key
	if known {
		layouts.RLock()
		l := layouts.known[key]
		layouts.RUnlock()
		if l != nil {
			return l
		}
	}
	l := newLayout(texts, rest)
	if known {
		layouts.Lock()
		if len(layouts.known) >= mostLayouts {
			clear(layouts.known)
		}
		layouts.known[key] = l
		layouts.Unlock()
	}
	return l
}

// endings are what may follow markup that is a part, so that the whole ends in
// HTML text as html/template wants it.
var endings = []string{">", `">`, "'>", "-->", "</script>", `"</script>`, "'</script>", "`</script>", "*/</script>", "/</script>",
	"</style>", `"</style>`, "'</style>", ")</style>", "*/</style>", "</title>", "</textarea>", `'">`, `"'>`, "*/\">", "*/'>"}

func newLayout(texts []string, rest string) *layout {
	l := new(layout)
	if l.places, l.open = placesOf(texts, rest); l.open == nil {
		return l
	}
	for _, end := range endings {
		var err error
		if l.places, err = placesOf(texts, end); err == nil {
			return l
		}
	}
	l.err = l.open
	return l
}

// placesOf asks html/template.
func placesOf(texts []string, rest string) ([]placed, error) {
	r := &region{tmpl: &Template{src: &source{name: "markup"}}, prints: len(texts), strays: len(texts)}
	add := func(text string, stray int) {
		if strayIndex(text) < 0 {
			stray = -1
		}
		if text != "" {
			r.shape = append(r.shape, shape{kind: shapeText, text: text, stray: stray})
		}
	}
	for i, text := range texts {
		add(text, i)
		r.shape = append(r.shape, shape{kind: shapePrint, id: i})
	}
	add(rest, -1)
	p, _, err := understand(&page{}, r)
	if err != nil {
		var e *Error
		errors.As(err, &e) // the place in the markup helps nobody
		return nil, &fault{kind: ErrEscape, message: "markup " + e.Message, cause: e.Cause}
	}
	places := make([]placed, len(texts))
	for i := range places {
		places[i] = placed{p.prints[i], p.strays[i]}
	}
	return places, nil
}

// endsInText tells whether markup that begins in HTML text surely ends there:
// whether all its tags are whole and of elements with ordinary content. Most
// markup is like that; html/template knows the rest, and a fuzz target
// compares the two.
func endsInText(s string) bool {
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			return true
		}
		s = strings.TrimPrefix(s[i+1:], "/")
		n := span(s, isNameByte)
		if name := strings.ToLower(s[:n]); !slices.Contains(plainElements, name) && !slices.Contains(voidElements, name) {
			return false
		}
		if s = afterAttributes(s[n:]); s == "" || s[0] != '>' {
			return false
		}
	}
}

// voidElements, and some forms and layout, leave what follows text as well.
var voidElements = strings.Fields("address br button col colgroup data details fieldset figure form hr img input nav output small time wbr")

// afterAttributes skips attributes that are well written, and a slash.
func afterAttributes(s string) string {
	for {
		space := span(s, isSpaceByte)
		rest := s[space:]
		name := span(rest, isNameByte)
		if space == 0 || name == 0 {
			return strings.TrimPrefix(rest, "/")
		}
		if rest = rest[name:]; strings.HasPrefix(rest, "=") {
			if len(rest) < 2 || rest[1] != '"' && rest[1] != '\'' {
				return ""
			}
			end := strings.IndexByte(rest[2:], rest[1])
			if end < 0 {
				return ""
			}
			rest = rest[2+end+1:]
		}
		s = rest
	}
}

// span counts the bytes at the beginning of s that fit.
func span(s string, fits func(byte) bool) int {
	n := 0
	for n < len(s) && fits(s[n]) {
		n++
	}
	return n
}

func isNameByte(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' }

func isSpaceByte(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

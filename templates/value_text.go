package templates

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text is Python's str().
func (r *run) text(v value) (string, error) {
	switch v.kind {
	case kindString:
		return v.str(), nil
	case kindInt:
		return strconv.FormatInt(v.int(), 10), nil
	case kindUndefined:
		return v.ref.(*undefined).text()
	case kindNone:
		return "None", nil
	case kindBool:
		if v.num != 0 {
			return "True", nil
		}
		return "False", nil
	case kindFloat:
		return floatText(v.float()), nil
	case kindBig:
		return v.big().String(), nil
	case kindObject:
		return v.object().text(r)
	case kindGo:
		return goText(r, v)
	}
	return r.repr(v)
}

// appendText appends str() of the kinds that need no allocation for it.
func appendText(b []byte, v value) ([]byte, bool) {
	switch v.kind {
	case kindString:
		return append(b, v.str()...), true
	case kindInt:
		return appendInt(b, v.int()), true
	case kindFloat:
		return append(b, floatText(v.float())...), true
	case kindBool:
		if v.num != 0 {
			return append(b, "True"...), true
		}
		return append(b, "False"...), true
	case kindNone:
		return append(b, "None"...), true
	}
	return b, false
}

// floatText is Python's repr of a float: the shortest digits that give the
// same number, with a point or an exponent, exponent from 1e16 and below 1e-4.
func floatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// repr is Python's repr(): the text of a value inside a list or dict.
func (r *run) repr(v value) (string, error) {
	if r.reprs > maxNesting { // an object whose text is made of its parts' may be one of these
		return "...", nil
	}
	r.reprs++
	defer func() { r.reprs-- }()
	var b strings.Builder
	err := r.writeRepr(&b, v, 0)
	return b.String(), err
}

func (r *run) writeRepr(b *strings.Builder, v value, depth int) error {
	if depth > maxNesting {
		b.WriteString("...")
		return nil
	}
	if b.Len() > r.limits.Output {
		return r.outputLimit()
	}
	switch v.kind {
	case kindString:
		if v.isMarkup() {
			b.WriteString("Markup(" + stringRepr(v.str()) + ")")
			return nil
		}
		b.WriteString(stringRepr(v.str()))
	case kindList:
		return r.writeItems(b, "[", v.list().items, "]", depth)
	case kindTuple:
		items := v.tuple().items
		if len(items) == 1 {
			return r.writeItems(b, "(", items, ",)", depth)
		}
		return r.writeItems(b, "(", items, ")", depth)
	case kindDict:
		return r.writeDict(b, v.dict(), depth)
	case kindUndefined:
		b.WriteString("Undefined")
	case kindGo:
		return r.writeGo(b, v, depth)
	default:
		s, err := r.text(v)
		b.WriteString(s)
		return err
	}
	return nil
}

func (r *run) writeItems(b *strings.Builder, open string, items []value, end string, depth int) error {
	b.WriteString(open)
	for i, item := range items {
		if i > 0 {
			b.WriteString(", ")
		}
		if err := r.writeRepr(b, item, depth+1); err != nil {
			return err
		}
	}
	b.WriteString(end)
	return nil
}

func (r *run) writeDict(b *strings.Builder, d *dict, depth int) error {
	b.WriteByte('{')
	first := true
	for k, v := range d.all() {
		if !first {
			b.WriteString(", ")
		}
		first = false
		if err := r.writeRepr(b, k, depth+1); err != nil {
			return err
		}
		b.WriteString(": ")
		if err := r.writeRepr(b, v, depth+1); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

// stringRepr quotes as Python does: single quotes unless the text holds
// single quotes and no double ones; what cannot be printed is escaped.
func stringRepr(s string) string {
	q := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = '"'
	}
	b := make([]byte, 0, len(s)+2)
	b = append(b, q)
	for _, c := range s {
		switch {
		case c == rune(q) || c == '\\':
			b = append(b, '\\', byte(c))
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c < ' ' || c == 0x7f || c >= 0x80 && c <= 0xff && !unicode.IsPrint(c):
			b = fmt.Appendf(b, `\x%02x`, c)
		case c > 0xff && !unicode.IsPrint(c) && c <= 0xffff:
			b = fmt.Appendf(b, `\u%04x`, c)
		case c > 0xffff && !unicode.IsPrint(c):
			b = fmt.Appendf(b, `\U%08x`, c)
		default:
			b = utf8.AppendRune(b, c)
		}
	}
	return string(append(b, q))
}

// pprint is repr with long lists and dicts one item a line.
func (r *run) pprint(v value, depth int) (string, error) {
	s, err := r.repr(v)
	if err == nil {
		err = r.madeText(len(s))
	}
	if err != nil || utf8.RuneCountInString(s) <= 80 || depth > maxNesting {
		return s, err
	}
	items, open, end := []string(nil), "[", "]"
	if d, ok := mapping(v); ok {
		open, end = "{", "}"
		for k, item := range d.all() {
			key, err := r.repr(k)
			if err != nil {
				return "", err
			}
			text, err := r.pprint(item, depth+1)
			if err != nil {
				return "", err
			}
			items = append(items, key+": "+text)
		}
		slices.Sort(items)
	} else {
		list, ok := orderItems(v)
		if !ok {
			return s, nil
		}
		if v.kind == kindTuple {
			open, end = "(", ")"
		}
		for _, item := range list {
			text, err := r.pprint(item, depth+1)
			if err != nil {
				return "", err
			}
			items = append(items, strings.ReplaceAll(text, "\n", "\n "))
		}
	}
	return fmt.Sprint(open, strings.Join(items, ",\n "), end), nil
}

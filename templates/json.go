package templates

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// filterTojson writes JSON that is safe in HTML text, in scripts and in
// attributes with single quotes: < > & ' are written as \u003c and so on.
func filterTojson(f *frame, a []value) (value, error) {
	indent := ""
	if !a[1].none() {
		n, err := smallInt(a[1], "tojson")
		if err != nil {
			return value{}, err
		}
		indent = "\n" + strings.Repeat(" ", min(max(n, 0), 64))
	}
	s, err := f.json(a[0], indent)
	return markupValue(s).withSafety(safeText | safeJS), err
}

// json gives a value as JSON, keys sorted. Indent is empty for one line, or a
// line end and the spaces of one level.
func (r *run) json(v value, indent string) (string, error) {
	w := &jsonWriter{run: r, indent: indent}
	err := w.value(v, 0)
	return w.b.String(), err
}

type jsonWriter struct {
	*run
	b      strings.Builder
	indent string
}

func (w *jsonWriter) value(v value, depth int) error {
	switch {
	case depth > maxNesting:
		return limitf("JSON nested deeper than %d", maxNesting)
	case w.b.Len() > w.limits.Output:
		return w.outputLimit()
	}
	switch v.kind {
	case kindNone:
		w.b.WriteString("null")
	case kindBool:
		w.b.WriteString(strconv.FormatBool(v.num != 0))
	case kindInt, kindBig:
		s, err := w.text(v)
		w.b.WriteString(s)
		return err
	case kindFloat:
		w.b.WriteString(jsonFloat(v.float()))
	case kindString:
		w.string(v.str())
	case kindList, kindTuple:
		items, _ := indexed(v)
		return w.array(items, depth)
	case kindDict:
		return w.object(v.dict(), depth)
	case kindGo:
		return w.goValue(v, depth)
	default:
		return faultf("object of type %s is not JSON serializable", v.typeName())
	}
	return nil
}

func jsonFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return floatText(f)
}

const hexDigits = "0123456789abcdef"

// string writes ASCII only, as Python's json does.
func (w *jsonWriter) string(s string) {
	w.b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			w.b.WriteByte('\\')
			w.b.WriteRune(c)
		case c == '\n':
			w.b.WriteString(`\n`)
		case c == '\r':
			w.b.WriteString(`\r`)
		case c == '\t':
			w.b.WriteString(`\t`)
		case c == '\b':
			w.b.WriteString(`\b`)
		case c == '\f':
			w.b.WriteString(`\f`)
		case c > 0xffff:
			c -= 0x10000
			fmt.Fprintf(&w.b, `\u%04x\u%04x`, 0xd800+c>>10, 0xdc00+c&0x3ff)
		case c < ' ' || c > 0x7e || strings.ContainsRune("<>&'", c):
			w.b.WriteString(`\u`)
			for shift := 12; shift >= 0; shift -= 4 {
				w.b.WriteByte(hexDigits[c>>shift&15])
			}
		default:
			w.b.WriteRune(c)
		}
	}
	w.b.WriteByte('"')
}

// separate begins an item.
func (w *jsonWriter) separate(first bool, depth int) {
	if !first {
		w.b.WriteByte(',')
		if w.indent == "" {
			w.b.WriteByte(' ')
		}
	}
	w.newline(depth)
}

func (w *jsonWriter) newline(depth int) {
	if w.indent != "" {
		w.b.WriteByte('\n')
		w.b.WriteString(strings.Repeat(w.indent[1:], depth))
	}
}

func (w *jsonWriter) array(items []value, depth int) error {
	w.b.WriteByte('[')
	for i, item := range items {
		w.separate(i == 0, depth+1)
		if err := w.value(item, depth+1); err != nil {
			return err
		}
	}
	if len(items) > 0 {
		w.newline(depth)
	}
	w.b.WriteByte(']')
	return nil
}

func (w *jsonWriter) object(d *dict, depth int) error {
	type entry struct {
		name string
		val  value
	}
	var entries []entry
	for k, v := range d.all() {
		name, err := jsonKey(w.run, k)
		if err != nil {
			return err
		}
		entries = append(entries, entry{name, v})
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	w.b.WriteByte('{')
	for i, e := range entries {
		w.separate(i == 0, depth+1)
		w.string(e.name)
		w.b.WriteString(": ")
		if err := w.value(e.val, depth+1); err != nil {
			return err
		}
	}
	if len(entries) > 0 {
		w.newline(depth)
	}
	w.b.WriteByte('}')
	return nil
}

func jsonKey(r *run, k value) (string, error) {
	switch k.kind {
	case kindString:
		return k.str(), nil
	case kindNone:
		return "null", nil
	case kindBool:
		return strconv.FormatBool(k.num != 0), nil
	case kindInt, kindBig, kindFloat:
		return r.text(k)
	}
	return "", faultf("keys must be str, int, float, bool or none, not %s", k.typeName())
}

// goValue writes maps and slices itself and leaves structs, and what knows
// how to write itself, to encoding/json.
func (w *jsonWriter) goValue(v value, depth int) error {
	switch v.ref.(type) {
	case json.Marshaler, time.Time:
	default:
		if d, ok := goDict(v.ref); ok {
			return w.object(d, depth)
		}
		if items, ok := listItems(v); ok {
			return w.array(items, depth)
		}
	}
	b, err := json.Marshal(v.ref)
	if err != nil {
		return faultf("object of type %s is not JSON serializable: %v", v.typeName(), err)
	}
	// encoding/json leaves the apostrophe
	w.b.WriteString(strings.ReplaceAll(string(b), "'", `\u0027`))
	return nil
}

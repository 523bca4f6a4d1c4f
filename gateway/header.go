package gateway

import (
	"iter"
	"strings"
)

// A Field is one line of a header or trailer section (RFC 9110 §5.1).
type Field struct {
	Name, Value string
}

// A Header is a list of fields in the order in which they stand on the wire.
// Names are compared without regard to ASCII case and keep the spelling they
// came with, so that X-A and X_A stay two fields.
//
// The fields of a Request are shared read-only: change them through Set, Add
// and Del on a Clone. Those of a Response belong to whoever assigned them.
type Header []Field

// Value returns the first value of the named field, "" where there is none;
// Has tells an empty field from a missing one.
func (h Header) Value(name string) string {
	v, _ := h.Lookup(name)
	return v
}

// Lookup returns the first value of the named field and whether there is one.
func (h Header) Lookup(name string) (value string, ok bool) {
	for i := range h {
		if EqualFold(h[i].Name, name) {
			return h[i].Value, true
		}
	}
	return "", false
}

// Has reports whether a field of that name is present.
func (h Header) Has(name string) bool {
	_, ok := h.Lookup(name)
	return ok
}

// Values yields the values of all fields of that name, in order.
func (h Header) Values(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range h {
			if EqualFold(h[i].Name, name) && !yield(h[i].Value) {
				return
			}
		}
	}
}

// List yields the elements of a comma-separated field, over all its lines,
// without surrounding white space and without empty elements (RFC 9110 §5.6.1).
// Commas inside quoted strings do not separate.
func (h Header) List(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for v := range h.Values(name) {
			for v != "" {
				var element string
				element, v = cutElement(v)
				if element != "" && !yield(element) {
					return
				}
			}
		}
	}
}

// HasToken reports whether the comma-separated field holds that token, compared
// without case, as Connection and Upgrade do (RFC 9110 §7.6.1).
func (h Header) HasToken(name, token string) bool {
	for element := range h.List(name) {
		if EqualFold(element, token) {
			return true
		}
	}
	return false
}

// Add appends a field; others of that name stay.
func (h *Header) Add(name, value string) { *h = append(*h, Field{name, value}) }

// Set gives the named field one value: it replaces the first field of that name,
// in its place, and removes the others.
func (h *Header) Set(name, value string) {
	for i := range *h {
		if EqualFold((*h)[i].Name, name) {
			(*h)[i].Value = value
			tail := (*h)[i+1:]
			*h = (*h)[:i+1+len(tail.without(name))]
			return
		}
	}
	h.Add(name, value)
}

// Del removes all fields of that name.
func (h *Header) Del(name string) { *h = h.without(name) }

// without filters h in place.
func (h Header) without(name string) Header {
	kept := h[:0]
	for _, f := range h {
		if !EqualFold(f.Name, name) {
			kept = append(kept, f)
		}
	}
	clear(h[len(kept):])
	return kept
}

// Clone returns a copy whose fields can be changed without changing h.
func (h Header) Clone() Header {
	if h == nil {
		return nil
	}
	return append(make(Header, 0, len(h)+2), h...)
}

// cutElement splits the first element off a comma-separated list.
func cutElement(list string) (element, rest string) {
	quoted := false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++ // quoted-pair (RFC 9110 §5.6.4)
		case c == ',' && !quoted:
			return trimOWS(list[:i]), list[i+1:]
		}
	}
	return trimOWS(list), ""
}

// trimOWS removes optional white space: SP and HTAB only (RFC 9110 §5.6.3).
func trimOWS(s string) string { return strings.Trim(s, " \t") }

// EqualFold compares two field names or tokens without regard to ASCII case.
// Unlike strings.EqualFold it folds no letters outside ASCII: U+212A (Kelvin)
// is not k in a protocol.
func EqualFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		c, d := a[i], b[i]
		if c == d {
			continue
		}
		if c|0x20 != d|0x20 || c|0x20 < 'a' || c|0x20 > 'z' {
			return false
		}
	}
	return true
}

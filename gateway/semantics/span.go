package semantics

import (
	"strconv"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// MaxSpans is how many ranges one request may ask for; a request for more gets the
// whole. Precedent: Spring's HttpRange, 100; Apache's MaxRanges is 200.
const MaxSpans = 100

// A Range is what the field of that name asks for (RFC 9110 §14.2).
type Range struct {
	Unit  string // in lower case; only bytes means something here
	Specs []Spec
}

// A Spec is one range as it was asked for, before the length is known.
type Spec struct {
	First int64 // negative: the last -First bytes
	Last  int64 // inclusive; -1: to the end
}

// A Span is a part of some content: the bytes from Start up to, not including, End.
type Span struct{ Start, End int64 }

// Len is the number of bytes.
func (s Span) Len() int64 { return s.End - s.Start }

// ContentRange is the value of that field for the part of something of size bytes
// (RFC 9110 §14.4).
func (s Span) ContentRange(size int64) string {
	b := make([]byte, 0, 64)
	b = append(b, "bytes "...)
	b = strconv.AppendInt(b, s.Start, 10)
	b = append(b, '-')
	b = strconv.AppendInt(b, s.End-1, 10)
	b = append(b, '/')
	return string(strconv.AppendInt(b, size, 10))
}

// UnsatisfiedRange is the Content-Range of a 416 (RFC 9110 §15.5.17).
func UnsatisfiedRange(size int64) string { return "bytes */" + strconv.FormatInt(size, 10) }

// ParseRange reads the value of Range. It is false where that is malformed or asks
// for more than MaxSpans ranges: a server then ignores it (RFC 9110 §14.2).
func ParseRange(s string) (Range, bool) {
	unit, set, found := strings.Cut(s, "=")
	unit = strings.Trim(unit, " \t")
	if !found || !gateway.ValidName(unit) {
		return Range{}, false
	}
	r := Range{Unit: strings.ToLower(unit)}
	for text := range strings.SplitSeq(set, ",") {
		spec, ok := parseSpec(strings.Trim(text, " \t"))
		if !ok || len(r.Specs) == MaxSpans {
			return Range{}, false
		}
		r.Specs = append(r.Specs, spec)
	}
	return r, true
}

func parseSpec(s string) (Spec, bool) {
	first, last, found := strings.Cut(s, "-")
	if !found {
		return Spec{}, false
	}
	if first == "" {
		n, ok := parseDigits(last)
		if n == 0 { // "-0" is well formed, and nothing satisfies it
			return Spec{First: maxInt64, Last: -1}, ok
		}
		return Spec{First: -n, Last: -1}, ok
	}
	from, ok := parseDigits(first)
	if !ok || last == "" {
		return Spec{First: from, Last: -1}, ok
	}
	to, ok := parseDigits(last)
	return Spec{First: from, Last: to}, ok && from <= to
}

const maxInt64 = 1<<63 - 1

// parseDigits reads 1*DIGIT, no sign. A number that is too large is the largest: it
// lies behind every end.
func parseDigits(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	n := int64(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		if n > (maxInt64-9)/10 {
			n = maxInt64
			continue
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// Spans returns the parts of content of that size which are asked for, without those
// that lie outside of it, in the order in which they were named. There is none where
// the unit is not bytes.
func (r Range) Spans(size int64) []Span {
	if r.Unit != "bytes" {
		return nil
	}
	var spans []Span
	for _, spec := range r.Specs {
		span := Span{spec.First, size}
		if spec.First < 0 {
			span.Start = max(size+spec.First, 0)
		}
		if spec.Last >= 0 && spec.Last < size {
			span.End = spec.Last + 1
		}
		if span.Start < span.End {
			spans = append(spans, span)
		}
	}
	return spans
}

// Select decides which part of a representation of that size a request is to be sent:
// 200, all; 206, the spans; 416, none of those it asked for exist. It is asked after
// Evaluate has said to go on.
//
// Only GET has ranges. They are passed over where the unit is unknown, the syntax is
// wrong or the field repeated, If-Range does not hold, the content is empty (there is no range to ask for,
// and clients that always send the field get by), and where together they would be
// more than the whole: that is an attack or a mistake (RFC 9110 §17.15). hot path
func Select(r *gateway.Request, v Validators, size int64) (status int, spans []Span) {
	value, n := single(r.Header, "Range")
	if n != 1 || r.Method != "GET" || size <= 0 {
		return 200, nil
	}
	if condition, n := single(r.Header, "If-Range"); n > 0 {
		if i, ok := ParseIfRange(condition); n > 1 || !ok || !i.holds(v, r.Time) {
			return 200, nil
		}
	}
	ranges, ok := ParseRange(value)
	if !ok || ranges.Unit != "bytes" {
		return 200, nil
	}
	if spans = ranges.Spans(size); len(spans) == 0 {
		return 416, nil
	}
	sum := int64(0)
	for _, span := range spans {
		if sum += span.Len(); sum > size {
			return 200, nil
		}
	}
	return 206, spans
}

// A ContentRange is what that field says of a part (RFC 9110 §14.4).
type ContentRange struct {
	Unit string
	Span Span  // zero: */size, which goes with 416
	Size int64 // -1: not known
}

// ParseContentRange reads the value of Content-Range. It is false where that is
// malformed or contradicts itself.
func ParseContentRange(s string) (c ContentRange, ok bool) {
	unit, rest, found := strings.Cut(s, " ")
	span, size, sized := strings.Cut(rest, "/")
	if !found || !sized || !gateway.ValidName(unit) {
		return c, false
	}
	c.Unit, c.Size = unit, -1
	if size != "*" {
		if c.Size, ok = parseDigits(size); !ok {
			return ContentRange{}, false
		}
	}
	if span == "*" {
		return c, c.Size >= 0
	}
	first, last, found := strings.Cut(span, "-")
	from, ok1 := parseDigits(first)
	to, ok2 := parseDigits(last)
	if !found || !ok1 || !ok2 || to < from || to == maxInt64 || c.Size >= 0 && to >= c.Size {
		return ContentRange{}, false
	}
	c.Span = Span{from, to + 1}
	return c, true
}

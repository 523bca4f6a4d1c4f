package forwarded

import (
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// A walk gives the elements of an X-Forwarded field over all its lines, the last one
// first: every proxy appends on the right. Empty elements do not count (RFC 9110
// §5.6.1). There are no quotes here: were there any, a client's single one would
// swallow what the proxies append. It is no iter.Seq, which would cost an allocation.
type walk struct {
	header gateway.Header // what was not walked yet
	name   string
	line   string // what is left of a line
}

func fromRight(h gateway.Header, name string) walk { return walk{header: h, name: name} }

// next returns the next element, "" behind the leftmost.
func (w *walk) next() (element string) {
	for element == "" {
		for w.line == "" {
			last := len(w.header) - 1
			if last < 0 {
				return ""
			}
			if gateway.EqualFold(w.header[last].Name, w.name) {
				w.line = w.header[last].Value
			}
			w.header = w.header[:last]
		}
		comma := strings.LastIndexByte(w.line, ',')
		element = strings.Trim(w.line[comma+1:], " \t")
		w.line = w.line[:max(comma, 0)]
	}
	return element
}

// count is how many elements there are.
func count(h gateway.Header, name string) (n int) {
	for w := fromRight(h, name); w.next() != ""; {
		n++
	}
	return n
}

// pick is the element of a field that belongs to the client: the only one there is,
// or the one that all agree on, or, where the field is as long as X-Forwarded-For,
// the one beside the client's address. Everything else is a conflict: one of those
// who wrote it is not the proxy that we think it is.
func pick(h gateway.Header, name string, place, of int) (value string, err error) {
	n, agree, beside := 0, true, ""
	w := fromRight(h, name)
	for element := w.next(); element != ""; element = w.next() {
		if n++; n == 1 {
			value = element
		}
		agree = agree && gateway.EqualFold(element, value)
		if n == place {
			beside = element
		}
	}
	switch {
	case agree:
		return value, nil
	case n == of:
		return beside, nil
	}
	return "", refusal("fields %s conflict: %d values where the way has %d", name, n, of)
}

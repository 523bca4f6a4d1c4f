package forwarded

import (
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// An element is what one proxy says in Forwarded (RFC 7239 §4).
type element struct {
	client, proto, host string
	told                bool // there is a for
}

// parseStandard reads all of Forwarded, in the order of the wire. It is read whole,
// the hearsay too: were it cut at commas from the right, a quoted string of a
// client's could pretend to be an element of a proxy's.
func parseStandard(list []element, h gateway.Header) ([]element, error) {
	for i := range h {
		if !gateway.EqualFold(h[i].Name, "Forwarded") {
			continue
		}
		for rest := h[i].Value; rest != ""; {
			var e element
			var some bool
			var err error
			if e, rest, some, err = parseElement(rest); err != nil {
				return nil, err
			}
			if some {
				list = append(list, e)
			}
		}
	}
	return list, nil
}

// parseElement reads pairs up to a comma or the end. White space around the
// semicolons is let pass: some proxies write it, and it has one meaning only.
func parseElement(s string) (e element, rest string, some bool, err error) {
	seen := 0
	for {
		s = strings.TrimLeft(s, " \t")
		switch {
		case s == "":
			return e, "", some, nil
		case s[0] == ',':
			return e, s[1:], some, nil
		case s[0] == ';':
			s = s[1:]
			continue
		}
		name, value, after, ok := cutPair(s)
		s = strings.TrimLeft(after, " \t")
		if !ok || s != "" && s[0] != ',' && s[0] != ';' {
			return e, "", false, refusal("Forwarded is malformed")
		}
		some = true
		if !e.set(name, value, &seen) {
			return e, "", false, refusal("Forwarded names %s twice in one element", name)
		}
	}
}

// set takes a pair; extensions say nothing to us. It reports false for a repeated one
// (RFC 7239 §4).
func (e *element) set(name, value string, seen *int) bool {
	var bit int
	switch {
	case gateway.EqualFold(name, "for"):
		bit, e.client, e.told = 1, value, true
	case gateway.EqualFold(name, "proto"):
		bit, e.proto = 2, value
	case gateway.EqualFold(name, "host"):
		bit, e.host = 4, value
	case gateway.EqualFold(name, "by"):
		bit = 8
	}
	twice := *seen&bit != 0
	*seen |= bit
	return !twice
}

// cutPair splits token "=" ( token / quoted-string ) off s.
func cutPair(s string) (name, value, rest string, ok bool) {
	name, s, ok = strings.Cut(s, "=")
	if !ok || !gateway.ValidName(name) {
		return name, "", "", false
	}
	if !strings.HasPrefix(s, `"`) {
		end := 0
		for end < len(s) && gateway.IsTokenByte(s[end]) {
			end++
		}
		return name, s[:end], s[end:], end > 0
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return name, unquote(s[1:i]), s[i+1:], true
		}
	}
	return name, "", "", false
}

// unquote resolves quoted pairs (RFC 9110 §5.6.4).
func unquote(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

package form

import (
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// A Pair is one name and value.
type Pair struct{ Name, Value string }

// Parse reads application/x-www-form-urlencoded (WHATWG URL §5.1): + is a blank, a
// malformed escape stays, bytes that are not UTF-8 become U+FFFD, and a pair is
// separated by & alone. It returns false where there are more than most pairs. The
// strings may be parts of text.
func Parse(text string, most int) ([]Pair, bool) {
	var pairs []Pair
	for part := range strings.SplitSeq(text, "&") {
		if part == "" {
			continue
		}
		if len(pairs) == most {
			return nil, false
		}
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, Pair{decode(name), decode(value)})
	}
	return pairs, true
}

func decode(s string) string {
	if strings.IndexByte(s, '+') >= 0 {
		s = strings.ReplaceAll(s, "+", " ")
	}
	return strings.ToValidUTF8(gateway.Unescape(s), "\uFFFD")
}

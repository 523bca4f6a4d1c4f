package semantics

import (
	"slices"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// matches reports whether what a client named covers an offer. hot path
func (k kind) matches(value, offer string) bool {
	switch k {
	case media:
		return matchesMedia(value, offer)
	case language:
		return value == "*" || equalTags(value, offer)
	case charset:
		return value == "*" || equalCharsets(value, offer)
	}
	return value == "*" || equalCodings(value, offer)
}

// specificity orders elements that match the same offer: 0 is none.
func (k kind) specificity(value string) int {
	if k != media {
		if value == "*" {
			return 1
		}
		return 2
	}
	main, sub, params := cutMedia(value)
	switch {
	case main == "*":
		return 1
	case sub == "*":
		return 2
	}
	return 3 + strings.Count(params, ";")
}

// matchesMedia compares a media range with a media type (RFC 9110 §12.5.1). A range
// with parameters covers the types that have just those.
func matchesMedia(value, offer string) bool {
	main, sub, params := cutMedia(value)
	offeredMain, offeredSub, offeredParams := cutMedia(offer)
	switch {
	case sub == "" || main == "*" && sub != "*":
		return false
	case main == "*":
		return true
	case !gateway.EqualFold(main, offeredMain):
		return false
	case sub == "*":
		return true
	}
	return gateway.EqualFold(sub, offeredSub) && sameParams(params, offeredParams)
}

// cutMedia splits type/subtype;parameters. The parameters begin with their
// semicolon.
func cutMedia(s string) (main, sub, params string) {
	if i := strings.IndexByte(s, ';'); i >= 0 {
		s, params = strings.TrimRight(s[:i], " \t"), s[i:]
	}
	main, sub, _ = strings.Cut(s, "/")
	return main, sub, params
}

// sameParams compares parameters without regard to their order; names and values are
// compared without case, as those of media types mostly are.
func sameParams(a, b string) bool {
	if a == "" || b == "" {
		return a == b
	}
	return slices.Equal(sortedParams(a), sortedParams(b))
}

func sortedParams(s string) []string {
	_, params := ParseOptions(s)
	list := make([]string, len(params))
	for i, p := range params {
		list[i] = p.Name + "=" + strings.ToLower(p.Value)
	}
	slices.Sort(list)
	return list
}

// equalTags compares language tags; _ stands for - in what some clients send.
func equalTags(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if lowerTag(a[i]) != lowerTag(b[i]) {
			return false
		}
	}
	return true
}

func lowerTag(c byte) byte {
	switch {
	case c == '_':
		return '-'
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A'
	}
	return c
}

// equalCodings compares content codings; x-gzip and x-compress are the same as
// those without x- (RFC 9110 §8.4.1).
func equalCodings(a, b string) bool {
	return gateway.EqualFold(strings.TrimPrefix(a, "x-"), strings.TrimPrefix(b, "x-"))
}

// equalCharsets compares charsets by the names that clients use for them.
func equalCharsets(a, b string) bool {
	return gateway.EqualFold(a, b) || foldCharset(a) == foldCharset(b)
}

func foldCharset(s string) string {
	s = strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(s))
	switch s {
	case "latin1", "l1":
		return "iso88591"
	case "usascii":
		return "ascii"
	}
	return s
}

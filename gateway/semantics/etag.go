package semantics

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// An ETag is an entity tag as it stands in a field, with its quotes: "abc" or
// W/"abc" (RFC 9110 §8.8.3). "" is none.
type ETag string

// StrongETag makes a strong tag of an opaque text, "" where that cannot be one: it
// has visible ASCII without quotes, and bytes from 0x80 on.
func StrongETag(opaque string) ETag {
	for i := 0; i < len(opaque); i++ {
		if c := opaque[i]; c <= ' ' || c == '"' || c == 0x7f {
			return ""
		}
	}
	return ETag(`"` + opaque + `"`)
}

// WeakETag makes a weak tag: representations that have it in common are as good as
// each other, and not equal byte by byte.
func WeakETag(opaque string) ETag {
	tag := StrongETag(opaque)
	if tag == "" {
		return ""
	}
	return "W/" + tag
}

// ContentETag makes a strong tag of content: 128 bits of SHA-256. content is
// borrowed until it returns.
func ContentETag(content []byte) ETag {
	sum := sha256.Sum256(content)
	return ETag(`"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`)
}

// ParseETag reads the value of an ETag field; "" where it is none. Old clients and
// servers write w/ too.
func ParseETag(s string) ETag {
	tag, rest, ok := cutETag(s)
	if !ok || rest != "" {
		return ""
	}
	return tag
}

// Weak reports whether the tag is weak.
func (e ETag) Weak() bool { return strings.HasPrefix(string(e), "W/") }

// Opaque is the text between the quotes.
func (e ETag) Opaque() string {
	s := strings.TrimPrefix(string(e), "W/")
	if len(s) < 2 {
		return ""
	}
	return s[1 : len(s)-1]
}

// StrongMatch compares two tags where bytes matter: neither may be weak (RFC 9110
// §8.8.3.2).
func (e ETag) StrongMatch(other ETag) bool { return e != "" && e == other && !e.Weak() }

// WeakMatch compares two tags where a representation that is as good will do.
func (e ETag) WeakMatch(other ETag) bool {
	return e != "" && strings.TrimPrefix(string(e), "W/") == strings.TrimPrefix(string(other), "W/")
}

// ETags is what If-Match and If-None-Match hold: * or a list of tags (RFC 9110
// §13.1.1).
type ETags struct {
	Any  bool // *
	Tags []ETag
}

// ParseETags reads a field of that name over all its lines. Elements that are no tags
// are left out. ok is false where there is no such field.
func ParseETags(h gateway.Header, name string) (e ETags, ok bool) {
	e.Any, ok = eachETag(h, name, func(tag ETag) bool {
		e.Tags = append(e.Tags, tag)
		return false
	})
	return e, ok
}

// Contains reports whether tag is in the list, by strong comparison.
func (e ETags) Contains(tag ETag) bool { return e.any(tag.StrongMatch) }

// ContainsWeak reports whether tag is in the list, by weak comparison.
func (e ETags) ContainsWeak(tag ETag) bool { return e.any(tag.WeakMatch) }

func (e ETags) any(f func(ETag) bool) bool {
	if e.Any {
		return true
	}
	for _, tag := range e.Tags {
		if f(tag) {
			return true
		}
	}
	return false
}

// eachETag calls f for each tag until it returns true, and reports whether it did, or
// the field is *, and whether the field is there. hot path
func eachETag(h gateway.Header, name string, f func(ETag) bool) (found, present bool) {
	for i := range h {
		if !gateway.EqualFold(h[i].Name, name) {
			continue
		}
		present = true
		rest := strings.Trim(h[i].Value, " \t")
		if rest == "*" {
			return true, true
		}
		for rest != "" {
			tag, after, ok := cutETag(rest)
			if ok && f(tag) {
				return true, true
			}
			rest = after
		}
	}
	return false, present
}

// cutETag splits the first element off a list. The quote that ends a tag is the
// first that a comma or the end follows: tags have no escapes, and a quote inside of
// one, which some servers let pass, stays in it.
func cutETag(s string) (tag ETag, rest string, ok bool) {
	s = strings.TrimLeft(s, " \t,")
	quoted, weak := s, false
	if len(s) > 2 && (s[0]|0x20) == 'w' && s[1] == '/' {
		quoted, weak = s[2:], true
	}
	if quoted == "" || quoted[0] != '"' {
		_, rest, _ = strings.Cut(s, ",")
		return "", rest, false
	}
	for i := 1; i < len(quoted); i++ {
		if quoted[i] != '"' {
			continue
		}
		rest := strings.TrimLeft(quoted[i+1:], " \t")
		if rest != "" && rest[0] != ',' {
			continue
		}
		if tag = ETag(quoted[:i+1]); weak {
			if tag = ETag(s[:i+3]); s[0] == 'w' {
				tag = "W/" + ETag(quoted[:i+1])
			}
		}
		return tag, strings.TrimLeft(rest, " \t,"), true
	}
	return "", "", false
}

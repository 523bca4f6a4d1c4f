package session

import "strings"

// decodeFlat reads what most sessions are: one object without blanks, of plain ASCII
// keys, with plain ASCII strings, whole numbers, booleans and null. For anything
// else it returns false, and Decode asks encoding/json. It costs a fifth of that.
// hot path
func decodeFlat(s string) (map[string]any, bool) {
	rest, ok := strings.CutPrefix(s, "{")
	if !ok || rest == "}" {
		return nil, false
	}
	values := make(map[string]any, 8)
	for {
		var key string
		if key, rest, ok = cutString(rest); !ok || key == "" || key[0] == ' ' { // a blank begins a tag
			return nil, false
		}
		if rest, ok = strings.CutPrefix(rest, ":"); !ok {
			return nil, false
		}
		if values[key], rest, ok = cutScalar(rest); !ok {
			return nil, false
		}
		if rest == "}" {
			return values, true
		}
		if rest, ok = strings.CutPrefix(rest, ","); !ok {
			return nil, false
		}
	}
}

// cutString cuts a string off that needs no decoding.
func cutString(s string) (text, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", s, false
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return s[1:i], s[i+1:], true
		case c < ' ' || c == '\\' || c >= 0x7f:
			return "", s, false
		}
	}
	return "", s, false
}

// cutScalar cuts off a string, a whole number, a boolean or null.
func cutScalar(s string) (v any, rest string, ok bool) {
	if text, rest, ok := cutString(s); ok {
		return text, rest, true
	}
	if rest, ok := strings.CutPrefix(s, "true"); ok {
		return true, rest, true
	}
	if rest, ok := strings.CutPrefix(s, "false"); ok {
		return false, rest, true
	}
	if rest, ok := strings.CutPrefix(s, "null"); ok {
		return nil, rest, true
	}
	return cutInt(s)
}

// cutInt cuts off a whole number of up to nine digits, which fits into any int. What
// follows is for the caller to judge: a point makes it no number for him.
func cutInt(s string) (v any, rest string, ok bool) {
	digits := strings.TrimPrefix(s, "-")
	n, i := 0, 0
	for i < len(digits) && digits[i] >= '0' && digits[i] <= '9' {
		n = n*10 + int(digits[i]-'0')
		if i++; i > 9 {
			return nil, s, false
		}
	}
	if i == 0 || i > 1 && digits[0] == '0' {
		return nil, s, false
	}
	if len(digits) < len(s) {
		n = -n
	}
	return n, digits[i:], true
}

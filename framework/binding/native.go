package binding

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// The validator reflects on each value and boxes it. So the most frequent rules are
// compiled here once more, for one purpose: to see that a field holds. Where
// that is not certain the validator decides, and it alone finds mistakes; a fuzz test
// holds that nothing passes here that it would refuse.

// A holdsFunc reports that the rules of a field are certain to hold; false means
// that the validator has to look.
type holdsFunc func(p unsafe.Pointer) bool

// native compiles the rules of a field; nil where one of them is not known here.
func native(t reflect.Type, rules []string) holdsFunc {
	var checks []holdsFunc
	for _, rule := range rules {
		tag, param, _ := strings.Cut(rule, "=")
		var check holdsFunc
		switch {
		case t == durationType || scalar(t) || strings.ContainsAny(rule, "|") || strings.Contains(param, "0x"):
			return nil
		case t.Kind() == reflect.String:
			check = nativeString(tag, param)
		case t.Kind() == reflect.Slice:
			if low, high, ok := bounds(tag, param); ok {
				check = func(p unsafe.Pointer) bool { n := int64(len(*(*[]struct{})(p))); return n >= low && n <= high }
			}
		case t.Kind() == reflect.Float64:
			check = nativeFloat(tag, param)
		default:
			check = nativeInt(t, tag, param)
		}
		if check == nil {
			return nil
		}
		checks = append(checks, check)
	}
	if len(checks) == 1 {
		return checks[0]
	}
	return func(p unsafe.Pointer) bool {
		for _, check := range checks {
			if !check(p) {
				return false
			}
		}
		return true
	}
}

// bounds reads a rule about an integer or a length as a range.
func bounds(tag, param string) (low, high int64, ok bool) {
	const least, most = -1 << 63, 1<<63 - 1
	n, err := strconv.ParseInt(param, 10, 64)
	if digits := strings.TrimLeft(param, "+-"); err != nil || n == least || n == most || len(digits) > 1 && digits[0] == '0' { // the validator takes 010 for octal
		return 0, 0, false
	}
	switch tag {
	case "min", "gte":
		return n, most, true
	case "max", "lte":
		return least, n, true
	case "gt":
		return n + 1, most, true
	case "lt":
		return least, n - 1, true
	case "len", "eq":
		return n, n, true
	}
	return 0, 0, false
}

func nativeInt(t reflect.Type, tag, param string) holdsFunc {
	low, high, ok := bounds(tag, param)
	if !ok {
		return nil
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int64:
		return func(p unsafe.Pointer) bool { n := *(*int64)(p); return n >= low && n <= high }
	case reflect.Int32:
		return func(p unsafe.Pointer) bool { n := int64(*(*int32)(p)); return n >= low && n <= high }
	case reflect.Int16:
		return func(p unsafe.Pointer) bool { n := int64(*(*int16)(p)); return n >= low && n <= high }
	case reflect.Int8:
		return func(p unsafe.Pointer) bool { n := int64(*(*int8)(p)); return n >= low && n <= high }
	}
	return nil
}

func nativeFloat(tag, param string) holdsFunc {
	n, err := strconv.ParseFloat(param, 64)
	if err != nil {
		return nil
	}
	switch tag {
	case "min", "gte":
		return func(p unsafe.Pointer) bool { return *(*float64)(p) >= n }
	case "max", "lte":
		return func(p unsafe.Pointer) bool { return *(*float64)(p) <= n }
	case "gt":
		return func(p unsafe.Pointer) bool { return *(*float64)(p) > n }
	case "lt":
		return func(p unsafe.Pointer) bool { return *(*float64)(p) < n }
	}
	return nil
}

func nativeString(tag, param string) holdsFunc {
	switch tag {
	case "min", "max", "gte", "lte", "gt", "lt", "len":
		low, high, ok := bounds(tag, param)
		if !ok {
			return nil
		}
		return func(p unsafe.Pointer) bool {
			n := int64(utf8.RuneCountInString(*(*string)(p)))
			return n >= low && n <= high
		}
	case "oneof":
		if strings.Contains(param, "'") {
			return nil
		}
		list := strings.Fields(param)
		return func(p unsafe.Pointer) bool { return slices.Contains(list, *(*string)(p)) }
	case "email":
		return func(p unsafe.Pointer) bool { return plainEmail(*(*string)(p)) }
	case "alpha":
		return made(letter)
	case "alphanum":
		return made(letter | digit)
	case "number", "numeric":
		return made(digit)
	case "uuid":
		return func(p unsafe.Pointer) bool { return plainUUID(*(*string)(p)) }
	}
	return nil
}

const (
	letter = 1 << iota // a to z in both cases
	digit
	hexLower
	emailPunctuation // what a local part may hold beside dots, of what people have
)

var classes = func() (t [256]uint8) {
	for c := range t {
		switch c := byte(c); {
		case c >= '0' && c <= '9':
			t[c] = digit | hexLower
		case c >= 'a' && c <= 'f':
			t[c] = letter | hexLower
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			t[c] = letter
		case c == '_' || c == '-' || c == '+':
			t[c] = emailPunctuation
		}
	}
	return t
}()

// made returns a check that a text is not empty and made of bytes of a class.
func made(class uint8) holdsFunc {
	return func(p unsafe.Pointer) bool {
		s := *(*string)(p)
		return s != "" && all(s, class)
	}
}

func all(s string, class uint8) bool {
	for i := 0; i < len(s); i++ {
		if classes[s[i]]&class == 0 {
			return false
		}
	}
	return true
}

// plainEmail knows the addresses that most people have: name.name+tag@host.example.
func plainEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || len(local) > 64 || len(domain) > 190 || !dotted(local, letter|digit|emailPunctuation) || !dotted(domain, letter|digit) {
		return false
	}
	top := domain[strings.LastIndexByte(domain, '.')+1:]
	return len(top) >= 2 && len(top) < len(domain) && all(top, letter)
}

// dotted reports whether s is pieces of a class with a dot between each two.
func dotted(s string, class uint8) bool {
	after := byte('.')
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '.' && after == '.' || c != '.' && classes[c]&class == 0 {
			return false
		}
		after = c
	}
	return after != '.'
}

func plainUUID(s string) bool {
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' &&
		all(s[:8], hexLower) && all(s[9:13], hexLower) && all(s[14:18], hexLower) && all(s[19:23], hexLower) && all(s[24:], hexLower)
}

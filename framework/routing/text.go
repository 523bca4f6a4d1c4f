package routing

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// textOf is a value as it stands in a URL, before escaping. Floats keep their
// point; booleans are Werkzeug's True and False, which strconv.ParseBool reads.
func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case fmt.Stringer:
		return v.String()
	case encoding.TextMarshaler:
		if b, err := v.MarshalText(); err == nil {
			return string(b)
		}
	}
	v := reflect.ValueOf(value)
	switch {
	case !v.IsValid():
		return ""
	case v.Kind() == reflect.Pointer && !v.IsNil():
		return textOf(v.Elem().Interface())
	case v.Kind() == reflect.Bool && v.Bool():
		return "True"
	case v.Kind() == reflect.Bool:
		return "False"
	case v.CanFloat():
		return formatFloat(v.Float())
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.Kind() == reflect.String:
		return v.String()
	}
	return fmt.Sprint(value)
}

// hasText reports whether a value has a text form of its own, so that a slice type
// such as net.IP is one value.
func hasText(value any) bool {
	switch value.(type) {
	case fmt.Stringer, encoding.TextMarshaler:
		return true
	}
	return false
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

package config

import (
	"encoding"
	"reflect"
	"strings"
	"time"
	"unicode"
)

// A field of a settings struct.
type field struct {
	key      string
	index    []int
	required bool
	nested   bool    // a struct of further settings
	fallback *string // of the default tag
}

var (
	textType = reflect.TypeFor[encoding.TextUnmarshaler]()
	timeType = reflect.TypeFor[time.Time]()
)

// fieldsOf lists the settings of a struct; those of embedded structs are its own.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		sf := t.Field(i)
		name, options, _ := strings.Cut(sf.Tag.Get("config"), ",")
		if name == "-" || !sf.IsExported() && !sf.Anonymous {
			continue
		}
		nested := sf.Type.Kind() == reflect.Struct && sf.Type != timeType && !reflect.PointerTo(sf.Type).Implements(textType)
		if sf.Anonymous && nested && name == "" {
			for _, inner := range fieldsOf(sf.Type) {
				inner.index = append([]int{i}, inner.index...)
				fields = append(fields, inner)
			}
			continue
		}
		if !sf.IsExported() {
			continue
		}
		f := field{key: name, index: []int{i}, required: options == "required", nested: nested}
		if name == "" {
			f.key = snake(sf.Name)
		}
		if text, ok := sf.Tag.Lookup("default"); ok {
			f.fallback = &text
		}
		fields = append(fields, f)
	}
	return fields
}

func find(fields []field, key string) *field {
	for i := range fields {
		if fields[i].key == key {
			return &fields[i]
		}
	}
	return nil
}

// snake writes a Go name in snake case: HTTPPort is http_port, UserID user_id.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if unicode.IsUpper(r) && i > 0 {
			afterLower := !unicode.IsUpper(runes[i-1])
			beforeLower := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if afterLower || beforeLower {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

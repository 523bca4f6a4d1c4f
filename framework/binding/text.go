package binding

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// A textFunc parses a text into the memory of a field. It keeps s.
type textFunc func(p unsafe.Pointer, s string) *refusal

var (
	timeType        = reflect.TypeFor[time.Time]()
	durationType    = reflect.TypeFor[time.Duration]()
	numberType      = reflect.TypeFor[json.Number]()
	optionalType    = reflect.TypeFor[optional]()
	textType        = reflect.TypeFor[encoding.TextUnmarshaler]()
	unmarshalerType = reflect.TypeFor[json.Unmarshaler]()
)

// textOf compiles the parser of one value.
func textOf(t reflect.Type, layout string) (textFunc, error) {
	switch {
	case t == timeType:
		return timeText(layout), nil
	case layout != "" && t.Kind() != reflect.Pointer && !t.Implements(optionalType):
		return nil, fmt.Errorf("has a layout, which only time.Time takes")
	case t == durationType:
		return durationText, nil
	case t.Implements(optionalType):
		return optText(t, layout)
	case t.Kind() == reflect.Pointer:
		return pointerText(t, layout)
	case reflect.PointerTo(t).Implements(textType):
		return unmarshalerText(t), nil
	}
	switch t.Kind() {
	case reflect.String:
		return func(p unsafe.Pointer, s string) *refusal { *(*string)(p) = s; return nil }, nil
	case reflect.Bool:
		return boolText, nil
	case reflect.Float32, reflect.Float64:
		return func(p unsafe.Pointer, s string) *refusal { return floatText(p, t.Kind(), s) }, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(p unsafe.Pointer, s string) *refusal { return setInt(p, t.Size(), s) }, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return func(p unsafe.Pointer, s string) *refusal { return setUint(p, t.Size(), s) }, nil
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return func(p unsafe.Pointer, s string) *refusal { *(*[]byte)(p) = []byte(s); return nil }, nil
		}
	}
	return nil, fmt.Errorf("is a %v, which no single text can fill; give the type UnmarshalText", t)
}

// ParseText parses a text as the field of a form of type T would be. It panics where
// no single text can fill a T.
func ParseText[T any](s string) (v T, err error) {
	parse, err := textOf(reflect.TypeFor[T](), "")
	if err != nil {
		panic(fmt.Sprintf("binding: ParseText: %v %v", reflect.TypeFor[T](), err))
	}
	if r := parse(unsafe.Pointer(&v), s); r != nil {
		var zero T
		return zero, errors.New(r.message(quote(s), false).in(nil))
	}
	return v, nil
}

func boolText(p unsafe.Pointer, s string) *refusal {
	switch strings.ToLower(s) {
	case "true", "1", "on", "yes":
		*(*bool)(p) = true
	case "false", "0", "off", "no":
		*(*bool)(p) = false
	default:
		return &refusal{code: "type", expected: say("true or false")}
	}
	return nil
}

// setInt parses a decimal integer into size bytes.
func setInt(p unsafe.Pointer, size uintptr, s string) *refusal {
	bits := int(size) * 8
	n, err := strconv.ParseInt(s, 10, bits)
	if err != nil {
		if errors.Is(err, strconv.ErrRange) {
			low := int64(-1) << (bits - 1)
			return &refusal{code: "range", expected: say("an integer from %d to %d", low, -(low + 1))}
		}
		return &refusal{code: "type", expected: say("an integer")}
	}
	switch size {
	case 1:
		*(*int8)(p) = int8(n)
	case 2:
		*(*int16)(p) = int16(n)
	case 4:
		*(*int32)(p) = int32(n)
	default:
		*(*int64)(p) = n
	}
	return nil
}

// setUint parses a decimal integer that is not negative into size bytes.
func setUint(p unsafe.Pointer, size uintptr, s string) *refusal {
	bits := int(size) * 8
	n, err := strconv.ParseUint(s, 10, bits)
	if err != nil {
		if _, negative := strconv.ParseInt(s, 10, 64); errors.Is(err, strconv.ErrRange) || negative == nil {
			return &refusal{code: "range", expected: say("an integer from 0 to %d", uint64(math.MaxUint64)>>(64-bits))}
		}
		return &refusal{code: "type", expected: say("an integer")}
	}
	switch size {
	case 1:
		*(*uint8)(p) = uint8(n)
	case 2:
		*(*uint16)(p) = uint16(n)
	case 4:
		*(*uint32)(p) = uint32(n)
	default:
		*(*uint64)(p) = n
	}
	return nil
}

// floatText refuses what ParseFloat knows beside decimal numbers: NaN, Inf,
// hexadecimal and underscores, which no client means.
func floatText(p unsafe.Pointer, kind reflect.Kind, s string) *refusal {
	if strings.Trim(s, "0123456789+-.eE") != "" {
		return &refusal{code: "type", expected: say("a number")}
	}
	return setFloat(p, kind, s)
}

// setFloat parses a decimal number.
func setFloat(p unsafe.Pointer, kind reflect.Kind, s string) *refusal {
	bits := 64
	if kind == reflect.Float32 {
		bits = 32
	}
	f, err := strconv.ParseFloat(s, bits)
	if errors.Is(err, strconv.ErrRange) {
		return &refusal{code: "range", expected: say("a number that %d bits hold", bits)}
	}
	if err != nil {
		return &refusal{code: "type", expected: say("a number")}
	}
	if bits == 32 {
		*(*float32)(p) = float32(f)
	} else {
		*(*float64)(p) = f
	}
	return nil
}

// sampleTime is shown to clients in the layout that is expected.
var sampleTime = time.Date(2024, 12, 31, 23, 59, 58, 0, time.UTC)

func timeText(layout string) textFunc {
	if layout == "" {
		layout = time.RFC3339
	}
	expected := say("a time such as %s", sampleTime.Format(layout))
	return func(p unsafe.Pointer, s string) *refusal {
		t, err := time.Parse(layout, s)
		if err != nil {
			return &refusal{code: "type", expected: expected}
		}
		*(*time.Time)(p) = t
		return nil
	}
}

func durationText(p unsafe.Pointer, s string) *refusal {
	d, err := time.ParseDuration(s)
	if err != nil {
		return &refusal{code: "type", expected: say("a duration such as 1h30m or 250ms")}
	}
	*(*time.Duration)(p) = d
	return nil
}

func unmarshalerText(t reflect.Type) textFunc {
	expected := say("a valid %s", t.Name())
	return func(p unsafe.Pointer, s string) *refusal {
		u := reflect.NewAt(t, p).Interface().(encoding.TextUnmarshaler)
		if err := u.UnmarshalText([]byte(s)); err != nil {
			return &refusal{code: "type", expected: expected, reason: err.Error()}
		}
		return nil
	}
}

func pointerText(t reflect.Type, layout string) (textFunc, error) {
	inner, err := textOf(t.Elem(), layout)
	if err != nil {
		return nil, err
	}
	return func(p unsafe.Pointer, s string) *refusal {
		v := reflect.New(t.Elem())
		if r := inner(v.UnsafePointer(), s); r != nil {
			return r
		}
		*(*unsafe.Pointer)(p) = v.UnsafePointer()
		return nil
	}, nil
}

func optText(t reflect.Type, layout string) (textFunc, error) {
	inner, err := textOf(t.Field(0).Type, layout)
	if err != nil {
		return nil, err
	}
	set := t.Field(1).Offset
	return func(p unsafe.Pointer, s string) *refusal {
		r := inner(p, s)
		*(*bool)(unsafe.Add(p, set)) = r == nil
		return r
	}, nil
}

// multiple reports whether a field of type t takes repeated values.
func multiple(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 && !reflect.PointerTo(t).Implements(textType)
}

// A listFunc parses repeated values into a slice. It returns the index of the
// one that does not fit.
type listFunc func(p unsafe.Pointer, list []string) (int, *refusal)

func listOf(t reflect.Type, layout string) (listFunc, error) {
	one, err := textOf(t.Elem(), layout)
	if err != nil {
		return nil, err
	}
	size := t.Elem().Size()
	return func(p unsafe.Pointer, list []string) (int, *refusal) {
		s := reflect.MakeSlice(t, len(list), len(list))
		base := s.UnsafePointer()
		for i, text := range list {
			if r := one(unsafe.Add(base, uintptr(i)*size), text); r != nil {
				return i, r
			}
		}
		reflect.NewAt(t, p).Elem().Set(s)
		return 0, nil
	}, nil
}

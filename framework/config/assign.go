package config

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// assign converts a value to a field's type. Errors do not show the value.
func assign(dst reflect.Value, v any) error {
	if dst.Kind() == reflect.Pointer {
		if dst.IsNil() {
			dst.Set(reflect.New(dst.Type().Elem()))
		}
		return assign(dst.Elem(), v)
	}
	if u, ok := dst.Addr().Interface().(encoding.TextUnmarshaler); ok {
		s, ok := text(v)
		if !ok {
			return mismatch(dst, v)
		}
		if u.UnmarshalText([]byte(s)) != nil { // its error may quote the value
			return fmt.Errorf("is no %v", dst.Type())
		}
		return nil
	}
	if dst.Type() == reflect.TypeFor[time.Duration]() {
		return assignDuration(dst, v)
	}
	switch dst.Kind() {
	case reflect.String:
		s, ok := text(v)
		if !ok {
			return mismatch(dst, v)
		}
		dst.SetString(s)
		return nil
	case reflect.Bool:
		return assignBool(dst, v)
	case reflect.Slice:
		return assignSlice(dst, v)
	case reflect.Map:
		return assignMap(dst, v)
	case reflect.Interface:
		dst.Set(reflect.ValueOf(plain(v)))
		return nil
	}
	return assignNumber(dst, v)
}

// text is the text of a scalar: numbers as they were written.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	case encoding.TextMarshaler: // a date, of a format that has them
		b, err := v.MarshalText()
		return string(b), err == nil
	}
	rv := reflect.ValueOf(v)
	if rv.IsValid() && (rv.CanInt() || rv.CanUint() || rv.CanFloat()) {
		return fmt.Sprint(v), true
	}
	return "", false
}

func mismatch(dst reflect.Value, v any) error {
	got := "a value of another type"
	switch v.(type) {
	case nil:
		got = "null"
	case tree:
		got = "a group of settings"
	case []any:
		got = "a list"
	}
	return fmt.Errorf("is %s, and no %v", got, dst.Type())
}

func assignDuration(dst reflect.Value, v any) error {
	if d, ok := v.(time.Duration); ok {
		dst.SetInt(int64(d))
		return nil
	}
	s, ok := v.(string)
	if !ok {
		return errors.New("is no duration such as 30s or 1h30m, unit included")
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return errors.New("is no duration such as 30s or 1h30m, unit included")
	}
	dst.SetInt(int64(d))
	return nil
}

func assignBool(dst reflect.Value, v any) error {
	s, _ := text(v)
	switch strings.ToLower(s) {
	case "true", "1", "yes", "on":
		dst.SetBool(true)
	case "false", "0", "no", "off":
		dst.SetBool(false)
	default:
		return errors.New("is neither true nor false")
	}
	return nil
}

func assignNumber(dst reflect.Value, v any) error {
	s, ok := text(v)
	if !ok {
		return mismatch(dst, v)
	}
	switch bits := dst.Type().Bits; {
	case dst.CanInt():
		n, err := strconv.ParseInt(s, 10, bits())
		if err != nil {
			return numberError(err, dst)
		}
		dst.SetInt(n)
	case dst.CanUint():
		n, err := strconv.ParseUint(s, 10, bits())
		if err != nil {
			return numberError(err, dst)
		}
		dst.SetUint(n)
	case dst.CanFloat():
		f, err := strconv.ParseFloat(s, bits())
		if err != nil {
			return numberError(err, dst)
		}
		dst.SetFloat(f)
	default:
		return fmt.Errorf("cannot be set: %v is no type of a setting", dst.Type())
	}
	return nil
}

func numberError(err error, dst reflect.Value) error {
	if errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("does not fit into %v", dst.Type())
	}
	return fmt.Errorf("is no %v", dst.Type())
}

// assignSlice takes a list, or text with commas.
func assignSlice(dst reflect.Value, v any) error {
	list, ok := v.([]any)
	if s, isText := v.(string); isText {
		ok = true
		for item := range strings.SplitSeq(s, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
	} else if rv := reflect.ValueOf(v); !ok && rv.IsValid() && rv.Kind() == reflect.Slice {
		ok = true
		for i := range rv.Len() {
			list = append(list, rv.Index(i).Interface())
		}
	}
	if !ok {
		return mismatch(dst, v)
	}
	made := reflect.MakeSlice(dst.Type(), len(list), len(list))
	for i, item := range list {
		if err := assign(made.Index(i), item); err != nil {
			return fmt.Errorf("element %d %w", i, err)
		}
	}
	dst.Set(made)
	return nil
}

func assignMap(dst reflect.Value, v any) error {
	t, ok := v.(tree)
	if !ok || dst.Type().Key().Kind() != reflect.String {
		return mismatch(dst, v)
	}
	made := reflect.MakeMap(dst.Type())
	for key, inner := range t {
		e := reflect.New(dst.Type().Elem()).Elem()
		if err := assign(e, inner.v); err != nil {
			return fmt.Errorf("entry %s %w", key, err)
		}
		made.SetMapIndex(reflect.ValueOf(key).Convert(dst.Type().Key()), e)
	}
	dst.Set(made)
	return nil
}

// plain turns trees into maps.
func plain(v any) any {
	switch v := v.(type) {
	case tree:
		m := map[string]any{}
		for key, inner := range v {
			m[key] = plain(inner.v)
		}
		return m
	case json.Number:
		if n, err := strconv.Atoi(v.String()); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	}
	return v
}

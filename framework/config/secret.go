package config

import (
	"fmt"
	"log/slog"
	"reflect"
	"strings"
)

// A Secret is text that does not show itself when it is printed, logged or encoded.
type Secret string

// Redacted stands for a secret.
const Redacted = "[redacted]"

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }

// String returns Redacted, or "" for no secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return Redacted
}

// GoString hides the text from %#v.
func (s Secret) GoString() string { return fmt.Sprintf("config.Secret(%q)", s.String()) }

// MarshalText hides the text from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the text.
func (s *Secret) UnmarshalText(b []byte) error {
	*s = Secret(b)
	return nil
}

// LogValue hides the text from log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// A Setting is one field with its value, for listings.
type Setting struct {
	Key   string // dotted
	Value string // Redacted where it is secret
}

// Describe lists the settings of a struct or a pointer to one, in order of its
// fields. Besides Secret, values are redacted whose key says that they are secret:
// those with password, secret, token, credential, dsn, or key at their end.
func Describe(settings any) []Setting {
	v := reflect.Indirect(reflect.ValueOf(settings))
	if v.Kind() != reflect.Struct {
		return nil
	}
	return describe(v, "")
}

func describe(v reflect.Value, path string) []Setting {
	var list []Setting
	for _, f := range fieldsOf(v.Type()) {
		field, key := v.FieldByIndex(f.index), path+f.key
		if f.nested {
			list = append(list, describe(field, key+".")...)
			continue
		}
		text := fmt.Sprint(field.Interface())
		if telling(f.key) && !field.IsZero() {
			text = Redacted
		}
		list = append(list, Setting{key, text})
	}
	return list
}

// telling reports whether a key names a secret.
func telling(key string) bool {
	for _, word := range []string{"password", "passwd", "secret", "token", "credential", "dsn"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return strings.HasSuffix(key, "key") || strings.HasSuffix(key, "keys")
}

package debug

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/config"
	"github.com/dewar-go/dewar/framework/session"
)

// A Pair is a name and a value as they are shown.
type Pair struct {
	Name, Value string
	Masked      bool // the value is not the real one
}

// secretive are parts of names behind which secrets stand: passwords, keys, tokens, what
// cards and people are identified by.
var secretive = []string{
	"passw", "pwd", "passphrase", "secret", "token", "credential", "csrf", "xsrf", "apikey", "api-key", "api_key",
	"authorization", "cookie", "session", "signature", "private", "dsn", "otp", "pin_code", "cvc", "cvv", "card", "iban", "ssn",
}

// secret reports whether a name says that its value is nobody's business.
func secret(name string) bool {
	name = strings.ToLower(name)
	for _, part := range secretive {
		if strings.Contains(name, part) {
			return true
		}
	}
	return strings.HasSuffix(name, "key") || strings.HasSuffix(name, "keys") || name == "pin" || name == "code" || name == "auth"
}

// masked is a pair with its value hidden where its name says so. A cookie field keeps
// the names in it.
func masked(name, value string) Pair {
	switch {
	case value == "" || !secret(name):
		return Pair{Name: name, Value: cut(value)}
	case strings.EqualFold(name, "Cookie"):
		return Pair{Name: name, Value: cut(maskCookies(value)), Masked: true}
	case strings.EqualFold(name, "Authorization"):
		scheme, _, _ := strings.Cut(value, " ")
		return Pair{Name: name, Value: cut(scheme) + " " + config.Redacted, Masked: true}
	}
	return Pair{Name: name, Value: config.Redacted, Masked: true}
}

func maskCookies(field string) string {
	var shown []string
	for cookie := range strings.SplitSeq(field, ";") {
		name, _, _ := strings.Cut(strings.TrimSpace(cookie), "=")
		shown = append(shown, name+"="+config.Redacted)
	}
	return strings.Join(shown, "; ")
}

// maskQuery is a query whose secret values are hidden; the others stay as they came.
func maskQuery(query string) string {
	if query == "" {
		return ""
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, _, found := strings.Cut(part, "=")
		if found && secret(name) {
			parts[i] = name + "=" + config.Redacted
		}
	}
	return "?" + cut(strings.Join(parts, "&"))
}

// display is a value with the secrets in its maps hidden. What is nested deeper than
// anybody reads is cut off.
func display(v any, depth int) string {
	if depth > 8 {
		return "…"
	}
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, key+": "+masked(key, display(v[key], depth+1)).Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = display(v[i], depth+1)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case session.Tuple:
		return display([]any(v), depth)
	}
	return fmt.Sprintf("%v", v)
}

// settings are those of a struct or a map, with what package config hides hidden as well.
func settings(v any) []Pair {
	var pairs []Pair
	if m, ok := v.(map[string]any); ok {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			pairs = append(pairs, masked(key, display(m[key], 0)))
		}
		return bounded(pairs)
	}
	for _, s := range config.Describe(v) {
		p := masked(s.Key, s.Value)
		p.Masked = p.Masked || s.Value == config.Redacted
		pairs = append(pairs, p)
	}
	return bounded(pairs)
}

func valuePairs(values framework.Values) []Pair {
	var pairs []Pair
	for _, v := range values {
		pairs = append(pairs, masked(v.Name, v.Value))
	}
	return bounded(pairs)
}

// bounded keeps the first pairs.
func bounded(pairs []Pair) []Pair {
	if len(pairs) > maxPairs {
		return append(pairs[:maxPairs:maxPairs], Pair{Name: "…", Value: "and more"})
	}
	return pairs
}

// cut keeps the beginning of a value.
func cut(value string) string {
	if len(value) > maxValue {
		return strings.ToValidUTF8(value[:maxValue], "") + "…"
	}
	return value
}

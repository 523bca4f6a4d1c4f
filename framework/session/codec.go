package session

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
)

// Types that JSON does not have and a session keeps: Flask's tags.
type (
	// A Tuple is a list that Python reads as a tuple.
	Tuple []any
	// HTML is text that is safe to stand in a page: markupsafe.Markup in Python.
	HTML string
	// A UUID is 16 bytes.
	UUID [16]byte
)

// String gives the hyphenated form.
func (u UUID) String() string {
	h := hex.EncodeToString(u[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Flask writes a value that JSON lacks as an object of one key, its tag, and an
// object that only looks like one behind a tag of its own, with __ at its key.
const (
	tagDict  = " di"
	tagTuple = " t"
	tagBytes = " b"
	tagHTML  = " m"
	tagUUID  = " u"
	tagTime  = " d"
)

var tags = []string{tagDict, tagTuple, tagBytes, tagHTML, tagUUID, tagTime}

const httpTime = "Mon, 02 Jan 2006 15:04:05 GMT"

// maxDepth bounds how deep values are nested, in and out.
const maxDepth = 32

var errDepth = fmt.Errorf("session: values are nested deeper than %d", maxDepth)

// Encode writes values as Flask's TaggedJSONSerializer does, keys sorted.
func Encode(values map[string]any) ([]byte, error) {
	return appendTagged(nil, values, 0)
}

func appendValue(b []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case string:
		return appendString(b, v), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case float64:
		return appendFloat(b, v)
	case map[string]any:
		return appendTagged(b, v, depth)
	case []any:
		return appendList(b, v, depth)
	case Tuple:
		b = append(b, `{" t":`...)
		b, err := appendList(b, v, depth+1)
		return append(b, '}'), err
	case []byte:
		return appendTag(b, tagBytes, base64.StdEncoding.EncodeToString(v)), nil
	case HTML:
		return appendTag(b, tagHTML, string(v)), nil
	case UUID:
		return appendTag(b, tagUUID, hex.EncodeToString(v[:])), nil
	case time.Time:
		return appendTag(b, tagTime, v.UTC().Format(httpTime)), nil
	}
	return appendOther(b, v)
}

// appendOther lets encoding/json write what has no form of its own here: structs
// and typed lists come back as maps and lists.
func appendOther(b []byte, v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("session: %T cannot be kept: %w", v, err)
	}
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte{'\n'})...), nil
}

// appendFloat writes a number with a point or an exponent, so that it comes back as
// a float.
func appendFloat(b []byte, f float64) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("session: %v cannot be kept: JSON has no such number", f)
	}
	n := len(b)
	b = strconv.AppendFloat(b, f, 'g', -1, 64)
	if !bytes.ContainsAny(b[n:], ".e") {
		b = append(b, ".0"...)
	}
	return b, nil
}

func appendTag(b []byte, tag, text string) []byte {
	b = append(b, '{')
	b = appendString(b, tag)
	b = append(b, ':')
	return append(appendString(b, text), '}')
}

func appendList(b []byte, list []any, depth int) ([]byte, error) {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendValue(b, v, depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// appendTagged writes a map, marked where it could be taken for a tag.
func appendTagged(b []byte, m map[string]any, depth int) ([]byte, error) {
	if len(m) == 1 {
		for key, v := range m {
			if slices.Contains(tags, key) {
				b = append(b, `{" di":`...)
				b, err := appendMap(b, map[string]any{key + "__": v}, depth+1)
				return append(b, '}'), err
			}
		}
	}
	return appendMap(b, m, depth)
}

func appendMap(b []byte, m map[string]any, depth int) ([]byte, error) {
	b = append(b, '{')
	for i, key := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, key), ':')
		var err error
		if b, err = appendValue(b, m[key], depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendString writes a JSON string; plain ASCII, the usual case, needs no encoder.
func appendString(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			b, _ = appendOther(b, s) // a string cannot fail
			return b
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// Decode reads what Encode or Flask wrote.
func Decode(data []byte) (map[string]any, error) {
	if values, ok := decodeFlat(string(data)); ok {
		return values, nil
	}
	return decodeAny(data)
}

// decodeAny is Decode for all that decodeFlat leaves.
func decodeAny(data []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var raw map[string]any
	if err := d.Decode(&raw); err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	if d.More() {
		return nil, errors.New("session: something follows the values")
	}
	if raw == nil {
		return nil, errors.New("session: the values are null and no object")
	}
	v, err := restore(raw, 0)
	if err != nil {
		return nil, err
	}
	values, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("session: the values are a %T and no object", v)
	}
	return values, nil
}

// restore turns numbers and tags into what they stand for.
func restore(v any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.Atoi(v.String()); err == nil {
			return n, nil
		}
		return v.Float64()
	case []any:
		for i := range v {
			var err error
			if v[i], err = restore(v[i], depth+1); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for key, inner := range v {
			inner, err := restore(inner, depth+1)
			if err != nil {
				return nil, err
			}
			if len(v) == 1 && slices.Contains(tags, key) {
				return untag(key, inner)
			}
			v[key] = inner
		}
	}
	return v, nil
}

// untag reads the value behind a tag.
func untag(tag string, v any) (any, error) {
	text, isText := v.(string)
	list, isList := v.([]any)
	dict, isDict := v.(map[string]any)
	switch {
	case tag == tagTuple && isList:
		return Tuple(list), nil
	case tag == tagHTML && isText:
		return HTML(text), nil
	case tag == tagBytes && isText:
		return base64.StdEncoding.DecodeString(text)
	case tag == tagTime && isText:
		return time.Parse(httpTime, text)
	case tag == tagUUID && isText:
		b, err := hex.DecodeString(text)
		if err != nil || len(b) != 16 {
			return nil, fmt.Errorf("session: %.40q is no UUID", text)
		}
		return UUID(b), nil
	case tag == tagDict && isDict && len(dict) == 1:
		for key, inner := range dict {
			return map[string]any{key[:max(len(key)-2, 0)]: inner}, nil
		}
	}
	return nil, fmt.Errorf("session: tag %q before a %T", tag, v)
}

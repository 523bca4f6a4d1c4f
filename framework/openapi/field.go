package openapi

import (
	"reflect"
	"strconv"
	"strings"
)

// fields are those of a struct, by where they are in a request or an answer.
type fields struct {
	parameters []parameter
	json, form schema // objects; nil: none
	files      bool   // there are some in the form
	needed     bool   // a field of the body is required
}

// inputFields reads the tags of package binding.
func (g *generator) inputFields(t reflect.Type, f *fields) {
	for i := range t.NumField() {
		sf := t.Field(i)
		if sf.Type == strictType {
			f.json = strict(f.json)
			continue
		}
		source, name := sourceOf(sf.Tag)
		switch {
		case source == "" && sf.Anonymous && sf.Type.Kind() == reflect.Struct:
			g.inputFields(sf.Type, f)
			continue
		case source == "":
			continue
		}
		s, required := rules(g.schemaOf(sf.Type, in), sf.Type, sf.Tag.Get("validate"))
		s = withDefault(s, sf.Type, sf.Tag)
		switch source {
		case "json":
			f.json = property(f.json, name, s, required)
			f.needed = f.needed || required
		case "form", "file":
			f.form = property(f.form, name, s, required)
			f.files = f.files || source == "file"
			f.needed = f.needed || required
		default:
			f.parameters = append(f.parameters, parameter{name, source, required || source == "path", s})
		}
	}
}

// strict refuses members that are not named.
func strict(object schema) schema {
	if object == nil {
		object = schema{"type": "object", "properties": map[string]schema{}}
	}
	object["additionalProperties"] = false
	return object
}

// sourceOf is where a field comes from, and its name there.
func sourceOf(tag reflect.StructTag) (source, name string) {
	for _, source := range []string{"path", "query", "header", "cookie", "form", "file", "json"} {
		if text, ok := tag.Lookup(source); ok && text != "-" {
			name, _, _ := strings.Cut(text, ",")
			return source, name
		}
	}
	return "", ""
}

// outputFields reads the tags of encoding/json.
func (g *generator) outputFields(t reflect.Type, f *fields) {
	for i := range t.NumField() {
		sf := t.Field(i)
		text := sf.Tag.Get("json")
		name, options, _ := strings.Cut(text, ",")
		embedded := sf.Type
		if embedded.Kind() == reflect.Pointer {
			embedded = embedded.Elem()
		}
		if sf.Anonymous && name == "" && embedded.Kind() == reflect.Struct {
			g.outputFields(embedded, f)
			continue
		}
		if !sf.IsExported() || text == "-" {
			continue
		}
		if name == "" {
			name = sf.Name
		}
		s := g.schemaOf(sf.Type, out)
		may := false
		for option := range strings.SplitSeq(options, ",") {
			switch option {
			case "omitempty", "omitzero":
				may = true
			case "string":
				s = schema{"type": "string"}
			}
		}
		f.json = property(f.json, name, s, !may)
	}
}

// withDefault adds the default tag's value.
func withDefault(s schema, t reflect.Type, tag reflect.StructTag) schema {
	text, ok := tag.Lookup("default")
	if !ok || s["$ref"] != nil {
		return s
	}
	switch t.Kind() {
	case reflect.Bool:
		if b, err := strconv.ParseBool(text); err == nil {
			s["default"] = b
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			s["default"] = n
		} else {
			s["default"] = text
		}
	case reflect.Float32, reflect.Float64:
		if x, err := strconv.ParseFloat(text, 64); err == nil {
			s["default"] = x
		}
	case reflect.Slice:
		list := []string{}
		for element := range strings.SplitSeq(text, ",") {
			list = append(list, strings.TrimSpace(element))
		}
		if t.Elem().Kind() == reflect.String {
			s["default"] = list
		}
	default:
		s["default"] = text
	}
	return s
}

// rules adds what a validate tag asks for, as far as JSON Schema has words for it.
func rules(s schema, t reflect.Type, tag string) (schema, bool) {
	required := false
	at, kind := s, t // what the rules behind dive are about
	if inner, ok := optional(kind); ok {
		kind = inner
	}
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	for rule := range strings.SplitSeq(tag, ",") {
		name, param, _ := strings.Cut(rule, "=")
		switch {
		case name == "required":
			required = true
		case name == "dive":
			items, ok := at["items"].(schema)
			if !ok {
				return s, required
			}
			at, kind = items, kind.Elem()
		case at["$ref"] != nil:
		default:
			constrain(at, kind, name, param)
		}
	}
	return s, required
}

// constrain adds one rule.
func constrain(s schema, t reflect.Type, rule, param string) {
	if format, ok := formats[rule]; ok {
		s["format"] = format
		return
	}
	if pattern, ok := patterns[rule]; ok {
		s["pattern"] = pattern
		return
	}
	if rule == "oneof" {
		s["enum"] = enum(t, strings.Fields(param))
		return
	}
	n, err := strconv.ParseFloat(param, 64)
	if err != nil {
		return
	}
	least, most := "minimum", "maximum"
	switch t.Kind() {
	case reflect.String:
		least, most = "minLength", "maxLength"
	case reflect.Slice, reflect.Array:
		least, most = "minItems", "maxItems"
	case reflect.Map:
		least, most = "minProperties", "maxProperties"
	case reflect.Bool, reflect.Struct, reflect.Interface:
		return
	}
	counted := least != "minimum"
	switch rule {
	case "min", "gte":
		s[least] = n
	case "max", "lte":
		s[most] = n
	case "len":
		s[least], s[most] = n, n
	case "gt":
		if counted {
			s[least] = n + 1
		} else {
			s["exclusiveMinimum"] = n
		}
	case "lt":
		if counted {
			s[most] = n - 1
		} else {
			s["exclusiveMaximum"] = n
		}
	}
}

// formats are those of JSON Schema (2020-12, validation, §7.3) that rules stand for.
var formats = map[string]string{
	"email": "email", "url": "uri", "http_url": "uri", "uri": "uri", "uuid": "uuid", "uuid4": "uuid", "uuid7": "uuid",
	"ipv4": "ipv4", "ip4_addr": "ipv4", "ipv6": "ipv6", "ip6_addr": "ipv6", "hostname": "hostname", "hostname_rfc1123": "hostname", "fqdn": "hostname",
}

// patterns are those rules that are a choice of letters.
var patterns = map[string]string{
	"alpha": "^[a-zA-Z]+$", "alphanum": "^[a-zA-Z0-9]+$", "number": "^[0-9]+$", "hexadecimal": "^(0[xX])?[0-9a-fA-F]+$",
	"e164": "^\\+[1-9]?[0-9]{7,14}$",
}

func enum(t reflect.Type, words []string) []any {
	list := make([]any, len(words))
	for i, word := range words {
		list[i] = word
		if n, err := strconv.ParseInt(word, 10, 64); err == nil && t.Kind() != reflect.String {
			list[i] = n
		}
	}
	return list
}

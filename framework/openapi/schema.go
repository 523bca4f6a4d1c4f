package openapi

import (
	"encoding"
	"encoding/json"
	"maps"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/binding"
)

// A direction is whether a type is decoded from input or encoded into an answer: the
// fields, and which of them have to be there, differ.
type direction string

const (
	in  direction = "Input"
	out direction = ""
)

// A generator makes schemas of types. Structs with a name become components.
type generator struct {
	types map[typeKey]schema
	order []typeKey // in which they were met
	names map[typeKey]string
	ids   map[string]int // of operations
}

type typeKey struct {
	t reflect.Type
	d direction
}

// A reference is the place of a component, whose name is known once all are.
type reference struct {
	g   *generator
	key typeKey
}

// MarshalJSON writes the place.
func (r reference) MarshalJSON() ([]byte, error) {
	return json.Marshal("#/components/schemas/" + r.g.names[r.key])
}

// name names the components: after the type, with the package's name before it where
// two have one name, with its whole path where that is not enough, and with a number
// where two functions have types of one name.
func (g *generator) name() {
	g.names = map[typeKey]string{}
	for _, spell := range []func(reflect.Type) string{shortName, packageName, longName} {
		taken := map[string]int{}
		for _, key := range g.order {
			if g.names[key] == "" {
				taken[spell(key.t)+string(key.d)]++
			}
		}
		for _, key := range g.order {
			if name := spell(key.t) + string(key.d); g.names[key] == "" && taken[name] == 1 {
				g.names[key] = name
			}
		}
	}
	for i, key := range g.order {
		if g.names[key] == "" {
			g.names[key] = longName(key.t) + string(key.d) + strconv.Itoa(i)
		}
	}
}

func shortName(t reflect.Type) string { return allowed(short(t.Name())) }
func packageName(t reflect.Type) string {
	return allowed(path.Base(t.PkgPath()) + "." + short(t.Name()))
}
func longName(t reflect.Type) string { return allowed(t.PkgPath() + "." + t.Name()) }

// short is the name of a generic type with its arguments' names behind it: Page_Note.
func short(name string) string {
	base, arguments, generic := strings.Cut(name, "[")
	if !generic {
		return name
	}
	for argument := range strings.SplitSeq(strings.TrimSuffix(arguments, "]"), ",") {
		base += "_" + argument[strings.LastIndexAny(argument, "./")+1:]
	}
	return base
}

// allowed replaces what the name of a component may not have (OpenAPI 3.1 §4.8.7).
func allowed(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, name)
}
func (g *generator) components() map[string]schema {
	all := map[string]schema{}
	for key, s := range g.types {
		all[g.names[key]] = s
	}
	return all
}

var (
	textType   = reflect.TypeFor[encoding.TextMarshaler]()
	uploadType = reflect.TypeFor[*framework.Upload]()
	strictType = reflect.TypeFor[binding.Strict]()
)

// schemaOf is the schema of a type, or a reference to it.
func (g *generator) schemaOf(t reflect.Type, d direction) schema {
	if inner, ok := optional(t); ok {
		return nullable(g.schemaOf(inner, d))
	}
	switch {
	case t.Kind() == reflect.Pointer && t != uploadType:
		return nullable(g.schemaOf(t.Elem(), d))
	case t == reflect.TypeFor[time.Time]():
		return schema{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[time.Duration]() && d == in:
		return schema{"type": "string", "examples": []string{"1h30m"}}
	case t == uploadType:
		return schema{"type": "string", "contentMediaType": "application/octet-stream"}
	case t == reflect.TypeFor[json.Number]():
		return schema{"type": "number"}
	case t == reflect.TypeFor[json.RawMessage](), implements(t, codec(d)):
		return schema{} // whatever it says
	case implements(t, textType):
		return schema{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.String:
		return schema{"type": "string"}
	case reflect.Int64, reflect.Int:
		return schema{"type": "integer", "format": "int64"}
	case reflect.Int8, reflect.Int16, reflect.Int32:
		return schema{"type": "integer", "format": "int32"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return schema{"type": "integer", "minimum": 0}
	case reflect.Float32:
		return schema{"type": "number", "format": "float"}
	case reflect.Float64:
		return schema{"type": "number", "format": "double"}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return schema{"type": "string", "contentEncoding": "base64"}
		}
		return nullable(schema{"type": "array", "items": g.schemaOf(t.Elem(), d)}) // nil is null
	case reflect.Array:
		return schema{"type": "array", "items": g.schemaOf(t.Elem(), d), "minItems": t.Len(), "maxItems": t.Len()}
	case reflect.Map:
		return nullable(schema{"type": "object", "additionalProperties": g.schemaOf(t.Elem(), d)})
	case reflect.Struct:
		return g.structOf(t, d)
	}
	return schema{}
}

// codec is what a type has that reads or writes JSON by itself.
func codec(d direction) reflect.Type {
	if d == in {
		return reflect.TypeFor[json.Unmarshaler]()
	}
	return reflect.TypeFor[json.Marshaler]()
}

// structOf is a reference to a struct's component, or the schema of one that has no
// name.
func (g *generator) structOf(t reflect.Type, d direction) schema {
	if t.Name() == "" {
		return g.object(t, d)
	}
	key := typeKey{t, d}
	if _, ok := g.types[key]; !ok {
		g.order = append(g.order, key)
		g.types[key] = schema{} // a type may hold itself
		maps.Copy(g.types[key], g.object(t, d))
	}
	return schema{"$ref": reference{g, key}}
}

// object is the schema of a struct that JSON is decoded into or encoded from.
func (g *generator) object(t reflect.Type, d direction) schema {
	f := &fields{}
	if d == in {
		g.inputFields(t, f)
	} else {
		g.outputFields(t, f)
	}
	if f.json == nil {
		return schema{"type": "object"}
	}
	return f.json
}

// optional is what a binding.Opt holds.
func optional(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() == reflect.Struct && t.PkgPath() == reflect.TypeFor[binding.Mistake]().PkgPath() && strings.HasPrefix(t.Name(), "Opt[") {
		return t.Field(0).Type, true
	}
	return nil, false
}

func implements(t, i reflect.Type) bool {
	return t.Implements(i) || t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(i)
}

// nullable allows null as well.
func nullable(s schema) schema {
	switch kind := s["type"].(type) {
	case string:
		s = maps.Clone(s)
		s["type"] = []string{kind, "null"}
		return s
	case []string:
		return s
	}
	if len(s) == 0 {
		return s
	}
	return schema{"anyOf": []schema{s, {"type": "null"}}}
}

// property adds a property to an object, which is made where there is none.
func property(object schema, name string, s schema, required bool) schema {
	if object == nil {
		object = schema{"type": "object", "properties": map[string]schema{}}
	}
	object["properties"].(map[string]schema)[name] = s
	if required {
		list, _ := object["required"].([]string)
		if !slices.Contains(list, name) {
			object["required"] = append(list, name)
		}
	}
	return object
}

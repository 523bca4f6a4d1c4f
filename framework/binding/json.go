package binding

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"
	"unsafe"
)

// A jsonFunc decodes the next value into the memory of a field. It returns false
// where the text is malformed; a value of another type is a mistake that it notes.
type jsonFunc func(d *decoder, p unsafe.Pointer) bool

// json compiles the decoder of a type. The plan is that of a struct that is filled
// in place.
func (c *compiler) json(t reflect.Type, o fieldOptions) (jsonFunc, *structPlan, error) {
	switch {
	case o.quoted:
		f, err := c.quoted(t, o)
		return f, nil, err
	case t == timeType:
		parse := timeText(o.layout)
		return stringOf(parse, say("a time")), nil, nil
	case t == durationType:
		return durationJSON, nil, nil
	case t.Implements(optionalType):
		f, err := c.optJSON(t, o)
		return f, nil, err
	case t.Kind() == reflect.Pointer:
		f, err := c.pointerJSON(t, o)
		return f, nil, err
	case reflect.PointerTo(t).Implements(unmarshalerType):
		return unmarshalerJSON(t), nil, nil
	case reflect.PointerTo(t).Implements(textType):
		return stringOf(unmarshalerText(t), say("a text")), nil, nil
	case t == numberType, t.Kind() == reflect.Interface && t.NumMethod() == 0:
		return codecJSON(t), nil, nil
	case t.Kind() == reflect.Struct:
		s := c.object(t)
		return func(d *decoder, p unsafe.Pointer) bool { return d.object(p, s) }, s, nil
	}
	f, err := c.plainJSON(t, o)
	return f, nil, err
}

// plainJSON compiles what the kind of the type decides.
func (c *compiler) plainJSON(t reflect.Type, o fieldOptions) (jsonFunc, error) {
	if o.layout != "" && t.Kind() != reflect.Slice {
		return nil, errors.New("has a layout, which only time.Time takes")
	}
	switch t.Kind() {
	case reflect.String:
		return stringJSON, nil
	case reflect.Bool:
		return boolJSON, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		size := t.Size()
		return numberJSON(func(p unsafe.Pointer, s string) *refusal { return setInt(p, size, s) }, say("an integer")), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		size := t.Size()
		return numberJSON(func(p unsafe.Pointer, s string) *refusal { return setUint(p, size, s) }, say("an integer")), nil
	case reflect.Float32, reflect.Float64:
		kind := t.Kind()
		return numberJSON(func(p unsafe.Pointer, s string) *refusal { return setFloat(p, kind, s) }, say("a number")), nil
	case reflect.Slice:
		if e := t.Elem(); e.Kind() == reflect.Uint8 && !reflect.PointerTo(e).Implements(textType) && !reflect.PointerTo(e).Implements(unmarshalerType) {
			return bytesJSON, nil
		}
		return c.sliceJSON(t, o)
	case reflect.Array:
		return c.arrayJSON(t, o)
	case reflect.Map:
		return c.mapJSON(t, o)
	}
	return nil, fmt.Errorf("is a %v, which JSON cannot fill", t)
}

// object decodes a struct below the root.
func (d *decoder) object(p unsafe.Pointer, s *structPlan) bool {
	if d.peek() != '{' {
		return d.mismatched(say("an object"))
	}
	var seen, bad slots
	if !d.members(p, s, &seen, &bad) {
		return false
	}
	d.complete(p, s, &seen, &bad)
	return true
}

// mismatched is mismatch with a code of its own for null.
func (d *decoder) mismatched(expected phrase) bool {
	if d.peek() == 'n' {
		return d.mismatch("null", expected)
	}
	return d.mismatch("type", expected)
}

func stringJSON(d *decoder, p unsafe.Pointer) bool {
	if d.peek() != '"' {
		return d.mismatched(say("a text"))
	}
	s, ok := d.string(d.share)
	*(*string)(p) = s
	return ok
}

func boolJSON(d *decoder, p unsafe.Pointer) bool {
	switch d.peek() {
	case 't':
		*(*bool)(p) = true
		return d.word("true")
	case 'f':
		*(*bool)(p) = false
		return d.word("false")
	}
	return d.mismatched(say("true or false"))
}

func numberJSON(set textFunc, expected phrase) jsonFunc {
	return func(d *decoder, p unsafe.Pointer) bool {
		if c := d.peek(); c != '-' && (c < '0' || c > '9') {
			return d.mismatched(expected)
		}
		s, ok := d.number()
		if !ok {
			return false
		}
		if r := set(p, s); r != nil {
			d.refuse(r, s)
		}
		return true
	}
}

// stringOf decodes a JSON string by its text.
func stringOf(parse textFunc, expected phrase) jsonFunc {
	return func(d *decoder, p unsafe.Pointer) bool {
		if d.peek() != '"' {
			return d.mismatched(expected)
		}
		start := d.at
		s, ok := d.string(d.share)
		if !ok {
			return false
		}
		if r := parse(p, s); r != nil {
			d.refuse(r, d.text[start:d.at])
		}
		return true
	}
}

// durationJSON takes 1h30m, and nanoseconds, as which encoding/json writes them.
func durationJSON(d *decoder, p unsafe.Pointer) bool {
	if d.peek() == '"' {
		return stringOf(durationText, say("a duration"))(d, p)
	}
	return numberJSON(func(p unsafe.Pointer, s string) *refusal {
		return setInt(p, unsafe.Sizeof(time.Duration(0)), s)
	}, say(`a duration such as "1h30m"`))(d, p)
}

// bytesJSON decodes base64, as encoding/json does.
func bytesJSON(d *decoder, p unsafe.Pointer) bool {
	if d.null() {
		*(*[]byte)(p) = nil
		return true
	}
	return stringOf(func(p unsafe.Pointer, s string) *refusal {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return &refusal{code: "type", expected: say("a text in base64")}
		}
		*(*[]byte)(p) = b
		return nil
	}, say("a text in base64"))(d, p)
}

// quoted compiles a number or bool that stands in quotation marks.
func (c *compiler) quoted(t reflect.Type, o fieldOptions) (jsonFunc, error) {
	switch t.Kind() {
	case reflect.String, reflect.Slice, reflect.Struct, reflect.Map, reflect.Interface, reflect.Array:
		return nil, fmt.Errorf("has the option string, which is for numbers and bools; it is a %v", t)
	}
	parse, err := textOf(t, o.layout)
	if err != nil {
		return nil, err
	}
	return stringOf(parse, say("a number or bool in quotation marks")), nil
}

func (c *compiler) optJSON(t reflect.Type, o fieldOptions) (jsonFunc, error) {
	c.noteOpt(t)
	inner, _, err := c.json(t.Field(0).Type, o)
	set, null := t.Field(1).Offset, t.Field(2).Offset
	return func(d *decoder, p unsafe.Pointer) bool {
		*(*bool)(unsafe.Add(p, set)) = true
		if d.null() {
			*(*bool)(unsafe.Add(p, null)) = true
			return true
		}
		return inner(d, p)
	}, err
}

func (c *compiler) pointerJSON(t reflect.Type, o fieldOptions) (jsonFunc, error) {
	inner, _, err := c.json(t.Elem(), o)
	return func(d *decoder, p unsafe.Pointer) bool {
		if d.null() {
			*(*unsafe.Pointer)(p) = nil
			return true
		}
		v := reflect.New(t.Elem()).UnsafePointer()
		*(*unsafe.Pointer)(p) = v
		return inner(d, v)
	}, err
}

// unmarshalerJSON hands the text to the type's own decoder.
func unmarshalerJSON(t reflect.Type) jsonFunc {
	return func(d *decoder, p unsafe.Pointer) bool {
		raw, ok := d.raw()
		if !ok {
			return false
		}
		if err := reflect.NewAt(t, p).Interface().(json.Unmarshaler).UnmarshalJSON([]byte(raw)); err != nil {
			d.refuse(&refusal{code: "type", expected: say("a valid %s", t.Name()), reason: err.Error()}, raw)
		}
		return true
	}
}

// codecJSON hands the text to the application's decoder: only it knows what an
// interface becomes.
func codecJSON(t reflect.Type) jsonFunc {
	expected := say("a value")
	if t == numberType {
		expected = say("a number")
	}
	return func(d *decoder, p unsafe.Pointer) bool {
		raw, ok := d.raw()
		if !ok {
			return false
		}
		if err := d.codec.Unmarshal([]byte(raw), reflect.NewAt(t, p).Interface()); err != nil {
			d.refuse(&refusal{code: "type", expected: expected, reason: err.Error()}, raw)
		}
		return true
	}
}

func (c *compiler) sliceJSON(t reflect.Type, o fieldOptions) (jsonFunc, error) {
	most := o.most
	o.most = -1
	element, _, err := c.json(t.Elem(), o)
	size := t.Elem().Size()
	return func(d *decoder, p unsafe.Pointer) bool {
		if d.null() {
			reflect.NewAt(t, p).Elem().SetZero()
			return true
		}
		if d.peek() != '[' {
			return d.mismatch("type", say("an array"))
		}
		*(*[]struct{})(p) = []struct{}{} // of any type: [] is not null; MakeSlice would allocate
		s := reflect.NewAt(t, p).Elem()
		return d.array(func(i int) bool {
			if most >= 0 && i > most {
				return d.skip() // the rule is broken already; a client must not fill memory
			}
			if i == s.Cap() {
				s.Grow(max(4, i))
			}
			s.SetLen(i + 1)
			at := unsafe.Add(s.UnsafePointer(), uintptr(i)*size)
			return element(d, at)
		})
	}, err
}

func (c *compiler) arrayJSON(t reflect.Type, o fieldOptions) (jsonFunc, error) {
	element, _, err := c.json(t.Elem(), o)
	size := t.Elem().Size()
	return func(d *decoder, p unsafe.Pointer) bool {
		if d.peek() != '[' {
			return d.mismatched(lengthRefusal(t.Len()).expected)
		}
		start, n := d.at, 0
		ok := d.array(func(i int) bool {
			n++
			if i >= t.Len() {
				return d.skip()
			}
			return element(d, unsafe.Add(p, uintptr(i)*size))
		})
		if ok && n != t.Len() {
			d.refuse(lengthRefusal(t.Len()), d.text[start:d.at])
		}
		return ok
	}, err
}

func (c *compiler) mapJSON(t reflect.Type, o fieldOptions) (jsonFunc, error) {
	if t.Key().Kind() != reflect.String || reflect.PointerTo(t.Key()).Implements(textType) {
		return codecJSON(t), nil // rare: numbers and marshalers as keys
	}
	element, _, err := c.json(t.Elem(), o)
	return func(d *decoder, p unsafe.Pointer) bool {
		m := reflect.NewAt(t, p).Elem()
		if d.null() {
			m.SetZero()
			return true
		}
		if d.peek() != '{' {
			return d.mismatch("type", say("an object"))
		}
		m.Set(reflect.MakeMap(t))
		return d.entries(m, t, element)
	}, err
}

// entries decodes an object, of which { is next, into a map.
func (d *decoder) entries(m reflect.Value, t reflect.Type, element jsonFunc) bool {
	if !d.enter() {
		return false
	}
	defer d.leave()
	d.at++
	for first := true; ; first = false {
		more, ok := d.next('}', first)
		if !ok || !more {
			return ok
		}
		name, ok := d.key()
		if !ok {
			return false
		}
		if !d.share {
			name = string(append([]byte(nil), name...))
		}
		key := reflect.ValueOf(name).Convert(t.Key())
		d.push(name, -1)
		if m.MapIndex(key).IsValid() {
			d.here("duplicate", say("comes twice in the object"))
		}
		v := reflect.New(t.Elem())
		ok = element(d, v.UnsafePointer())
		d.pop()
		if !ok {
			return false
		}
		m.SetMapIndex(key, v.Elem())
	}
}

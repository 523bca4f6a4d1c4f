package binding

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"time"
)

// The validator knows values and not input: to it 0, false and "" are absent. So
// presence is decided here, and it is called for one struct at a time, as soon as
// its input is known:
//
//   - required is taken out of its tags. It means that the member or parameter came.
//   - A field that is absent and not required is not checked, except by rules about
//     presence such as required_if.
//   - A present field satisfies required_if and its like; its other rules still hold.
//   - It is kept from descending: structs below are checked by their own plan, so
//     that a rule like eqcsfield can only look down from its own struct.

// split reads the validate tag into required and the rules that remain.
func (f *field) split() error {
	if f.validate == "" || f.validate == "-" {
		return nil
	}
	rules := strings.Split(f.validate, ",")
	if innermost(f.typ) {
		// The last dive would lead into structs, which have plans of their own.
		for i := len(rules) - 1; i >= 0; i-- {
			if rules[i] == "dive" {
				if rest := slices.DeleteFunc(slices.Clone(rules[i+1:]), func(r string) bool { return r == "required" }); len(rest) > 0 {
					return fmt.Errorf("has rules for structs behind dive: %s; write them on their fields", strings.Join(rest, ","))
				}
				rules = rules[:i]
				break
			}
		}
	}
	for i, rule := range rules {
		if rule == "dive" {
			if slices.Contains(rules[i:], "required") {
				return errors.New("has required behind dive, but every element is present; write min=1, or ne=0, for what is expected of it")
			}
			f.rules = append(f.rules, rules[i:]...)
			break
		}
		if rule == "required" {
			f.required = true
			continue
		}
		f.rules = append(f.rules, rule)
	}
	if below(f.typ) {
		rest := slices.DeleteFunc(slices.Clone(f.rules), structural)
		if len(rest) > 0 {
			return fmt.Errorf("is a struct with the rules %s; write them on its fields, or as a rule for the struct with Setup", strings.Join(rest, ","))
		}
		f.rules = nil
	}
	return nil
}

// most is how many elements the rules allow a slice, -1 where they do not say.
func (f *field) most() int {
	if f.typ.Kind() == reflect.Slice {
		for _, rule := range f.rules {
			if rule == "dive" {
				break
			}
			tag, param, _ := strings.Cut(rule, "=")
			if _, high, ok := bounds(tag, param); ok && high >= 0 && high < 1<<31 {
				return int(high)
			}
		}
	}
	return -1
}

// structural marks tags that check nothing.
func structural(rule string) bool {
	switch rule {
	case "omitempty", "omitnil", "omitzero", "structonly", "nostructlevel", "dive", "keys", "endkeys", "required":
		return true
	}
	return false
}

// below reports whether t is a struct with a plan of its own, or leads to one.
func below(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Implements(optionalType) {
		return below(t.Field(0).Type)
	}
	return t.Kind() == reflect.Struct && !scalar(t)
}

// innermost reports whether a slice, array or map ends in such a struct.
func innermost(t reflect.Type) bool {
	if t.Implements(optionalType) {
		t = t.Field(0).Type
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map, reflect.Pointer:
		return below(t.Elem()) || innermost(t.Elem())
	}
	return false
}

// conditional reports whether a rule is about presence.
func conditional(tag string) bool { return strings.HasPrefix(tag, "required_") }

// refersToFields are the rules whose parameter begins with the name of a field.
var refersToFields = map[string]bool{
	"eqfield": true, "nefield": true, "gtfield": true, "gtefield": true, "ltfield": true, "ltefield": true,
	"eqcsfield": true, "necsfield": true, "gtcsfield": true, "gtecsfield": true, "ltcsfield": true, "ltecsfield": true,
	"fieldcontains": true, "fieldexcludes": true, "required_if": true, "required_unless": true, "required_with": true,
	"required_with_all": true, "required_without": true, "required_without_all": true, "excluded_if": true,
	"excluded_unless": true, "excluded_with": true, "excluded_with_all": true, "excluded_without": true,
	"excluded_without_all": true, "skip_unless": true, "postcode_iso3166_alpha2_field": true,
}

// noteOpt lets the validator see through an Opt.
func (c *compiler) noteOpt(t reflect.Type) {
	absent := reflect.Zero(reflect.PointerTo(t.Field(0).Type)).Interface() // at nil itself required_if breaks whatever its condition
	c.validator.RegisterCustomTypeFunc(func(v reflect.Value) any {
		if v.Field(1).Bool() && !v.Field(2).Bool() {
			return v.Field(0).Interface()
		}
		return absent
	}, reflect.Zero(t).Interface())
}

// of yields the part's fields in order.
func (part *part) of(s *structPlan) iter.Seq[*field] {
	return func(yield func(*field) bool) {
		for i := range s.fields {
			f := &s.fields[i]
			if slot, ok := part.byGo[f.goName]; ok && slot == i && !yield(f) {
				return
			}
		}
	}
}

// register tells the validator the rules of a plan's structs.
func (c *compiler) register(s *structPlan) {
	for i := range s.parts {
		part := &s.parts[i]
		rules := map[string]string{}
		for j := range part.typ.NumField() {
			rules[part.typ.Field(j).Name] = "-"
		}
		for f := range part.of(s) {
			if len(f.rules) > 0 {
				rules[f.goName] = c.rule(part, f)
			}
		}
		c.validator.RegisterStructValidationMapRules(rules, reflect.Zero(part.typ).Interface())
		part.level = c.binder.config.Setup != nil
		s.checked = s.checked || part.level || !part.ruled.empty()
	}
}

// rule adds a field to those that are checked, and returns the rules that the
// validator shall have for it when it is called for the struct.
func (c *compiler) rule(part *part, f *field) string {
	part.ruled.add(f.slot)
	presence := func(r string) bool { return conditional(tagOf(r)) }
	if slices.ContainsFunc(f.rules, presence) {
		later := slices.DeleteFunc(slices.Clone(f.rules), presence)
		if f.later = strings.Join(later, ","); f.later != "" {
			part.later = append(part.later, f.slot)
		}
		return strings.Join(slices.DeleteFunc(slices.Clone(f.rules), func(r string) bool { return !presence(r) }), ",")
	}
	part.optional.add(f.slot)
	if kind := f.typ.Kind(); kind == reflect.Pointer || kind == reflect.Interface || f.typ.Implements(optionalType) {
		part.nullable = append(part.nullable, f.slot)
	}
	own := func(r string) bool { _, ok := c.binder.config.Rules[tagOf(r)]; return ok }
	if c.binder.config.Setup == nil && !slices.ContainsFunc(f.rules, own) { // which may give another meaning to a name
		if f.holds = native(f.typ, f.rules); f.holds != nil {
			part.natives = append(part.natives, f.slot)
		}
	}
	return strings.Join(f.rules, ",")
}

// checkRules tries every rule of a plan, since the validator panics at a tag that
// it does not know or that does not suit the field.
func (c *compiler) checkRules(s *structPlan) {
	for i := range s.parts {
		part := &s.parts[i]
		parent := reflect.New(part.typ).Elem()
		for f := range part.of(s) {
			if !part.ruled.has(f.slot) {
				continue
			}
			c.at = []string{part.typ.String(), f.goName}
			c.tryRules(f, part.typ, parent)
		}
	}
}

func tagOf(rule string) string {
	tag, _, _ := strings.Cut(rule, "=")
	return tag
}

// tryRules tries each rule of a field alone, so that none hides behind another.
func (c *compiler) tryRules(f *field, parentType reflect.Type, parent reflect.Value) {
	t := f.typ
	var keys reflect.Type // of the map that was dived into
	var back reflect.Type
	for _, rule := range f.rules {
		switch rule {
		case "dive":
			t, keys = element(t)
			if t == nil {
				c.mistake("has dive, which is for slices, arrays and maps; it is a %v", f.typ)
				return
			}
			continue
		case "keys":
			if keys == nil {
				c.mistake("has keys, which stands right behind the dive into a map")
				return
			}
			t, back = keys, t
			continue
		case "endkeys":
			if back == nil {
				c.mistake("has endkeys without keys")
				return
			}
			t = back
			continue
		}
		if structural(rule) {
			continue
		}
		if refersToFields[tagOf(rule)] && !c.tryReference(rule, parentType) {
			return
		}
		if own := c.binder.config.Rules[tagOf(rule)]; own.Check == nil && loose(t) && !refersToFields[tagOf(rule)] {
			c.mistake("has the rule %s for an any, of which clients choose the type; give it a type, or a rule of Config.Rules", rule)
			return
		}
		if _, err := c.try(sample(t), parent, []string{rule}); err != nil {
			c.mistake("has validate:%q: %w", f.validate, err)
			return
		}
	}
	if _, err := c.try(sample(f.typ), parent, f.rules); err != nil {
		c.mistake("has validate:%q: %w", f.validate, err)
		return
	}
}

// loose reports whether values of t have the type that the client chose: the
// validator panics at one that a rule does not suit.
func loose(t reflect.Type) bool {
	if t.Implements(optionalType) {
		t = t.Field(0).Type
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Interface
}

// tryReference looks for the field that a rule names.
func (c *compiler) tryReference(rule string, t reflect.Type) bool {
	_, param, _ := strings.Cut(rule, "=")
	names := strings.Fields(param)
	tag := tagOf(rule)
	if strings.HasSuffix(tag, "_if") || strings.HasSuffix(tag, "_unless") { // name value name value
		for i := range names {
			if i%2 == 1 {
				names[i] = ""
			}
		}
	}
	if len(names) == 0 {
		c.mistake("has the rule %s, which needs the name of a field behind =", tag)
		return false
	}
	for _, name := range names {
		first, _, _ := strings.Cut(name, ".")
		first, _, _ = strings.Cut(first, "[")
		if _, ok := t.FieldByName(first); name != "" && !ok {
			c.mistake("has the rule %s, but %v has no field %s; rules know fields by their Go names, and those of the same struct alone", rule, t, first)
			return false
		}
	}
	return true
}

// element is what dive leads to, and the type of keys where it is a map.
func element(t reflect.Type) (elem, key reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Implements(optionalType) {
		t = t.Field(0).Type
	}
	switch t.Kind() {
	case reflect.Map:
		return t.Elem(), t.Key()
	case reflect.Slice, reflect.Array:
		return t.Elem(), nil
	}
	return nil, nil
}

// try runs rules on a value and reports whether one is broken, or, as an error,
// the validator's panic.
func (c *compiler) try(v, parent reflect.Value, rules []string) (broken bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			text := fmt.Sprint(p)
			err = errors.New(strings.ToLower(text[:1]) + strings.TrimSuffix(text[1:], " on field ''"))
		}
	}()
	failure := c.validator.VarWithValue(v.Interface(), parent.Interface(), strings.Join(rules, ","))
	return failure != nil, nil
}

// sample is a value that is not zero, so that no rule is skipped.
func sample(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	switch {
	case t == timeType:
		v.Set(reflect.ValueOf(sampleTime))
		return v
	case t == durationType:
		v.SetInt(int64(time.Second))
		return v
	case t.Implements(optionalType):
		v.Field(0).Set(sample(t.Field(0).Type))
		v.Field(1).SetBool(true)
		return v
	}
	switch t.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString("1")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(1)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1)
	case reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		v.Elem().Set(sample(t.Elem()))
	case reflect.Slice:
		v.Set(reflect.Append(v, sample(t.Elem())))
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
		v.SetMapIndex(sample(t.Key()), sample(t.Elem()))
	case reflect.Interface:
		v.Set(reflect.ValueOf("1"))
	}
	return v
}

package binding

import (
	"reflect"
	"strings"
	"unsafe"

	"github.com/go-playground/validator/v10"
)

// skipping says which fields of a struct the validator leaves out.
type skipping struct {
	part   *part
	absent slots
}

// skip is the validator's filter; ns ends in the name of the field.
func (s *skipping) skip(ns []byte) bool {
	for i := len(ns) - 1; i >= 0; i-- {
		if ns[i] == '.' {
			ns = ns[i+1:]
			break
		}
	}
	slot, ok := s.part.byGo[string(ns)]
	return ok && s.absent.has(slot)
}

// check runs the rules of the struct at p. Fields in bad have a mistake already.
func (d *decoder) check(p unsafe.Pointer, s *structPlan, seen, bad *slots) {
	for i := range s.parts {
		part := &s.parts[i]
		if part.ruled.empty() && !part.level {
			continue
		}
		skip := part.skip(p, s, seen, bad)
		if !part.level && part.ruled.without(&skip).empty() {
			continue
		}
		v := structAt(part.typ, unsafe.Add(p, part.offset))
		var err error
		if skip.empty() {
			err = s.validator.Struct(v)
		} else {
			d.skipping = skipping{part, skip}
			err = s.validator.StructFiltered(v, d.filter)
		}
		if err != nil {
			for _, failure := range err.(validator.ValidationErrors) { // it is that for every struct
				d.broken(s, part, failure, seen, bad)
			}
		}
		for _, slot := range part.later {
			if seen.has(slot) && !bad.has(slot) {
				d.rest(p, s, part, &s.fields[slot])
			}
		}
	}
}

// skip returns the fields that the validator need not look at: those that are absent,
// those with a mistake, and those whose rules are seen to hold. hot path
func (part *part) skip(p unsafe.Pointer, s *structPlan, seen, bad *slots) slots {
	skip := part.optional.without(seen)
	wrong := part.ruled.common(bad)
	for i := range skip {
		skip[i] |= wrong[i]
	}
	for _, slot := range part.nullable {
		if f := &s.fields[slot]; !skip.has(slot) && isNull(reflect.NewAt(f.typ, unsafe.Add(p, f.offset)).Elem()) {
			skip.add(slot)
		}
	}
	for _, slot := range part.natives {
		if f := &s.fields[slot]; !skip.has(slot) && f.holds(unsafe.Add(p, f.offset)) {
			skip.add(slot)
		}
	}
	return skip
}

// broken notes a rule that does not hold, unless presence says otherwise.
func (d *decoder) broken(s *structPlan, part *part, failure validator.FieldError, seen, bad *slots) {
	name, index, _ := strings.Cut(failure.StructField(), "[")
	slot, ok := part.byGo[name]
	if !ok {
		d.here(failure.Tag(), ruleMessage(s, part, failure)) // of a rule for the struct, about no field that is bound
		return
	}
	if bad.has(slot) || conditional(failure.Tag()) && seen.has(slot) {
		return
	}
	d.breach(&s.fields[slot], index, failure.Tag(), ruleMessage(s, part, failure))
}

// rest runs the other rules of a present field that has rules about presence.
func (d *decoder) rest(p unsafe.Pointer, s *structPlan, part *part, f *field) {
	v := reflect.NewAt(f.typ, unsafe.Add(p, f.offset)).Elem()
	if isNull(v) {
		return
	}
	parent := reflect.NewAt(part.typ, unsafe.Add(p, part.offset)).Elem()
	err := s.validator.VarWithValue(v.Interface(), parent.Interface(), f.later)
	if failures, ok := err.(validator.ValidationErrors); ok {
		for _, failure := range failures {
			d.breach(f, strings.TrimPrefix(failure.StructField(), "["), failure.Tag(), ruleMessage(s, part, failure))
		}
	}
}

// isNull reports whether an Opt, pointer or any is null: rules say nothing of it, and
// the validator panics at some.
func isNull(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return v.IsNil()
	case reflect.Struct:
		return v.Type().Implements(optionalType) && (v.Field(2).Bool() || !v.Field(1).Bool())
	}
	return false
}

// breach notes a rule that does not hold for a field, or for what index, which is
// written as 2] or a][3], leads to.
func (d *decoder) breach(f *field, index, code string, message phrase) {
	if d.full() {
		return
	}
	if f.source != JSON && index != "" && !f.secret {
		message = say("at [%s %s", crop(index), message)
	}
	m := Mistake{Location: f.source.location(), Code: code, Message: d.tell(message)}
	if f.source != JSON {
		m.Parameter = f.name
		d.add(m)
		return
	}
	m.Pointer = d.pointer(f.name)
	if index != "" {
		for key := range strings.SplitSeq(strings.TrimSuffix(index, "]"), "][") {
			m.Pointer += "/" + pointerEscapes.Replace(key)
		}
	}
	d.add(m)
}

package binding

import (
	"reflect"
	"slices"
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
		if err == nil {
			continue
		}
		failures, ok := err.(validator.ValidationErrors)
		if !ok {
			panic(err) // the validator was called with no struct
		}
		for _, failure := range failures {
			d.broken(p, s, part, failure, seen, bad)
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
	for _, slot := range part.natives {
		if f := &s.fields[slot]; !skip.has(slot) && f.holds(unsafe.Add(p, f.offset)) {
			skip.add(slot)
		}
	}
	return skip
}

// broken notes a rule that does not hold, unless presence says otherwise.
func (d *decoder) broken(p unsafe.Pointer, s *structPlan, part *part, failure validator.FieldError, seen, bad *slots) {
	name, index, _ := strings.Cut(failure.StructField(), "[")
	slot, ok := part.byGo[name]
	if !ok {
		d.here(failure.Tag(), ruleMessage(s, part, failure)) // of a rule for the struct, about no field that is bound
		return
	}
	f := &s.fields[slot]
	tag := failure.Tag()
	own := slices.ContainsFunc(f.rules, func(r string) bool { return tagOf(r) == tag || strings.Contains(r, "|") })
	if bad.has(slot) {
		return
	}
	if own && index == "" {
		switch {
		case conditional(tag) && seen.has(slot):
			d.rest(p, s, part, f, failure)
			return
		case !conditional(tag) && !seen.has(slot):
			return // it has a rule about presence, which holds
		case !conditional(tag) && f.nilable && (failure.Kind() == reflect.Invalid || failure.Kind() == reflect.Pointer):
			return // null
		}
	}
	d.breach(f, index, tag, ruleMessage(s, part, failure))
}

// rest runs the rules of a present field that stand behind one about presence,
// where the validator stopped because the value is zero.
func (d *decoder) rest(p unsafe.Pointer, s *structPlan, part *part, f *field, after validator.FieldError) {
	rest := slices.DeleteFunc(slices.Clone(f.rules), func(r string) bool { return conditional(tagOf(r)) })
	if len(rest) == 0 {
		return
	}
	v := reflect.NewAt(f.typ, unsafe.Add(p, f.offset)).Elem()
	parent := reflect.NewAt(part.typ, unsafe.Add(p, part.offset)).Elem()
	err := s.validator.VarWithValue(v.Interface(), parent.Interface(), strings.Join(rest, ","))
	if failures, ok := err.(validator.ValidationErrors); ok && len(failures) > 0 {
		d.breach(f, "", failures[0].Tag(), ruleMessage(s, part, failures[0]))
	}
}

// breach notes a rule that does not hold for a field, or for what index, which is
// written as 2] or a][3], leads to.
func (d *decoder) breach(f *field, index, code, message string) {
	if d.full() {
		return
	}
	m := Mistake{Location: f.source.location(), Code: code, Message: message}
	if f.source != JSON {
		m.Parameter = f.name
		if index != "" {
			m.Message = "at [" + crop(index) + " " + message
			if f.secret {
				m.Message = message
			}
		}
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

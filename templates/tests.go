package templates

import (
	"reflect"
	"strings"
	"unicode"
)

// tests is the table of built-in tests.
var tests map[string]*builtin

func makeTests() {
	tests = map[string]*builtin{}
	add := func(name, sig string, fn func(f *frame, a []value) (bool, error)) {
		tests[name] = &builtin{name: name, sig: sig, fn: func(f *frame, a []value) (value, error) {
			ok, err := fn(f, a)
			return boolValue(ok), err
		}}
	}
	kinds := func(name string, is func(v value) bool) {
		add(name, "", func(f *frame, a []value) (bool, error) { return is(a[0]), nil })
	}
	kinds("boolean", func(v value) bool { return v.kind == kindBool })
	kinds("defined", func(v value) bool { return !v.undefined() })
	kinds("undefined", value.undefined)
	kinds("none", value.none)
	kinds("true", func(v value) bool { return v.kind == kindBool && v.num != 0 })
	kinds("false", func(v value) bool { return v.kind == kindBool && v.num == 0 })
	kinds("integer", func(v value) bool { v = basic(v); return v.isInteger() && v.kind != kindBool })
	kinds("float", func(v value) bool { return basic(v).kind == kindFloat })
	kinds("number", func(v value) bool { return basic(v).isNumber() })
	kinds("string", func(v value) bool { return basic(v).kind == kindString })
	kinds("escaped", value.isMarkup)
	kinds("mapping", func(v value) bool { _, ok := mapping(v); return ok })
	kinds("callable", callable)
	add("iterable", "", func(f *frame, a []value) (bool, error) {
		if a[0].undefined() {
			return true, a[0].ref.(*undefined).use(undefinedIterate)
		}
		return isSequenceLike(f, a[0], false), nil
	})
	add("sequence", "", func(f *frame, a []value) (bool, error) { return isSequenceLike(f, a[0], true), nil })
	add("lower", "", func(f *frame, a []value) (bool, error) {
		return testCase(f, a[0], unicode.IsLower, func(c rune) bool { return unicode.IsUpper(c) || unicode.IsTitle(c) })
	})
	add("upper", "", func(f *frame, a []value) (bool, error) {
		return testCase(f, a[0], unicode.IsUpper, func(c rune) bool { return unicode.IsLower(c) || unicode.IsTitle(c) })
	})
	add("odd", "", func(f *frame, a []value) (bool, error) { return testModulo(f, a[0], intValue(2), 1) })
	add("even", "", func(f *frame, a []value) (bool, error) { return testModulo(f, a[0], intValue(2), 0) })
	add("divisibleby", "num", func(f *frame, a []value) (bool, error) { return testModulo(f, a[0], a[1], 0) })
	add("sameas", "other", func(f *frame, a []value) (bool, error) { return same(a[0], a[1]), nil })
	add("filter", "", func(f *frame, a []value) (bool, error) {
		return a[0].isString() && f.env.filters[a[0].str()] != nil, nil
	})
	add("test", "", func(f *frame, a []value) (bool, error) { return a[0].isString() && f.env.tests[a[0].str()] != nil, nil })
	add("in", "seq", func(f *frame, a []value) (bool, error) { return f.contains(a[1], a[0]) })
	for op, names := range map[string]string{
		"==": "== eq equalto", "!=": "!= ne", ">": "> gt greaterthan", ">=": ">= ge", "<": "< lt lessthan", "<=": "<= le",
	} {
		for _, name := range strings.Fields(names) {
			add(name, "other", func(f *frame, a []value) (bool, error) { return f.run.compare(op, a[0], a[1]) })
		}
	}
}

// isSequenceLike: iterable at all, or with a length and items by index. The
// reference counts mappings among sequences.
func isSequenceLike(f *frame, v value, sequence bool) bool {
	switch v.kind {
	case kindString, kindList, kindTuple, kindDict:
		return true
	case kindUndefined:
		return true
	case kindGo:
		_, ok := goLen(v.ref)
		return ok
	case kindObject:
		if fn, ok := v.ref.(*goFunc); ok {
			return !sequence && (fn.fn.Type().CanSeq() || fn.fn.Type().CanSeq2())
		}
		_, isRange := v.ref.(*rangeObject)
		_, isLoop := v.ref.(*loop)
		return isRange || !sequence && isLoop
	}
	return false
}

func callable(v value) bool {
	switch v.ref.(type) {
	case *goFunc, *function, *macro, *blockRef, *boundMethod, *joiner, *loop, *classObject:
		return true
	}
	return v.undefined()
}

// testCase: there is a letter of the wanted case and none of another.
func testCase(f *frame, v value, want, refuse func(rune) bool) (bool, error) {
	s, err := f.text(v)
	if err != nil {
		return false, err
	}
	return strings.IndexFunc(s, want) >= 0 && strings.IndexFunc(s, refuse) < 0, nil
}

func testModulo(f *frame, v, by value, rest int64) (bool, error) {
	if v.kind == kindString {
		return false, faultf("not all arguments converted during string formatting")
	}
	m, err := f.arithmetic("%", v, by)
	return err == nil && equal(m, intValue(rest)), err
}

// sameGo tells whether two Go values are one: slices of the same items, the same
// map or function, or what is equal.
func sameGo(a, b value) bool {
	x, y := reflect.ValueOf(a.ref), reflect.ValueOf(b.ref)
	if x.Type() != y.Type() {
		return false
	}
	switch x.Kind() {
	case reflect.Slice:
		return x.Pointer() == y.Pointer() && x.Len() == y.Len()
	case reflect.Map, reflect.Func:
		return x.Pointer() == y.Pointer()
	}
	first, err := identity(a)
	second, _ := identity(b)
	return err == nil && first == second
}

// same is Python's "is", as far as values can tell: what is immutable is the
// same when it is equal and of one type.
func same(a, b value) bool {
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case kindList, kindTuple, kindDict, kindObject:
		return a.ref == b.ref
	case kindUndefined:
		return a.ref == b.ref
	case kindString:
		return a.str() == b.str() && a.safe == b.safe
	case kindGo:
		return sameGo(a, b)
	}
	return equal(a, b)
}

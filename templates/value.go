package templates

import (
	"math"
	"math/big"
	"unsafe"
)

// A kind is what a value is in the template's world, which is Python's.
type kind uint8

const (
	kindMissing   kind = iota // an empty variable slot; never seen by templates
	kindUndefined             // ref: *undefined
	kindNone
	kindBool   // num: 0 or 1
	kindInt    // num: int64
	kindFloat  // num: float64 bits
	kindBig    // ref: *big.Int that does not fit int64
	kindString // num: length, ref: textPtr
	kindList   // ref: *list
	kindTuple  // ref: *tuple
	kindDict   // ref: *dict
	kindObject // ref: object, a value of the engine: macro, loop, range, …
	kindGo     // ref: a Go value that is read through reflection
)

// A value is any value of a template, without boxing: numbers and strings
// cost no allocation. As in log/slog, a string's data pointer lives in the
// interface, where a pointer needs no memory of its own.
type value struct {
	kind kind
	safe safety
	num  uint64
	ref  any
}

type textPtr *byte

// A safety tells for which places a string is already safe, by the word of
// its author. The zero value is an ordinary string.
type safety uint8

const (
	safeText    safety = 1 << iota // Jinja's Markup: as it is in HTML text
	safeAttr                       // a list of attributes in a tag
	safeJS                         // a JavaScript expression
	safeJSStr                      // the inside of a JavaScript string
	safeCSS                        // CSS
	safeURL                        // a URL or part of one
	safeSrcset                     // the value of srcset
	safeEscaped                    // safeJS that is HTML-escaped as well
)

var (
	none       = value{kind: kindNone}
	emptyText  = value{kind: kindString, ref: textPtr(nil)}
	trueValue  = value{kind: kindBool, num: 1}
	falseValue = value{kind: kindBool}
)

func boolValue(b bool) value {
	if b {
		return trueValue
	}
	return falseValue
}

func intValue(n int64) value     { return value{kind: kindInt, num: uint64(n)} }
func floatValue(f float64) value { return value{kind: kindFloat, num: math.Float64bits(f)} }

func stringValue(s string) value {
	return value{kind: kindString, num: uint64(len(s)), ref: textPtr(unsafe.StringData(s))}
}

func markupValue(s string) value {
	v := stringValue(s)
	v.safe = safeText
	return v
}

// bigValue keeps the invariant that kindBig never fits an int64.
func bigValue(n *big.Int) value {
	if n.IsInt64() {
		return intValue(n.Int64())
	}
	return value{kind: kindBig, ref: n}
}

func listValue(items []value) value   { return value{kind: kindList, ref: &list{items}} }
func tupleValue(items ...value) value { return value{kind: kindTuple, ref: &tuple{items: items}} }
func objectValue(o object) value      { return value{kind: kindObject, ref: o} }
func dictValue(d *dict) value         { return value{kind: kindDict, ref: d} }

func (v value) str() string {
	return unsafe.String((*byte)(v.ref.(textPtr)), int(v.num))
}
func (v value) int() int64     { return int64(v.num) }
func (v value) float() float64 { return math.Float64frombits(v.num) }
func (v value) big() *big.Int  { return v.ref.(*big.Int) }
func (v value) list() *list    { return v.ref.(*list) }
func (v value) tuple() *tuple  { return v.ref.(*tuple) }
func (v value) dict() *dict    { return v.ref.(*dict) }
func (v value) object() object { return v.ref.(object) }

func (v value) isString() bool  { return v.kind == kindString }
func (v value) isMarkup() bool  { return v.kind == kindString && v.safe&safeText != 0 }
func (v value) isInteger() bool { return v.kind == kindInt || v.kind == kindBool || v.kind == kindBig }
func (v value) isNumber() bool  { return v.isInteger() || v.kind == kindFloat }
func (v value) missing() bool   { return v.kind == kindMissing }
func (v value) undefined() bool { return v.kind == kindUndefined }
func (v value) none() bool      { return v.kind == kindNone }

// as gives v the safety of an ordinary string or of markup.
func (v value) withSafety(s safety) value {
	v.safe = s
	return v
}

// textLike makes a string as safe as the one it was made from.
func textLike(from value, s string) value {
	if from.isMarkup() {
		return markupValue(s)
	}
	return stringValue(s)
}

// A list is Python's: templates may change it, and all who hold it see that.
type list struct{ items []value }

// A tuple is fixed. Its items may have names, as those of groupby's do.
type tuple struct {
	items []value
	names []string
}

// An object is a value that the engine itself makes. Embedding opaque gives
// it the behaviour of a plain object.
type object interface {
	typeName() string
	text(r *run) (string, error)
	truth() bool
	attr(r *run, name string) (value, bool)
	call(f *frame, a *arguments) (value, error)
	sequence(r *run) (sequence, error)
	length() (int, bool)
}

// opaque is an object that can do nothing but be true.
type opaque struct{}

func (opaque) truth() bool                     { return true }
func (opaque) attr(*run, string) (value, bool) { return value{}, false }
func (opaque) length() (int, bool)             { return 0, false }

func (opaque) call(*frame, *arguments) (value, error) { return value{}, errNotCallable }
func (opaque) sequence(*run) (sequence, error)        { return sequence{}, errNotIterable }

var (
	errNotCallable = faultf("object is not callable")
	errNotIterable = faultf("object is not iterable")
)

// typeName is Python's name of the value's type, for messages.
func (v value) typeName() string {
	switch v.kind {
	case kindUndefined:
		return "Undefined"
	case kindNone:
		return "NoneType"
	case kindBool:
		return "bool"
	case kindInt, kindBig:
		return "int"
	case kindFloat:
		return "float"
	case kindString:
		return "str"
	case kindList:
		return "list"
	case kindTuple:
		return "tuple"
	case kindDict:
		return "dict"
	case kindObject:
		return v.object().typeName()
	}
	return goTypeName(v.ref)
}

// truth is Python's: zero and empty are false.
func (r *run) truth(v value) (bool, error) {
	switch v.kind {
	case kindBool, kindInt, kindString:
		return v.num != 0, nil
	case kindNone, kindMissing:
		return false, nil
	case kindUndefined:
		return false, v.ref.(*undefined).use(undefinedTruth)
	case kindFloat:
		return v.float() != 0, nil
	case kindBig:
		return true, nil
	case kindList:
		return len(v.list().items) > 0, nil
	case kindTuple:
		return len(v.tuple().items) > 0, nil
	case kindDict:
		return v.dict().len() > 0, nil
	case kindObject:
		return v.object().truth(), nil
	}
	return goTruth(v.ref), nil
}

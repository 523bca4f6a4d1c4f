package binding

import "encoding/json"

// An Opt is a value that may be absent, null, or there: what a partial update
// needs to tell "leave it" from "empty it". Its zero value is absent.
type Opt[T any] struct {
	Value T
	Set   bool // it came, be it as null
	Null  bool // it came as null; Value is zero
}

// Some is an Opt that is there.
func Some[T any](v T) Opt[T] { return Opt[T]{Value: v, Set: true} }

// Lookup returns the value and whether there is one: neither absent nor null.
func (o Opt[T]) Lookup() (T, bool) { return o.Value, o.Set && !o.Null }

// Or returns the value, or instead where it is absent or null.
func (o Opt[T]) Or(instead T) T {
	if o.Set && !o.Null {
		return o.Value
	}
	return instead
}

// IsZero reports whether it is absent, so that omitzero leaves it out.
func (o Opt[T]) IsZero() bool { return !o.Set }

// MarshalJSON writes the value; null where there is none.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if !o.Set || o.Null {
		return []byte("null"), nil
	}
	return json.Marshal(o.Value)
}

// UnmarshalJSON reads a value or null. It is for use outside of this package,
// which fills an Opt itself.
func (o *Opt[T]) UnmarshalJSON(data []byte) error {
	*o = Opt[T]{Set: true}
	if string(data) == "null" {
		o.Null = true
		return nil
	}
	return json.Unmarshal(data, &o.Value)
}

// optional marks the type for the compiler, which reads its fields by name.
func (Opt[T]) optional() {}

type optional interface{ optional() }

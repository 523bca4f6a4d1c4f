package framework

import (
	"fmt"

	"github.com/dewar-go/dewar/framework/binding"
)

// Get returns the first value of that name as a T: a string, a bool, a number, a
// time.Time (RFC 3339), a time.Duration, or a type with UnmarshalText. Where there is
// none, or it is no T, it returns instead.
//
//	page := framework.Get(c.Query(), "page", 1)
//
// It panics where T is a type that no text can fill, which is a mistake in the program.
func Get[T any](v Values, name string, instead T) T {
	text, ok := v.Lookup(name)
	if !ok {
		return instead
	}
	t, err := binding.ParseText[T](text)
	if err != nil {
		return instead
	}
	return t
}

// Require returns the first value of that name. Where there is none it ends the
// request with 400, which names it.
func (v Values) Require(name string) string {
	value, ok := v.Lookup(name)
	if !ok {
		panic(Abort(400, fmt.Sprintf("The request lacks the parameter %q.", name)))
	}
	return value
}

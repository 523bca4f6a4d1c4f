package framework

import (
	"fmt"
	"iter"

	"github.com/dewar-go/dewar/framework/form"
)

// Values are names with values in the order in which they came; a name may come
// several times. Shared read-only.
type Values []Pair

// A Pair is one name and value.
type Pair = form.Pair

// maxPairs bounds how many parameters a query and how many cookies a request may
// have. Precedent: Django's DATA_UPLOAD_MAX_NUMBER_FIELDS, 1000.
const maxPairs = 1000

// Value returns the first value of that name, "" where there is none.
func (v Values) Value(name string) string {
	s, _ := v.Lookup(name)
	return s
}

// Lookup returns the first value of that name and whether there is one.
func (v Values) Lookup(name string) (string, bool) {
	for i := range v {
		if v[i].Name == name {
			return v[i].Value, true
		}
	}
	return "", false
}

// Has reports whether there is a value of that name.
func (v Values) Has(name string) bool {
	_, ok := v.Lookup(name)
	return ok
}

// All yields the values of that name, in order.
func (v Values) All(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range v {
			if v[i].Name == name && !yield(v[i].Value) {
				return
			}
		}
	}
}

// parseQuery reads the query, which is written like a form.
func parseQuery(s string) (Values, error) {
	values, ok := form.Parse(s, maxPairs)
	if !ok {
		return nil, Abort(400, fmt.Sprintf("The query has more than %d parameters.", maxPairs))
	}
	return values, nil
}

package binding

import (
	"iter"
	"reflect"

	"github.com/dewar-go/dewar/framework/form"
)

// A Source is the part of a request from which a field is filled. Its name is the
// struct tag that asks for it.
type Source uint8

const (
	none   Source = iota
	Path          // a variable of the route's rule
	Query         // a parameter of the query
	Header        // a field of the header
	Cookie        // a cookie
	Form          // a field of a form in the body
	File          // a file of a multipart form in the body
	JSON          // a member of a JSON object in the body
)

var sourceNames = [...]string{Path: "path", Query: "query", Header: "header", Cookie: "cookie", Form: "form", File: "file", JSON: "json"}

// String is the name of the tag.
func (s Source) String() string {
	if int(s) < len(sourceNames) {
		return sourceNames[s]
	}
	return "none"
}

// location is the word for it in a Mistake.
func (s Source) location() string {
	if s == JSON {
		return "body"
	}
	return s.String()
}

// Input is a request as a Plan reads it. Strings are owned for ever.
type Input interface {
	// Lookup returns the first value of that name; from is Path, Query, Header or
	// Cookie.
	Lookup(from Source, name string) (string, bool)
	// All yields the values of that name, in order.
	All(from Source, name string) iter.Seq[string]
	// Names yields the names that came, some perhaps several times. It is asked
	// for Query alone.
	Names(from Source) iter.Seq[string]
	// MediaType is the value of Content-Type, "" where there is none.
	MediaType() string
	// Body returns the content, no more than limit bytes. It is shared read-only,
	// and nobody writes to it ever after. A content that is larger gives an *Error
	// with status 413.
	Body(limit int64) ([]byte, error)
	// Language is the tag of Config.Languages in which the client is to be told what is
	// wrong; any other one is English. It is asked for once, if anything is wrong.
	Language() string
	// Multipart returns the form where the media type is multipart/form-data. It is
	// shared read-only.
	Multipart() (*form.Form, error)
}

// slots is a set of fields of a struct by their number.
type slots [maxFields / 64]uint64

// maxFields bounds the fields of one struct that are bound, those of embedded
// structs included.
const maxFields = 128

func (s *slots) add(slot int)      { s[slot>>6] |= 1 << (slot & 63) }
func (s *slots) has(slot int) bool { return s[slot>>6]&(1<<(slot&63)) != 0 }

// without returns the elements of s that are not in other.
func (s slots) without(other *slots) slots {
	for i := range s {
		s[i] &^= other[i]
	}
	return s
}

// common returns the elements that are in both.
func (s slots) common(other *slots) slots {
	for i := range s {
		s[i] &= other[i]
	}
	return s
}

func (s slots) empty() bool { return s == slots{} }

// A field is one field of a struct that input fills.
type field struct {
	source   Source
	name     string // on the wire
	goName   string
	typ      reflect.Type
	slot     int
	offset   uintptr // from the beginning of the outermost struct, through embedded ones
	required bool
	nonNull  bool // null does not satisfy required: the field is a pointer
	secret   bool

	text textFunc // of one value
	list listFunc // of repeated values, instead of text
	csv  bool     // one value holds several, with commas

	json jsonFunc
	node *structPlan // where a JSON object fills the field in place

	fallback     string // of the default tag
	fallbackList []string
	defaulted    bool

	holds    holdsFunc // sees that the rules hold; nil: the validator is asked
	later    string    // the rules beside those about presence, where there are such
	rules    []string  // the tags of the validator that remain, for the field alone
	hint     bool      // an empty text counts as absent: what browsers send of an empty input
	validate string    // as written, for messages of the compiler
}

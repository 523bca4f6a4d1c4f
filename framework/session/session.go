// Package session keeps values for one visitor from request to request: in a signed
// cookie, as Flask does, or in a store with only a signed id in the cookie.
//
// Values are JSON's: strings, numbers, booleans, lists and maps, and with them
// []byte, time.Time, UUID, HTML and Tuple. Whole numbers come back as int, others
// as float64. A cookie's content can be read by its visitor, though not changed.
//
// A Session belongs to its request, like everything that a handler is given. A
// Manager may be used by any number of goroutines.
package session

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// A Session is what is kept for one visitor.
type Session struct {
	values   map[string]any
	modified bool
	fresh    bool // there was none, or none that is valid
	readOnly bool // no keys: nothing can be kept

	id      string    // in the store; "" where it has none yet
	old     string    // id to forget, after Regenerate
	created time.Time // of the stored session, for the absolute time-out
}

const permanentKey = "_permanent" // Flask's name

// Get returns a value, nil where there is none. A list or map is the session's
// own: call Touch after changing it.
func (s *Session) Get(key string) any { return s.values[key] }

// Has reports whether there is a value.
func (s *Session) Has(key string) bool {
	_, ok := s.values[key]
	return ok
}

// String returns a value that is text, else "".
func (s *Session) String(key string) string {
	v, _ := s.values[key].(string)
	return v
}

// Int returns a value that is a whole number, else 0.
func (s *Session) Int(key string) int {
	v, _ := Value[int](s, key)
	return v
}

// Bool returns a value that is true or false, else false.
func (s *Session) Bool(key string) bool {
	v, _ := s.values[key].(bool)
	return v
}

// Value returns a value as T and whether it is one. A value that came through JSON
// as another type, such as a struct that is now a map, is converted.
func Value[T any](s *Session, key string) (T, bool) {
	var t T
	v, ok := s.values[key]
	if !ok {
		return t, false
	}
	if t, ok := v.(T); ok {
		return t, true
	}
	b, err := json.Marshal(v)
	if err != nil || json.Unmarshal(b, &t) != nil {
		var zero T
		return zero, false
	}
	return t, true
}

// Set gives a key a value. It panics where the application has no keys to sign
// with: the value would be lost.
func (s *Session) Set(key string, value any) {
	s.change()
	s.values[key] = value
}

// Delete removes a value.
func (s *Session) Delete(key string) {
	if s.Has(key) {
		s.change()
		delete(s.values, key)
	}
}

// Pop returns a value and removes it.
func (s *Session) Pop(key string) any {
	v := s.values[key]
	s.Delete(key)
	return v
}

// Clear removes all values: the cookie is deleted, as at a logout.
func (s *Session) Clear() {
	if len(s.values) > 0 {
		s.change()
		clear(s.values)
	}
}

// Keys returns the keys, sorted.
func (s *Session) Keys() []string { return slices.Sorted(maps.Keys(s.values)) }

// Len returns the number of values.
func (s *Session) Len() int { return len(s.values) }

// Touch marks the session as changed, for changes within a list or map.
func (s *Session) Touch() { s.change() }

// Modified reports whether the session was changed in this request.
func (s *Session) Modified() bool { return s.modified }

// New reports whether the visitor came without a valid session.
func (s *Session) New() bool { return s.fresh }

// Permanent reports whether the session outlives the browser, up to Config.Lifetime.
func (s *Session) Permanent() bool {
	v, _ := s.values[permanentKey].(bool)
	return v
}

// SetPermanent lets the session outlive the browser, or not.
func (s *Session) SetPermanent(on bool) { s.Set(permanentKey, on) }

// Regenerate gives a stored session a new id and forgets the old one. Call it when
// a visitor's rights change, as at a login, so that an id that somebody else
// planted or saw is worth nothing (session fixation). A session in a cookie has no
// id; it is signed anew.
func (s *Session) Regenerate() {
	s.change()
	if s.old == "" {
		s.old = s.id
	}
	s.id = ""
	s.created = time.Time{}
}

func (s *Session) change() {
	if s.readOnly {
		panic("session: there are no keys to sign with, so that nothing can be kept; set App.Session.Keys")
	}
	s.modified = true
}

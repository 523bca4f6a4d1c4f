package framework

import "context"

// A Key names a value of type T that is kept with a request: what Flask keeps in g,
// with a type and without clashes.
//
//	var currentUser = framework.NewKey[*User]("user")
//
//	currentUser.Set(c, user)       // in a hook
//	user := currentUser.Value(c)   // in a handler, or below it from any context
type Key[T any] struct{ name string }

// NewKey returns a key that differs from all others; name is for messages.
func NewKey[T any](name string) *Key[T] { return &Key[T]{name} }

// Set gives the key a value for the rest of the request. The goroutines of the request
// may set and look up keys at once.
func (k *Key[T]) Set(c *Context, value T) {
	c.exchange()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.values {
		if c.values[i].key == any(k) {
			c.values[i].value = value
			return
		}
	}
	c.values = append(c.values, entry{k, value})
}

// Value returns the key's value in a Context, or in one derived from it; T's zero
// value where there is none.
func (k *Key[T]) Value(ctx context.Context) T {
	v, _ := k.Lookup(ctx)
	return v
}

// Lookup returns the key's value and whether there is one.
func (k *Key[T]) Lookup(ctx context.Context) (T, bool) {
	if c, ok := ctx.(*Context); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		v, _ := lookupEntry(c.values, k)
		t, ok := v.(T)
		return t, ok
	}
	t, ok := ctx.Value(k).(T)
	return t, ok
}

// String returns the key's name.
func (k *Key[T]) String() string { return "framework.Key(" + k.name + ")" }

// label is the name alone, under which templates find the value in g.
func (k *Key[T]) label() string { return k.name }

type entry struct{ key, value any }

func lookupEntry(entries []entry, key any) (any, bool) {
	for i := range entries {
		if entries[i].key == key {
			return entries[i].value, true
		}
	}
	return nil, false
}

package framework

import "testing"

type named struct{}

func (named) value(*Context) error    { return nil }
func (*named) pointer(*Context) error { return nil }

func plain(*Context) error          { return nil }
func generic[T any](*Context) error { return nil }

func maker() Handler {
	return func(c *Context) error { return func() error { return nil }() }
}

func TestNameOf(t *testing.T) {
	for want, handlers := range map[string][]Handler{
		"plain": {plain}, "value": {named{}.value}, "pointer": {(&named{}).pointer}, "NoContent": {(*Context).NoContent},
		"": {maker(), func(*Context) error { return nil }, generic[int], decorate(plain, []Decorator{func(h Handler) Handler {
			return func(c *Context) error { return h(c) }
		}})},
	} {
		for i, h := range handlers {
			if got := nameOf(h); got != want {
				t.Errorf("%q, %d: %q", want, i, got)
			}
		}
	}
}

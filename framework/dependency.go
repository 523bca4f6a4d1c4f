package framework

import "fmt"

// A Dependency is something that handlers need and that is made for each request: a
// connection, a transaction, the user who is signed in. It is made at the first use,
// kept until the request's end, and may use other dependencies.
//
//	var tx = framework.NewDependency("transaction", func(c *framework.Context) (*sql.Tx, error) {
//		t, err := db.BeginTx(c, nil)
//		if err == nil {
//			c.Cleanup(func() { t.Rollback() }) // nothing where it was committed
//		}
//		return t, err
//	})
//
//	t, err := tx.Of(c) // in a handler, a hook, or another dependency
type Dependency[T any] struct {
	name string
	make func(c *Context) (T, error)
}

// NewDependency returns a dependency; name is for messages. make runs in the
// request's goroutine, and c.Cleanup in it says how to let go of what it made.
func NewDependency[T any](name string, make func(c *Context) (T, error)) *Dependency[T] {
	return &Dependency[T]{name, make}
}

// A made is a dependency as one request has it.
type made struct {
	of    any // *Dependency[T]
	value any
	err   error
}

// Of returns the request's own, made now if it was not yet. An error is kept as well,
// so that what failed is not tried again; best return it as it is.
func (d *Dependency[T]) Of(c *Context) (T, error) {
	c.exchange()
	for i := range c.made {
		if m := &c.made[i]; m.of == any(d) {
			v, _ := m.value.(T)
			return v, m.err
		}
	}
	i := len(c.made)
	c.made = append(c.made, made{of: d, err: fmt.Errorf("framework: dependency %s needs itself, or did not end when it was made", d.name)})
	make := d.make
	if other, ok := c.app.app.overrides.Load(d); ok {
		make = other.(func(c *Context) (T, error))
	}
	v, err := make(c)
	c.made[i].value, c.made[i].err = v, err
	return v, err
}

// Override makes the dependency otherwise in that application until the end of the
// test.
func (d *Dependency[T]) Override(t TB, a *App, make func(c *Context) (T, error)) {
	a.overrides.Store(d, make)
	t.Cleanup(func() { a.overrides.Delete(d) })
}

// Cleanup adds a function that runs at the end of the request whatever happened, once
// the response is complete and the teardown hooks have run: last in, first out. A
// panic in it is reported and does not keep the others from running.
func (c *Context) Cleanup(f func()) {
	c.exchange()
	c.cleanups = append(c.cleanups, f)
}

// clean runs what Cleanup added; a cleanup may add another.
func (c *Context) clean() {
	for n := len(c.cleanups); n > 0; n = len(c.cleanups) {
		f := c.cleanups[n-1]
		c.cleanups = c.cleanups[:n-1]
		if err := guard(func() error { f(); return nil }); err != nil {
			c.report(err)
		}
	}
}

package gateway

// A value is what a layer keeps with an exchange, PEP 3333's own keys in environ.
type value struct{ key, value any }

// SetValue keeps v with the exchange for the layers inside, and replaces what the
// key had. A key is a type of the package that it belongs to, type nonceKey
// struct{}, so that packages cannot meet; the package offers functions that say
// what is kept. Set it before the inner handler runs: the values are read wherever
// the exchange is, and written by its goroutine alone.
func (x *Exchange) SetValue(key, v any) {
	for i := range x.values {
		if x.values[i].key == key {
			x.values[i].value = v
			return
		}
	}
	x.values = append(x.values, value{key, v})
}

// Value returns what SetValue kept under key, nil where there is nothing: what
// context.Context.Value is to a context. A handful of values is compared one by
// one, so that keeping one costs no map. hot path
func (x *Exchange) Value(key any) any {
	for i := range x.values {
		if x.values[i].key == key {
			return x.values[i].value
		}
	}
	return nil
}

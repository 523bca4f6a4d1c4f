package templates

import (
	"reflect"
)

// bindings are the variables of one template instance by name: those that it
// exports, and those it sees from outside. There are few, so that a slice is
// searched faster than a map, and costs one allocation.
type bindings struct {
	page     *page
	vars     []binding
	outer    *bindings
	isolated bool // imported without context: no data
	escape   bool // escaped, unless {% autoescape %} says otherwise
}

type binding struct {
	name   string
	val    value
	public bool // may be imported by others
}

func (b *bindings) find(name string) *binding {
	for i := range b.vars {
		if b.vars[i].name == name {
			return &b.vars[i]
		}
	}
	return nil
}

func (b *bindings) set(name string, v value, public bool) {
	if known := b.find(name); known != nil {
		known.val, known.public = v, public
		return
	}
	b.vars = append(b.vars, binding{name, v, public})
}

// variable resolves a name that no enclosing scope assigns. // hot path
func (f *frame) variable(name string) (value, bool) {
	for b := f.vars; b != nil; b = b.outer {
		if known := b.find(name); known != nil {
			return known.val, true
		}
		if b.outer == nil && !b.isolated {
			if v, ok := f.data.get(name); ok {
				return v, true
			}
		}
	}
	if get := f.env.config.Variables[name]; get != nil {
		return of(get(f.ctx)), true
	}
	v, ok := f.env.globals[name]
	return v, ok
}

// names gives all variables in reach, for suggestions and {% debug %}.
func (f *frame) names(yield func(string) bool) {
	for b := f.vars; b != nil; b = b.outer {
		for i := range b.vars {
			if !yield(b.vars[i].name) {
				return
			}
		}
		if b.outer == nil && !b.isolated {
			for name := range f.data.names {
				if !yield(name) {
					return
				}
			}
		}
	}
	f.env.names(yield)
}

// names gives what every template knows.
func (e *Environment) names(yield func(string) bool) {
	for name := range e.config.Variables {
		if !yield(name) {
			return
		}
	}
	for name := range e.globals {
		if !yield(name) {
			return
		}
	}
}

// own gives a variable that the template is about to change. Data from Go is
// copied first, for this rendering only.
func (f *frame) own(name string) (value, bool) {
	v, ok := f.variable(name)
	if !ok || v.kind != kindGo {
		return v, ok
	}
	b := f.vars
	for b.outer != nil {
		b = b.outer
	}
	if d, isMap := goDict(v.ref); isMap {
		v = dictValue(d)
		b.set(name, v, false)
	} else if items, isList := listItems(v); isList {
		v = listValue(items)
		b.set(name, v, false)
	}
	return v, ok
}

// A dataSource is the data given to Render.
type dataSource struct {
	m   map[string]any
	ref any
	typ *goType
}

func (d *dataSource) set(data any) {
	switch x := data.(type) {
	case nil:
		return
	case map[string]any:
		d.m = x
		return
	}
	rv := reflect.ValueOf(data)
	if rv.Kind() == reflect.Map && rv.Type().ConvertibleTo(kwargsType) {
		d.m = rv.Convert(kwargsType).Interface().(map[string]any)
		return
	}
	d.ref, d.typ = data, typeOf(rv.Type())
}

func (d *dataSource) get(name string) (value, bool) {
	if d.ref == nil {
		v, ok := d.m[name]
		if !ok {
			return value{}, false
		}
		return of(v), true
	}
	if m, ok := d.typ.members[name]; ok {
		return m.get(reflect.ValueOf(d.ref)), true
	}
	rv := indirect(reflect.ValueOf(d.ref))
	if rv.Kind() == reflect.Map && rv.Type().Key().Kind() == reflect.String {
		if v := rv.MapIndex(reflect.ValueOf(name).Convert(rv.Type().Key())); v.IsValid() {
			return ofReflect(v), true
		}
	}
	return value{}, false
}

func (d *dataSource) names(yield func(string) bool) {
	if d.ref != nil {
		goNames(d.ref)(yield)
		return
	}
	for name := range d.m {
		if !yield(name) {
			return
		}
	}
}

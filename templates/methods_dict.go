package templates

var dictMethods = map[string]*methodEntry{
	"keys": {fn: func(f *frame, a []value) (value, error) {
		items, err := a[0].dict().sequence().collect(f.run)
		return listValue(items), err
	}},
	"values": {fn: func(f *frame, a []value) (value, error) {
		var out []value
		for _, v := range a[0].dict().all() {
			out = append(out, v)
		}
		return listValue(out), nil
	}},
	"items": {fn: func(f *frame, a []value) (value, error) { return listValue(a[0].dict().pairs()), nil }},
	"get": {sig: "key, default=none", fn: func(f *frame, a []value) (value, error) {
		v, ok, err := a[0].dict().get(a[1])
		if !ok {
			v = a[2]
		}
		return v, err
	}},
	"copy":  {fn: func(f *frame, a []value) (value, error) { return dictValue(a[0].dict().copy()), nil }},
	"clear": {changes: true, fn: func(f *frame, a []value) (value, error) { a[0].dict().clear(); return none, nil }},
	"pop": {sig: "key, *default", changes: true, fn: func(f *frame, a []value) (value, error) {
		v, ok, err := a[0].dict().delete(a[1])
		if ok || err != nil {
			return v, err
		}
		if def := a[2].tuple().items; len(def) > 0 {
			return def[0], nil
		}
		name, _ := f.repr(a[1])
		return none, faultf("no key %s", name)
	}},
	"popitem": {changes: true, fn: func(f *frame, a []value) (value, error) {
		d := a[0].dict()
		d.own()
		if len(d.keys) == 0 {
			return none, faultf("popitem(): dictionary is empty")
		}
		k := d.keys[len(d.keys)-1]
		v, _, err := d.delete(k)
		return tupleValue(k, v), err
	}},
	"setdefault": {sig: "key, default=none", changes: true, fn: func(f *frame, a []value) (value, error) {
		d := a[0].dict()
		v, ok, err := d.get(a[1])
		if ok || err != nil {
			return v, err
		}
		return a[2], d.set(a[1], a[2])
	}},
	"update": {sig: "*args, **kwargs", changes: true, fn: func(f *frame, a []value) (value, error) {
		d := a[0].dict()
		d.own()
		return none, f.fill(d, &arguments{args: a[1].tuple().items, kwargs: keywords(a[2].dict())})
	}},
}

package templates

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// A builtin is a filter or test. Those of the package have a signature in
// Python's notation, by which arguments are bound; a registered Go function
// has its type.
type builtin struct {
	name string
	sig  string // "value, width=80": parameters after the value
	fn   func(f *frame, a []value) (value, error)
	goFn *goFunc

	once   sync.Once
	params []parameter
	rest   bool // *args
	kwargs bool // **kwargs, given as a dict after the rest
}

type parameter struct {
	name     string
	required bool
	val      value
}

// parameters reads the signature, once.
func (b *builtin) parameters() []parameter {
	b.once.Do(func() {
		syntax := Syntax{}.withDefaults()
		for _, part := range strings.Split(b.sig, ", ") {
			name, def, optional := strings.Cut(part, "=")
			switch {
			case name == "":
			case strings.HasPrefix(name, "**"):
				b.kwargs = true
			case strings.HasPrefix(name, "*"):
				b.rest = true
			case !optional:
				b.params = append(b.params, parameter{name: name, required: true})
			default:
				b.params = append(b.params, parameter{name: name, val: constant(def, &syntax)})
			}
		}
	})
	return b.params
}

// constant evaluates a default: a literal.
func constant(src string, syntax *Syntax) value {
	body, err := parse(&source{text: "{{ " + src + " }}"}, syntax)
	if err != nil {
		panic(err) // a mistake in this package's own tables
	}
	if u, ok := body[0].(*printStmt).x.(*unaryExpr); ok {
		return intValue(-u.x.(*literalExpr).val.int())
	}
	return body[0].(*printStmt).x.(*literalExpr).val
}

// apply calls a filter or test: x is the value, a its arguments or nil.
func (b *builtin) apply(f *frame, x value, a *arguments) (value, error) {
	if f.applied++; f.applied&0xff == 0 { // map and select apply a filter to a whole list
		if err := f.expired(); err != nil {
			return value{}, err
		}
	}
	if b.goFn != nil {
		all := &arguments{args: []value{x}}
		if a != nil {
			all.args, all.kwargs = append(all.args, a.args...), a.kwargs
		}
		return b.goFn.call(f, all)
	}
	buffer := f.take()
	bound, err := b.bind(append(buffer.args, x), a)
	if err != nil {
		return value{}, err
	}
	v, err := b.fn(f, bound)
	if err == nil && v.kind == kindString {
		err = f.madeText(int(v.num))
	}
	buffer.args = bound
	f.recycle(buffer)
	return v, err
}

func (b *builtin) missing(name string) error {
	return faultf("%s needs the argument %s", b.name, quote(name))
}

var noArguments arguments

// bind orders arguments by the signature: the parameters, then a tuple of
// the rest, then a dict of keywords, as far as it has these.
func (b *builtin) bind(bound []value, a *arguments) ([]value, error) {
	if a == nil {
		a = &noArguments
	}
	params, extra := b.parameters(), a.args
	for range params {
		var v value
		if len(extra) > 0 {
			v, extra = extra[0], extra[1:]
		}
		bound = append(bound, v)
	}
	if len(extra) > 0 && !b.rest {
		return nil, faultf("%s takes at most %d arguments but %d were given", b.name, len(params), len(a.args))
	}
	var kw *dict
	base := len(bound) - len(params)
next:
	for _, k := range a.kwargs {
		for i := range params {
			if params[i].name == k.name {
				if !bound[base+i].missing() {
					return nil, faultf("%s got multiple values for argument %s", b.name, quote(k.name))
				}
				bound[base+i] = k.val
				continue next
			}
		}
		if !b.kwargs {
			return nil, faultf("%s got an unexpected keyword argument %s", b.name, quote(k.name))
		}
		if kw == nil {
			kw = newDict(len(a.kwargs))
		}
		kw.setText(k.name, k.val)
	}
	for i, p := range params {
		if !bound[base+i].missing() {
			continue
		}
		if p.required {
			return nil, b.missing(p.name)
		}
		bound[base+i] = p.val
	}
	if b.rest {
		bound = append(bound, tupleValue(slices.Clone(extra)...))
	}
	if b.kwargs {
		if kw == nil {
			kw = newDict(0)
		}
		bound = append(bound, dictValue(kw))
	}
	return bound, nil
}

// goBuiltin makes a filter or test of a Go function.
func goBuiltin(name string, fn any) *builtin {
	return &builtin{name: name, goFn: newGoFunc(name, reflect.ValueOf(fn))}
}

// arity gives how many arguments after the value are possible; most is -1 if
// any number.
func (b *builtin) arity() (least, most int) {
	if b.goFn != nil {
		least, most = b.goFn.paramRange()
		if most < 0 {
			return max(least-1, 0), -1
		}
		return least - 1, most - 1
	}
	for _, p := range b.parameters() {
		if p.required {
			least++
		}
	}
	if b.rest {
		return least, -1
	}
	return least, len(b.params)
}

// takes tells whether there is a keyword argument of that name.
func (b *builtin) takes(name string) bool {
	if b.goFn != nil {
		return b.goFn.keywords
	}
	params := b.parameters()
	return b.kwargs || slices.ContainsFunc(params, func(p parameter) bool { return p.name == name })
}

// A function is a function of the engine as a value.
type function struct {
	opaque
	name string
	sig  *builtin // nil: it reads its arguments itself
	fn   func(f *frame, a *arguments) (value, error)
}

func (fn *function) typeName() string          { return "function" }
func (fn *function) text(*run) (string, error) { return "<function " + fn.name + ">", nil }
func (fn *function) call(f *frame, a *arguments) (value, error) {
	return fn.fn(f, a)
}

// globalFunction makes a function with a signature.
func globalFunction(name, sig string, fn func(f *frame, a []value) (value, error)) value {
	b := &builtin{name: name, sig: sig}
	return objectValue(&function{name: name, sig: b, fn: func(f *frame, a *arguments) (value, error) {
		bound, err := b.bind(nil, a)
		if err != nil {
			return value{}, err
		}
		return fn(f, bound)
	}})
}

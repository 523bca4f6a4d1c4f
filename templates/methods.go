package templates

// A methodEntry is a method of Python's str, list, tuple or dict. The first
// argument of fn is the object.
type methodEntry struct {
	sig     string
	fn      func(f *frame, a []value) (value, error)
	changes bool
	builtin *builtin
}

// methods is the table by kind of object.
var methods map[kind]map[string]*methodEntry

func makeMethods() {
	stringMethods := newStringMethods()
	methods = map[kind]map[string]*methodEntry{
		kindString: stringMethods, kindList: listMethods, kindDict: dictMethods,
		kindTuple: {"count": listMethods["count"], "index": listMethods["index"]},
	}
	for _, table := range methods {
		for name, m := range table {
			m.builtin = &builtin{name: name + "()", sig: m.sig, fn: m.fn}
		}
	}
}

func methodOf(k kind, name string) *methodEntry { return methods[k][name] }

// method finds a method of a value.
func (r *run) method(x value, name string) (value, bool) {
	m := methodOf(x.kind, name)
	if m == nil {
		return value{}, false
	}
	b := &boundMethod{self: x, name: name, method: m}
	if x.kind == kindDict {
		b.readOnly = x.dict().fixed
	}
	return objectValue(b), true
}

// A boundMethod is a method with its object.
type boundMethod struct {
	opaque
	self     value
	name     string
	method   *methodEntry
	readOnly bool
}

func (b *boundMethod) typeName() string { return "builtin_function_or_method" }

func (b *boundMethod) text(*run) (string, error) { return "<built-in method " + b.name + ">", nil }

func (b *boundMethod) call(f *frame, a *arguments) (value, error) {
	if b.readOnly && b.method.changes {
		return value{}, faultf("%s() would change data of the application; copy it first: %s(x)", b.name, b.self.typeName())
	}
	return b.method.builtin.apply(f, b.self, a)
}

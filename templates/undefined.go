package templates

import "fmt"

// Undefined chooses what happens when a template uses a value that does not
// exist. Whatever the choice, "is defined" and the default filter work.
type Undefined uint8

const (
	// Lenient prints nothing, is false and iterates as empty; everything
	// else is an error: Jinja's Undefined.
	Lenient Undefined = iota
	// Strict is an error whenever the value is used: StrictUndefined.
	Strict
	// Chainable is Lenient, and its attributes and items are undefined as
	// well: ChainableUndefined.
	Chainable
	// Debug is Lenient, but prints its name: DebugUndefined.
	Debug
)

// undefined says what was looked for. One of name and owner is set, unless
// hint says everything.
type undefined struct {
	mode  Undefined
	name  string
	owner string // type of the value that has no such attribute or item
	hint  string
	known func(yield func(string) bool) // names that could have been meant
	tell  func()                        // Config.UndefinedUsed, once; nil: not asked for, or told
}

func undefinedValue(u *undefined) value { return value{kind: kindUndefined, ref: u} }

// An undefinedUse is one of the things that a lenient undefined allows.
type undefinedUse uint8

const (
	undefinedPrint undefinedUse = iota
	undefinedTruth
	undefinedIterate
	undefinedCompare
	undefinedOther
)

// use gives an error where the mode does not allow the use.
func (u *undefined) use(what undefinedUse) error {
	if u.mode != Strict && what != undefinedOther {
		if tell := u.tell; tell != nil && what != undefinedCompare {
			u.tell = nil
			tell()
		}
		return nil
	}
	return &fault{kind: ErrUndefined, message: u.message()}
}

// watch lets the application know when v, which has just been read at a place,
// is used though it is undefined. What has a hint is not misspelled.
func (f *frame) watch(v value, at position) {
	told := f.env.config.UndefinedUsed
	u, ok := v.ref.(*undefined)
	if told == nil || !ok || u.hint != "" || u.tell != nil {
		return
	}
	ctx, src, chain := f.ctx, f.unit.tmpl.src, f.includedFrom()
	u.tell = func() {
		e := src.place(&fault{kind: ErrUndefined, message: u.message()}, at)
		e.Chain = chain
		told(ctx, e)
	}
}

func (u *undefined) message() string {
	switch {
	case u.hint != "":
		return u.hint
	case u.owner != "":
		m := fmt.Sprintf("%s has no attribute %s", quote(u.owner+" object"), quote(u.name))
		return m + u.suggestion()
	}
	return quote(u.name) + " is undefined" + u.suggestion()
}

func (u *undefined) suggestion() string {
	if u.known == nil {
		return ""
	}
	return didYouMean(u.name, u.known)
}

// text is what an undefined value prints.
func (u *undefined) text() (string, error) {
	if err := u.use(undefinedPrint); err != nil {
		return "", err
	}
	if u.mode != Debug {
		return "", nil
	}
	switch {
	case u.hint != "":
		return "{{ undefined value printed: " + u.hint + " }}", nil
	case u.owner != "":
		return "{{ no such element: " + u.owner + " object[" + quote(u.name) + "] }}", nil
	}
	return "{{ " + u.name + " }}", nil
}

// check refuses undefined operands of operators, filters and functions.
func (v value) check() error {
	if v.kind == kindUndefined {
		return v.ref.(*undefined).use(undefinedOther)
	}
	return nil
}

package binding

import (
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"github.com/dewar-go/dewar/framework/form"
)

// A decoder fills one struct from one request: the state that a Plan, which is
// shared, must not hold.
type decoder struct {
	scanner
	codec    Unmarshaler
	config   *Config
	input    Input
	words    *wording // nil before the first message
	path     []step   // to the value that is being decoded
	mistakes []Mistake
	secrets  int // fields around the value that are secret

	skipping skipping
	filter   func(ns []byte) bool // skipping.skip, made once
	texts    []string             // scratch memory of repeated values
	form     []form.Pair          // that came, without those of secret fields
}

// A step is a member's name or, where it is "", an element's index.
type step struct {
	name  string
	index int
}

var decoders = sync.Pool{New: func() any {
	d := &decoder{}
	d.filter = d.skipping.skip
	return d
}}

// reset clears everything but memory that only the decoder knows.
func (d *decoder) reset() {
	d.scanner = scanner{}
	d.codec, d.config, d.input, d.words = nil, nil, nil, nil
	clear(d.path[:cap(d.path)])
	d.path = d.path[:0]
	d.mistakes = nil
	d.secrets = 0
	d.skipping = skipping{}
	d.form = nil
	clear(d.texts)
	d.texts = d.texts[:0]
}

// full reports whether no further mistake is listed.
func (d *decoder) full() bool { return len(d.mistakes) >= MaxMistakes }

func (d *decoder) add(m Mistake) {
	if !d.full() {
		d.mistakes = append(d.mistakes, m)
	}
}

// here notes a mistake in the value of the body that is being decoded.
func (d *decoder) here(code string, message phrase) {
	if !d.full() {
		d.add(Mistake{Pointer: d.pointer(""), Location: "body", Code: code, Message: d.tell(message)})
	}
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// pointer is the JSON pointer to the current value, or to a member of it (RFC 6901
// §3).
func (d *decoder) pointer(member string) string {
	var b strings.Builder
	for _, s := range d.path {
		b.WriteByte('/')
		if s.name == "" && s.index >= 0 {
			b.WriteString(strconv.Itoa(s.index))
		} else {
			pointerEscapes.WriteString(&b, s.name)
		}
	}
	if member != "" {
		b.WriteByte('/')
		pointerEscapes.WriteString(&b, member)
	}
	return b.String()
}

func (d *decoder) push(name string, index int) { d.path = append(d.path, step{name, index}) }
func (d *decoder) pop()                        { d.path = d.path[:len(d.path)-1] }

// mismatch notes that the next value is not what is expected, and passes it.
func (d *decoder) mismatch(code string, expected phrase) bool {
	if d.full() {
		return d.skip()
	}
	start := d.at
	n := len(d.mistakes)
	d.here(code, phrase{})
	if !d.skip() {
		return false
	}
	message := say("expected %s, got %s", expected, d.describe(d.text[start:d.at]))
	if code == "null" {
		message = say("must not be null, expected %s", expected)
	}
	d.mistakes[n].Message = d.tell(message)
	return true
}

// describe names a value for a message.
func (d *decoder) describe(raw string) any {
	secret := d.secrets > 0
	switch raw[0] {
	case '{':
		return say("an object")
	case '[':
		return say("an array")
	case '"':
		if secret {
			return say("a text")
		}
		return say("the text %s", crop(raw))
	case 'n':
		return say("null")
	}
	if secret {
		return say("another value")
	}
	return crop(raw)
}

// refuse notes why the value that was just read does not fit.
func (d *decoder) refuse(r *refusal, raw string) {
	if !d.full() {
		var got any
		if raw != "" {
			got = d.describe(raw)
		}
		d.here(r.code, r.message(got, d.secrets > 0))
	}
}

// member decodes a member's value into its field.
func (d *decoder) member(p unsafe.Pointer, f *field, bad *slots) bool {
	d.push(f.name, -1)
	if f.secret {
		d.secrets++
	}
	before := len(d.mistakes)
	full := d.full()
	ok := false
	switch {
	case f.nonNull && d.peek() == 'n':
		d.here("null", say("must not be null"))
		ok = d.skip()
	default:
		ok = f.json(d, unsafe.Add(p, f.offset))
	}
	if len(d.mistakes) > before || full {
		bad.add(f.slot)
	}
	if f.secret {
		d.secrets--
	}
	d.pop()
	return ok
}

// members decodes an object, of which { is next, into the struct at p. seen and
// bad are completed. hot path
func (d *decoder) members(p unsafe.Pointer, s *structPlan, seen, bad *slots) bool {
	if !d.enter() {
		return false
	}
	d.at++
	last := -1
	for first := true; ; first = false {
		more, ok := d.next('}', first)
		if !more {
			d.leave()
			return ok
		}
		name, ok := d.key()
		if !ok {
			return false
		}
		// Clients mostly send members in the order of the struct.
		slot := last + 1
		if slot >= len(s.fields) || s.fields[slot].name != name || s.fields[slot].source != JSON {
			if slot, ok = s.byName[name]; !ok {
				if !d.unknown(s, name) {
					return false
				}
				continue
			}
		}
		last = slot
		if seen.has(slot) {
			d.push(name, -1)
			d.here("duplicate", say("comes twice in the object"))
			d.pop()
			bad.add(slot)
			if !d.skip() {
				return false
			}
			continue
		}
		seen.add(slot)
		if !d.member(p, &s.fields[slot], bad) {
			return false
		}
	}
}

// unknown passes a member that the struct does not have.
func (d *decoder) unknown(s *structPlan, name string) bool {
	if s.strict && !d.full() {
		d.push(name, -1)
		if name == "" {
			d.path[len(d.path)-1].index = -1
		}
		d.here("unknown", stranger(s, JSON, name))
		d.pop()
	}
	return d.skip()
}

// stranger is the message of a name that is not known: it names the fields that there
// are, if they are few, or the nearest.
func stranger(s *structPlan, from Source, name string) phrase {
	var names []string
	for i := range s.fields {
		f := &s.fields[i]
		if f.source != from {
			continue
		}
		if strings.EqualFold(f.name, name) {
			return say("is not known here; it is spelled %s", f.name)
		}
		names = append(names, f.name)
	}
	if len(names) == 0 || len(names) > 20 {
		return say("is not known here")
	}
	return say("is not known here; there are %s", strings.Join(names, ", "))
}

// array decodes an array, of which [ is next. element decodes one value at index i.
func (d *decoder) array(element func(i int) bool) bool {
	if !d.enter() {
		return false
	}
	defer d.leave()
	d.at++
	for i := 0; ; i++ {
		more, ok := d.next(']', i == 0)
		if !ok || !more {
			return ok
		}
		d.push("", i)
		ok = element(i)
		d.pop()
		if !ok {
			return false
		}
	}
}

// document decodes the body into the root struct.
func (d *decoder) document(p unsafe.Pointer, s *structPlan, seen, bad *slots) bool {
	d.space()
	if d.peek() != '{' {
		if d.at == len(d.text) {
			return d.fail("a JSON object")
		}
		before := len(d.mistakes)
		if !d.mismatch("type", say("an object")) {
			return false
		}
		if len(d.mistakes) > before {
			// Nothing can be said of the members.
			for i := range s.fields {
				if s.fields[i].source == JSON {
					seen.add(i)
					bad.add(i)
				}
			}
		}
	} else if !d.members(p, s, seen, bad) {
		return false
	}
	return d.end()
}

// content decodes the body where it is no struct.
func (d *decoder) content(p unsafe.Pointer, decode jsonFunc) bool {
	d.space()
	if d.at == len(d.text) {
		return d.fail("a JSON value")
	}
	return decode(d, p) && d.end()
}

// end makes sure that nothing follows.
func (d *decoder) end() bool {
	d.space()
	return d.at == len(d.text) || d.fail("the end of the content after the JSON value")
}

// complete does what is left when the input of one struct is known: defaults,
// required fields, rules.
func (d *decoder) complete(p unsafe.Pointer, s *structPlan, seen, bad *slots) {
	if absent := s.required.without(seen); !absent.empty() {
		for i := range s.fields {
			if absent.has(i) {
				d.missing(&s.fields[i])
			}
		}
	}
	d.defaults(p, s, seen)
	if s.checked && !d.full() {
		d.check(p, s, seen, bad)
	}
}

func (d *decoder) missing(f *field) {
	if d.full() {
		return
	}
	m := Mistake{Location: f.source.location(), Code: "required", Message: d.tell(say("is required, but absent"))}
	if f.source == JSON {
		m.Pointer = d.pointer(f.name)
	} else {
		m.Parameter = f.name
	}
	d.add(m)
}

// defaults fills what is absent, also in structs that are absent as a whole.
func (d *decoder) defaults(p unsafe.Pointer, s *structPlan, seen *slots) {
	absent := s.defaulted.without(seen)
	inner := s.inner.without(seen)
	if absent.empty() && inner.empty() {
		return
	}
	for i := range s.fields {
		f := &s.fields[i]
		at := unsafe.Add(p, f.offset)
		if absent.has(i) {
			f.setDefault(at) // it was tried when the plan was compiled
		}
		if inner.has(i) {
			d.defaults(at, f.node, &slots{})
		}
	}
}

// structAt is the struct at p as a pointer of its own type.
func structAt(t reflect.Type, p unsafe.Pointer) any { return reflect.NewAt(t, p).Interface() }

func lengthRefusal(n int) *refusal {
	return &refusal{code: "length", expected: say("an array of %d", n)}
}

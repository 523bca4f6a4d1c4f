package templates

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// globals is the table of built-in functions and classes.
var globals map[string]value

func makeGlobals() {
	globals = map[string]value{
		"range":     objectValue(&classObject{"range", globalRange}),
		"dict":      objectValue(&classObject{"dict", globalDict}),
		"cycler":    objectValue(&classObject{"cycler", globalCycler}),
		"joiner":    objectValue(&classObject{"joiner", globalJoiner}),
		"namespace": objectValue(&classObject{"namespace", globalNamespace}),
		"lipsum":    globalFunction("lipsum", "n=5, html=true, min=20, max=100", globalLipsum),
		"csp_nonce": globalFunction("csp_nonce", "", globalNonce),
	}
	for name, v := range translations() {
		globals[name] = v
	}
}

// A classObject makes objects.
type classObject struct {
	name string
	make func(f *frame, a *arguments) (value, error)
}

func (c *classObject) typeName() string                           { return "type" }
func (c *classObject) text(*run) (string, error)                  { return "<class " + quote(c.name) + ">", nil }
func (c *classObject) truth() bool                                { return true }
func (c *classObject) attr(*run, string) (value, bool)            { return value{}, false }
func (c *classObject) length() (int, bool)                        { return 0, false }
func (c *classObject) sequence(*run) (sequence, error)            { return sequence{}, errNotIterable }
func (c *classObject) call(f *frame, a *arguments) (value, error) { return c.make(f, a) }

// A rangeObject is Python's range: numbers that are computed when needed.
type rangeObject struct {
	opaque
	start, stop, step int64
	n                 int
}

func globalRange(f *frame, a *arguments) (value, error) {
	if len(a.args) < 1 || len(a.args) > 3 || len(a.kwargs) > 0 {
		return value{}, faultf("range expected 1 to 3 arguments, got %d", len(a.args)+len(a.kwargs))
	}
	var n [3]int64
	for i, v := range a.args {
		if err := v.check(); err != nil {
			return value{}, err
		}
		v = basic(v)
		if v.kind != kindInt && v.kind != kindBool {
			return value{}, faultf("%s object cannot be interpreted as an integer", quote(v.typeName()))
		}
		n[i] = v.int()
	}
	r := &rangeObject{start: n[0], stop: n[1], step: n[2]}
	switch len(a.args) {
	case 1:
		r.start, r.stop, r.step = 0, n[0], 1
	case 2:
		r.step = 1
	}
	if r.step == 0 {
		return value{}, faultf("range() arg 3 must not be zero")
	}
	count := rangeLength(r.start, r.stop, r.step)
	if count > uint64(f.limits.Range) {
		return value{}, limitf("range of %d numbers, above %d (Limits.Range)", count, f.limits.Range)
	}
	r.n = int(count)
	return objectValue(r), nil
}

// rangeLength works on unsigned numbers, so that no difference overflows.
func rangeLength(start, stop, step int64) uint64 {
	switch {
	case step > 0 && start < stop:
		return (uint64(stop)-uint64(start)-1)/uint64(step) + 1
	case step < 0 && start > stop:
		return (uint64(start)-uint64(stop)-1)/-uint64(step) + 1
	}
	return 0
}

func (r *rangeObject) at(i int) value      { return intValue(r.start + int64(i)*r.step) }
func (r *rangeObject) typeName() string    { return "range" }
func (r *rangeObject) truth() bool         { return r.n > 0 }
func (r *rangeObject) length() (int, bool) { return r.n, true }
func (r *rangeObject) sequence(*run) (sequence, error) {
	return sequence{n: r.n, at: r.at}, nil
}

func (r *rangeObject) equal(o *rangeObject) bool {
	return r.n == o.n && (r.n == 0 || r.start == o.start && (r.n == 1 || r.step == o.step))
}

func (r *rangeObject) text(*run) (string, error) {
	s := "range(" + strconv.FormatInt(r.start, 10) + ", " + strconv.FormatInt(r.stop, 10)
	if r.step != 1 {
		s += ", " + strconv.FormatInt(r.step, 10)
	}
	return s + ")", nil
}

// fill sets a dict from a mapping or pairs, and keywords.
func (f *frame) fill(d *dict, a *arguments) error {
	if len(a.args) > 1 {
		return faultf("expected at most 1 argument, got %d", len(a.args))
	}
	if len(a.args) == 1 {
		if err := a.args[0].check(); err != nil {
			return err
		}
		if src, ok := mapping(a.args[0]); ok {
			for k, v := range src.all() {
				if err := d.set(k, v); err != nil {
					return err
				}
			}
		} else {
			items, err := f.items(a.args[0])
			if err != nil {
				return err
			}
			for _, item := range items {
				pair, err := f.unpack(item, 2)
				if err != nil {
					return err
				}
				if err := d.set(pair[0], pair[1]); err != nil {
					return err
				}
			}
		}
	}
	for _, k := range a.kwargs {
		if err := d.set(stringValue(k.name), k.val); err != nil {
			return err
		}
	}
	return nil
}

func globalDict(f *frame, a *arguments) (value, error) {
	d := newDict(len(a.kwargs))
	return dictValue(d), f.fill(d, a)
}

// A namespace carries assignments out of loops.
type namespace struct {
	opaque
	vars *dict
}

func globalNamespace(f *frame, a *arguments) (value, error) {
	ns := &namespace{vars: newDict(len(a.kwargs))}
	return objectValue(ns), f.fill(ns.vars, a)
}

func (n *namespace) typeName() string { return "Namespace" }
func (n *namespace) text(r *run) (string, error) {
	s, err := r.repr(dictValue(n.vars))
	return "<Namespace " + s + ">", err
}
func (n *namespace) attr(r *run, name string) (value, bool) { return n.vars.getText(name) }

// A cycler gives its items in turn.
type cycler struct {
	opaque
	items []value
	pos   int
}

func globalCycler(f *frame, a *arguments) (value, error) {
	if len(a.args) == 0 {
		return value{}, faultf("at least one item has to be provided")
	}
	return objectValue(&cycler{items: slices.Clone(a.args)}), nil
}

func (c *cycler) typeName() string          { return "Cycler" }
func (c *cycler) text(*run) (string, error) { return "<Cycler>", nil }

func (c *cycler) attr(r *run, name string) (value, bool) {
	switch name {
	case "current":
		return c.items[c.pos], true
	case "next":
		return objectValue(&function{name: name, fn: func(*frame, *arguments) (value, error) {
			v := c.items[c.pos]
			c.pos = (c.pos + 1) % len(c.items)
			return v, nil
		}}), true
	case "reset":
		return objectValue(&function{name: name, fn: func(*frame, *arguments) (value, error) {
			c.pos = 0
			return none, nil
		}}), true
	}
	return value{}, false
}

// A joiner gives nothing the first time, then its separator.
type joiner struct {
	opaque
	sep  value
	used bool
}

func globalJoiner(f *frame, a *arguments) (value, error) {
	j := &joiner{sep: stringValue(", ")}
	switch {
	case len(a.args) == 1 && len(a.kwargs) == 0:
		j.sep = a.args[0]
	case len(a.args) == 0 && len(a.kwargs) == 1 && a.kwargs[0].name == "sep":
		j.sep = a.kwargs[0].val
	case len(a.args)+len(a.kwargs) > 0:
		return value{}, faultf("joiner takes at most the argument 'sep'")
	}
	return objectValue(j), nil
}

func (j *joiner) typeName() string          { return "Joiner" }
func (j *joiner) text(*run) (string, error) { return "<Joiner>", nil }
func (j *joiner) call(f *frame, a *arguments) (value, error) {
	if !j.used {
		j.used = true
		return emptyText, nil
	}
	return j.sep, nil
}

// lipsumWords are split when they are first asked for.
var lipsumWords = sync.OnceValue(func() []string { return strings.Fields(lipsum) })

const lipsum = `a ac accumsan ad aenean aliquam aliquet amet ante aptent arcu at auctor augue bibendum
blandit class commodo condimentum congue consectetuer consequat conubia convallis cras cubilia cum curabitur curae
cursus dapibus diam dictum dignissim dis dolor donec dui duis egestas eget eleifend elementum elit enim erat eros est
et etiam eu euismod facilisi facilisis fames faucibus felis fermentum feugiat fringilla fusce gravida habitant hac
hendrerit hymenaeos iaculis id imperdiet in inceptos integer interdum ipsum justo lacinia lacus laoreet lectus leo
libero ligula litora lobortis lorem luctus maecenas magna magnis malesuada massa mattis mauris metus mi molestie
mollis montes morbi mus nam nascetur natoque nec neque netus nibh nisi nisl non nonummy nostra nulla nullam nunc odio
orci ornare parturient pede pellentesque penatibus per pharetra phasellus placerat platea porta porttitor posuere
potenti praesent pretium primis proin pulvinar purus quam quis quisque rhoncus ridiculus risus rutrum sagittis sapien
scelerisque sed sem semper senectus sit sociis sociosqu sodales sollicitudin suscipit suspendisse taciti tellus tempor
tempus tincidunt torquent tortor tristique turpis ullamcorper ultrices ultricies urna ut varius vehicula vel velit
venenatis vestibulum vitae vivamus viverra volutpat vulputate`

// globalLipsum gives paragraphs of filler text.
func globalLipsum(f *frame, a []value) (value, error) {
	var n [3]int
	for i, j := range [3]int{0, 2, 3} {
		var err error
		if n[i], err = smallInt(a[j], "lipsum"); err != nil {
			return value{}, err
		}
	}
	asHTML, err := f.truth(a[1])
	if err != nil {
		return value{}, err
	}
	least, most := max(n[1], 0), max(n[2], 0)
	if n[0] > 0 && n[1] >= n[2] {
		return value{}, faultf("lipsum needs max above min, got %d and %d", n[2], n[1])
	}
	if n[0] > 0 && max(most, 1) > f.limits.Output/16/n[0] {
		return value{}, f.outputLimit()
	}
	all := lipsumWords()
	paragraphs := make([]string, max(n[0], 0))
	for i := range paragraphs {
		words := make([]string, least+rand.IntN(max(most-least, 1)))
		for j := range words {
			words[j] = all[rand.IntN(len(all))]
		}
		paragraphs[i] = capitalize(strings.Join(words, " ")) + "."
		if asHTML {
			paragraphs[i] = "<p>" + paragraphs[i] + "</p>"
		}
	}
	if asHTML {
		return markupValue(strings.Join(paragraphs, "\n")), nil
	}
	return stringValue(strings.Join(paragraphs, "\n\n")), nil
}

func globalNonce(f *frame, a []value) (value, error) {
	if f.env.config.Nonce == nil {
		return emptyText, nil
	}
	return stringValue(f.env.config.Nonce(f.ctx)), nil
}

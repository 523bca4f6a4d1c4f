package binding

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unsafe"

	"github.com/dewar-go/dewar/framework/form"
	"github.com/go-playground/validator/v10"
)

// A structPlan says how one struct is filled and checked. It is never changed
// once it is compiled.
type structPlan struct {
	typ    reflect.Type
	fields []field
	byName map[string]int // members of a JSON object
	strict bool           // unknown names are refused

	required  slots
	defaulted slots
	inner     slots // structs in place that have defaults of their own

	parts     []part // what the validator is called for
	validator *validator.Validate
	rules     map[string]Rule
	checked   bool // there is something to call the validator for
}

// A part is a struct as the validator knows it: the struct itself, and each that
// is embedded in it.
type part struct {
	offset uintptr
	typ    reflect.Type
	byGo   map[string]int // fields by their name in Go

	ruled    slots // have rules
	optional slots // of those, are not checked where they are absent
	natives  []int // of those, have a holds
	nullable []int // of the optional ones, may be null
	later    []int // have rules about presence and others, which are checked after them
	level    bool  // has rules of its own, by RegisterStructValidation
}

// A Plan says how a type is filled from a request. It is safe for concurrent use.
type Plan struct {
	root    *structPlan
	whole   jsonFunc // of content that is no struct; root has no fields then
	config  *Config
	sources [len(sourceNames)]bool
	codec   Unmarshaler
}

// Type returns the type that the plan fills.
func (p *Plan) Type() reflect.Type { return p.root.typ }

// Strict, embedded in a struct, refuses what the struct does not know: members of
// the JSON object, fields of the form, and, where it has a query field, parameters
// of the query.
type Strict struct{}

var (
	strictType  = reflect.TypeFor[Strict]()
	uploadType  = reflect.TypeFor[*form.Upload]()
	uploadsType = reflect.TypeFor[[]*form.Upload]()
)

// A compiler compiles types that share a validator.
type compiler struct {
	binder    *Binder
	validator *validator.Validate
	plans     map[reflect.Type]*structPlan // of JSON objects below the root, also those under way
	made      []*structPlan
	mistakes  []error
	at        []string // the way to the type that is being compiled, for messages
}

func (c *compiler) mistake(format string, args ...any) {
	c.mistakes = append(c.mistakes, fmt.Errorf("%s: %w", strings.Join(c.at, "."), fmt.Errorf(format, args...)))
}

// compile makes the plan of a root type.
func (c *compiler) compile(t reflect.Type) *Plan {
	c.at = []string{t.String()}
	if wholly(t) {
		return c.content(t)
	}
	if t.Kind() != reflect.Struct || t == timeType {
		c.mistake("input is bound to the fields of a struct, not to a %v", t.Kind())
		return nil
	}
	s := &structPlan{typ: t, validator: c.validator, rules: c.binder.config.Rules}
	c.fill(s, t, 0, none, "")
	c.finish(s)
	p := &Plan{root: s, config: &c.binder.config, codec: c.binder.config.JSON}
	for i := range s.fields {
		p.sources[s.fields[i].source] = true
	}
	if p.sources[JSON] && (p.sources[Form] || p.sources[File]) {
		c.mistake("has json and form or file fields, but a body has one media type")
	}
	return p
}

// wholly reports whether a type stands for the content of a request as a whole: a list,
// a map or any.
func wholly(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Map, reflect.Array:
		return true
	case reflect.Interface:
		return t.NumMethod() == 0
	case reflect.Slice:
		return t.Elem().Kind() != reflect.Uint8 || reflect.PointerTo(t).Implements(unmarshalerType)
	}
	return false
}

// content makes the plan of such a type.
func (c *compiler) content(t reflect.Type) *Plan {
	decode, _, err := c.json(t, fieldOptions{most: -1})
	if err != nil {
		c.mistake("%w", err)
	}
	p := &Plan{root: &structPlan{typ: t}, whole: decode, config: &c.binder.config, codec: c.binder.config.JSON}
	p.sources[JSON] = true
	return p
}

// object makes the plan of a struct that a JSON object fills. A type that holds
// itself finds the plan that is under way.
func (c *compiler) object(t reflect.Type) *structPlan {
	if s := c.plans[t]; s != nil {
		return s
	}
	s := &structPlan{typ: t, validator: c.validator, rules: c.binder.config.Rules}
	c.plans[t] = s
	c.fill(s, t, 0, JSON, "")
	if len(s.fields) == 0 && t.NumField() > 0 {
		c.mistake("%v has no field with a json tag, so that nothing of the object could be bound", t)
	}
	c.finish(s)
	return s
}

// fill adds the fields of t, which stands at that offset of the plan's struct. only
// is the source that is allowed: none means any.
func (c *compiler) fill(s *structPlan, t reflect.Type, offset uintptr, only Source, prefix string) {
	index := len(s.parts)
	s.parts = append(s.parts, part{offset: offset, typ: t, byGo: map[string]int{}})
	for i := range t.NumField() {
		sf := t.Field(i)
		if sf.Type == strictType && sf.Anonymous {
			s.strict = true
			continue
		}
		c.at = append(c.at, sf.Name)
		c.field(s, index, sf, offset+sf.Offset, only, prefix)
		c.at = c.at[:len(c.at)-1]
	}
}

// field adds one field of a struct, or what is embedded in it.
func (c *compiler) field(s *structPlan, index int, sf reflect.StructField, offset uintptr, only Source, prefix string) {
	source, name, options, err := sourceOf(sf.Tag)
	if err != nil {
		c.mistake("%w", err)
		return
	}
	if source == none && sf.Anonymous && sf.Type.Kind() == reflect.Struct && !scalar(sf.Type) {
		c.fill(s, sf.Type, offset, only, prefix)
		return
	}
	if source == none {
		c.unbound(sf)
		return
	}
	switch {
	case !sf.IsExported():
		c.mistake("has a %v tag but is not exported, so that it cannot be filled", source)
		return
	case sf.Anonymous && sf.Type.Kind() == reflect.Pointer:
		c.mistake("is an embedded pointer; embed the struct itself")
		return
	case only == JSON && source != JSON:
		c.mistake("has a %v tag inside of a JSON object, whose fields come from the body alone", source)
		return
	case only == Form && source != Form:
		c.mistake("has a %v tag inside of a group of form fields", source)
		return
	case len(s.fields) == maxFields:
		c.mistake("is field %d of a struct; no more than %d are bound", maxFields+1, maxFields)
		return
	}
	if source == Form && sf.Type.Kind() == reflect.Struct && !scalar(sf.Type) {
		c.fill(s, sf.Type, offset, Form, prefix+name+".")
		return
	}
	f := field{source: source, name: prefix + name, goName: sf.Name, typ: sf.Type, slot: len(s.fields), offset: offset}
	for i := range s.fields {
		if same := &s.fields[i]; same.source == source && same.name == f.name {
			c.mistake("has the same %v name %q as %s", source, f.name, same.goName)
			return
		}
	}
	if err := c.complete(&f, sf.Tag, options); err != nil {
		c.mistake("%w", err)
		return
	}
	s.fields = append(s.fields, f)
	s.parts[index].byGo[sf.Name] = f.slot
}

// unbound looks at a field without a source: what it says about input is a mistake.
func (c *compiler) unbound(sf reflect.StructField) {
	for _, tag := range [...]string{"default", "layout", "secret"} {
		if _, ok := sf.Tag.Lookup(tag); ok {
			c.mistake("has a %s tag but no source; a field without path, query, header, cookie, form, file or json is never bound", tag)
			return
		}
	}
	if v := sf.Tag.Get("validate"); v != "" && v != "-" {
		c.mistake("has validate:%q but no source; a field without path, query, header, cookie, form, file or json is never bound", v)
		return
	}
	t := sf.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || scalar(t) {
		return
	}
	if sf.Anonymous && hasSource(t, none, 0) { // a struct itself was taken for a part of the one around it
		c.mistake("is an embedded pointer; embed the struct itself")
	} else if sf.IsExported() && hasSource(t, JSON, 0) {
		c.mistake("has no source, but fields of %v have; embed the struct, or give the field a json or form tag", t)
	}
}

// hasSource reports whether fields of t have a source. That of a plain field must
// not be json to count, which many structs carry for other reasons: except is JSON.
func hasSource(t reflect.Type, except Source, depth int) bool {
	for i := range t.NumField() {
		sf := t.Field(i)
		if source, _, _, err := sourceOf(sf.Tag); err == nil && source != none && (source != JSON || except != JSON) {
			return true
		}
		if sf.Anonymous && sf.Type.Kind() == reflect.Struct && depth < 10 && hasSource(sf.Type, except, depth+1) {
			return true
		}
	}
	return false
}

// sourceOf reads the tags that name a source: exactly one, or none.
func sourceOf(tag reflect.StructTag) (source Source, name, options string, err error) {
	for s := Path; int(s) < len(sourceNames); s++ {
		text, ok := tag.Lookup(s.String())
		if !ok || text == "-" {
			continue
		}
		if source != none {
			return none, "", "", fmt.Errorf("has two sources, %v and %v; a field has one", source, s)
		}
		source = s
		name, options, _ = strings.Cut(text, ",")
	}
	if source != none && name == "" {
		return none, "", "", fmt.Errorf("has a %v tag without a name; write the name that clients use", source)
	}
	return source, name, options, nil
}

// scalar reports whether a struct is filled from one value.
func scalar(t reflect.Type) bool {
	return t == timeType || t.Implements(optionalType) ||
		reflect.PointerTo(t).Implements(textType) || reflect.PointerTo(t).Implements(unmarshalerType)
}

// complete reads the other tags of a field.
func (c *compiler) complete(f *field, tag reflect.StructTag, options string) error {
	o, err := optionsOf(f, options)
	if err != nil {
		return err
	}
	o.layout = tag.Get("layout")
	_, f.secret = tag.Lookup("secret")
	f.validate = tag.Get("validate")
	if f.typ.Implements(optionalType) {
		c.noteOpt(f.typ)
	}
	if err := f.split(); err != nil {
		return err
	}
	o.most = f.most()
	if f.source == File {
		if f.typ != uploadType && f.typ != uploadsType {
			return fmt.Errorf("has a file tag but is a %v; files are *framework.Upload, or []*framework.Upload", f.typ)
		}
	} else if f.source == JSON {
		if f.json, f.node, err = c.json(f.typ, o); err != nil {
			return err
		}
	} else if err := f.compileText(o); err != nil {
		return err
	}
	kind := f.typ.Kind()
	f.nonNull = f.required && kind == reflect.Pointer
	text, ok := tag.Lookup("default")
	if !ok {
		return nil
	}
	if f.required {
		return errors.New("is required and has a default, which would never be used")
	}
	if f.typ.Implements(optionalType) {
		return errors.New("is an Opt, which tells whether it came, and has a default, which would hide it")
	}
	return f.setFallback(text, o)
}

type fieldOptions struct {
	layout string
	quoted bool // of encoding/json's string option
	csv    bool
	most   int // elements that an array shall have; -1: any number
}

func optionsOf(f *field, list string) (o fieldOptions, err error) {
	for option := range strings.SplitSeq(list, ",") {
		switch {
		case option == "":
		case f.source == JSON && (option == "omitempty" || option == "omitzero"): // of answers
		case f.source == JSON && option == "string":
			o.quoted = true
		case f.source != JSON && f.source != File && option == "csv":
			o.csv = true
		default:
			return o, fmt.Errorf("has the option %q, which a %v tag does not know", option, f.source)
		}
	}
	return o, nil
}

// compileText chooses how texts become the field.
func (f *field) compileText(o fieldOptions) (err error) {
	f.csv = o.csv
	if multiple(f.typ) {
		f.list, err = listOf(f.typ, o.layout)
		return err
	}
	if o.csv {
		return fmt.Errorf("has the option csv, which is for slices; it is a %v", f.typ)
	}
	f.text, err = textOf(f.typ, o.layout)
	t := f.typ
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	} else if t.Implements(optionalType) {
		t = t.Field(0).Type
	}
	f.hint = (f.source == Query || f.source == Form) && (t.Kind() != reflect.String || reflect.PointerTo(t).Implements(textType))
	return err
}

// setFallback checks the default tag: it is written as in a query, and a list with
// commas.
func (f *field) setFallback(text string, o fieldOptions) error {
	probe := *f
	if f.text == nil && f.list == nil {
		if err := probe.compileText(fieldOptions{layout: o.layout}); err != nil {
			return fmt.Errorf("cannot have a default: it %w", err)
		}
		f.text, f.list = probe.text, probe.list
	}
	f.fallback, f.defaulted = text, true
	if f.list != nil {
		f.fallbackList = splitList(nil, text)
	}
	if r := f.setDefault(reflect.New(f.typ).UnsafePointer()); r != nil {
		return fmt.Errorf("has the default %q: %s", text, r.message(nil, false).in(nil))
	}
	return nil
}

// setDefault fills the field at p. It parses anew, so that no two requests share a
// slice.
func (f *field) setDefault(p unsafe.Pointer) *refusal {
	if f.list != nil {
		_, r := f.list(p, f.fallbackList)
		return r
	}
	return f.text(p, f.fallback)
}

// splitList appends the elements of a list with commas.
func splitList(list []string, text string) []string {
	if strings.TrimSpace(text) == "" {
		return list
	}
	for element := range strings.SplitSeq(text, ",") {
		list = append(list, strings.TrimSpace(element))
	}
	return list
}

// finish completes a plan whose fields are known.
func (c *compiler) finish(s *structPlan) {
	s.byName = make(map[string]int, len(s.fields))
	for i := range s.fields {
		f := &s.fields[i]
		if f.source == JSON {
			s.byName[f.name] = i
		}
		if f.required {
			s.required.add(i)
		}
		if f.defaulted {
			s.defaulted.add(i)
		}
		if f.node != nil && (!f.node.defaulted.empty() || !f.node.inner.empty()) {
			s.inner.add(i)
		}
	}
	c.made = append(c.made, s)
}

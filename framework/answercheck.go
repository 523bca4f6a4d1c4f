package framework

import (
	"fmt"
	"iter"
	"reflect"

	"github.com/dewar-go/dewar/framework/binding"
	"github.com/dewar-go/dewar/framework/form"
)

// checkAnswer tries what a typed handler answers by the rules of its type: a client
// that was promised them could bind it. The error is the program's, so that it does
// not wrap the *binding.Error, which would look like one of the input.
func (c *Context) checkAnswer(t reflect.Type, out any) error {
	body, err := c.app.json.Marshal(out)
	if err != nil {
		return fmt.Errorf("framework: JSON of %T: %w", out, err)
	}
	plan, err := c.app.inputs.Plan(t)
	if err == nil {
		err = plan.Bind(reflect.New(t).Interface(), answered(body))
	}
	if err != nil {
		return fmt.Errorf("framework: the answer of %s breaks the rules of %v: %v", c.Endpoint(), t, err)
	}
	return nil
}

// hasRules reports whether a type, or one that it holds, has validate tags.
func hasRules(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Tag.Get("validate") != "" || hasRules(f.Type, seen) {
				return true
			}
		}
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return hasRules(t.Elem(), seen)
	}
	return false
}

// outputs compiles what the routes answer, and reports the mistakes of its tags.
func (c *compiler) outputs(binder *binding.Binder, list []*declaration) {
	for _, d := range list {
		if d.mistake != nil || !d.ruled {
			continue
		}
		if _, err := binder.Plan(d.output); err != nil {
			for _, m := range flatten(err) {
				c.mistake(d.site, "Bind, for App.CheckAnswers: %w", m)
			}
		}
	}
}

// answered is an answer as if it were a request.
type answered []byte

func (answered) Lookup(binding.Source, string) (string, bool) { return "", false }
func (answered) All(binding.Source, string) iter.Seq[string]  { return func(func(string) bool) {} }
func (answered) Names(binding.Source) iter.Seq[string]        { return func(func(string) bool) {} }
func (answered) MediaType() string                            { return jsonType }
func (answered) Language() string                             { return "" }
func (a answered) Body(int64) ([]byte, error)                 { return a, nil }
func (answered) Multipart() (*form.Form, error)               { return &form.Form{}, nil }

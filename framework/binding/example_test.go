package binding_test

import (
	"errors"
	"fmt"
	"iter"
	"reflect"

	"github.com/dewar-go/dewar/framework/binding"
	"github.com/dewar-go/dewar/framework/form"
)

// order is a request that consists of a JSON body.
type order string

func (order) Lookup(binding.Source, string) (string, bool) { return "", false }
func (order) All(binding.Source, string) iter.Seq[string]  { return func(func(string) bool) {} }
func (order) Names(binding.Source) iter.Seq[string]        { return func(func(string) bool) {} }
func (order) MediaType() string                            { return "application/json" }
func (o order) Body(int64) ([]byte, error)                 { return []byte(o), nil }
func (order) Language() string                             { return "" }
func (order) Multipart() (*form.Form, error)               { return &form.Form{}, nil }

func Example() {
	type Item struct {
		Article string `json:"article" validate:"required,len=6"`
		Qty     int    `json:"qty" validate:"required,min=1"`
	}
	type Order struct {
		Email string              `json:"email" validate:"required,email"`
		Note  binding.Opt[string] `json:"note"`
		Items []Item              `json:"items" validate:"required,min=1"`
	}
	binder, err := binding.New(binding.Config{})
	if err != nil {
		panic(err)
	}
	plan, err := binder.Plan(reflect.TypeFor[Order]())
	if err != nil {
		panic(err) // a mistake in the tags
	}
	var o Order
	err = plan.Bind(&o, order(`{"email": "ada", "items": [{"article": "ABC123"}, {"article": "x", "qty": "two"}]}`))
	var wrong *binding.Error
	if errors.As(err, &wrong) {
		fmt.Println(wrong.Status, wrong.Detail)
		for _, m := range wrong.Mistakes {
			fmt.Println(m.Pointer, m.Code+":", m.Message)
		}
	}
	// Output:
	// 422 The content of the request has 4 mistakes.
	// /items/0/qty required: is required, but absent
	// /items/1/qty type: expected an integer, got the text "two"
	// /items/1/article len: must have exactly 6 characters
	// /email email: must be an e-mail address, such as ada@example.com
}

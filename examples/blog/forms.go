package main

import (
	"errors"
	"strings"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/binding"
	"github.com/go-playground/validator/v10"
)

// rules are what validate tags may ask for here, beside those of the validator.
var rules = map[string]binding.Rule{
	// An empty input of a form comes as an empty text, which required takes.
	"filled": {
		Check:   func(f validator.FieldLevel) bool { return strings.TrimSpace(f.Field().String()) != "" },
		Message: "is missing",
	},
	// PostgreSQL keeps any text without it.
	"nozero": {
		Check:   func(f validator.FieldLevel) bool { return !strings.ContainsRune(f.Field().String(), 0) },
		Message: "has a character that cannot be kept",
	},
}

// bind fills the struct that in points to from the form. What is wrong with the form
// comes back by field, to be shown with it; an error is of a request that is no form.
func bind(c *framework.Context, in any) (wrong map[string]string, err error) {
	err = c.Bind(in)
	mistakes, ok := errors.AsType[*binding.Error](err)
	if !ok || mistakes.Status != 422 {
		return nil, err
	}
	wrong = map[string]string{}
	for _, m := range mistakes.Mistakes {
		wrong[m.Parameter] = m.Message
	}
	return wrong, nil
}

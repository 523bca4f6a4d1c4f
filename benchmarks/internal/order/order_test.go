package order

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/go-playground/validator/v10"
)

func TestRightHasAKilobyte(t *testing.T) {
	if n := len(JSON()); n < 980 || n > 1070 {
		t.Errorf("%d bytes, want about 1 KB", n)
	}
}

// The rules stand in two tags, and both refuse every wrong order.
func TestRulesOfBothTags(t *testing.T) {
	for _, tag := range []string{"validate", "binding"} {
		rules := validator.New(validator.WithRequiredStructEnabled())
		rules.SetTagName(tag)
		if err := rules.Struct(Right()); err != nil {
			t.Errorf("%s: the right order: %v", tag, err)
		}
		for _, m := range Wrong() {
			var o Order
			if json.Unmarshal(m.JSON, &o) == nil && rules.Struct(o) == nil {
				t.Errorf("%s: %s was taken", tag, m.Name)
			}
		}
	}
	for _, of := range []reflect.Type{reflect.TypeFor[Order](), reflect.TypeFor[Address](), reflect.TypeFor[Item]()} {
		for i := range of.NumField() {
			if f := of.Field(i); f.Tag.Get("validate") != f.Tag.Get("binding") {
				t.Errorf("%v.%s has other rules in validate than in binding", of, f.Name)
			}
		}
	}
}

func TestReceipt(t *testing.T) {
	want := Receipt{Number: "A102938475", Name: "Ada Lovelace", City: "Zürich", Pieces: 11, Cents: 28485}
	if got := Right().Receipt(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

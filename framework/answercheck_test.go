package framework_test

import (
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/binding"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

type answerLine struct {
	Qty int `json:"qty" validate:"min=1"`
}

type answerOrder struct {
	ID    string       `json:"id" validate:"required,uuid"`
	Paid  bool         `json:"paid" validate:"required"`
	Lines []answerLine `json:"lines" validate:"max=2"`
	Note  *string      `json:"note,omitempty" validate:"max=3"`
}

const answerID = "123e4567-e89b-42d3-a456-426614174000"

// What breaks the rules of its own type is a bug of the program, which debugging shows.
func TestAnswersAreChecked(t *testing.T) {
	long := "long"
	for _, test := range []struct {
		out  any
		want string // of the log; "" where the answer is fine
	}{
		{answerOrder{ID: answerID}, ""}, // false is there
		{answerOrder{ID: answerID, Lines: []answerLine{{1}, {2}}}, ""},
		{answerOrder{ID: "7"}, "body /id must be a UUID"},
		{answerOrder{ID: answerID, Lines: []answerLine{{1}, {0}}}, "body /lines/1/qty must be at least 1"},
		{answerOrder{ID: answerID, Lines: []answerLine{{1}, {1}, {1}}}, "body /lines must have at most 2 elements"},
		{answerOrder{ID: answerID, Note: &long}, "body /note must have at most 3 characters"},
		{[]answerOrder{{ID: answerID}, {}}, "body /1/id must be a UUID"},
		{7, ""},
	} {
		for _, checked := range []bool{true, false} {
			app, log := newApp(t)
			app.CheckAnswers = checked
			switch out := test.out.(type) {
			case answerOrder:
				app.Post("/", framework.Bind(func(*framework.Context, struct{}) (answerOrder, error) { return out, nil })).Name("orders")
			case []answerOrder:
				app.Post("/", framework.Bind(func(*framework.Context, struct{}) ([]answerOrder, error) { return out, nil })).Name("orders")
			case int:
				app.Post("/", framework.Bind(func(*framework.Context, struct{}) (int, error) { return out, nil })).Name("orders")
			}
			framework.HandleAs(app, func(c *framework.Context, err *binding.Error) error {
				return c.Status(422).Text("the client's mistake?")
			})
			r := send(t, app, gatewaytest.Request{Target: "/"}, "", "")
			bad := checked && test.want != ""
			if bad != (r.Status == 500) || bad && (!strings.Contains(log.String(), test.want) || !strings.Contains(log.String(), "the answer of orders breaks the rules")) || !bad && r.Status != 200 {
				t.Errorf("%+v, checked %v: %d %s\n%s", test.out, checked, r.Status, r.Body, log)
			}
			if bad && strings.Contains(string(r.Body), "/id") {
				t.Errorf("the client is told: %s", r.Body)
			}
		}
	}
}

// A type without rules is not looked at, whatever it is.
func TestAnswersWithoutRules(t *testing.T) {
	type inner struct{ Untagged int }
	type out struct {
		Inner inner    `json:"inner"`
		Next  *out     `json:"next"`
		Err   error    `json:"err"`
		Chan  chan int `json:"-"`
	}
	app, _ := newApp(t)
	app.CheckAnswers = true
	app.Post("/", framework.Bind(func(*framework.Context, struct{}) (out, error) { return out{}, nil }))
	if r := send(t, app, gatewaytest.Request{Target: "/"}, "", ""); r.Status != 200 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

// Rules that cannot be are told at the freeze, where they are to be used.
func TestAnswerRulesAtFreeze(t *testing.T) {
	type wrong struct {
		ID string `json:"id" validate:"uuuid"`
	}
	for _, checked := range []bool{true, false} {
		app, _ := newApp(t)
		app.CheckAnswers = checked
		app.Post("/", framework.Bind(func(*framework.Context, struct{}) (wrong, error) { return wrong{}, nil }))
		err := app.Freeze()
		if checked != (err != nil) || checked && (!strings.Contains(err.Error(), "answercheck_test.go:") || !strings.Contains(err.Error(), "undefined validation function 'uuuid'")) {
			t.Errorf("checked %v: %v", checked, err)
		}
	}
}

package framework

import (
	"reflect"
	"testing"

	"github.com/dewar-go/dewar/framework/routing"
	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway"
)

// TestResetClearsEveryField fills every field of a Context and looks what reset
// leaves: only the memory of match.Params, which nobody can read, and the flag that
// forbids reuse, with its lock.
func TestResetClearsEveryField(t *testing.T) {
	c := &Context{
		app: &frozen{}, x: &gateway.Exchange{}, target: &target{},
		match: routing.Match{Status: 1, Rule: &routing.Rule{}, Params: []routing.Param{{Name: "a"}}, Reason: "x"},
		after: []Handler{nil}, values: []entry{{1, 2}}, query: Values{{Name: "a", Value: "b"}}, parsed: true, log: (&App{}).logger(),
		cookies: Values{{Name: "a", Value: "b"}}, cookiesParsed: true, session: &session.Session{}, content: incoming{taken: true}, agent: &Agent{}, flashes: []Flash{{}}, made: []made{{}}, cleanups: []func(){nil},
	}
	c.asked.Store(1)
	fill(t, c)
	c.reset()
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		name, field := v.Type().Field(i).Name, v.Field(i)
		switch {
		case name == "lent" || name == "mu":
		case name == "match":
			params := c.match.Params
			if len(params) != 0 || cap(params) == 0 {
				t.Errorf("match.Params is %v after reset", params)
			}
			c.match.Params = nil
			if !field.IsZero() {
				t.Errorf("match is %+v after reset", c.match)
			}
		case !field.IsZero():
			t.Errorf("reset leaves %s", name)
		}
	}
}

// fill fails where a field was added that the test does not fill.
func fill(t *testing.T, c *Context) {
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; name != "lent" && name != "mu" && v.Field(i).IsZero() {
			t.Errorf("the test does not fill %s; is it reset?", name)
		}
	}
}

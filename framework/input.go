package framework

import (
	"fmt"

	"github.com/dewar-go/dewar/framework/routing"
)

// Param returns a variable of the rule as text, decoded; "" where the rule has
// none of that name.
func (c *Context) Param(name string) string {
	if p := c.param(name); p != nil {
		return p.Text
	}
	return ""
}

// Int returns a variable of the rule with the converter int. It cannot fail for
// the request's sake: <int:id> matched nothing but a number. It panics where the
// rule has no such variable, which is a mistake in the program.
func (c *Context) Int(name string) int {
	if p := c.param(name); p != nil {
		if n, ok := p.Value().(int); ok {
			return n
		}
	}
	panic(c.noParam(name, "int"))
}

// Float returns a variable with the converter float; as Int.
func (c *Context) Float(name string) float64 {
	if p := c.param(name); p != nil {
		if f, ok := p.Value().(float64); ok {
			return f
		}
	}
	panic(c.noParam(name, "float"))
}

// Arg returns a variable or default of the rule as the value that its converter
// gave: int, float64, string, or what a converter of the application returns. nil
// where there is none.
func (c *Context) Arg(name string) any {
	if p := c.param(name); p != nil {
		return p.Value()
	}
	return nil
}

// Args returns all variables and defaults, in the order of the rule. Borrowed
// until the handler returns.
func (c *Context) Args() []routing.Param {
	c.exchange()
	return c.match.Params
}

func (c *Context) param(name string) *routing.Param {
	c.exchange()
	for i := range c.match.Params {
		if c.match.Params[i].Name == name {
			return &c.match.Params[i]
		}
	}
	return nil
}

func (c *Context) noParam(name, converter string) string {
	pattern := ""
	if c.match.Rule != nil {
		pattern = c.match.Rule.Pattern
	}
	return fmt.Sprintf("framework: rule %q has no <%s:%s>", pattern, converter, name)
}

// Query returns the parameters of the query, parsed at the first call. One with
// more than 1000 ends the request with 400.
func (c *Context) Query() Values {
	r := c.Request()
	if !c.parsed {
		values, err := parseQuery(r.Query)
		if err != nil {
			panic(err)
		}
		c.query, c.parsed = values, true
	}
	return c.query
}

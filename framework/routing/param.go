package routing

import "math"

// A Param is an argument of a match: a variable's value, or a rule's default.
type Param struct {
	Name string
	Text string // as the path has it, decoded; a default as it would stand there

	kind  kind
	bits  uint64 // an int's or a float's
	value any    // of a custom converter or a default
}

type kind uint8

const (
	kindText kind = iota
	kindInt
	kindFloat
	kindAny
)

// Int returns the value where the converter is int, and whether it is.
func (p *Param) Int() (int, bool) { return int(p.bits), p.kind == kindInt }

// Float returns the value where the converter is float, and whether it is.
func (p *Param) Float() (float64, bool) {
	return math.Float64frombits(p.bits), p.kind == kindFloat
}

// Value returns the value as the converter gives it: int, float64, string, or
// what a custom converter or a default holds.
func (p *Param) Value() any {
	switch p.kind {
	case kindInt:
		return int(p.bits)
	case kindFloat:
		return math.Float64frombits(p.bits)
	case kindAny:
		return p.value
	}
	return p.Text
}

func (p *Param) setInt(n int)       { p.kind, p.bits = kindInt, uint64(n) }
func (p *Param) setFloat(f float64) { p.kind, p.bits = kindFloat, math.Float64bits(f) }
func (p *Param) setAny(v any)       { p.kind, p.value = kindAny, v }

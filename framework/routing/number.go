package routing

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// An intConverter is int: decimal digits. A number that does not fit into an int
// does not match.
type intConverter struct {
	digits   int // exactly so many, a sign included; 0: any number
	min, max int
	signed   bool
}

func newInt(a *arguments) converter {
	c := intConverter{
		digits: a.number("fixed_digits", 0),
		min:    a.number("min", math.MinInt),
		max:    a.number("max", math.MaxInt),
		signed: a.flag("signed"),
	}
	if c.min > c.max || c.max < 0 && !c.signed || c.digits < 0 {
		a.fail(fmt.Errorf("bounds from %d to %d hold nothing", c.min, c.max))
	}
	return c
}

func (c intConverter) shape() shape {
	regex := `[0-9]+`
	if c.digits > 0 && c.digits <= maxRepeat && !c.signed { // a sign counts among the digits
		regex = `[0-9]{` + strconv.Itoa(c.digits) + `}`
	}
	sample, _ := c.build(max(c.min, min(1, c.max)))
	return shape{regex: sign(c.signed) + regex, weight: 50, sample: sample}
}

func sign(signed bool) string {
	if signed {
		return `-?`
	}
	return ""
}

func (c intConverter) parse(text string, p *Param) bool {
	digits := text
	if c.signed && digits != "" && digits[0] == '-' {
		digits = digits[1:]
	}
	if !allDigits(digits) || c.digits > 0 && len(text) != c.digits {
		return false
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < c.min || n > c.max {
		return false
	}
	p.setInt(n)
	return true
}

func (c intConverter) build(value any) (string, error) {
	n, err := wholeOf(value)
	if err != nil {
		return "", err
	}
	s := strconv.FormatInt(n, 10)
	if missing := c.digits - len(s); missing > 0 {
		digits := strings.TrimPrefix(s, "-")
		s = s[:len(s)-len(digits)] + strings.Repeat("0", missing) + digits
	}
	return s, nil
}

// A floatConverter is float: digits, a point, digits; no exponent.
type floatConverter struct {
	min, max float64
	signed   bool
}

func newFloat(a *arguments) converter {
	c := floatConverter{
		min:    a.float("min", math.Inf(-1)),
		max:    a.float("max", math.Inf(1)),
		signed: a.flag("signed"),
	}
	if !(c.min <= c.max) || c.max < 0 && !c.signed {
		a.fail(fmt.Errorf("bounds from %g to %g hold nothing", c.min, c.max))
	}
	return c
}

func (c floatConverter) shape() shape {
	sample := formatFloat(max(c.min, min(1, c.max)))
	return shape{regex: sign(c.signed) + `[0-9]+\.[0-9]+`, weight: 50, sample: sample}
}

func (c floatConverter) parse(text string, p *Param) bool {
	digits := text
	if c.signed && digits != "" && digits[0] == '-' {
		digits = digits[1:]
	}
	whole, fraction, point := strings.Cut(digits, ".")
	if !point || !allDigits(whole) || !allDigits(fraction) {
		return false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f < c.min || f > c.max {
		return false
	}
	p.setFloat(f)
	return true
}

func (c floatConverter) build(value any) (string, error) {
	f, err := floatOf(value)
	if err != nil {
		return "", err
	}
	return formatFloat(f), nil
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if !digit(s[i]) {
			return false
		}
	}
	return s != ""
}

// formatFloat gives the shortest form that has a point and no exponent, which the
// float converter reads back: 2.0, 0.1, 100000.0.
func formatFloat(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// wholeOf reads a whole number from any of Go's integers, a whole float or text.
func wholeOf(value any) (int64, error) {
	v := reflect.ValueOf(value)
	switch {
	case v.CanInt():
		return v.Int(), nil
	case v.CanUint() && v.Uint() <= math.MaxInt64:
		return int64(v.Uint()), nil
	case v.CanFloat() && v.Float() == math.Trunc(v.Float()) && math.Abs(v.Float()) < 1<<63:
		return int64(v.Float()), nil
	}
	n, err := strconv.ParseInt(textOf(value), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%v (%T) is not a whole number", value, value)
	}
	return n, nil
}

// floatOf reads a finite number.
func floatOf(value any) (float64, error) {
	v := reflect.ValueOf(value)
	var f float64
	var err error
	switch {
	case v.CanFloat():
		f = v.Float()
	case v.CanInt():
		f = float64(v.Int())
	case v.CanUint():
		f = float64(v.Uint())
	default:
		f, err = strconv.ParseFloat(textOf(value), 64)
	}
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return 0, fmt.Errorf("%v (%T) is not a finite number", value, value)
	}
	return f, nil
}

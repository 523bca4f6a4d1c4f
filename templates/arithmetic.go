package templates

import (
	"math"
	"math/big"
)

// maxIntegerBits bounds integers, so that 9**9**9 ends with an error. Python
// refuses to print above 4300 digits, some 14,000 bits.
const maxIntegerBits = 1 << 14

func unsupported(op string, a, b value) error {
	return faultf("unsupported operand type(s) for %s: %s and %s", op, quote(a.typeName()), quote(b.typeName()))
}

// arithmetic computes a op b by Python's rules.
func (r *run) arithmetic(op string, a, b value) (value, error) {
	if a.kind == kindInt && b.kind == kindInt {
		if v, ok := intArithmetic(op, a.int(), b.int()); ok {
			return v, nil
		}
	}
	if err := a.check(); err != nil {
		return value{}, err
	}
	if op == "%" && a.kind == kindString {
		v, err := r.percentFormat(a, b)
		if err != nil {
			return value{}, err
		}
		return r.checkText(v)
	}
	if err := b.check(); err != nil {
		return value{}, err
	}
	a, b = basic(a), basic(b)
	switch {
	case a.kind == kindFloat && b.isNumber(), b.kind == kindFloat && a.isNumber(), op == "/" && a.isNumber() && b.isNumber():
		return floatArithmetic(op, a, b)
	case a.isInteger() && b.isInteger():
		return bigArithmetic(op, toBig(a), toBig(b))
	case op == "+":
		return r.add(a, b)
	case op == "*":
		return r.repeat(a, b)
	}
	return value{}, unsupported(op, a, b)
}

// intArithmetic handles what neither overflows nor fails.
func intArithmetic(op string, a, b int64) (value, bool) {
	switch op {
	case "+":
		c := a + b
		return intValue(c), (c > a) == (b > 0)
	case "-":
		c := a - b
		return intValue(c), (c < a) == (b > 0)
	case "*":
		if a == 0 || b == 0 {
			return intValue(0), true
		}
		c := a * b
		return intValue(c), c/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64)
	case "//":
		if b == 0 || b == -1 {
			return value{}, false
		}
		q := a / b
		if a%b != 0 && (a < 0) != (b < 0) {
			q--
		}
		return intValue(q), true
	case "%":
		if b == 0 || b == -1 {
			return value{}, false
		}
		m := a % b
		if m != 0 && (m < 0) != (b < 0) {
			m += b
		}
		return intValue(m), true
	}
	return value{}, false
}

func toBig(v value) *big.Int {
	if v.kind == kindBig {
		return v.big()
	}
	return big.NewInt(v.int())
}

func toFloat(v value) (float64, bool) {
	switch v.kind {
	case kindFloat:
		return v.float(), true
	case kindInt, kindBool:
		return float64(v.int()), true
	case kindBig:
		f, _ := new(big.Float).SetInt(v.big()).Float64()
		return f, true
	}
	return 0, false
}

var errZeroDivision = faultf("division by zero")

func floatArithmetic(op string, a, b value) (value, error) {
	x, _ := toFloat(a)
	y, _ := toFloat(b)
	switch op {
	case "+":
		return floatValue(x + y), nil
	case "-":
		return floatValue(x - y), nil
	case "*":
		return floatValue(x * y), nil
	case "**":
		p := math.Pow(x, y)
		switch {
		case x == 0 && y < 0:
			return value{}, faultf("0.0 cannot be raised to a negative power")
		case math.IsNaN(p) && !math.IsNaN(x) && !math.IsNaN(y):
			return value{}, faultf("a negative number cannot be raised to a fractional power")
		case math.IsInf(p, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0):
			return value{}, faultf("result too large")
		}
		return floatValue(p), nil
	}
	if y == 0 {
		return value{}, errZeroDivision
	}
	if op == "/" {
		return floatValue(x / y), nil
	}
	q, m := floatDivmod(x, y)
	if op == "//" {
		return floatValue(q), nil
	}
	return floatValue(m), nil
}

// floatDivmod is Python's divmod of floats. It begins with the remainder, which
// is exact: 1 // 0.1 is 9.0, although 1 / 0.1 is 10.0.
func floatDivmod(x, y float64) (quotient, remainder float64) {
	m := math.Mod(x, y)
	q := (x - m) / y
	switch {
	case m == 0:
		m = math.Copysign(0, y)
	case (m < 0) != (y < 0):
		m += y
		q--
	}
	if q == 0 {
		return math.Copysign(0, x/y), m
	}
	floor := math.Floor(q)
	if q-floor > 0.5 { // (x - m) / y was rounded down
		floor++
	}
	return floor, m
}

func bigArithmetic(op string, a, b *big.Int) (value, error) {
	if a.BitLen() > maxIntegerBits || b.BitLen() > maxIntegerBits {
		return value{}, errInteger
	}
	c := new(big.Int)
	switch op {
	case "+":
		return bigValue(c.Add(a, b)), nil
	case "-":
		return bigValue(c.Sub(a, b)), nil
	case "*":
		return bigValue(c.Mul(a, b)), nil
	case "**":
		return bigPower(a, b)
	}
	if b.Sign() == 0 {
		if op == "%" {
			return value{}, faultf("integer modulo by zero")
		}
		return value{}, errZeroDivision
	}
	m := new(big.Int)
	c.QuoRem(a, b, m)
	if m.Sign() != 0 && (m.Sign() < 0) != (b.Sign() < 0) {
		c.Sub(c, big.NewInt(1))
		m.Add(m, b)
	}
	if op == "//" {
		return bigValue(c), nil
	}
	return bigValue(m), nil
}

var errInteger = limitf("integer above %d bits", maxIntegerBits)

func bigPower(a, b *big.Int) (value, error) {
	if b.Sign() < 0 {
		return floatArithmetic("**", bigValue(a), bigValue(b))
	}
	if a.BitLen() > 1 && (!b.IsInt64() || int64(a.BitLen()-1)*b.Int64() > maxIntegerBits) {
		return value{}, errInteger
	}
	if a.BitLen() <= 1 { // -1, 0, 1: only parity and zero matter
		b = new(big.Int).And(b, big.NewInt(1)).Or(new(big.Int).And(b, big.NewInt(1)), big.NewInt(int64(2*b.Sign())))
	}
	return bigValue(new(big.Int).Exp(a, b, nil)), nil
}

// negate is -x, plus is +x.
func (r *run) negate(x value) (value, error) {
	if err := x.check(); err != nil {
		return value{}, err
	}
	x = basic(x)
	switch {
	case x.kind == kindFloat:
		return floatValue(-x.float()), nil
	case x.isInteger():
		return bigValue(new(big.Int).Neg(toBig(x))), nil
	}
	return value{}, faultf("bad operand type for unary -: %s", quote(x.typeName()))
}

func (r *run) plus(x value) (value, error) {
	if err := x.check(); err != nil {
		return value{}, err
	}
	x = basic(x)
	switch {
	case x.kind == kindBool:
		return intValue(x.int()), nil
	case x.isNumber():
		return x, nil
	}
	return value{}, faultf("bad operand type for unary +: %s", quote(x.typeName()))
}

package templates

import (
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"
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
		return r.percentFormat(a, b)
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
	switch op {
	case "/":
		return floatValue(x / y), nil
	case "//":
		return floatValue(math.Floor(x / y)), nil
	}
	m := math.Mod(x, y)
	if m != 0 && (m < 0) != (y < 0) {
		m += y
	}
	return floatValue(m), nil
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

// add joins strings, lists and tuples. Markup escapes what it is joined to.
func (r *run) add(a, b value) (value, error) {
	switch {
	case a.kind == kindString && b.kind == kindString:
		if a.isMarkup() || b.isMarkup() {
			return r.checkText(markupValue(escapeText(a) + escapeText(b)))
		}
		return r.checkText(stringValue(a.str() + b.str()))
	case a.kind == kindString:
		return value{}, faultf(`can only concatenate str (not "%s") to str`, b.typeName())
	case a.kind == kindTuple && b.kind == kindTuple:
		return tupleValue(slices.Concat(a.tuple().items, b.tuple().items)...), nil
	}
	if a.typeName() == "list" && b.typeName() == "list" {
		x, err := r.items(a)
		if err != nil {
			return value{}, err
		}
		y, err := r.items(b)
		if err != nil {
			return value{}, err
		}
		if len(x)+len(y) > r.limits.Loops {
			return value{}, r.loopLimit()
		}
		return listValue(slices.Concat(x, y)), nil
	}
	if a.kind == kindList || a.kind == kindTuple {
		return value{}, faultf(`can only concatenate %s (not "%s") to %s`, a.typeName(), b.typeName(), a.typeName())
	}
	return value{}, unsupported("+", a, b)
}

// checkText refuses a string longer than any output may be.
func (r *run) checkText(v value) (value, error) {
	if int(v.num) > r.limits.Output {
		return value{}, r.outputLimit()
	}
	return v, nil
}

func (r *run) repeat(a, b value) (value, error) {
	if a.kind == kindInt || a.kind == kindBool {
		a, b = b, a
	}
	items, isSequence := indexed(a)
	if !isSequence && a.kind != kindString {
		return value{}, unsupported("*", a, b)
	}
	if b.kind != kindInt && b.kind != kindBool {
		return value{}, faultf("can't multiply sequence by non-int of type %s", quote(b.typeName()))
	}
	n := max(b.int(), 0)
	if a.kind == kindString {
		if n > 0 && int64(a.num) > int64(r.limits.Output)/n {
			return value{}, r.outputLimit()
		}
		return textLike(a, strings.Repeat(a.str(), int(n))), nil
	}
	if n > 0 && int64(len(items)) > int64(r.limits.Loops)/n {
		return value{}, r.loopLimit()
	}
	out := slices.Repeat(items, int(n))
	if a.kind == kindTuple {
		return tupleValue(out...), nil
	}
	return listValue(out), nil
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

// compare computes a op b.
func (r *run) compare(op string, a, b value) (bool, error) {
	switch op {
	case "==", "!=":
		if a.kind == kindInt && b.kind == kindInt {
			return (a.num == b.num) == (op == "=="), nil
		}
		for _, v := range [2]value{a, b} {
			if v.kind == kindUndefined {
				if err := v.ref.(*undefined).use(undefinedCompare); err != nil {
					return false, err
				}
			}
		}
		return equal(a, b) == (op == "=="), nil
	case "in":
		return r.contains(b, a)
	case "not in":
		ok, err := r.contains(b, a)
		return !ok, err
	}
	n, err := order(a, b)
	if err != nil {
		var f *fault
		if e, ok := err.(*fault); ok {
			f = e
		}
		if f != nil && f.kind == ErrRuntime {
			return false, faultf("%s not supported between instances of %s and %s", quote(op), quote(a.typeName()), quote(b.typeName()))
		}
		return false, err
	}
	switch {
	case n == unordered:
		return false, nil
	case op == "<":
		return n < 0, nil
	case op == "<=":
		return n <= 0, nil
	case op == ">":
		return n > 0, nil
	}
	return n >= 0, nil
}

// equal is Python's ==; it never fails.
func equal(a, b value) bool { return equalTo(a, b, 0) }

func equalTo(a, b value, depth int) bool {
	if depth > maxNesting {
		return false
	}
	a, b = basic(a), basic(b)
	switch {
	case a.kind == kindString && b.kind == kindString:
		return a.str() == b.str()
	case a.isNumber() && b.isNumber():
		n, _ := order(a, b)
		return n == 0
	}
	if a.kind != b.kind && a.kind != kindGo && b.kind != kindGo {
		return false
	}
	switch a.kind {
	case kindNone, kindUndefined:
		return a.kind == b.kind
	case kindTuple:
		return b.kind == kindTuple && equalItems(a.tuple().items, b.tuple().items, depth)
	case kindObject:
		if x, ok := a.ref.(*rangeObject); ok {
			y, ok := b.ref.(*rangeObject)
			return ok && x.equal(y)
		}
		return a.ref == b.ref
	}
	return equalComposite(a, b, depth)
}

// equalComposite compares what may be a template's value or Go's.
func equalComposite(a, b value, depth int) bool {
	if x, ok := mapping(a); ok {
		y, ok := mapping(b)
		if !ok || x.len() != y.len() {
			return false
		}
		for k, v := range x.all() {
			other, ok, err := y.get(k)
			if !ok || err != nil || !equalTo(v, other, depth+1) {
				return false
			}
		}
		return true
	}
	if a.typeName() == "list" || b.typeName() == "list" {
		x, okA := listItems(a)
		y, okB := listItems(b)
		return okA && okB && equalItems(x, y, depth)
	}
	return a.kind == kindGo && b.kind == kindGo && equalGo(a.ref, b.ref)
}

func equalGo(a, b any) bool {
	if x, ok := goTime(a); ok {
		if y, ok := goTime(b); ok {
			return x.Equal(y)
		}
	}
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	if x.Type() != y.Type() || !x.Comparable() || !y.Comparable() {
		return false
	}
	return a == b
}

// listItems gives the items of a list or a Go slice.
func listItems(v value) ([]value, bool) {
	switch v.kind {
	case kindList:
		return v.list().items, true
	case kindGo:
		rv := indirect(reflect.ValueOf(v.ref))
		if rv.Kind() != reflect.Slice && rv.Kind() != reflect.Array {
			return nil, false
		}
		items := make([]value, rv.Len())
		for i := range items {
			items[i] = ofReflect(rv.Index(i))
		}
		return items, true
	}
	return nil, false
}

func equalItems(a, b []value, depth int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equalTo(a[i], b[i], depth+1) {
			return false
		}
	}
	return true
}

// unordered is what order gives for NaN.
const unordered = 2

// order compares a and b: -1, 0 or 1.
func order(a, b value) (int, error) {
	if a.kind == kindInt && b.kind == kindInt {
		return compareOrdered(a.int(), b.int()), nil
	}
	if a.kind == kindString && b.kind == kindString {
		return strings.Compare(a.str(), b.str()), nil
	}
	if err := a.check(); err != nil {
		return 0, err
	}
	if err := b.check(); err != nil {
		return 0, err
	}
	a, b = basic(a), basic(b)
	switch {
	case a.isInteger() && b.isInteger():
		return toBig(a).Cmp(toBig(b)), nil
	case a.isNumber() && b.isNumber():
		return orderFloats(a, b), nil
	case a.kind == kindString && b.kind == kindString:
		return strings.Compare(a.str(), b.str()), nil
	case a.kind == kindGo && b.kind == kindGo:
		x, okA := goTime(a.ref)
		y, okB := goTime(b.ref)
		if okA && okB {
			return x.Compare(y), nil
		}
	}
	x, okA := orderItems(a)
	y, okB := orderItems(b)
	if !okA || !okB || (a.kind == kindTuple) != (b.kind == kindTuple) {
		return 0, faultf("%s not supported between instances of %s and %s", quote("<"), quote(a.typeName()), quote(b.typeName()))
	}
	for i := range min(len(x), len(y)) {
		if equal(x[i], y[i]) {
			continue
		}
		return order(x[i], y[i])
	}
	return compareOrdered(int64(len(x)), int64(len(y))), nil
}

func orderItems(v value) ([]value, bool) {
	if v.kind == kindTuple {
		return v.tuple().items, true
	}
	return listItems(v)
}

func goTime(ref any) (time.Time, bool) {
	switch t := ref.(type) {
	case time.Time:
		return t, true
	case *time.Time:
		return *t, true
	}
	return time.Time{}, false
}

func compareOrdered(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func orderFloats(a, b value) int {
	x, _ := toFloat(a)
	y, _ := toFloat(b)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	case x == y:
		return 0
	}
	return unordered
}

// contains is "item in box".
func (r *run) contains(box, item value) (bool, error) {
	if box.kind == kindString {
		if err := item.check(); err != nil {
			return false, err
		}
		if item.kind != kindString {
			return false, faultf("'in <string>' requires string as left operand, not %s", item.typeName())
		}
		return strings.Contains(box.str(), item.str()), nil
	}
	if d, ok := mapping(box); ok {
		_, found, err := d.get(item)
		return found, err
	}
	if box.kind == kindUndefined {
		return false, box.ref.(*undefined).use(undefinedIterate)
	}
	seq, err := r.sequence(box)
	if err != nil {
		return false, faultf("argument of type %s is not iterable", quote(box.typeName()))
	}
	for i := range seq.n {
		if equal(seq.item(i), item) {
			return true, nil
		}
	}
	return false, nil
}

// join is a ~ b ~ c.
func (f *frame) join(items []value) (value, error) {
	markup := false
	for _, v := range items {
		markup = markup || f.escape && v.isMarkup()
	}
	var b strings.Builder
	for _, v := range items {
		s, err := f.text(v)
		if err != nil {
			return value{}, err
		}
		if markup && !v.isMarkup() {
			s = escapeString(s)
		}
		b.WriteString(s)
	}
	if b.Len() > f.limits.Output {
		return value{}, f.outputLimit()
	}
	if markup {
		return markupValue(b.String()), nil
	}
	return stringValue(b.String()), nil
}

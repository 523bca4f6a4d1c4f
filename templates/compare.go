package templates

import (
	"math"
	"math/big"
	"reflect"
	"strings"
	"time"
)

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
func equal(a, b value) bool { return new(comparison).equal(a, b) }

// A comparison remembers the pairs of lists, tuples and dicts that it has met:
// one that is met again is equal, or the comparison has ended there. So each
// pair is compared once, though a list may hold another many times, or itself.
type comparison struct {
	met   map[[2]uintptr]bool
	depth int
}

// meet tells whether two containers have been met before. Go's own data is not
// looked at: it was not made by a template.
func (c *comparison) meet(a, b value) bool {
	if !a.container() || !b.container() {
		return false
	}
	if c.met == nil {
		c.met = map[[2]uintptr]bool{}
	}
	pair := [2]uintptr{reflect.ValueOf(a.ref).Pointer(), reflect.ValueOf(b.ref).Pointer()}
	was := c.met[pair]
	c.met[pair] = true
	return was
}

func (v value) container() bool { return v.kind >= kindList && v.kind <= kindDict }

func (c *comparison) equal(a, b value) bool {
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
	case kindObject:
		if x, ok := a.ref.(*rangeObject); ok {
			y, ok := b.ref.(*rangeObject)
			return ok && x.equal(y)
		}
		return a.ref == b.ref
	}
	if c.depth++; c.depth > maxNesting {
		return false
	}
	same := c.meet(a, b) || c.composite(a, b)
	c.depth--
	return same
}

// composite compares what may be a template's value or Go's.
func (c *comparison) composite(a, b value) bool {
	if x, ok := mapping(a); ok {
		y, ok := mapping(b)
		if !ok || x.len() != y.len() {
			return false
		}
		for k, v := range x.all() {
			other, ok, err := y.get(k)
			if !ok || err != nil || !c.equal(v, other) {
				return false
			}
		}
		return true
	}
	if a.kind == kindTuple || b.kind == kindTuple {
		return a.kind == b.kind && c.items(a.tuple().items, b.tuple().items)
	}
	if a.typeName() == "list" || b.typeName() == "list" {
		x, okA := listItems(a)
		y, okB := listItems(b)
		return okA && okB && c.items(x, y)
	}
	return a.kind == kindGo && b.kind == kindGo && equalGo(a.ref, b.ref)
}

func (c *comparison) items(a, b []value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !c.equal(a[i], b[i]) {
			return false
		}
	}
	return true
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

// unordered is what order gives for NaN.
const unordered = 2

// order compares a and b: -1, 0 or 1.
func order(a, b value) (int, error) { return orderAt(a, b, 0) }

func orderAt(a, b value, depth int) (int, error) {
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
		return orderNumbers(a, b), nil
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
	if depth > maxNesting {
		return 0, limitf("lists nested deeper than %d", maxNesting)
	}
	for i := range min(len(x), len(y)) {
		if equal(x[i], y[i]) {
			continue
		}
		return orderAt(x[i], y[i], depth+1)
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

// orderNumbers compares numbers of which one is a float. Integers that a float
// may not hold are compared exactly, as Python does.
func orderNumbers(a, b value) int {
	x, _ := toFloat(a)
	y, _ := toFloat(b)
	const exact = 1 << 53
	if a.kind != b.kind && max(math.Abs(x), math.Abs(y)) >= exact && !math.IsNaN(x+y) {
		return toBigFloat(a).Cmp(toBigFloat(b))
	}
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

func toBigFloat(v value) *big.Float {
	if v.kind == kindFloat {
		return big.NewFloat(v.float())
	}
	return new(big.Float).SetInt(toBig(v))
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
		if same, err := r.compare("==", seq.item(i), item); same || err != nil {
			return same, err
		}
	}
	return false, nil
}

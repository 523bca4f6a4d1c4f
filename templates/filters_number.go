package templates

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

func filterAbs(f *frame, a []value) (value, error) {
	if err := a[0].check(); err != nil {
		return value{}, err
	}
	switch x := basic(a[0]); {
	case x.kind == kindFloat:
		return floatValue(math.Abs(x.float())), nil
	case x.isInteger():
		return bigValue(new(big.Int).Abs(toBig(x))), nil
	}
	return value{}, faultf("bad operand type for abs(): %s", quote(a[0].typeName()))
}

func filterFloat(f *frame, a []value) (value, error) {
	if err := a[0].check(); err != nil {
		return value{}, err
	}
	v := basic(a[0])
	if n, ok := toFloat(v); ok {
		return floatValue(n), nil
	}
	if v.kind == kindString {
		if n, ok := parseFloat(v.str()); ok {
			return floatValue(n), nil
		}
	}
	return a[1], nil
}

// parseFloat reads what Python's float() reads.
func parseFloat(s string) (float64, bool) {
	s = asciiDigits(strings.TrimSpace(s))
	if strings.ContainsAny(s, "xXpP") || strings.Contains(s, "__") || strings.HasPrefix(s, "_") || strings.HasSuffix(s, "_") {
		return 0, false
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	if err != nil && !math.IsInf(n, 0) {
		return 0, false
	}
	return n, true
}

// asciiDigits reads the decimal digits of all scripts. Unicode keeps each
// script's ten digits together, from zero.
func asciiDigits(s string) string {
	return strings.Map(func(c rune) rune {
		if c <= unicode.MaxASCII || !unicode.IsDigit(c) {
			return c
		}
		for _, r := range unicode.Nd.R16 {
			if lo, hi := rune(r.Lo), rune(r.Hi); c >= lo && c <= hi {
				return '0' + (c-lo)%10
			}
		}
		for _, r := range unicode.Nd.R32 {
			if lo, hi := rune(r.Lo), rune(r.Hi); c >= lo && c <= hi {
				return '0' + (c-lo)%10
			}
		}
		return c
	}, s)
}

func filterInt(f *frame, a []value) (value, error) {
	if err := a[0].check(); err != nil {
		return value{}, err
	}
	v := basic(a[0])
	switch {
	case v.kind == kindFloat:
		return floatToInt(v.float(), a[1]), nil
	case v.isInteger():
		return bigValue(toBig(v)), nil
	case v.kind != kindString:
		return a[1], nil
	}
	base, err := smallInt(a[2], "int")
	if err != nil {
		return value{}, err
	}
	if n, ok := parseInt(v.str(), base); ok {
		return bigValue(n), nil
	}
	if n, ok := parseFloat(v.str()); ok {
		return floatToInt(n, a[1]), nil
	}
	return a[1], nil
}

func floatToInt(n float64, def value) value {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return def
	}
	i, _ := big.NewFloat(math.Trunc(n)).Int(nil)
	return bigValue(i)
}

// parseInt reads what Python's int(s, base) reads.
func parseInt(s string, base int) (*big.Int, bool) {
	s = asciiDigits(strings.TrimSpace(s))
	sign := ""
	if s != "" && (s[0] == '-' || s[0] == '+') {
		sign, s = strings.TrimPrefix(s[:1], "+"), s[1:]
	}
	if len(s) > 2 && s[0] == '0' {
		prefix := map[byte]int{'b': 2, 'o': 8, 'x': 16}[s[1]|0x20]
		if prefix != 0 && (prefix == base || base == 0) {
			s, base = strings.TrimPrefix(s[2:], "_"), prefix
		}
	}
	if base == 0 {
		base = 10
	}
	if base < 2 || base > 36 || s == "" || s[0] == '-' || s[0] == '+' || s[0] == '_' || strings.HasSuffix(s, "_") || strings.Contains(s, "__") || len(s) > maxIntegerBits {
		return nil, false
	}
	n, ok := new(big.Int).SetString(sign+strings.ReplaceAll(s, "_", ""), base)
	if !ok || n.BitLen() > maxIntegerBits {
		return nil, false
	}
	return n, true
}

func filterRound(f *frame, a []value) (value, error) {
	method, _ := f.text(a[2])
	if method != "common" && method != "ceil" && method != "floor" {
		return value{}, faultf("method must be common, ceil or floor")
	}
	precision, err := smallInt(a[1], "round")
	if err != nil {
		return value{}, err
	}
	if err := a[0].check(); err != nil {
		return value{}, err
	}
	v := basic(a[0])
	if !v.isNumber() {
		return value{}, faultf("type %s doesn't define __round__ method", v.typeName())
	}
	precision = max(min(precision, 400), -400)
	if method == "common" {
		return roundTo(v, precision), nil
	}
	n, _ := toFloat(v)
	scale := math.Pow(10, float64(precision))
	if method == "ceil" {
		return floatValue(math.Ceil(n*scale) / scale), nil
	}
	return floatValue(math.Floor(n*scale) / scale), nil
}

// roundTo is Python's round(): half to even, by the exact decimal value.
func roundTo(v value, precision int) value {
	if v.isInteger() {
		if precision >= 0 {
			return bigValue(toBig(v))
		}
		return bigValue(roundInt(toBig(v), -precision))
	}
	n := v.float()
	if math.IsNaN(n) || math.IsInf(n, 0) || precision > 323 {
		return v
	}
	if precision >= 0 {
		r, _ := strconv.ParseFloat(strconv.FormatFloat(n, 'f', precision, 64), 64)
		return floatValue(r)
	}
	scale := math.Pow(10, float64(-precision))
	if math.IsInf(scale, 0) {
		return floatValue(math.Copysign(0, n))
	}
	return floatValue(math.RoundToEven(n/scale) * scale)
}

// roundInt rounds to a power of ten, half to even.
func roundInt(n *big.Int, zeros int) *big.Int {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(zeros)), nil)
	q, m := new(big.Int).DivMod(n, unit, new(big.Int))
	switch twice := new(big.Int).Lsh(m, 1).Cmp(unit); {
	case twice > 0, twice == 0 && q.Bit(0) == 1:
		q.Add(q, big.NewInt(1))
	}
	return q.Mul(q, unit)
}

func filterSum(f *frame, a []value) (value, error) {
	items, err := f.items(a[0])
	if err != nil {
		return value{}, err
	}
	total := a[2]
	for _, item := range items {
		if !a[1].none() {
			if item, err = f.path(item, a[1], none); err != nil {
				return value{}, err
			}
		}
		if total, err = f.arithmetic("+", total, item); err != nil {
			return value{}, err
		}
	}
	return total, nil
}

func filterFilesizeformat(f *frame, a []value) (value, error) {
	binary, err := f.truth(a[1])
	if err != nil {
		return value{}, err
	}
	number, err := filterFloat(f, []value{a[0], none})
	if err != nil {
		return value{}, err
	}
	if number.kind != kindFloat {
		return value{}, faultf("could not convert to float: %s", quote(a[0].typeName()))
	}
	bytes := number.float()
	base, infix := 1000.0, ""
	if binary {
		base, infix = 1024, "i"
	}
	switch {
	case bytes == 1:
		return stringValue("1 Byte"), nil
	case bytes < base:
		return stringValue(strconv.FormatFloat(math.Trunc(bytes), 'f', 0, 64) + " Bytes"), nil
	}
	prefixes := []string{"k", "M", "G", "T", "P", "E", "Z", "Y"}
	if binary {
		prefixes[0] = "K"
	}
	unit := base
	for i, p := range prefixes {
		unit *= base
		if bytes < unit || i == len(prefixes)-1 {
			return stringValue(strconv.FormatFloat(base*bytes/unit, 'f', 1, 64) + " " + p + infix + "B"), nil
		}
	}
	return value{}, nil
}

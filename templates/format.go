package templates

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A spec is a format specification, of "%5.1f" as of "{:>8,.2f}":
// [[fill]align][sign][#][0][width][grouping][.precision][type].
type spec struct {
	fill      rune
	align     byte // < > ^ =, or 0
	sign      byte // + - or space, or 0
	alternate bool
	width     int
	grouping  byte // , _ or 0
	precision int  // -1: none
	verb      byte // 0: none
}

// cut limits text to the precision.
func (sp spec) cut(s string) string {
	if sp.precision >= 0 && utf8.RuneCountInString(s) > sp.precision {
		return string([]rune(s)[:sp.precision])
	}
	return s
}

// pad fills text up to the width.
func (sp spec) pad(s string) string {
	n := sp.width - utf8.RuneCountInString(s)
	if n <= 0 {
		return s
	}
	fill := func(n int) string { return strings.Repeat(string(sp.fill), n) }
	switch sp.align {
	case '<':
		return s + fill(n)
	case '^':
		return fill(n/2) + s + fill(n-n/2)
	}
	return fill(n) + s
}

// number puts sign, prefix, digits and padding together.
func (sp spec) number(negative bool, prefix, digits string) string {
	sign := ""
	switch {
	case negative:
		sign = "-"
	case sp.sign == '+' || sp.sign == ' ':
		sign = string(sp.sign)
	}
	if sp.align == 0 {
		sp.align = '>'
	}
	if sp.align != '=' {
		return sp.pad(sign + prefix + sp.group(digits, 0))
	}
	if sp.fill == '0' {
		digits = sp.group(digits, sp.width-len(sign)-len(prefix))
	} else {
		digits = sp.group(digits, 0)
	}
	n := max(sp.width-len(sign)-len(prefix)-len(digits), 0)
	return sign + prefix + strings.Repeat(string(sp.fill), n) + digits
}

// group separates thousands, and fills with zeros up to a width.
func (sp spec) group(digits string, width int) string {
	whole, rest := digits, ""
	if i := strings.IndexAny(digits, ".e%"); i >= 0 {
		whole, rest = digits[:i], digits[i:]
	}
	if sp.grouping == 0 {
		return strings.Repeat("0", max(width-len(digits), 0)) + digits
	}
	size := 3
	if strings.IndexByte("xXob", sp.verb) >= 0 && sp.verb != 0 {
		size = 4
	}
	for width > len(whole)+(len(whole)-1)/size+len(rest) {
		whole = "0" + whole
	}
	var parts []string
	for len(whole) > size {
		parts = append(parts, whole[len(whole)-size:])
		whole = whole[:len(whole)-size]
	}
	parts = append(parts, whole)
	slices.Reverse(parts)
	return strings.Join(parts, string(sp.grouping)) + rest
}

func (sp spec) integer(n *big.Int) string {
	base, prefix := 10, ""
	switch sp.verb {
	case 'x', 'X':
		base, prefix = 16, "0"+string(sp.verb)
	case 'o':
		base, prefix = 8, "0o"
	case 'b':
		base, prefix = 2, "0b"
	}
	digits := new(big.Int).Abs(n).Text(base)
	if sp.verb == 'X' {
		digits = strings.ToUpper(digits)
	}
	if !sp.alternate {
		prefix = ""
	}
	if sp.precision > len(digits) {
		digits = strings.Repeat("0", sp.precision-len(digits)) + digits
	}
	return sp.number(n.Sign() < 0, prefix, digits)
}

func (sp spec) float(n float64) string {
	verb := sp.verb
	negative := math.Signbit(n) && !math.IsNaN(n)
	n = math.Abs(n)
	var digits string
	switch {
	case math.IsInf(n, 0):
		digits = "inf"
	case math.IsNaN(n):
		digits = "nan"
	case verb == '%':
		digits = strconv.FormatFloat(n*100, 'f', sp.precision, 64) + "%"
	case verb == 'g' || verb == 'G':
		digits = general(n, max(sp.precision, 1), sp.alternate)
	case verb == 0:
		digits = sp.plain(n)
	default:
		digits = strconv.FormatFloat(n, verb|0x20, sp.precision, 64)
	}
	if verb == 'E' || verb == 'F' || verb == 'G' {
		digits = strings.ToUpper(digits)
	}
	return sp.number(negative, "", digits)
}

// plain is a float without a type letter: as repr, or like g with at least
// one digit after the point.
func (sp spec) plain(n float64) string {
	if sp.precision < 0 {
		return floatText(n)
	}
	s := general(n, max(sp.precision, 1), false)
	if !strings.ContainsAny(s, ".e") {
		if len(s) >= sp.precision && sp.precision > 0 && len(s) > 1 {
			mantissa := strconv.FormatFloat(n, 'e', max(sp.precision-1, 0), 64)
			if len(s) > sp.precision-1 && sp.precision == len(s) {
				return trimZeros(mantissa)
			}
		}
		s += ".0"
	}
	return s
}

// general is C's %g: the shorter of fixed and exponent, without trailing
// zeros.
func general(n float64, precision int, keepZeros bool) string {
	if n == 0 {
		return "0"
	}
	e := strconv.FormatFloat(n, 'e', precision-1, 64)
	exponent, _ := strconv.Atoi(e[strings.IndexByte(e, 'e')+1:])
	if exponent < -4 || exponent >= precision {
		if keepZeros {
			return e
		}
		return trimZeros(e)
	}
	s := strconv.FormatFloat(n, 'f', precision-1-exponent, 64)
	if keepZeros {
		return s
	}
	return trimZeros(s)
}

// trimZeros takes trailing zeros off the fraction.
func trimZeros(s string) string {
	mantissa, exponent, has := strings.Cut(s, "e")
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	}
	if has {
		return mantissa + "e" + exponent
	}
	return mantissa
}

func parseSpec(s string) (spec, error) {
	sp := spec{fill: ' ', precision: -1}
	fail := faultf("invalid format specifier %s", quote(s))
	c, n := utf8.DecodeRuneInString(s)
	switch {
	case len(s) > n && strings.IndexByte("<>^=", s[n]) >= 0:
		sp.fill, sp.align, s = c, s[n], s[n+1:]
	case strings.ContainsRune("<>^=", c):
		sp.align, s = s[0], s[1:]
	}
	if s != "" && strings.IndexByte("+- ", s[0]) >= 0 {
		sp.sign, s = s[0], s[1:]
	}
	s, sp.alternate = strings.CutPrefix(s, "#")
	if strings.HasPrefix(s, "0") && sp.align == 0 {
		sp.fill, sp.align = '0', '='
	}
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits > 9 {
		return sp, fail
	}
	sp.width, _ = strconv.Atoi(s[:digits])
	s = s[digits:]
	if s != "" && (s[0] == ',' || s[0] == '_') {
		sp.grouping, s = s[0], s[1:]
	}
	if rest, ok := strings.CutPrefix(s, "."); ok {
		digits = len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits == 0 || digits > 9 {
			return sp, fail
		}
		sp.precision, _ = strconv.Atoi(rest[:digits])
		s = rest[digits:]
	}
	if len(s) > 1 {
		return sp, fail
	}
	if s != "" {
		sp.verb = s[0]
	}
	return sp, nil
}

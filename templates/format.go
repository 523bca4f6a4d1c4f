package templates

import (
	"fmt"
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

// percentFormat is format % args.
func (r *run) percentFormat(format, args value) (value, error) {
	p := &percent{run: r, format: format.str(), markup: format.isMarkup(), args: []value{args}}
	if args.kind == kindTuple {
		p.args = args.tuple().items
	}
	p.dict, p.isMap = mapping(args)
	if err := p.write(); err != nil {
		return value{}, err
	}
	if p.used < len(p.args) && !p.isMap {
		return value{}, faultf("not all arguments converted during string formatting")
	}
	return textLike(format, p.b.String()), nil
}

type percent struct {
	*run
	format string
	markup bool
	args   []value
	used   int
	dict   *dict
	isMap  bool
	b      strings.Builder
}

func (p *percent) write() error {
	s := p.format
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			p.b.WriteString(s)
			return nil
		}
		p.b.WriteString(s[:i])
		rest, err := p.directive(s[i+1:])
		if err != nil {
			return err
		}
		s = rest
		if p.b.Len() > p.limits.Output {
			return p.outputLimit()
		}
	}
}

func (p *percent) next() (value, error) {
	if p.used >= len(p.args) {
		return value{}, faultf("not enough arguments for format string")
	}
	p.used++
	return p.args[p.used-1], nil
}

// number reads digits or a star.
func (p *percent) number(s string) (int, string, error) {
	if strings.HasPrefix(s, "*") {
		v, err := p.next()
		if err != nil {
			return 0, "", err
		}
		n, err := smallInt(v, "*")
		return n, s[1:], err
	}
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	width, _ := strconv.Atoi(s[:n])
	return width, s[n:], nil
}

// directive formats one %…, given what follows the percent sign.
func (p *percent) directive(s string) (string, error) {
	sp := spec{fill: ' ', align: '>', precision: -1}
	var v value
	named := false
	if strings.HasPrefix(s, "(") {
		i := strings.IndexByte(s, ')')
		if i < 0 {
			return "", faultf("incomplete format key")
		}
		if !p.isMap {
			return "", faultf("format requires a mapping")
		}
		var ok bool
		if v, ok = p.dict.getText(s[1:i]); !ok {
			return "", faultf("no key %s", quote(s[1:i]))
		}
		s, named = s[i+1:], true
	}
	for s != "" && strings.IndexByte("-+ 0#", s[0]) >= 0 {
		switch s[0] {
		case '-':
			sp.align = '<'
		case '+':
			sp.sign = '+'
		case ' ':
			if sp.sign == 0 {
				sp.sign = ' '
			}
		case '0':
			sp.fill = '0'
		case '#':
			sp.alternate = true
		}
		s = s[1:]
	}
	var err error
	if sp.width, s, err = p.number(s); err != nil {
		return "", err
	}
	if sp.width < 0 {
		sp.align, sp.width = '<', -sp.width
	}
	if strings.HasPrefix(s, ".") {
		if sp.precision, s, err = p.number(s[1:]); err != nil {
			return "", err
		}
	}
	s = strings.TrimLeft(s, "hlL")
	if s == "" {
		return "", faultf("incomplete format")
	}
	sp.verb = s[0]
	if sp.verb == '%' {
		p.b.WriteByte('%')
		return s[1:], nil
	}
	if !named {
		if v, err = p.next(); err != nil {
			return "", err
		}
	}
	text, err := p.convert(sp, v)
	p.b.WriteString(text)
	return s[1:], err
}

func (p *percent) convert(sp spec, v value) (string, error) {
	if max(sp.width, sp.precision) > p.limits.Output {
		return "", p.outputLimit()
	}
	numeric := strings.IndexByte("diuxXoeEfFgG", sp.verb) >= 0
	if sp.fill == '0' && sp.align == '>' && numeric {
		sp.align = '='
	} else {
		sp.fill = ' '
	}
	switch sp.verb {
	case 's', 'r', 'a':
		s, err := p.run.text(v)
		if sp.verb != 's' {
			s, err = p.run.repr(v)
		}
		if p.markup && !(sp.verb == 's' && v.isMarkup()) {
			s = escapeString(s)
		}
		return sp.pad(sp.cut(s)), err
	case 'c':
		if v.kind == kindInt {
			return sp.pad(string(rune(v.int()))), nil
		}
		s, err := p.run.text(v)
		return sp.pad(s), err
	case 'd', 'i', 'u':
		n, err := wholeNumber(v)
		if err != nil {
			return "", faultf("%%%c format: a real number is required, not %s", sp.verb, v.typeName())
		}
		sp.verb = 'd'
		return sp.integer(n), nil
	case 'x', 'X', 'o':
		v = basic(v)
		if !v.isInteger() {
			return "", faultf("%%%c format: an integer is required, not %s", sp.verb, v.typeName())
		}
		return sp.integer(toBig(v)), nil
	case 'e', 'E', 'f', 'F', 'g', 'G':
		if err := v.check(); err != nil {
			return "", err
		}
		n, ok := toFloat(basic(v))
		if !ok {
			return "", faultf("must be real number, not %s", v.typeName())
		}
		if sp.precision < 0 {
			sp.precision = 6
		}
		return sp.float(n), nil
	}
	return "", faultf("unsupported format character %s", quote(string(sp.verb)))
}

// wholeNumber truncates floats.
func wholeNumber(v value) (*big.Int, error) {
	if err := v.check(); err != nil {
		return nil, err
	}
	v = basic(v)
	switch {
	case v.isInteger():
		return toBig(v), nil
	case v.kind == kindFloat && !math.IsNaN(v.float()) && !math.IsInf(v.float(), 0):
		n, _ := big.NewFloat(v.float()).Int(nil)
		return n, nil
	}
	return nil, faultf("a number is required")
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

// formatMethod is str.format.
func formatMethod(f *frame, a []value) (value, error) {
	p := &braces{frame: f, markup: a[0].isMarkup(), args: a[1].tuple().items, kwargs: a[2].dict()}
	if err := p.write(a[0].str(), 0); err != nil {
		return value{}, err
	}
	return f.checkText(textLike(a[0], p.b.String()))
}

type braces struct {
	*frame
	markup bool
	args   []value
	kwargs *dict
	auto   int
	b      strings.Builder
}

func (p *braces) write(s string, depth int) error {
	for {
		i := strings.IndexAny(s, "{}")
		if i < 0 {
			p.b.WriteString(s)
			return nil
		}
		p.b.WriteString(s[:i])
		c := s[i]
		s = s[i+1:]
		if s != "" && s[0] == c {
			p.b.WriteByte(c)
			s = s[1:]
			continue
		}
		if c == '}' {
			return faultf("single '}' encountered in format string")
		}
		end := closingBrace(s)
		if end < 0 {
			return faultf("expected '}' before end of string")
		}
		if err := p.field(s[:end], depth); err != nil {
			return err
		}
		if p.b.Len() > p.limits.Output {
			return p.outputLimit()
		}
		s = s[end+1:]
	}
}

func closingBrace(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}

// field formats name!conversion:spec.
func (p *braces) field(s string, depth int) error {
	if depth > 1 {
		return faultf("max string recursion exceeded")
	}
	name, format, _ := strings.Cut(s, ":")
	name, conversion, converted := strings.Cut(name, "!")
	v, err := p.lookup(name)
	if err != nil {
		return err
	}
	if strings.Contains(format, "{") {
		inner := &braces{frame: p.frame, args: p.args, kwargs: p.kwargs, auto: p.auto}
		if err := inner.write(format, depth+1); err != nil {
			return err
		}
		format, p.auto = inner.b.String(), inner.auto
	}
	if converted {
		var text string
		switch conversion {
		case "s":
			text, err = p.text(v)
		case "r", "a":
			text, err = p.repr(v)
		default:
			err = faultf("unknown conversion specifier %s", quote(conversion))
		}
		if err != nil {
			return err
		}
		v = textLike(v, text)
	}
	text, err := p.format(v, format)
	if p.markup && !v.isMarkup() {
		text = escapeString(text)
	}
	p.b.WriteString(text)
	return err
}

// lookup follows "0.name[key]".
func (p *braces) lookup(name string) (value, error) {
	i := strings.IndexAny(name, ".[")
	if i < 0 {
		i = len(name)
	}
	first, rest := name[:i], name[i:]
	var v value
	if first == "" {
		first = strconv.Itoa(p.auto)
		p.auto++
	}
	if n, err := strconv.Atoi(first); err == nil {
		if n < 0 || n >= len(p.args) {
			return value{}, faultf("replacement index %d out of range for positional args", n)
		}
		v = p.args[n]
	} else {
		var ok bool
		if v, ok = p.kwargs.getText(first); !ok {
			return value{}, faultf("no argument %s", quote(first))
		}
	}
	for rest != "" {
		var err error
		if rest[0] == '[' {
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return value{}, faultf("missing ']' in format string")
			}
			key := stringValue(rest[1:end])
			if n, err := strconv.Atoi(rest[1:end]); err == nil {
				key = intValue(int64(n))
			}
			v, err = p.subscript(v, key)
			rest = rest[end+1:]
		} else {
			end := strings.IndexAny(rest[1:], ".[") + 1
			if end == 0 {
				end = len(rest)
			}
			if strings.HasPrefix(rest, "._") {
				return value{}, faultf("access to attribute %s is not allowed", quote(rest[1:end]))
			}
			v, err = p.attribute(v, rest[1:end])
			rest = rest[end:]
		}
		if err != nil {
			return value{}, err
		}
	}
	return v, nil
}

// format is Python's format(v, spec).
func (p *braces) format(v value, format string) (string, error) {
	if format == "" {
		return p.text(v)
	}
	if t, ok := goTime(v.ref); ok {
		return strftime(t, format), nil
	}
	sp, err := parseSpec(format)
	if err != nil {
		return "", err
	}
	if max(sp.width, sp.precision) > p.limits.Output {
		return "", p.outputLimit()
	}
	if err := v.check(); err != nil {
		return "", err
	}
	switch v = basic(v); {
	case v.kind == kindString:
		if strings.IndexByte("\x00s", sp.verb) < 0 {
			return "", faultf("unknown format code %s for object of type 'str'", quote(string(sp.verb)))
		}
		if sp.align == 0 || sp.align == '=' {
			sp.align = '<'
		}
		return sp.pad(sp.cut(v.str())), nil
	case v.kind == kindBool && sp.verb == 0, !v.isNumber():
		s, err := p.text(v)
		if sp.align == 0 {
			sp.align = '<'
		}
		return sp.pad(sp.cut(s)), err
	case v.isInteger():
		return p.formatInteger(sp, v)
	}
	n := v.float()
	if strings.IndexByte("\x00eEfFgG%n", sp.verb) < 0 {
		return "", faultf("unknown format code %s for object of type 'float'", quote(string(sp.verb)))
	}
	if sp.precision < 0 && sp.verb != 0 {
		sp.precision = 6
	}
	return sp.float(n), nil
}

func (p *braces) formatInteger(sp spec, v value) (string, error) {
	switch sp.verb {
	case 0, 'd', 'n', 'x', 'X', 'o', 'b':
		if sp.precision >= 0 {
			return "", faultf("precision not allowed in integer format specifier")
		}
		return sp.integer(toBig(v)), nil
	case 'c':
		sp.align = max(sp.align, '<')
		return sp.pad(string(rune(v.int()))), nil
	case 'e', 'E', 'f', 'F', 'g', 'G', '%':
		if sp.precision < 0 {
			sp.precision = 6
		}
		n, _ := toFloat(v)
		return sp.float(n), nil
	}
	return "", faultf("unknown format code %s for object of type 'int'", quote(string(sp.verb)))
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

// pprint is repr with long lists and dicts one item a line.
func (r *run) pprint(v value) (string, error) {
	s, err := r.repr(v)
	if err != nil || utf8.RuneCountInString(s) <= 80 {
		return s, err
	}
	items, open, end := []string(nil), "[", "]"
	if d, ok := mapping(v); ok {
		open, end = "{", "}"
		for k, item := range d.all() {
			key, err := r.repr(k)
			if err != nil {
				return "", err
			}
			text, err := r.pprint(item)
			if err != nil {
				return "", err
			}
			items = append(items, key+": "+text)
		}
		slices.Sort(items)
	} else {
		list, ok := orderItems(v)
		if !ok {
			return s, nil
		}
		if v.kind == kindTuple {
			open, end = "(", ")"
		}
		for _, item := range list {
			text, err := r.pprint(item)
			if err != nil {
				return "", err
			}
			items = append(items, strings.ReplaceAll(text, "\n", "\n "))
		}
	}
	return fmt.Sprint(open, strings.Join(items, ",\n "), end), nil
}

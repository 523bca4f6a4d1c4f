package templates

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// percentFormat is format % args.
func (r *run) percentFormat(format, args value) (value, error) {
	p := &percent{run: r, format: format.str(), out: filling{markup: format.isMarkup()}, args: []value{args}}
	if args.kind == kindTuple {
		p.args = args.tuple().items
	}
	p.dict, p.isMap = mapping(args)
	if err := p.write(); err != nil {
		return value{}, err
	}
	// as in Python, what has items may be left over, as it could be a mapping
	if p.used < len(p.args) && !p.isMap && args.typeName() != "list" && args.kind != kindUndefined {
		return value{}, faultf("not all arguments converted during string formatting")
	}
	return p.out.result(r)
}

type percent struct {
	*run
	format string
	out    filling
	args   []value
	used   int
	dict   *dict
	isMap  bool
}

func (p *percent) write() error {
	s := p.format
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			p.out.write(s)
			return nil
		}
		p.out.write(s[:i])
		rest, err := p.directive(s[i+1:])
		if err != nil {
			return err
		}
		s = rest
		if p.out.size > p.limits.Output {
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
	v, named, s, err := p.key(s)
	if err != nil {
		return "", err
	}
	sp := spec{fill: ' ', align: '>', precision: -1}
	s = sp.flags(s)
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
		p.out.write("%")
		return s[1:], nil
	}
	if !named {
		if v, err = p.next(); err != nil {
			return "", err
		}
	}
	if max(sp.width, sp.precision) > p.limits.Output {
		return "", p.outputLimit()
	}
	if strings.IndexByte("sra", sp.verb) >= 0 {
		return s[1:], p.text(sp, v)
	}
	text, err := p.convert(sp, v)
	p.out.put(text, formatted(v, text))
	return s[1:], err
}

// key reads (name), if it stands there.
func (p *percent) key(s string) (v value, named bool, rest string, err error) {
	if !strings.HasPrefix(s, "(") {
		return value{}, false, s, nil
	}
	i := strings.IndexByte(s, ')')
	if i < 0 {
		return value{}, false, s, faultf("incomplete format key")
	}
	if !p.isMap {
		return value{}, false, s, faultf("format requires a mapping")
	}
	v, ok := p.dict.getText(s[1:i])
	if !ok {
		return value{}, false, s, faultf("no key %s", quote(s[1:i]))
	}
	return v, true, s[i+1:], nil
}

// flags reads the flags of a directive, and gives what follows them.
func (sp *spec) flags(s string) string {
	for ; s != ""; s = s[1:] {
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
		default:
			return s
		}
	}
	return s
}

// text writes str() or repr() of a value. In markup, it is escaped before it
// is cut and padded, as MarkupSafe does it.
func (p *percent) text(sp spec, v value) error {
	s, err := p.run.text(v)
	if sp.verb != 's' {
		s, err = p.run.repr(v)
		v = stringValue(s)
	}
	sp.fill = ' '
	if sp.width == 0 && sp.precision < 0 {
		p.out.put(s, v)
		return err
	}
	if cut := sp.pad(sp.cut(s)); !p.out.markup {
		p.out.write(cut)
	} else {
		p.out.place(sp.pad(sp.cut(escapeText(textLike(v, s)))), textLike(v, cut))
	}
	return err
}

func (p *percent) convert(sp spec, v value) (string, error) {
	numeric := strings.IndexByte("diuxXoeEfFgG", sp.verb) >= 0
	if sp.fill == '0' && sp.align == '>' && numeric {
		sp.align = '='
	} else {
		sp.fill = ' '
	}
	switch sp.verb {
	case 'c':
		switch {
		case v.kind == kindInt && uint64(v.int()) <= unicode.MaxRune:
			return sp.pad(string(rune(v.int()))), nil
		case v.kind == kindString && utf8.RuneCountInString(v.str()) == 1:
			return sp.pad(v.str()), nil
		}
		return "", faultf("%%c requires int or char")
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

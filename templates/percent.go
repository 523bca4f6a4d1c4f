package templates

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

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
	// as in Python, what has items may be left over, as it could be a mapping
	if p.used < len(p.args) && !p.isMap && args.typeName() != "list" && args.kind != kindUndefined {
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

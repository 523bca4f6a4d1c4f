package templates

import (
	"strconv"
	"strings"
)

// formatMethod is str.format.
func formatMethod(f *frame, a []value) (value, error) {
	p := &braces{frame: f, out: filling{markup: a[0].isMarkup()}, args: a[1].tuple().items, kwargs: a[2].dict()}
	if err := p.write(a[0].str(), 0); err != nil {
		return value{}, err
	}
	return p.out.result(f.run)
}

// formatMapMethod is str.format_map.
func formatMapMethod(f *frame, a []value) (value, error) {
	d, ok := mapping(a[1])
	if !ok {
		return value{}, faultf("format_map() argument must be a mapping, not %s", a[1].typeName())
	}
	return formatMethod(f, []value{a[0], tupleValue(), dictValue(d)})
}

type braces struct {
	*frame
	out    filling
	args   []value
	kwargs *dict
	auto   int  // fields without a number, so far
	manual bool // fields have numbers
}

func (p *braces) write(s string, depth int) error {
	for {
		i := strings.IndexAny(s, "{}")
		if i < 0 {
			p.out.write(s)
			return nil
		}
		p.out.write(s[:i])
		c := s[i]
		s = s[i+1:]
		if s != "" && s[0] == c {
			p.out.write(string(c))
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
		if p.out.size > p.limits.Output {
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
		inner := &braces{frame: p.frame, args: p.args, kwargs: p.kwargs, auto: p.auto, manual: p.manual}
		if err := inner.write(format, depth+1); err != nil {
			return err
		}
		format, p.auto, p.manual = inner.out.b.String(), inner.auto, inner.manual
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
	if format != "" {
		p.out.put(text, formatted(v, text))
	} else {
		p.out.put(text, v)
	}
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
	automatic := first == ""
	if automatic {
		first = strconv.Itoa(p.auto)
		p.auto++
	}
	if n, err := strconv.Atoi(first); err == nil {
		p.manual = p.manual || !automatic
		if p.manual && p.auto > 0 {
			return value{}, faultf("a format string numbers all of its fields, or none")
		}
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
		if u, ok := v.ref.(*undefined); ok && v.undefined() {
			return value{}, faultf("%s", u.message())
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
	case v.none(), v.container():
		return "", faultf("unsupported format string for %s", v.typeName())
	case !v.isNumber():
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

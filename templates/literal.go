package templates

import (
	"strings"
)

// lexNumber reads an integer or a float, with _ between digits.
func (l *lexer) lexNumber() {
	s, kind := l.src[l.pos:], tokenInteger
	n := 0
	if len(s) > 2 && s[0] == '0' && strings.IndexByte("bBoOxX", s[1]) >= 0 {
		n = prefixedDigits(s)
	}
	if n == 0 {
		n = digits(s)
		if f := fraction(s[n:]); f > 0 && !l.afterDot() {
			n, kind = n+f, tokenFloat
		} else if s[0] == '0' {
			n = zeros(s)
		}
	}
	l.add(kind, s[:n], l.pos)
	l.pos += n
}

// afterDot: in a.0.1 the digits are two integers, not a float.
func (l *lexer) afterDot() bool { return l.pos > 0 && l.src[l.pos-1] == '.' }

func prefixedDigits(s string) int {
	valid := map[byte]string{'b': "01", 'o': "01234567", 'x': "0123456789abcdefABCDEF"}[s[1]|0x20]
	n := 2
	for n < len(s) {
		i := n
		if s[i] == '_' {
			i++
		}
		if i == len(s) || strings.IndexByte(valid, s[i]) < 0 {
			break
		}
		n = i + 1
	}
	if n == 2 {
		return 0
	}
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// digits gives the length of a run of digits, single underscores between them.
func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
		if n+1 < len(s) && s[n] == '_' && isDigit(s[n+1]) {
			n++
		}
	}
	return n
}

// zeros: an integer that begins with 0 consists of zeros only.
func zeros(s string) int {
	n := 0
	for n < len(s) && s[n] == '0' {
		n++
		if n+1 < len(s) && s[n] == '_' && s[n+1] == '0' {
			n++
		}
	}
	return n
}

// fraction gives the length of what makes an integer a float: .5, e-3, .5e3.
func fraction(s string) int {
	n := 0
	if len(s) > 1 && s[0] == '.' && isDigit(s[1]) {
		n = 1 + digits(s[1:])
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		i := n + 1
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if d := digits(s[i:]); d > 0 {
			n = i + d
		}
	}
	return n
}

// lexString reads a quoted string; it may hold line ends.
func (l *lexer) lexString(q byte) bool {
	for i := l.pos + 1; i < len(l.src); i++ {
		switch l.src[i] {
		case '\\':
			i++
		case q:
			l.add(tokenString, unescape(l.src[l.pos+1:i]), l.pos)
			l.pos = i + 1
			return true
		}
	}
	return false
}

var simpleEscapes = map[byte]string{
	'\n': "", '\\': "\\", '\'': "'", '"': "\"", 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

// unescape resolves Python's escape sequences; an unknown one stays as it is.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			i++
			continue
		}
		i++
		if e, ok := simpleEscapes[s[i]]; ok {
			b.WriteString(e)
			i++
			continue
		}
		r, n := numericEscape(s[i:])
		if n == 0 {
			b.WriteByte('\\')
			continue
		}
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

// numericEscape reads xhh, uhhhh, Uhhhhhhhh or up to three octal digits.
func numericEscape(s string) (r rune, n int) {
	width := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[0]]
	if width > 0 {
		if len(s) <= width {
			return 0, 0
		}
		for _, c := range []byte(s[1 : width+1]) {
			d := strings.IndexByte("0123456789abcdef", c|0x20)
			if d < 0 || c < '0' {
				return 0, 0
			}
			r = r<<4 | rune(d)
		}
		return r, width + 1
	}
	for n < 3 && n < len(s) && s[n] >= '0' && s[n] <= '7' {
		r = r<<3 | rune(s[n]-'0')
		n++
	}
	return r, n
}

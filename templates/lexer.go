package templates

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// lexer turns source into tokens in one pass. Text between tags is searched
// for the next delimiter only; inside a tag, tokens are read one by one and
// brackets are balanced, so that }} closes a print statement but not a dict.
type lexer struct {
	syntax *Syntax
	src    string
	pos    int
	tokens []token

	line, column int    // of the offset counted
	counted      int    // offset up to which lines and columns are counted
	next         [3]int // next offset of each delimiter; len(src): none

	trimLeft bool // the text that follows loses its leading white space
	trimLine bool // the text that follows loses one leading line end
}

// lex splits a template's source. It never fails: an error is the last token,
// so that a mistake the parser meets earlier is reported first.
func lex(src string, syntax *Syntax) []token {
	src = normalizeNewlines(src)
	if !syntax.KeepTrailingNewline {
		src = strings.TrimSuffix(src, "\n")
	}
	l := &lexer{syntax: syntax, src: src, line: 1, column: 1, next: [3]int{-1, -1, -1}}
	l.tokens = make([]token, 0, len(src)/8+4)
	for l.pos < len(l.src) {
		if !l.lexText() {
			return l.tokens
		}
	}
	l.add(tokenEOF, "", len(l.src))
	return l.tokens
}

func normalizeNewlines(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// place gives the position of an offset; offsets come in rising order, so
// that each character is counted once.
func (l *lexer) place(offset int) position {
	if offset < l.counted {
		return position{l.line, l.column}
	}
	skipped := l.src[l.counted:offset]
	if n := strings.Count(skipped, "\n"); n > 0 {
		l.line += n
		l.column = 1
		skipped = skipped[strings.LastIndexByte(skipped, '\n')+1:]
	}
	l.column += utf8.RuneCountInString(skipped)
	l.counted = offset
	return position{l.line, l.column}
}

func (l *lexer) add(k tokenKind, text string, offset int) {
	l.tokens = append(l.tokens, token{k, text, l.place(offset)})
}

// fail adds the error as the last token.
func (l *lexer) fail(offset int, message string) bool {
	l.add(tokenError, message, offset)
	return false
}

// lexTag reads tokens up to the end of the tag.
func (l *lexer) lexTag(end string, endKind tokenKind) bool {
	var open []string // brackets that are still open
	for {
		l.skipSpace(end == "\n" && len(open) == 0)
		if len(open) == 0 && l.lexEnd(end, endKind) {
			return true
		}
		if l.pos == len(l.src) {
			if end == "\n" {
				l.add(endKind, "", l.pos)
			}
			return true
		}
		start := l.pos
		switch c := l.src[l.pos]; {
		case c == '"' || c == '\'':
			if !l.lexString(c) {
				return l.fail(start, "unexpected char "+quote(string(c))+": the string has no end")
			}
		case c >= '0' && c <= '9':
			l.lexNumber()
		default:
			if l.lexName() {
				continue
			}
			op := l.operator()
			if op == "" {
				r, _ := utf8.DecodeRuneInString(l.src[l.pos:])
				return l.fail(start, "unexpected char "+quote(string(r)))
			}
			var message string
			if open, message = balance(open, op); message != "" {
				return l.fail(start, message)
			}
			l.add(tokenOperator, op, l.pos)
			l.pos += len(op)
		}
	}
}

func (l *lexer) skipSpace(stayOnLine bool) {
	for l.pos < len(l.src) {
		r, n := utf8.DecodeRuneInString(l.src[l.pos:])
		if !unicode.IsSpace(r) || stayOnLine && r == '\n' {
			return
		}
		l.pos += n
	}
}

// lexEnd reads the closing delimiter if it stands here.
func (l *lexer) lexEnd(end string, kind tokenKind) bool {
	rest, sign := l.src[l.pos:], byte(0)
	if rest != "" && (rest[0] == '-' || rest[0] == '+' && kind == tokenBlockEnd) && end != "\n" && strings.HasPrefix(rest[1:], end) {
		sign, rest = rest[0], rest[1:]
	}
	if !strings.HasPrefix(rest, end) {
		return false
	}
	l.add(kind, end, l.pos)
	l.pos = len(l.src) - len(rest) + len(end)
	l.endSign(sign, kind == tokenBlockEnd && end != "\n")
	return true
}

// balance tracks brackets; it gives a message when op closes none.
func balance(open []string, op string) ([]string, string) {
	switch op {
	case "(", "[", "{":
		return append(open, op), ""
	case ")", "]", "}":
		if len(open) == 0 {
			return open, "unexpected " + quote(op)
		}
		if last := open[len(open)-1]; last != closers[op] {
			expected := map[string]string{"(": ")", "[": "]", "{": "}"}[last]
			return open, "unexpected " + quote(op) + ", expected " + quote(expected)
		}
		return open[:len(open)-1], ""
	}
	return open, ""
}

func (l *lexer) operator() string {
	for _, op := range operators {
		if strings.HasPrefix(l.src[l.pos:], op) {
			return op
		}
	}
	return ""
}

func (l *lexer) lexName() bool {
	i := l.pos
	for i < len(l.src) {
		r, n := utf8.DecodeRuneInString(l.src[i:])
		if r != '_' && !unicode.IsLetter(r) && (i == l.pos || !unicode.IsDigit(r) && !unicode.IsMark(r)) {
			break
		}
		i += n
	}
	if i == l.pos {
		return false
	}
	l.add(tokenName, l.src[l.pos:i], l.pos)
	l.pos = i
	return true
}

package templates

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A tokenKind says what a token is. Operators carry their own text, so that
// messages can name them as they stand in the source.
type tokenKind uint8

const (
	tokenEOF tokenKind = iota
	tokenError
	tokenData
	tokenPrintBegin
	tokenPrintEnd
	tokenBlockBegin
	tokenBlockEnd
	tokenName
	tokenString
	tokenInteger
	tokenFloat
	tokenOperator
)

// A token is one lexical unit. For names, numbers and operators, text is the
// source; for strings it is the value, for data the text to write, and for
// errors the message.
type token struct {
	kind tokenKind
	text string
	pos  position
}

func (t token) is(op string) bool       { return t.kind == tokenOperator && t.text == op }
func (t token) isName(name string) bool { return t.kind == tokenName && t.text == name }

// describe names the token as an author sees it.
func (t token) describe() string {
	switch t.kind {
	case tokenEOF:
		return "end of template"
	case tokenPrintBegin:
		return "begin of print statement"
	case tokenPrintEnd:
		return "end of print statement"
	case tokenBlockBegin:
		return "begin of statement block"
	case tokenBlockEnd:
		return "end of statement block"
	case tokenString:
		return "string"
	}
	return t.text
}

// A position is a place in a template, both counted from 1; columns count
// characters.
type position struct{ line, column int }

// operators, longest first: the first that fits is taken.
var operators = []string{
	"//", "**", "==", "!=", ">=", "<=",
	"+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}",
	">", "<", "=", ".", ":", "|", ",", ";",
}

// closers maps each closing bracket to the one that opens it.
var closers = map[string]string{")": "(", "]": "[", "}": "{"}

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

const (
	delimComment = iota
	delimBlock
	delimPrint
	delimLineStatement
	delimLineComment
)

// nextTag finds the next delimiter at or after from: its kind and offset.
// Where two begin at one place, the longer is meant.
func (l *lexer) nextTag(from int) (which, at int) {
	at, which = len(l.src), -1
	best := 0
	for i, d := range [3]string{l.syntax.CommentStart, l.syntax.BlockStart, l.syntax.PrintStart} {
		if l.next[i] < from {
			if n := strings.Index(l.src[from:], d); n >= 0 {
				l.next[i] = from + n
			} else {
				l.next[i] = len(l.src)
			}
		}
		if l.next[i] < at || l.next[i] == at && at < len(l.src) && len(d) > best {
			at, which, best = l.next[i], i, len(d)
		}
	}
	if l.syntax.LineStatement != "" || l.syntax.LineComment != "" {
		which, at = l.nextLineTag(from, which, at)
	}
	return which, at
}

// nextLineTag looks for a line statement or comment before the offset end.
func (l *lexer) nextLineTag(from, which, end int) (int, int) {
	for i := from; i < end; i++ {
		atStart := i == 0 || l.src[i-1] == '\n'
		if p := l.syntax.LineStatement; p != "" && atStart {
			indent := len(l.src[i:]) - len(strings.TrimLeft(l.src[i:], " \t\v"))
			if strings.HasPrefix(l.src[i+indent:], p) {
				comment := l.syntax.LineComment
				if comment == "" || len(comment) < len(p) || !strings.HasPrefix(l.src[i+indent:], comment) {
					return delimLineStatement, i
				}
			}
		}
		if p := l.syntax.LineComment; p != "" && (atStart || !isSpace(l.src[i-1])) {
			indent := len(l.src[i:]) - len(strings.TrimLeft(l.src[i:], " \t\v"))
			if strings.HasPrefix(l.src[i+indent:], p) {
				return delimLineComment, i
			}
		}
	}
	return which, end
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// lexText reads text up to and including the next tag.
func (l *lexer) lexText() bool {
	which, at := l.nextTag(l.pos)
	text, start := l.src[l.pos:at], l.pos
	if which < 0 {
		l.addText(text, start)
		l.pos = len(l.src)
		return true
	}
	if which >= delimLineStatement {
		l.addText(text, start)
		l.pos = at
		return l.lexLineTag(which)
	}
	open := [3]string{l.syntax.CommentStart, l.syntax.BlockStart, l.syntax.PrintStart}[which]
	after := at + len(open)
	sign := byte(0)
	if after < len(l.src) && (l.src[after] == '-' || l.src[after] == '+') {
		sign = l.src[after]
	}
	switch {
	case sign == '-':
		text = strings.TrimRightFunc(text, unicode.IsSpace)
	case sign != '+' && which != delimPrint && l.syntax.LstripBlocks:
		text = l.stripIndent(text, at)
	}
	l.addText(text, start)
	// {{+ is no sign but a unary plus
	if sign == '-' || sign == '+' && which != delimPrint {
		after++
	}
	l.pos = after
	switch which {
	case delimComment:
		return l.skipComment(at)
	case delimBlock:
		if end, ok := l.rawTag(after, "raw"); ok {
			return l.lexRaw(at, end)
		}
		l.add(tokenBlockBegin, open, at)
		return l.lexTag(l.syntax.BlockEnd, tokenBlockEnd)
	}
	l.add(tokenPrintBegin, open, at)
	return l.lexTag(l.syntax.PrintEnd, tokenPrintEnd)
}

// addText adds text as the white space rules of the tag before it leave it.
func (l *lexer) addText(text string, offset int) {
	if l.trimLeft {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
	} else if l.trimLine {
		text = strings.TrimPrefix(text, "\n")
	}
	l.trimLeft, l.trimLine = false, false
	if text != "" {
		l.add(tokenData, text, offset)
	}
}

// stripIndent removes what stands between the start of the line and the tag
// at the given offset if it is all white space (lstrip_blocks).
func (l *lexer) stripIndent(text string, at int) string {
	i := strings.LastIndexByte(text, '\n') + 1
	if i == 0 && at-len(text) > 0 && l.src[at-len(text)-1] != '\n' {
		return text
	}
	if strings.TrimFunc(text[i:], unicode.IsSpace) == "" {
		return text[:i]
	}
	return text
}

func (l *lexer) skipComment(at int) bool {
	end := strings.Index(l.src[l.pos:], l.syntax.CommentEnd)
	if end < 0 {
		return l.fail(at, "missing end of comment tag")
	}
	if end > 0 {
		l.endSign(l.src[l.pos+end-1], true)
	} else {
		l.endSign(0, true)
	}
	l.pos += end + len(l.syntax.CommentEnd)
	return true
}

// endSign notes what the sign before a closing delimiter does to the text
// that follows.
func (l *lexer) endSign(sign byte, block bool) {
	l.trimLeft = sign == '-'
	l.trimLine = block && sign != '+' && sign != '-' && l.syntax.TrimBlocks
}

// rawTag reads "raw" or "endraw" and the end of its tag at offset.
func (l *lexer) rawTag(offset int, word string) (end int, ok bool) {
	s := l.src[offset:]
	rest, ok := strings.CutPrefix(strings.TrimLeftFunc(s, unicode.IsSpace), word)
	if !ok {
		return 0, false
	}
	rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
	sign := byte(0)
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		sign, rest = rest[0], rest[1:]
	}
	rest, ok = strings.CutPrefix(rest, l.syntax.BlockEnd)
	if !ok {
		return 0, false
	}
	l.endSign(sign, true)
	return len(l.src) - len(rest), true
}

// lexRaw adds everything up to endraw as text. The tag opened at offset at.
func (l *lexer) lexRaw(at, start int) bool {
	for i := start; ; {
		n := strings.Index(l.src[i:], l.syntax.BlockStart)
		if n < 0 {
			return l.fail(at, "missing end of raw directive")
		}
		tag := i + n
		i = tag + len(l.syntax.BlockStart)
		text, word := l.src[start:tag], i
		trimLeft, trimLine := l.trimLeft, l.trimLine
		if i < len(l.src) && (l.src[i] == '-' || l.src[i] == '+') {
			word++
		}
		end, ok := l.rawTag(word, "endraw")
		if !ok {
			continue
		}
		after := [2]bool{l.trimLeft, l.trimLine}
		switch {
		case word > i && l.src[i] == '-':
			text = strings.TrimRightFunc(text, unicode.IsSpace)
		case word == i && l.syntax.LstripBlocks:
			text = l.stripIndent(text, tag)
		}
		// trim_blocks leaves the line end after {% raw %} alone
		l.trimLeft, l.trimLine = trimLeft, trimLine && false
		l.addText(text, start)
		l.trimLeft, l.trimLine = after[0], after[1]
		l.pos = end
		return true
	}
}

// lexLineTag reads a line statement, or skips a line comment.
func (l *lexer) lexLineTag(which int) bool {
	indent := len(l.src[l.pos:]) - len(strings.TrimLeft(l.src[l.pos:], " \t\v"))
	if which == delimLineComment {
		n := strings.IndexByte(l.src[l.pos:], '\n')
		if n < 0 {
			n = len(l.src) - l.pos
		}
		l.pos += n
		return true
	}
	l.add(tokenBlockBegin, l.syntax.LineStatement, l.pos+indent)
	l.pos += indent + len(l.syntax.LineStatement)
	return l.lexTag("\n", tokenBlockEnd)
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
	if rest != "" && (rest[0] == '-' || rest[0] == '+' && kind == tokenBlockEnd) && end != "\n" {
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

func quote(s string) string { return "'" + s + "'" }

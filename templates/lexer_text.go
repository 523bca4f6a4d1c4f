package templates

import (
	"strings"
	"unicode"
)

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
		return l.lexLineTag(which, text, at)
	}
	open := [3]string{l.syntax.CommentStart, l.syntax.BlockStart, l.syntax.PrintStart}[which]
	after := at + len(open)
	sign := l.signAt(after)
	switch {
	case sign == '-':
		text = strings.TrimRightFunc(text, unicode.IsSpace)
	case sign != '+' && which != delimPrint && l.syntax.LstripBlocks:
		text = l.stripIndent(text, at)
	}
	l.addText(text, start)
	if sign != 0 {
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

// signAt gives the sign that stands after an opening delimiter, or 0.
func (l *lexer) signAt(offset int) byte {
	if offset < len(l.src) && (l.src[offset] == '-' || l.src[offset] == '+') {
		return l.src[offset]
	}
	return 0
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
	if rest != "" && (rest[0] == '-' || rest[0] == '+') && strings.HasPrefix(rest[1:], l.syntax.BlockEnd) {
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
		trimLeft := l.trimLeft
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
		l.trimLeft, l.trimLine = trimLeft, false
		l.addText(text, start)
		l.trimLeft, l.trimLine = after[0], after[1]
		l.pos = end
		return true
	}
}

// lexLineTag reads a line statement, or skips a line comment, which begins at
// the given offset; text stands before it.
func (l *lexer) lexLineTag(which int, text string, at int) bool {
	start, prefix := l.pos, l.syntax.LineStatement
	if which == delimLineComment {
		prefix = l.syntax.LineComment
	}
	begin := len(l.src) - len(strings.TrimLeft(l.src[at:], " \t\v"))
	l.pos = begin + len(prefix)
	if sign := l.signAt(l.pos); sign != 0 {
		l.pos++
		if sign == '-' {
			text = strings.TrimRightFunc(text, unicode.IsSpace)
		}
	}
	l.addText(text, start)
	if which == delimLineStatement {
		l.add(tokenBlockBegin, prefix, begin)
		return l.lexTag("\n", tokenBlockEnd)
	}
	if n := strings.IndexByte(l.src[l.pos:], '\n'); n >= 0 {
		l.pos += n
	} else {
		l.pos = len(l.src)
	}
	return true
}

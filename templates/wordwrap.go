package templates

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

func filterWordwrap(f *frame, a []value) (value, error) {
	if err := a[0].check(); err != nil {
		return value{}, err
	}
	width, err := smallInt(a[1], "wordwrap")
	if err != nil {
		return value{}, err
	}
	if width <= 0 {
		return value{}, faultf("invalid width %d (must be > 0)", width)
	}
	long, err := f.truth(a[2])
	if err != nil {
		return value{}, err
	}
	newline := "\n"
	if !a[3].none() {
		if newline, err = f.text(a[3]); err != nil {
			return value{}, err
		}
	}
	hyphens, err := f.truth(a[4])
	if err != nil {
		return value{}, err
	}
	s, _, err := f.softText(a[0])
	if err != nil {
		return value{}, err
	}
	w := wrapper{width, long, hyphens}
	var lines []string
	for _, line := range splitLines(s) {
		lines = append(lines, strings.Join(w.wrap(line), newline))
	}
	return stringValue(strings.Join(lines, newline)), nil
}

// A wrapper fills lines as Python's textwrap does, leaving white space as it
// is and dropping it around line ends.
type wrapper struct {
	width      int
	breakLong  bool
	breakHyper bool
}

func (w wrapper) wrap(s string) []string {
	chunks := w.chunks(s)
	var lines []string
	for len(chunks) > 0 {
		var line []string
		n := 0
		if lines != nil && strings.TrimSpace(chunks[0]) == "" {
			chunks = chunks[1:]
			if len(chunks) == 0 {
				break
			}
		}
		for len(chunks) > 0 {
			c := runesUpTo(chunks[0], w.width+1)
			if n+c > w.width {
				break
			}
			line, chunks, n = append(line, chunks[0]), chunks[1:], n+c
		}
		if len(chunks) > 0 && runesUpTo(chunks[0], w.width+1) > w.width {
			line = w.split(line, &chunks[0], w.width-n)
			if chunks[0] == "" {
				chunks = chunks[1:]
			}
		}
		if len(line) > 0 && strings.TrimSpace(line[len(line)-1]) == "" {
			line = line[:len(line)-1]
		}
		if len(line) > 0 {
			lines = append(lines, strings.Join(line, ""))
		}
	}
	return lines
}

// split adds to the line as much of a chunk that is longer than a line as
// fits. As in Python that may be an empty string, and white space before it
// stays.
func (w wrapper) split(line []string, chunk *string, room int) []string {
	if !w.breakLong {
		if len(line) > 0 {
			return line
		}
		head := *chunk
		*chunk = ""
		return append(line, head)
	}
	end := 0
	for n := 0; n < room && end < len(*chunk); n++ {
		_, width := utf8.DecodeRuneInString((*chunk)[end:])
		end += width
	}
	if w.breakHyper && end < len(*chunk) {
		if i := strings.LastIndexByte((*chunk)[:end], '-'); i > 0 && strings.Trim((*chunk)[:i], "-") != "" {
			end = i + 1
		}
	}
	head := (*chunk)[:end]
	*chunk = (*chunk)[end:]
	return append(line, head)
}

// runesUpTo counts the characters of s, but not beyond most: a long word is
// looked at again for each line that is taken off it.
func runesUpTo(s string, most int) int {
	n := 0
	for range s {
		if n == most {
			break
		}
		n++
	}
	return n
}

// chunks splits into words and white space; words also after hyphens.
func (w wrapper) chunks(s string) []string {
	var out []string
	for s != "" {
		n := strings.IndexFunc(s, unicode.IsSpace)
		if n == 0 {
			n = strings.IndexFunc(s, func(c rune) bool { return !unicode.IsSpace(c) })
		}
		if n < 0 {
			n = len(s)
		}
		part := s[:n]
		s = s[n:]
		if w.breakHyper && strings.Contains(part, "-") {
			out = append(out, hyphenated(part)...)
		} else {
			out = append(out, part)
		}
	}
	return out
}

// hyphenated splits a word after each hyphen between letters, and around
// dashes.
func hyphenated(word string) []string {
	var out []string
	runes := []rune(word)
	start := 0
	for i := 0; i < len(runes); i++ {
		if runes[i] != '-' {
			continue
		}
		j := i
		for j < len(runes) && runes[j] == '-' {
			j++
		}
		switch {
		case j-i > 1 && i > start && j < len(runes) && isWordRune(runes[j]): // a dash
			out = append(out, string(runes[start:i]), string(runes[i:j]))
			start = j
		case j-i == 1 && i >= start+2 && unicode.IsLetter(runes[i-1]) && unicode.IsLetter(runes[i-2]) && i+2 < len(runes) && unicode.IsLetter(runes[i+1]) && (unicode.IsLetter(runes[i+2]) || runes[i+2] == '-'):
			out = append(out, string(runes[start:j]))
			start = j
		}
		i = j - 1
	}
	return append(out, string(runes[start:]))
}

func isWordRune(c rune) bool { return c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c) }

// splitLines is str.splitlines.
func splitLines(s string) []string {
	var lines []string
	for s != "" {
		i := strings.IndexFunc(s, isLineEnd)
		if i < 0 {
			return append(lines, s)
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		if strings.HasPrefix(s[i:], "\r\n") {
			n = 2
		}
		lines, s = append(lines, s[:i]), s[i+n:]
	}
	return lines
}

func isLineEnd(c rune) bool {
	return c >= '\n' && c <= '\r' || c >= 0x1c && c <= 0x1e || c == 0x85 || c == 0x2028 || c == 0x2029
}

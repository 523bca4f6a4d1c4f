package templates

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// texts makes a list of strings as safe as self.
func (r *run) texts(self value, parts []string) (value, error) {
	if err := r.madeItems(len(parts)); err != nil {
		return value{}, err
	}
	items := make([]value, len(parts))
	for i, p := range parts {
		items[i] = textLike(self, p)
	}
	return listValue(items), nil
}

func splitArgs(a []value) (sep string, n int, err error) {
	if n, err = smallInt(a[2], "split()"); err != nil || a[1].none() {
		return "", n, err
	}
	if sep, err = wantText(a[0], a[1], "separator"); err == nil && sep == "" {
		err = faultf("empty separator")
	}
	return sep, n, err
}

func splitMethod(f *frame, a []value) (value, error) {
	sep, n, err := splitArgs(a)
	if err != nil {
		return value{}, err
	}
	s := a[0].str()
	if !a[1].none() {
		if n >= 0 {
			n++
		}
		return f.texts(a[0], strings.SplitN(s, sep, n))
	}
	var parts []string
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
	for s != "" {
		i := strings.IndexFunc(s, unicode.IsSpace)
		if i < 0 || n == 0 {
			if n == 0 {
				s = strings.TrimRightFunc(s, unicode.IsSpace)
			}
			parts = append(parts, s)
			break
		}
		parts = append(parts, s[:i])
		s = strings.TrimLeftFunc(s[i:], unicode.IsSpace)
		n--
	}
	return f.texts(a[0], parts)
}

func rsplitMethod(f *frame, a []value) (value, error) {
	sep, n, err := splitArgs(a)
	if err != nil {
		return value{}, err
	}
	s := a[0].str()
	var parts []string
	if a[1].none() {
		s = strings.TrimRightFunc(s, unicode.IsSpace)
		for ; s != ""; n-- {
			i := strings.LastIndexFunc(s, unicode.IsSpace)
			if i < 0 || n == 0 {
				if n == 0 {
					s = strings.TrimLeftFunc(s, unicode.IsSpace)
				}
				parts = append(parts, s)
				break
			}
			_, width := utf8.DecodeRuneInString(s[i:])
			parts = append(parts, s[i+width:])
			s = strings.TrimRightFunc(s[:i], unicode.IsSpace)
		}
	} else {
		for ; n != 0; n-- {
			i := strings.LastIndex(s, sep)
			if i < 0 {
				break
			}
			parts = append(parts, s[i+len(sep):])
			s = s[:i]
		}
		parts = append(parts, s)
	}
	slices.Reverse(parts)
	return f.texts(a[0], parts)
}

func splitlinesMethod(f *frame, a []value) (value, error) {
	keep, err := f.truth(a[1])
	if err != nil {
		return value{}, err
	}
	if !keep {
		return f.texts(a[0], splitLines(a[0].str()))
	}
	s := a[0].str()
	var parts []string
	for _, line := range splitLines(s) {
		rest := s[len(line):]
		end := len(rest) - len(strings.TrimPrefix(rest, "\r\n"))
		if end == 0 && rest != "" {
			_, end = utf8.DecodeRuneInString(rest)
		}
		parts, s = append(parts, line+rest[:end]), rest[end:]
	}
	return f.texts(a[0], parts)
}

func partitionMethod(f *frame, a []value) (value, error) { return partition(a, strings.Index, true) }

func rpartitionMethod(f *frame, a []value) (value, error) {
	return partition(a, strings.LastIndex, false)
}

func partition(a []value, find func(s, sep string) int, first bool) (value, error) {
	sep, err := wantText(a[0], a[1], "separator")
	if err != nil {
		return value{}, err
	}
	if sep == "" {
		return value{}, faultf("empty separator")
	}
	s := a[0].str()
	parts := []string{s, "", ""}
	if !first {
		parts = []string{"", "", s}
	}
	if i := find(s, sep); i >= 0 {
		parts = []string{s[:i], sep, s[i+len(sep):]}
	}
	items := make([]value, len(parts))
	for i, p := range parts {
		items[i] = textLike(a[0], p)
	}
	return tupleValue(items...), nil
}

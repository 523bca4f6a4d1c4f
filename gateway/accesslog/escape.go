package accesslog

import "unicode/utf8"

const hexDigits = "0123456789abcdef"

// escape appends what came from outside, "-" for nothing. Quotes, backslashes,
// controls and bytes beyond ASCII become \xHH or \", as in nginx and Apache; outside
// of quotes spaces, too, so that they begin no field. A lone "-" from outside cannot be
// told from nothing: that is the format's. hot path
func (p *piece) escape(b []byte, s string) []byte {
	if s == "" {
		return append(b, '-')
	}
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c > ' ' && c < 0x7f && c != '"' && c != '\\' || c == ' ' && p.quoted {
			continue
		}
		b = append(b, s[from:i]...)
		if from = i + 1; c == '"' || c == '\\' {
			b = append(b, '\\', c)
		} else {
			b = append(b, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(b, s[from:]...)
}

// appendJSON appends s as a string of JSON, escaped as slog's JSONHandler does:
// without regard to HTML, and with U+FFFD for what is no UTF-8. hot path
func appendJSON(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			b = append(b, s[from:i]...)
			b = appendJSONControl(b, c)
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(append(b, s[from:i]...), `\ufffd`...)
			from = i + size
		case r == '\u2028' || r == '\u2029': // line ends to JavaScript
			b = append(append(b, s[from:i]...), `\u202`...)
			b = append(b, hexDigits[r&15])
			from = i + size
		}
		i += size
	}
	return append(append(b, s[from:]...), '"')
}

func appendJSONControl(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

package semantics

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dewar-go/dewar/gateway"
)

// A Param is a parameter of a field's value. Its name is in lower case.
type Param struct{ Name, Value string }

// Params are parameters in the order in which they came; the first of a name counts.
type Params []Param

// Value returns the parameter of that name, "" where there is none.
func (p Params) Value(name string) string {
	v, _ := p.Lookup(name)
	return v
}

// Lookup returns the parameter of that name, in lower case, and whether it is there.
func (p Params) Lookup(name string) (string, bool) {
	for i := range p {
		if p[i].Name == name {
			return p[i].Value, true
		}
	}
	return "", false
}

// maxParams bounds how many parameters are read of one value, and how many pieces of
// one (RFC 2231 §3); more are left out. Nobody sends so many.
const maxParams = 64

// ParseOptions splits a value such as those of Content-Type and Content-Disposition
// into what it begins with, as it came, and its parameters (RFC 9110 §5.6.6).
// Parameters with a charset, name*=UTF-8'en'text, are decoded and take precedence over
// plain ones (RFC 8187), and those in pieces, name*0=, are joined (RFC 2231). What is
// malformed is left out. In quoted strings a backslash stands for itself unless a
// quote or a backslash follows: browsers send paths of Windows like that.
func ParseOptions(s string) (value string, params Params) {
	value, rest, found := strings.Cut(s, ";")
	value = strings.Trim(value, " \t")
	if !found {
		return value, nil
	}
	extended := false
	for rest != "" && len(params) < maxParams {
		var name, text string
		var ok bool
		if name, text, rest, ok = cutParam(rest); ok {
			extended = extended || strings.IndexByte(name, '*') >= 0
			params = append(params, Param{strings.ToLower(name), text})
		}
	}
	if extended {
		params = decodeExtended(params)
	}
	return value, params
}

// cutParam splits name=value; off. ok is false where it is malformed or empty.
func cutParam(s string) (name, value, rest string, ok bool) {
	s = strings.TrimLeft(s, " \t;")
	end := strings.IndexAny(s, "=;")
	if end < 0 || s[end] == ';' {
		_, rest, _ = strings.Cut(s, ";")
		return "", "", rest, false
	}
	name, s = strings.Trim(s[:end], " \t"), strings.TrimLeft(s[end+1:], " \t")
	if s != "" && s[0] == '"' {
		value, rest, ok = cutQuoted(s)
		_, rest, _ = strings.Cut(rest, ";")
		return name, value, rest, ok && gateway.ValidName(name)
	}
	value, rest, _ = strings.Cut(s, ";")
	value = strings.Trim(value, " \t")
	return name, value, rest, value != "" && gateway.ValidName(name)
}

// cutQuoted reads the quoted string at the beginning of s (RFC 9110 §5.6.4).
func cutQuoted(s string) (value, rest string, ok bool) {
	escaped := false
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
				escaped = true
				i++
			}
		case '"':
			if value = s[1:i]; escaped {
				value = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(value)
			}
			return value, s[i+1:], true
		}
	}
	return "", "", false
}

// decodeExtended resolves the names with *: RFC 8187 for one value, RFC 2231 for one
// in pieces.
func decodeExtended(params Params) Params {
	var out Params
	var pieces []string // names that come in pieces
	for _, p := range params {
		base, star, found := strings.Cut(p.Name, "*")
		switch {
		case !found:
			out = append(out, p)
		case star == "":
			if value, ok := decodeExtValue(p.Value); ok {
				out = slices.Insert(out, 0, Param{base, value})
			}
		case !slices.Contains(pieces, base):
			pieces = append(pieces, base)
			if value, ok := joinPieces(params, base); ok {
				out = append(out, Param{base, value})
			}
		}
	}
	seen := out[:0]
	for _, p := range out { // the first of a name, in the order of the first
		if _, ok := seen.Lookup(p.Name); !ok {
			seen = append(seen, p)
		}
	}
	return seen
}

// joinPieces joins name*0, name*1, ... The first says the charset of the escaped ones.
func joinPieces(params Params, base string) (string, bool) {
	var b strings.Builder
	charset := ""
	for i := 0; ; i++ {
		name := base + "*" + strconv.Itoa(i)
		if text, ok := params.Lookup(name); ok {
			b.WriteString(text)
			continue
		}
		text, ok := params.Lookup(name + "*")
		if !ok {
			return b.String(), i > 0
		}
		if i == 0 {
			parts := strings.SplitN(text, "'", 3)
			if len(parts) != 3 {
				return "", false
			}
			charset, text = parts[0], parts[2]
		}
		text, ok = fromCharset(charset, gateway.Unescape(text))
		if !ok {
			return "", false
		}
		b.WriteString(text)
	}
}

// decodeExtValue reads charset'language'escaped (RFC 8187 §3.2.1).
func decodeExtValue(s string) (string, bool) {
	parts := strings.SplitN(s, "'", 3)
	if len(parts) != 3 {
		return "", false
	}
	return fromCharset(parts[0], gateway.Unescape(parts[2]))
}

// fromCharset turns text of one of the charsets that RFC 8187 and its predecessor
// ask for into UTF-8.
func fromCharset(charset, s string) (string, bool) {
	switch foldCharset(charset) {
	case "utf8", "ascii":
		return s, utf8.ValidString(s)
	case "iso88591":
		b := make([]rune, len(s))
		for i := 0; i < len(s); i++ {
			b[i] = rune(s[i])
		}
		return string(b), true
	}
	return "", false
}

// FormatOptions writes a value with parameters. Values that are no tokens are quoted;
// those that no quoted string can hold (controls, anything outside of ASCII) are
// written with their charset, as RFC 8187 says.
func FormatOptions(value string, params ...Param) string {
	var b strings.Builder
	b.WriteString(value)
	for _, p := range params {
		b.WriteString("; ")
		writeParam(&b, p)
	}
	return b.String()
}

func writeParam(b *strings.Builder, p Param) {
	b.WriteString(p.Name)
	switch {
	case gateway.ValidName(p.Value):
		b.WriteString("=" + p.Value)
	case plain(p.Value):
		b.WriteByte('=')
		quote(b, p.Value)
	default:
		b.WriteString("*=UTF-8''")
		escapeExtValue(b, p.Value)
	}
}

// plain reports whether every recipient reads the text alike in a quoted string.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// quote writes a quoted string (RFC 9110 §5.6.4).
func quote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('"')
}

// escapeExtValue escapes what is no attr-char (RFC 8187 §3.2.1).
func escapeExtValue(b *strings.Builder, s string) {
	const hex = "0123456789ABCDEF"
	for i := 0; i < len(s); i++ {
		if c := s[i]; gateway.IsTokenByte(c) && c != '*' && c != '\'' && c != '%' {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
}

// Disposition writes a Content-Disposition: kind is attachment or inline, filename
// what a client is to call the content, "" for none (RFC 6266). A name outside of
// ASCII is sent twice: for old clients with _ for what they cannot read, and whole.
func Disposition(kind, filename string) string {
	if filename == "" {
		return kind
	}
	filename = strings.ToValidUTF8(filename, "\uFFFD")
	if plain(filename) {
		return FormatOptions(kind, Param{"filename", filename})
	}
	simple := strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f {
			return '_'
		}
		return r
	}, filename)
	return FormatOptions(kind, Param{"filename", simple}, Param{"filename", filename})
}

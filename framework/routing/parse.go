package routing

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A token is a piece of a pattern: text, or a variable.
type token struct {
	text      string // literal, decoded
	name      string // of a variable; "" for text
	converter string // string where it was left out
	args      Args
}

// spec is converter and arguments in one spelling, to compare.
func (t *token) spec() string {
	args := slices.Clone(t.args.List)
	for _, key := range sortedKeys(t.args.Named) {
		args = append(args, key+"="+strconv.Quote(t.args.Named[key]))
	}
	return t.converter + "(" + strings.Join(args, ",") + ")"
}

// Args are the arguments of a converter: <name(positional, key=value):variable>.
type Args struct {
	List  []string
	Named map[string]string
}

// scan cuts a pattern into tokens. Slashes stay within the text.
func scan(pattern string) ([]token, error) {
	var tokens []token
	for rest := pattern; rest != ""; {
		text, variable, found := strings.Cut(rest, "<")
		if err := checkText(text, found); err != nil {
			return nil, fmt.Errorf("%w in rule %q", err, pattern)
		}
		if text != "" {
			tokens = append(tokens, token{text: text})
		}
		if !found {
			break
		}
		rest = "<" + variable
		t, n, err := scanVariable(rest)
		if err != nil {
			return nil, fmt.Errorf("%w in rule %q at byte %d", err, pattern, len(pattern)-len(rest)+n)
		}
		tokens = append(tokens, t)
		rest = rest[n:]
	}
	return tokens, nil
}

// checkText refuses what is a variable in the rules of other frameworks, and would
// match itself only here: {id}, since no URL holds an unescaped brace (RFC 3986 §2), and
// segments like :id, *rest and *. A variable may follow, in the last segment.
func checkText(text string, followed bool) error {
	if _, name, found := strings.Cut(text, "{"); found {
		name, _, _ = strings.Cut(name, "}")
		return fmt.Errorf("a variable is written <%s> and not {%s}", name, name)
	}
	segments := strings.Split(text, "/")[1:] // what stands before the first slash is of a variable's segment, or a host
	if followed && len(segments) > 0 {
		segments = segments[:len(segments)-1]
	}
	for _, segment := range segments {
		if segment == "" {
			continue
		}
		switch name := segment[1:]; {
		case segment[0] == ':' && name != "" && identifier(name) == name:
			return fmt.Errorf("a variable is written <%s> and not :%s", name, name)
		case segment[0] == '*' && identifier(name) == name:
			return fmt.Errorf("the rest of a path is written <path:%s> and not *%s", cmp.Or(name, "rest"), name)
		}
	}
	return nil
}

// scanVariable reads <name>, <converter:name> or <converter(args):name> from the
// start of s and returns how many bytes it took, or where it stopped.
func scanVariable(s string) (t token, n int, err error) {
	n = 1
	word := identifier(s[n:])
	if word == "" {
		return t, n, fmt.Errorf("a variable needs a name, a letter or _ first, after <")
	}
	n += len(word)
	called := n < len(s) && s[n] == '('
	if called {
		t.args, n, err = scanArgs(s, n+1)
		if err != nil {
			return t, n, err
		}
	}
	if n < len(s) && s[n] == ':' {
		t.converter = word
		word = identifier(s[n+1:])
		if word == "" {
			return t, n + 1, fmt.Errorf("a variable needs a name after %q", t.converter+":")
		}
		n += 1 + len(word)
	} else if called {
		return t, n, fmt.Errorf("expected :name after the converter's arguments")
	} else {
		t.converter = "string"
	}
	if n >= len(s) || s[n] != '>' {
		return t, n, fmt.Errorf("expected > after variable %s", word)
	}
	t.name = word
	return t, n + 1, nil
}

// scanArgs reads a list of arguments from s[n:], behind its opening parenthesis,
// up to the closing one: words, numbers and quoted strings, each with key= or not.
func scanArgs(s string, n int) (a Args, end int, err error) {
	for n = blanks(s, n); n < len(s) && s[n] != ')'; n = blanks(s, n) {
		key := ""
		if word := identifier(s[n:]); word != "" {
			if eq := blanks(s, n+len(word)); eq < len(s) && s[eq] == '=' {
				key, n = word, blanks(s, eq+1)
			}
		}
		value, next, err := scanArg(s, n)
		if err != nil {
			return a, n, err
		}
		switch {
		case key == "":
			a.List = append(a.List, value)
		case a.Named == nil:
			a.Named = map[string]string{key: value}
		default:
			if _, twice := a.Named[key]; twice {
				return a, n, fmt.Errorf("argument %s is given twice", key)
			}
			a.Named[key] = value
		}
		n = blanks(s, next)
		if n < len(s) && s[n] == ',' {
			n++
		} else if n < len(s) && s[n] != ')' {
			return a, n, fmt.Errorf("expected , or ) after argument %q", value)
		}
	}
	if n >= len(s) {
		return a, n, fmt.Errorf("expected ) after the converter's arguments")
	}
	return a, n + 1, nil
}

// scanArg reads one value: quoted, or up to a blank, comma or parenthesis.
func scanArg(s string, n int) (value string, end int, err error) {
	if n < len(s) && (s[n] == '"' || s[n] == '\'') {
		length := strings.IndexByte(s[n+1:], s[n])
		if length < 0 {
			return "", n, fmt.Errorf("quoted argument has no end")
		}
		return s[n+1 : n+1+length], n + length + 2, nil
	}
	length := strings.IndexAny(s[n:], " \t,()<>=\"'")
	if length < 0 {
		length = len(s) - n
	}
	if length == 0 {
		return "", n, fmt.Errorf("expected an argument")
	}
	return s[n : n+length], n + length, nil
}

// identifier returns the name at the start of s: [A-Za-z_][A-Za-z0-9_]*.
func identifier(s string) string {
	n := 0
	for n < len(s) && (letter(s[n]) || n > 0 && digit(s[n])) {
		n++
	}
	return s[:n]
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

func blanks(s string, n int) int {
	for n < len(s) && (s[n] == ' ' || s[n] == '\t') {
		n++
	}
	return n
}

package http1_test

import (
	"io"
	"regexp"
	"testing"

	"github.com/dewar-go/dewar/gateway/http1"
)

// words calls f with every string of at most n octets of the alphabet.
func words(alphabet string, n int, f func(string)) {
	word := make([]byte, 0, n)
	var walk func()
	walk = func() {
		f(string(word))
		if len(word) == n {
			return
		}
		for i := range len(alphabet) {
			word = append(word, alphabet[i])
			walk()
			word = word[:len(word)-1]
		}
	}
	walk()
}

// The parsers take exactly the words of the grammar, here written down a second
// time, as expressions over octets: every short word is tried.
func TestGrammar(t *testing.T) {
	const (
		token  = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
		text   = `(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?`
		fields = `(?:` + token + `:[ \t]*` + text + `[ \t]*\r\n)*`
		quoted = `"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"`
		ext    = `(?:;` + token + `(?:=(?:` + token + `|` + quoted + `))?)*`
	)
	for _, c := range []struct {
		name, alphabet string
		n              int
		before, after  string
		grammar        string
		takes          func(string) bool
	}{
		{"method", "Gg(: \t\r\n\x00", 5, "", " / HTTP/1.1\r\nHost:\r\n\r\n", `(?:\r\n)?` + token, takesHead},
		{"origin-form", "/a#?%\" \r\n\x00\x7f\xff", 4, "G ", " HTTP/1.1\r\nHost:\r\n\r\n", `/[\x21\x22\x24-\x7e]*`, takesHead},
		{"version", "HTP/.1029 \r\n", 4, "G / HT", "1.1\r\nHost:\r\n\r\n", `TP/`, takesHead},
		{"version number", "/.0129 \r\n", 4, "G / HTTP", "\r\nHost:\r\n\r\n", `/1\.[0-9]`, takesHead},
		{"field lines", "a: \t\r\n\x00\xff\"", 5, "G / HTTP/1.1\r\nHost:\r\n", "\r\n", fields, takesHead},
		{"field lines in a row", "a: \r\n", 7, "G / HTTP/1.1\r\nHost:\r\n", "\r\n", fields, takesHead},
		{"length", "019 ,+\xff", 5, "G / HTTP/1.1\r\nHost:\r\nContent-Length: ", "\r\n\r\n", ` *[0-9]+ *`, takesHead},
		{"port", "0356 :", 6, "G / HTTP/1.0\r\nHost: a:", "\r\n\r\n", `(?:0*(?:[1-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))? *`, takesHead},
		{"chunk size line", "1aFg;= \r\n\x00", 5, "", "\r\n", `[0-9A-Fa-f]+` + ext, takesSizeLine},
		{"chunk extension", "ag;=\"\\ \r\n\x00\xff", 5, "1;", "\r\n", token + `(?:=(?:` + token + `|` + quoted + `))?` + ext, takesSizeLine},
		{"quoted string", "a;\"\\\t\r\n\x00", 5, "1;a=\"", "\"\r\n", `(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*`, takesSizeLine},
		{"end of chunk", "a\r\n; ", 6, "1\r\n", "0\r\n\r\n", `(?s:.)\r\n`, takesBody},
		{"trailer section", "a: \t\r\n\x00\xff", 5, "0\r\n", "\r\n", fields, takesBody},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Latin-1: the expressions are over octets, not over UTF-8.
			grammar := regexp.MustCompile(`^(?:` + c.grammar + `)$`)
			words(c.alphabet, c.n, func(word string) {
				if got, want := c.takes(c.before+word+c.after), grammar.MatchString(latin1(word)); got != want {
					t.Errorf("%q: taken %v, in the grammar %v", c.before+word+c.after, got, want)
				}
			})
		})
	}
}

// latin1 makes one character of every octet.
func latin1(s string) string {
	r := make([]rune, len(s))
	for i := range len(s) {
		r[i] = rune(s[i])
	}
	return string(r)
}

// takesHead reports whether in is one whole head, to its last byte.
func takesHead(in string) bool {
	_, _, n, err := feed(new(http1.Parser), in)
	return err == nil && n == len(in)
}

// takesBody reports whether in is one whole chunked body, to its last byte.
func takesBody(in string) bool {
	var b http1.Body
	b.Reset(&chunked, nil)
	n, err := b.Discard([]byte(in))
	return err == io.EOF && n == len(in)
}

// takesSizeLine reports whether in is a size line: with its last byte, and not
// before, data begins.
func takesSizeLine(in string) bool {
	var b http1.Body
	b.Reset(&chunked, nil)
	last := len(in) - 1
	_, err := b.Discard([]byte(in[:last]))
	if err != nil || b.Run() > 0 {
		return false
	}
	n, err := b.Discard([]byte(in[last:]))
	return err == nil && n == 1 && b.Run() > 0
}

package templates

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

func (t token) is(op string) bool { return t.kind == tokenOperator && t.text == op }

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

func quote(s string) string { return "'" + s + "'" }

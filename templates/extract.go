package templates

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Message is a text that templates give to the [Translator], and where.
type Message struct {
	Context  string // of pgettext; "" is none
	Singular string
	Plural   string // "" where there is one form only
	Format   bool   // it has %(name)s, which a translation keeps
	Places   []Place
}

// Extract lists the messages of the named templates or, if none are named, of all
// that the loader lists: those of {% trans %}, and of gettext, ngettext, pgettext,
// npgettext and _ where they are called with literals. They are in the order of
// templates and lines, each once. Templates with mistakes are reported together,
// beside the messages of the others.
func (e *Environment) Extract(names ...string) ([]Message, error) {
	names, err := e.listed(names)
	if err != nil {
		return nil, err
	}
	x := extraction{found: map[[3]string]int{}}
	var all []error
	for _, name := range names {
		t, err := e.Template(name)
		if err != nil {
			all = append(all, err)
			continue
		}
		body, err := parse(t.src, &e.config.Syntax)
		if err != nil { // it was compiled a moment ago
			all = append(all, err)
			continue
		}
		x.template(name, body)
	}
	return x.messages, errors.Join(all...)
}

type extraction struct {
	messages []Message
	found    map[[3]string]int // context, singular and plural, to the index in messages
}

func (x *extraction) template(name string, body []stmt) {
	var here []placedMessage
	inspect(body, func(s stmt) bool {
		if t, ok := s.(*transStmt); ok {
			here = append(here, placedMessage{Message{Context: t.context, Singular: t.singular, Plural: t.plural}, t.pos})
		}
		return true
	}, func(call expr) {
		if c, ok := call.(*callExpr); ok {
			if m, ok := messageOf(c); ok {
				here = append(here, placedMessage{m, c.pos})
			}
		}
	})
	slices.SortStableFunc(here, func(a, b placedMessage) int {
		return cmp.Or(cmp.Compare(a.pos.line, b.pos.line), cmp.Compare(a.pos.column, b.pos.column))
	})
	for _, p := range here {
		x.add(p.Message, Place{name, p.pos.line})
	}
}

type placedMessage struct {
	Message
	pos position
}

func (x *extraction) add(m Message, at Place) {
	key := [3]string{m.Context, m.Singular, m.Plural}
	i, known := x.found[key]
	if !known {
		i = len(x.messages)
		x.found[key] = i
		m.Format = len(placeholders(m.Singular)) > 0 || len(placeholders(m.Plural)) > 0
		x.messages = append(x.messages, m)
	}
	x.messages[i].Places = append(x.messages[i].Places, at)
}

// messageParams are the translating functions, and what their first parameters
// are.
var messageParams = map[string][]string{
	"_":         {"singular"},
	"gettext":   {"singular"},
	"ngettext":  {"singular", "plural"},
	"pgettext":  {"context", "singular"},
	"npgettext": {"context", "singular", "plural"},
}

// messageOf reads the message of a call, if it is one with literals.
func messageOf(call *callExpr) (Message, bool) {
	n, ok := call.fn.(*nameExpr)
	if !ok {
		return Message{}, false
	}
	params := messageParams[n.name]
	if params == nil || len(call.args) < len(params) {
		return Message{}, false
	}
	var m Message
	for i, param := range params {
		l, ok := call.args[i].(*literalExpr)
		if !ok || l.val.kind != kindString {
			return Message{}, false
		}
		*map[string]*string{"context": &m.Context, "singular": &m.Singular, "plural": &m.Plural}[param] = l.val.str()
	}
	for _, k := range call.kwargs {
		if l, ok := k.val.(*literalExpr); ok && k.name == "context" && m.Context == "" && l.val.kind == kindString {
			m.Context = l.val.str()
		}
	}
	return m, true
}

// placeholders gives the names of the %(name)s of a message, in order.
func placeholders(message string) []string {
	var names []string
	for rest := message; ; {
		_, after, ok := strings.Cut(rest, "%")
		if !ok {
			return names
		}
		if strings.HasPrefix(after, "%") {
			rest = after[1:]
			continue
		}
		rest = after
		if name, next, ok := strings.Cut(strings.TrimPrefix(after, "("), ")"); ok && strings.HasPrefix(after, "(") {
			names, rest = append(names, name), next
		}
	}
}

// WritePOT writes messages as a template of gettext's catalogues, for
// msginit, msgmerge and the editors of .po files (GNU gettext manual, "The
// Format of PO Files").
func WritePOT(w io.Writer, messages []Message) error {
	b := bufio.NewWriter(w)
	b.WriteString("msgid \"\"\nmsgstr \"\"\n\"MIME-Version: 1.0\\n\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n\"Content-Transfer-Encoding: 8bit\\n\"\n")
	for _, m := range messages {
		b.WriteByte('\n')
		for _, p := range m.Places {
			fmt.Fprintf(b, "#: %s:%d\n", p.Template, p.Line)
		}
		if m.Format {
			b.WriteString("#, python-format\n")
		}
		if m.Context != "" {
			potString(b, "msgctxt", m.Context)
		}
		potString(b, "msgid", m.Singular)
		if m.Plural == "" {
			b.WriteString("msgstr \"\"\n")
			continue
		}
		potString(b, "msgid_plural", m.Plural)
		b.WriteString("msgstr[0] \"\"\nmsgstr[1] \"\"\n")
	}
	return b.Flush()
}

var potEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`, "\r", `\r`, "\n", `\n`)

// potString writes a keyword and its string, a text of several lines line by line.
func potString(b *bufio.Writer, keyword, text string) {
	b.WriteString(keyword + " ")
	if strings.Contains(strings.TrimSuffix(text, "\n"), "\n") {
		b.WriteString("\"\"\n")
	}
	for line := range strings.Lines(text) {
		b.WriteString(`"` + potEscapes.Replace(line) + "\"\n")
	}
	if text == "" {
		b.WriteString("\"\"\n")
	}
}

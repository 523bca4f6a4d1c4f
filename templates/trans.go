package templates

import (
	"errors"
	"slices"
	"strings"
)

// A Translator gives the messages of {% trans %}, gettext and ngettext. The
// language is the rendering's own affair: make one environment per language,
// or look at the context.
type Translator interface {
	// Gettext translates a message; context is "" or pgettext's.
	Gettext(context, message string) string
	// Ngettext chooses the form for n.
	Ngettext(context, singular, plural string, n int) string
}

// plainTranslator leaves messages as they are.
type plainTranslator struct{}

func (plainTranslator) Gettext(_, message string) string { return message }
func (plainTranslator) Ngettext(_, singular, plural string, n int) string {
	if n == 1 {
		return singular
	}
	return plural
}

func (e *Environment) translator() Translator {
	if e.config.Translator == nil {
		return plainTranslator{}
	}
	return e.config.Translator
}

// transTag reads {% trans "context" a=x, b %}…{% pluralize n %}…{% endtrans %}.
// The message has %(name)s for each {{ name }}.
func (p *parser) transTag(tag token) stmt {
	s := &transStmt{node: node{tag.pos}}
	trimmed := false
	if t := p.cur(); t.kind == tokenString {
		s.context, s.hasContext = t.text, true
		p.pos++
	}
	for p.cur().kind != tokenBlockEnd {
		if len(s.names) > 0 {
			p.expectOp(",")
		}
		t := p.cur()
		name := p.expectKind(tokenName).text
		if (name == "trimmed" || name == "notrimmed") && !p.cur().is("=") {
			trimmed = name == "trimmed"
			continue
		}
		if slices.Contains(s.names, name) {
			p.fail(t.pos, "translatable variable %s defined twice", quote(name))
		}
		var x expr = &nameExpr{node{t.pos}, name}
		if p.skipOp("=") {
			x = p.expression()
		}
		if s.count == nil {
			s.count = &nameExpr{node{t.pos}, name}
		}
		s.names, s.vals = append(s.names, name), append(s.vals, x)
	}
	p.pos++
	s.singular, s.singularNames = p.message(trimmed)
	if p.cur().isName("pluralize") {
		p.pos++
		s.hasPlural = true
		if t := p.cur(); t.kind == tokenName {
			p.pos++
			s.count = &nameExpr{node{t.pos}, t.text}
			if !slices.Contains(s.names, t.text) {
				p.fail(t.pos, "unknown variable %s for pluralization", quote(t.text))
			}
		}
		p.expectKind(tokenBlockEnd)
		s.plural, s.pluralNames = p.message(trimmed)
		if s.count == nil && len(s.singularNames) > 0 {
			s.count = &nameExpr{node{tag.pos}, s.singularNames[0]}
		}
		if s.count == nil {
			p.fail(tag.pos, "pluralize without variables")
		}
	}
	if !p.cur().isName("endtrans") {
		p.fail(p.cur().pos, "control structures in translatable sections are not allowed")
	}
	p.pos++
	if !s.hasPlural {
		s.count = nil
	}
	return s
}

// message reads text and {{ name }} up to the next tag.
func (p *parser) message(trimmed bool) (string, []string) {
	var b strings.Builder
	var names []string
	for {
		switch t := p.take(); t.kind {
		case tokenData:
			b.WriteString(strings.ReplaceAll(t.text, "%", "%%"))
		case tokenPrintBegin:
			name := p.expectKind(tokenName).text
			names = append(names, name)
			b.WriteString("%(" + name + ")s")
			p.expectKind(tokenPrintEnd)
		case tokenBlockBegin:
			s := b.String()
			if trimmed {
				s = trimMessage(s)
			}
			return s, names
		default:
			p.fail(t.pos, "unclosed translation block")
		}
	}
}

// trimMessage joins lines with one space.
func trimMessage(s string) string {
	lines := strings.Split(s, "\n")
	kept := lines[:0]
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, " ")
}

func (c *compiler) trans(s *transStmt) step {
	vals := c.exprs(s.vals)
	names := s.names
	for _, n := range append(s.singularNames, s.pluralNames...) {
		if !slices.Contains(names, n) {
			names = append(names, n)
			vals = append(vals, c.expr(&nameExpr{s.node, n}))
		}
	}
	if c.silent() {
		return skip
	}
	countIndex := -1
	if n, ok := s.count.(*nameExpr); ok {
		countIndex = slices.Index(names, n.name)
	}
	id, at := c.addPrint(s.pos), s.pos
	c.referMessage(s.singular, s.plural, at)
	return func(f *frame) signal {
		vars := newDict(len(names))
		for i, v := range vals {
			vars.setText(names[i], v(f))
		}
		t := f.env.translator()
		var message string
		if s.hasPlural {
			v, _ := vars.getText(names[countIndex])
			n, err := smallInt(v, "pluralize")
			if err != nil {
				f.throw(err, at)
			}
			message = t.Ngettext(s.context, s.singular, s.plural, n)
		} else {
			message = t.Gettext(s.context, s.singular)
		}
		v, err := f.fillMessage(message, f.escape, vars)
		if err != nil {
			f.throw(err, at)
		}
		f.print(v, id, at)
		return proceed
	}
}

// fillMessage puts values into a message. As in Jinja's newstyle gettext, one
// that an author wrote is markup where escaping is on, so that it must be whole:
// what is printed behind it is escaped for HTML text.
func (f *frame) fillMessage(message string, markup bool, vars *dict) (value, error) {
	if !markup {
		return f.percentFormat(stringValue(message), dictValue(vars))
	}
	if err := leavesText(message); err != nil {
		return value{}, wholeMessage(message, err)
	}
	return f.percentFormat(markupValue(message), dictValue(vars))
}

func wholeMessage(message string, err error) error {
	return &fault{kind: ErrEscape, message: "the message " + quote(message) + " leaves a tag, a script or a comment open; write &lt; for a < in text", cause: errors.Unwrap(err)}
}

// translations are gettext and its relatives as functions. Keyword arguments
// fill %(name)s.
func translations() map[string]value {
	table := map[string]value{}
	for name, params := range messageParams {
		sig := strings.Join(params, ", ") + ", num, **kwargs"
		if !slices.Contains(params, "plural") {
			sig = strings.NewReplacer("singular", "message", ", num", "").Replace(sig)
		}
		b := &builtin{name: name, sig: sig}
		table[name] = objectValue(&function{name: name, sig: b, fn: func(f *frame, a *arguments) (value, error) {
			bound, err := b.bind(nil, a)
			if err != nil {
				return value{}, err
			}
			return f.translate(params, bound, a.authored)
		}})
	}
	return table
}

// translate calls the translator with arguments in the order of params, then
// the number if there is a plural, then the keywords. A text that no author
// wrote is no markup as long as it has no translation.
func (f *frame) translate(params []string, a []value, authored uint8) (value, error) {
	said, markup := map[string]string{}, true
	for i, param := range params {
		text, err := f.text(a[i])
		if err != nil {
			return value{}, err
		}
		said[param] = text
		markup = markup && (param == "context" || a[i].isMarkup() || authored>>i&1 == 1)
	}
	vars := a[len(a)-1].dict()
	if v, ok := vars.getText("context"); ok && said["context"] == "" {
		var err error
		if said["context"], err = f.text(v); err != nil {
			return value{}, err
		}
	}
	var message string
	if plural, ok := said["plural"]; !ok {
		message = f.env.translator().Gettext(said["context"], said["singular"])
	} else {
		num := a[len(params)]
		n, err := smallInt(num, "ngettext")
		if err != nil {
			return value{}, err
		}
		if _, ok := vars.getText("num"); !ok {
			vars.setText("num", num)
		}
		message = f.env.translator().Ngettext(said["context"], said["singular"], plural, n)
	}
	translated := message != said["singular"] && message != said["plural"]
	return f.fillMessage(message, f.escape && (markup || translated), vars)
}

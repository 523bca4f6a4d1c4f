package templates

import (
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
	var id int
	var places []mention
	at := s.pos
	whole := func() { id = c.addPrint(at) }
	if strings.Contains(s.singular+s.plural, "<") {
		c.fork(shapeIf, func() { places = c.mentions(s.singular, at) }, func() {
			c.fork(shapeIf, func() { places = append(places, c.mentions(s.plural, at)...) }, whole)
		})
	} else {
		whole()
	}
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
		if f.escape && f.plan.prints[id].mode == escapeHTML { // elsewhere the whole message is escaped for its place
			f.escapeMentions(places, vars, at)
		}
		v, err := f.percentFormat(f.textOf(message), dictValue(vars))
		if err != nil {
			f.throw(err, at)
		}
		f.print(v, id, at)
		return proceed
	}
}

// A mention is a variable in the markup of a message, and the place where it
// stands there.
type mention struct {
	name string
	id   int
}

// mentions adds a message to the shape as if it were part of the template.
func (c *compiler) mentions(message string, at position) []mention {
	var list []mention
	message = strings.ReplaceAll(message, "%%", "\x00")
	for {
		text, rest, found := strings.Cut(message, "%(")
		c.text(&textStmt{node{at}, strings.ReplaceAll(text, "\x00", "%")})
		if !found {
			return list
		}
		name, after, _ := strings.Cut(rest, ")s")
		list, message = append(list, mention{name, c.addPrint(at)}), after
	}
}

// escapeMentions escapes variables for the attributes and scripts within a
// message, wherever its translation puts them. One that has several places is
// escaped for the first that is not plain text.
func (f *frame) escapeMentions(places []mention, vars *dict, at position) {
	done := map[string]bool{}
	for _, m := range places {
		if done[m.name] || f.plan.prints[m.id].mode == escapeHTML {
			continue
		}
		done[m.name] = true
		v, _ := vars.getText(m.name)
		vars.setText(m.name, markupValue(f.capture(func() { f.print(v, m.id, at) })))
	}
}

// translations are gettext and its relatives as functions. Keyword arguments
// fill %(name)s.
func translations() map[string]value {
	fill := func(f *frame, message string, kw *dict) (value, error) {
		return f.percentFormat(f.textOf(message), dictValue(kw))
	}
	gettext := func(f *frame, context, message value, kw *dict) (value, error) {
		c, err := f.text(context)
		if err != nil {
			return value{}, err
		}
		m, err := f.text(message)
		if err != nil {
			return value{}, err
		}
		if kw.dictHas("context") {
			v, _ := kw.getText("context")
			if c, err = f.text(v); err != nil {
				return value{}, err
			}
		}
		return fill(f, f.env.translator().Gettext(c, m), kw)
	}
	ngettext := func(f *frame, context, singular, plural, num value, kw *dict) (value, error) {
		var parts [3]string
		for i, v := range [3]value{context, singular, plural} {
			var err error
			if parts[i], err = f.text(v); err != nil {
				return value{}, err
			}
		}
		n, err := smallInt(num, "ngettext")
		if err != nil {
			return value{}, err
		}
		if !kw.dictHas("num") {
			kw.setText("num", num)
		}
		return fill(f, f.env.translator().Ngettext(parts[0], parts[1], parts[2], n), kw)
	}
	simple := func(name string) value {
		return globalFunction(name, "message, **kwargs", func(f *frame, a []value) (value, error) {
			return gettext(f, emptyText, a[0], a[1].dict())
		})
	}
	return map[string]value{
		"_":       simple("_"),
		"gettext": simple("gettext"),
		"ngettext": globalFunction("ngettext", "singular, plural, num, **kwargs", func(f *frame, a []value) (value, error) {
			return ngettext(f, emptyText, a[0], a[1], a[2], a[3].dict())
		}),
		"pgettext": globalFunction("pgettext", "context, message, **kwargs", func(f *frame, a []value) (value, error) {
			return gettext(f, a[0], a[1], a[2].dict())
		}),
		"npgettext": globalFunction("npgettext", "context, singular, plural, num, **kwargs", func(f *frame, a []value) (value, error) {
			return ngettext(f, a[0], a[1], a[2], a[3], a[4].dict())
		}),
	}
}

func (d *dict) dictHas(name string) bool {
	_, ok := d.getText(name)
	return ok
}

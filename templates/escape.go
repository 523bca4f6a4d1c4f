package templates

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"strings"
	"sync/atomic"
	tree "text/template/parse"
)

// Contextual escaping. Which escaper a value needs depends on the HTML, CSS
// or JavaScript around it, and finding that out is the business of
// html/template: the compiler records the skeleton of each region (its text,
// branches, loops and calls), analyse writes the skeleton of a page as a Go
// template with a field for every printed value, and html/template escapes
// it. What it put behind each field says which escaper belongs there:
//
//	<a href="{{ url }}">{{ name }}</a>                                        our source
//	<a href="{{.P}}">{{.P}}</a>                                               the skeleton
//	<a href="{{.P | _html_template_urlfilter | …}}">{{.P | …htmlescaper}}</a>  escaped
//
// Blocks, includes and macros that are known are written into the skeleton
// where they are called, so that each is escaped for its place. The plan of
// a page then tells every print its escaper by number.

// A region is a stretch of a template that is escaped as one: a unit, or the
// body of a set block.
type region struct {
	tmpl   *Template
	name   string
	block  string // the block that it belongs to, or ""
	shape  []shape
	prints int
	strays int
	calls  int
	last   atomic.Pointer[plan] // the solo plan used last
}

type shapeKind uint8

const (
	shapeText shapeKind = iota
	shapePrint
	shapeIf
	shapeFor
	shapeCall
	shapeBreak
	shapeContinue
)

// A shape is a piece of a region's skeleton.
type shape struct {
	kind      shapeKind
	text      string
	pos       position
	id        int // of a print, or of the print that a call is if unknown; -1: none
	stray     int // of text that ends in an open <; -1: none
	call      int
	target    target
	body, els []shape
}

// certain tells whether a call that is known writes what is known. A macro's
// name may be bound to something else by then.
func (s *shape) certain() bool { return s.target.macro[0] == "" }

// A target says what a call writes, as far as the source tells.
type target struct {
	region  *region
	block   string
	super   bool
	include expr
	macro   [2]string // name, or module and name
}

// A plan tells how a region is escaped in one place.
type plan struct {
	region *region
	page   *page
	parts  []*Template // that it was made from, if they may be reloaded
	prints []*escaper
	strays []bool // the < must be written as &lt;
	calls  []*plan
}

func (c *compiler) add(s shape) { *c.shape = append(*c.shape, s) }

// addText records text; the number is that of a stray <, or -1.
func (c *compiler) addText(text string, pos position) int {
	stray := -1
	if strayIndex(text) >= 0 {
		stray = c.region.strays
		c.region.strays++
	}
	if list := *c.shape; len(list) > 0 && list[len(list)-1].kind == shapeText {
		last := &list[len(list)-1]
		last.text, last.stray = last.text+text, stray
		return stray
	}
	c.add(shape{kind: shapeText, text: text, pos: pos, stray: stray})
	return stray
}

// strayIndex finds a < at the very end of a text, where what follows decides
// whether it begins a tag.
func strayIndex(text string) int {
	i := strings.LastIndexByte(text, '<')
	if i >= 0 && strings.Trim(text[i+1:], "/!?-") == "" {
		return i
	}
	return -1
}

func (c *compiler) addPrint(pos position) int {
	id := c.region.prints
	c.region.prints++
	c.add(shape{kind: shapePrint, id: id, pos: pos})
	return id
}

// addShape records a call that is always known.
func (c *compiler) addShape(t target, pos position) int {
	call := c.region.calls
	c.region.calls++
	c.add(shape{kind: shapeCall, call: call, id: -1, target: t, pos: pos})
	return call
}

// addCall records a call that may turn out to be something else, and then is
// a print.
func (c *compiler) addCall(t target, pos position) (call, id int) {
	call, id = c.region.calls, c.region.prints
	c.region.calls++
	c.region.prints++
	c.add(shape{kind: shapeCall, call: call, id: id, target: t, pos: pos})
	return call, id
}

// fork records two branches.
func (c *compiler) fork(kind shapeKind, body, els func()) {
	outer := c.shape
	s := shape{kind: kind}
	c.shape = &s.body
	body()
	c.shape = &s.els
	els()
	c.shape = outer
	c.add(s)
}

// maxSkeleton bounds the skeleton of a page; macros beyond it are escaped
// alone, as text.
const maxSkeleton = 1 << 20

// The delimiters of skeletons; \x01 in a template's text is replaced.
const actionStart, actionEnd = "\x01{", "}\x01"

// A site is one region written into a skeleton.
type site struct {
	page   *page
	region *region
	calls  map[int]*site // by call; missing: unknown
}

// A skeleton is a page as a Go template.
type skeleton struct {
	b       strings.Builder
	lines   []Place // of each line
	stack   []*region
	rewrite func(string) string // changes text, to ask a second question
}

// analyse makes the plan of a region that begins and ends in HTML text.
func analyse(p *page, r *region) (*plan, error) {
	root, list, err := escapeSkeleton(p, r, nil)
	if err != nil {
		return nil, err
	}
	made := readPlan(root, list)
	probe(p, r, made)
	if r.tmpl.env.config.AutoReload {
		root.eachTemplate(func(t *Template) { made.parts = append(made.parts, t) })
	}
	return made, nil
}

// eachTemplate visits the templates of a site and what it calls.
func (at *site) eachTemplate(visit func(t *Template)) {
	visit(at.region.tmpl)
	for _, called := range at.calls {
		called.eachTemplate(visit)
	}
}

// stale tells whether a part was loaded again since.
func (p *plan) stale() bool {
	for _, t := range p.parts {
		if now, err := t.env.Template(t.src.name); t.named && (err != nil || now != t) {
			return true
		}
	}
	return false
}

// escapeSkeleton writes a skeleton and lets html/template escape it.
func escapeSkeleton(p *page, r *region, rewrite func(string) string) (*site, *tree.ListNode, error) {
	s := &skeleton{rewrite: rewrite}
	s.lines = append(s.lines, Place{r.tmpl.Name(), 1})
	// without a node of its own, a page of text alone would count as empty;
	// and nothing of the body must run when the template is executed
	s.b.WriteString(actionStart + "if .C" + actionEnd)
	root := s.site(p, r)
	s.b.WriteString(actionStart + "end" + actionEnd)
	t, err := template.New("page").Delims(actionStart, actionEnd).Parse(s.b.String())
	if err != nil {
		return nil, nil, &Error{Kind: ErrEscape, Template: r.tmpl.Name(), Line: 1, Message: "cannot be analysed: " + err.Error(), Cause: err}
	}
	// executing it is what makes html/template escape it
	if err := t.Execute(io.Discard, map[string]any{}); err != nil {
		return nil, nil, s.failure(r, err)
	}
	list := t.Tree.Root.Nodes[0].(*tree.IfNode).List
	if rewrite == nil {
		if err := s.checkScripts(r, list); err != nil {
			return nil, nil, err
		}
	}
	return root, list, nil
}

var hiddenScript = regexp.MustCompile(`(?is)<script[\s/>](?:[^<]|<[^/]|</[^s])*?<!--(?:[^<]|<[^/]|</[^s])*?<script`)

// checkScripts refuses scripts that a browser ends elsewhere than
// html/template thinks (HTML §13.2.5.15-31). html/template prevents that by
// changing the text: it writes \x3C in strings and drops comments. Here the
// text stays as the author wrote it, so that what would be changed is refused.
func (s *skeleton) checkScripts(r *region, list *tree.ListNode) error {
	source := s.b.String()
	if !strings.Contains(strings.ToLower(source), "<script") {
		return nil
	}
	refuse := func(at Place) error {
		return &Error{Kind: ErrEscape, Template: at.Template, Line: at.Line,
			Message: `a script holds </script or <!-- where a browser takes it for markup; write <\/script and <\!--`}
	}
	if m := hiddenScript.FindStringIndex(source); m != nil {
		return refuse(s.lines[min(strings.Count(source[:m[1]], "\n"), len(s.lines)-1)])
	}
	before, after := strings.ToLower(source), strings.ToLower(list.String())
	for _, mark := range []string{`\x3c/script`, `\x3c!--`} {
		if strings.Count(after, mark) > strings.Count(before, mark) {
			return refuse(Place{r.tmpl.Name(), max(1, s.lines[0].Line)})
		}
	}
	return nil
}

// failure places html/template's error in our sources.
func (s *skeleton) failure(r *region, err error) error {
	at := Place{r.tmpl.Name(), 1}
	message := err.Error()
	var e *template.Error
	if errors.As(err, &e) {
		if e.Line > 0 && e.Line <= len(s.lines) {
			at = s.lines[e.Line-1]
		}
		message = e.Description
	}
	message = strings.ReplaceAll(strings.ReplaceAll(message, actionStart, "{{"), actionEnd, "}}")
	return &Error{Kind: ErrEscape, Template: at.Template, Line: at.Line, Message: "cannot be escaped safely: " + message, Cause: err}
}

// site writes a region.
func (s *skeleton) site(p *page, r *region) *site {
	at := &site{page: p, region: r, calls: map[int]*site{}}
	s.stack = append(s.stack, r)
	s.shapes(at, r.shape)
	s.stack = s.stack[:len(s.stack)-1]
	return at
}

func (s *skeleton) action(text string) { s.b.WriteString(actionStart + text + actionEnd) }

func (s *skeleton) shapes(at *site, list []shape) {
	for i := range list {
		sh := &list[i]
		s.lines[len(s.lines)-1] = Place{at.region.tmpl.Name(), sh.pos.line}
		switch sh.kind {
		case shapeText:
			s.text(at, sh)
		case shapePrint:
			s.action(".P")
		case shapeIf, shapeFor:
			s.action(map[shapeKind]string{shapeIf: "if .C", shapeFor: "range .C"}[sh.kind])
			s.shapes(at, sh.body)
			s.action("else")
			s.shapes(at, sh.els)
			s.action("end")
		case shapeBreak:
			s.action("break")
		case shapeContinue:
			s.action("continue")
		case shapeCall:
			s.call(at, sh)
		}
	}
}

func (s *skeleton) text(at *site, sh *shape) {
	text := strings.ReplaceAll(sh.text, "\x01", " ")
	if s.rewrite != nil {
		text = s.rewrite(text)
	}
	s.b.WriteString(text)
	for i := range strings.Count(text, "\n") {
		s.lines = append(s.lines, Place{at.region.tmpl.Name(), sh.pos.line + i + 1})
	}
}

// call writes what a call is known to write, the print that it may be
// instead, or both as branches.
func (s *skeleton) call(at *site, sh *shape) {
	p, r := at.resolve(sh.target)
	for _, running := range s.stack {
		if running == r {
			r = nil // a recursion is escaped alone
		}
	}
	if s.b.Len() > maxSkeleton && sh.id >= 0 {
		r = nil
	}
	switch {
	case r == nil && sh.id < 0:
		return
	case r == nil:
		s.action(".P")
	case sh.certain():
		at.calls[sh.call] = s.site(p, r)
	default:
		s.action("if .C")
		at.calls[sh.call] = s.site(p, r)
		s.action("else")
		s.action(".P")
		s.action("end")
	}
}

// resolve finds the region that a call writes; nil if that is not known.
func (at *site) resolve(t target) (*page, *region) {
	switch {
	case t.region != nil:
		return at.page, t.region
	case t.block != "":
		if levels := at.page.blocks[t.block]; len(levels) > 0 {
			return at.page, levels[0].region
		}
	case t.super:
		levels := at.page.blocks[at.region.block]
		for i, u := range levels {
			if u.tmpl == at.region.tmpl && i+1 < len(levels) {
				return at.page, levels[i+1].region
			}
		}
	case t.include != nil:
		included, err := at.region.tmpl.env.constantTemplate(t.include)
		if err != nil || included == nil {
			return nil, nil
		}
		if p, ok := knownPage(included); ok {
			return p, p.top().root.region
		}
	case t.macro[0] != "":
		return at.macro(t.macro)
	}
	return nil, nil
}

// A linked says what an import binds to a name.
type linked struct {
	template expr
	name     string // in the template; "": the module itself
}

// macro finds the region of a macro by name.
func (at *site) macro(path [2]string) (*page, *region) {
	u := at.macroUnit(path)
	switch {
	case u == nil:
		return nil, nil
	case u.tmpl == at.region.tmpl:
		return at.page, u.region
	}
	return u.tmpl.page, u.region
}

// macroUnit finds a macro in the template or in what it imports.
func (at *site) macroUnit(path [2]string) *unit {
	t := at.region.tmpl
	if u := t.macros[path[0]]; u != nil && path[1] == "" {
		return u
	}
	l, ok := t.links[path[0]]
	if !ok {
		return nil
	}
	module, err := t.env.constantTemplate(l.template)
	if err != nil || module == nil {
		return nil
	}
	switch {
	case l.name == "":
		return module.macros[path[1]]
	case path[1] == "":
		return module.macros[l.name]
	}
	return nil
}

// targetOf is the target of a call by its expression.
func targetOf(fn expr) target {
	switch fn := fn.(type) {
	case *nameExpr:
		return target{macro: [2]string{fn.name}}
	case *attrExpr:
		if n, ok := fn.x.(*nameExpr); ok {
			return target{macro: [2]string{n.name, fn.name}}
		}
	}
	return target{}
}

func (c *compiler) link(name string, l linked) { c.t.links[name] = l }

// A reader walks an escaped skeleton beside the shapes it was made from.
// Neighbouring texts, of a page and of a block on it, are one node there.
type reader struct {
	nodes []tree.Node
	text  string // of the text node that is being read, or ""
}

func (r *reader) next() tree.Node {
	n := r.nodes[0]
	r.nodes, r.text = r.nodes[1:], ""
	return n
}

func readPlan(at *site, list *tree.ListNode) *plan {
	return (&reader{nodes: list.Nodes}).site(at)
}

func (r *reader) site(at *site) *plan {
	p := &plan{region: at.region, page: at.page}
	p.prints = make([]*escaper, at.region.prints)
	p.strays = make([]bool, at.region.strays)
	p.calls = make([]*plan, at.region.calls)
	r.shapes(p, at, at.region.shape)
	return p
}

func branch(l *tree.ListNode) *reader {
	if l == nil {
		return &reader{}
	}
	return &reader{nodes: l.Nodes}
}

func (r *reader) shapes(p *plan, at *site, list []shape) {
	for i := range list {
		sh := &list[i]
		switch sh.kind {
		case shapeText:
			r.readText(p, sh)
		case shapePrint:
			p.prints[sh.id] = escaperOf(r.next())
		case shapeIf:
			n := r.next().(*tree.IfNode)
			branch(n.List).shapes(p, at, sh.body)
			branch(n.ElseList).shapes(p, at, sh.els)
		case shapeFor:
			n := r.next().(*tree.RangeNode)
			branch(n.List).shapes(p, at, sh.body)
			branch(n.ElseList).shapes(p, at, sh.els)
		case shapeCall:
			r.call(p, at, sh)
		default:
			r.next()
		}
	}
}

func (r *reader) readText(p *plan, sh *shape) {
	if r.text == "" {
		r.text = string(r.next().(*tree.TextNode).Text) + "\x00"
	}
	if sh.stray >= 0 {
		tail := sh.text[strayIndex(sh.text)+1:]
		p.strays[sh.stray] = strings.HasSuffix(r.text, "&lt;"+tail+"\x00")
	}
}

func (r *reader) call(p *plan, at *site, sh *shape) {
	called := at.calls[sh.call]
	switch {
	case called == nil && sh.id < 0:
	case called == nil:
		p.prints[sh.id] = escaperOf(r.next())
	case sh.certain():
		p.calls[sh.call] = r.site(called)
	default:
		fork := r.next().(*tree.IfNode)
		p.calls[sh.call] = branch(fork.List).site(called)
		p.prints[sh.id] = escaperOf(fork.ElseList.Nodes[0])
	}
}

// probe asks html/template what its escapers do not tell, by escaping a
// changed page and seeing what changes:
//   - srcdoc is HTML inside an attribute, which html/template escapes once
//     (as of Go 1.26). Where renaming the attribute to an event handler
//     changes the escaper, a value stands in srcdoc and is escaped twice.
//   - JSON from tojson may keep its double quotes in an attribute with single
//     quotes. Where taking the single quotes away makes an attribute
//     unquoted, a value stands in such an attribute.
func probe(p *page, r *region, made *plan) {
	ask := func(rewrite func(string) string, found func(was, is *escaper) *escaper) {
		root, list, err := escapeSkeleton(p, r, rewrite)
		if err == nil {
			made.amend(readPlan(root, list), found)
		}
	}
	if made.mentions(func(text string) bool { return strings.Contains(strings.ToLower(text), "srcdoc") }) {
		ask(renameSrcdoc, func(was, is *escaper) *escaper {
			if was.chain != is.chain && strings.Contains(is.chain, "_js") {
				return escaperFor(srcdocChain)
			}
			return was
		})
	}
	if made.mentions(func(text string) bool { return strings.Contains(text, "='") || strings.Contains(text, "= '") }) {
		ask(func(text string) string { return strings.ReplaceAll(text, "'", "\x7f") }, func(was, is *escaper) *escaper {
			if strings.HasSuffix(was.chain, "_attrescaper") && strings.HasSuffix(is.chain, "_nospaceescaper") {
				return escaperFor(was.chain + singleQuoted)
			}
			return was
		})
	}
}

// renameSrcdoc keeps the length, so that positions stay.
func renameSrcdoc(text string) string {
	lower := strings.ToLower(text)
	for {
		i := strings.Index(lower, "srcdoc")
		if i < 0 {
			return text
		}
		text = text[:i] + "onload" + text[i+6:]
		lower = lower[:i] + "onload" + lower[i+6:]
	}
}

// mentions tells whether any text of the plan's regions fits.
func (p *plan) mentions(fits func(string) bool) bool {
	var any func(list []shape) bool
	any = func(list []shape) bool {
		for i := range list {
			if list[i].kind == shapeText && fits(list[i].text) || any(list[i].body) || any(list[i].els) {
				return true
			}
		}
		return false
	}
	if any(p.region.shape) {
		return true
	}
	for _, c := range p.calls {
		if c != nil && c.mentions(fits) {
			return true
		}
	}
	return false
}

// amend changes escapers by comparison with another plan of the same page.
func (p *plan) amend(other *plan, found func(was, is *escaper) *escaper) {
	for i, e := range p.prints {
		if e != nil && other.prints[i] != nil {
			p.prints[i] = found(e, other.prints[i])
		}
	}
	for i, c := range p.calls {
		if c != nil && other.calls[i] != nil {
			c.amend(other.calls[i], found)
		}
	}
}

// escaperOf reads the escapers behind a field.
func escaperOf(n tree.Node) *escaper {
	var names []string
	for _, cmd := range n.(*tree.ActionNode).Pipe.Cmds[1:] {
		names = append(names, strings.TrimPrefix(fmt.Sprint(cmd.Args[0]), "_html_template"))
	}
	return escaperFor(strings.Join(names, ""))
}

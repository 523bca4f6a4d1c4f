package templates

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	tree "text/template/parse"
)

// maxSkeleton and maxSites bound the skeleton of a page, by bytes and by the
// number of blocks, includes and macros that are written into it. Includes and
// macros beyond are escaped alone, as text. A block has no place but its own:
// with more than maxBlocks in all, a page is refused.
const (
	maxSkeleton = 256 << 10
	maxSites    = 10_000
	maxBlocks   = 10 * maxSites
)

// The delimiters of skeletons; \x01 in a template's text is replaced.
const actionStart, actionEnd = "\x01{", "}\x01"

// A site is one region written into a skeleton.
type site struct {
	page   *page
	region *region
	calls  map[int]*site // by call; missing: unknown
	unsure bool          // a call is unknown because its template could not be loaded now
}

// A skeleton is a page as a Go template.
type skeleton struct {
	b       strings.Builder
	lines   []Place // of each line
	stack   []*region
	sites   int
	rewrite func(string) string // changes text, to ask a second question
}

// each visits a site and what it calls.
func (at *site) each(visit func(at *site)) {
	visit(at)
	for _, called := range at.calls {
		called.each(visit)
	}
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
	if err == nil && s.sites >= maxBlocks {
		err = fmt.Errorf("more than %d blocks, includes and macros stand on it", maxBlocks)
	}
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

var hiddenScript = pattern(`(?is)<script[\s/>](?:[^<]|<[^/]|</[^s])*?<!--(?:[^<]|<[^/]|</[^s])*?<script`)

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
	if m := hiddenScript().FindStringIndex(source); m != nil {
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
	s.stack, s.sites = append(s.stack, r), s.sites+1
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
	if s.sites >= maxBlocks || sh.id >= 0 && s.full() {
		if sh.id >= 0 {
			s.action(".P")
		}
		return
	}
	p, r := at.resolve(sh.target)
	if slices.Contains(s.stack, r) {
		r = nil // a recursion is escaped alone
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

// full tells that no further call is followed. One template may include
// another, and so on, for as long as the loader answers.
func (s *skeleton) full() bool {
	return s.b.Len() > maxSkeleton || s.sites >= maxSites || len(s.stack) > maxNesting
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
			at.unsure = at.unsure || err != nil && (at.region.tmpl.env.config.AutoReload || errors.Is(err, ErrRuntime) && !isNotFound(err))
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

package templates

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// A reference is what a template says about something outside of it, for
// Check.
type reference struct {
	kind refKind
	x    expr   // the template that is named, or the call
	name string // what is imported of it, or the message
	pos  position
}

type refKind uint8

const (
	refTemplate refKind = iota
	refInclude
	refExport
	refCall
	refMessage
	refSuper // of the block that is named
	refSelf  // the block that is named
	refInvalid
)

func (c *compiler) refer(x expr, kind refKind, name string, pos position) {
	c.t.refs = append(c.t.refs, reference{kind, x, name, pos})
}

// referCall records a call, unless a parameter or a variable of a loop hides
// what the name is at top level.
func (c *compiler) referCall(x *callExpr) {
	name := targetOf(x.fn).macro[0]
	for s := c.scope; s != nil; s = s.outer {
		if root := s.outer == nil && s.unit.name == ""; s.vars[name] != nil && !root {
			return
		}
	}
	c.refer(x, refCall, "", x.pos)
	if m, ok := messageOf(x); ok {
		c.referMessage(m.Singular, m.Plural, x.pos)
	}
}

// referMessage records the forms of a message.
func (c *compiler) referMessage(singular, plural string, pos position) {
	c.refer(nil, refMessage, singular, pos)
	if plural != "" {
		c.refer(nil, refMessage, plural, pos)
	}
}

// note records the use of a name, for Check.
func (c *compiler) note(x *nameExpr, refs []ref) {
	if len(refs) == 0 {
		c.t.names = append(c.t.names, x)
	}
}

// expectMissing records that a template asks whether a name is defined: it
// may be missing without being a mistake.
func (c *compiler) expectMissing(x *nameExpr) {
	c.t.optional = append(c.t.optional, x.name)
}

// checkArity records a filter or test that is called with a number of
// arguments it cannot take.
func (c *compiler) checkArity(what string, b *builtin, a *callArgs, x expr) {
	if a.star != nil || a.starStar != nil {
		return
	}
	least, most := b.arity()
	for _, k := range a.kwargs {
		if !b.takes(k.name) {
			c.refer(nil, refInvalid, fmt.Sprintf("%s %s takes no keyword argument %s", what, quote(b.name), quote(k.name)), x.at())
		}
	}
	n := len(a.args) + len(a.kwargs)
	if n < least || most >= 0 && len(a.args) > most {
		c.refer(nil, refInvalid, fmt.Sprintf("%s %s takes %s after the value but %d %s given", what, quote(b.name), plural(least, most), n, wasWere(n)), x.at())
	}
}

// checkApplied records the name of a filter or test that a filter applies to
// the items of a list, if there is none of that name.
func (c *compiler) checkApplied(x *filterExpr) {
	at, what, table := 0, "test", c.t.env.tests
	switch x.name {
	case "map":
		what, table = "filter", c.t.env.filters
	case "select", "reject":
	case "selectattr", "rejectattr":
		at = 1
	default:
		return
	}
	if len(x.args) <= at || c.t.env.filters[x.name] != filters[x.name] {
		return
	}
	if l, ok := x.args[at].(*literalExpr); ok && l.val.kind == kindString && table[l.val.str()] == nil {
		c.refer(nil, refInvalid, noSuch(what, l.val.str(), table), l.pos)
	}
}

// Check loads, compiles and analyses the named templates or, if none are
// named, all that the loader lists, and reports all mistakes together: syntax,
// HTML that cannot be escaped safely, unknown filters, tests, templates and
// blocks, and calls with arguments that cannot fit.
func (e *Environment) Check(names ...string) error {
	names, err := e.listed(names)
	if err != nil {
		return err
	}
	var all []error
	var loaded []*Template
	parts := map[string]bool{} // included by others, and analysed there
	for _, name := range names {
		t, err := e.Template(name)
		if err != nil {
			all = append(all, err)
			continue
		}
		loaded = append(loaded, t)
		for _, r := range t.refs {
			if r.kind == refInclude {
				if part, err := e.constantTemplate(r.x); err == nil && part != nil && part.Name() != name {
					parts[part.Name()] = true
				}
			}
		}
	}
	layouts, blocks := map[string]bool{}, map[string]bool{}
	for _, t := range loaded {
		if parent, err := e.constantTemplate(t.extends); err == nil && parent != nil {
			layouts[parent.Name()] = true
		}
		for name := range t.blocks {
			blocks[name] = true
		}
	}
	for _, t := range loaded {
		whole := !parts[t.Name()]
		all = append(all, t.check(nil, whole, whole && !layouts[t.Name()], blocks)...)
	}
	return errors.Join(distinct(all)...)
}

// listed gives the names or, if there are none, all that the loader lists.
func (e *Environment) listed(names []string) ([]string, error) {
	if len(names) > 0 || e.config.Loader == nil {
		return names, nil
	}
	if names = e.config.Loader.List(); names == nil {
		return nil, errors.New("templates: the loader cannot list its templates; name them")
	}
	return names, nil
}

func distinct(all []error) []error {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(err error) bool {
		text := err.Error()
		was := seen[text]
		seen[text] = true
		return was
	})
}

// Check reports the mistakes of one template that can be told without data.
// If known is given, names that are neither assigned, nor global, nor known,
// are mistakes as well: give the names of the data that it is rendered with.
func (t *Template) Check(known ...string) error {
	return errors.Join(distinct(t.check(known, true, true, nil))...)
}

// check lists mistakes; whole asks for the analysis of the template as a page,
// final tells that no other one extends it, and blocks are those of templates
// that might.
func (t *Template) check(known []string, whole, final bool, blocks map[string]bool) []error {
	var all []error
	for _, r := range t.refs {
		if err := t.checkReference(r, blocks); err != nil {
			all = append(all, err)
		}
	}
	if known != nil {
		all = append(all, t.checkNames(known)...)
	}
	p, ok := knownPage(t)
	if ok && t.escape && whole {
		if _, err := p.plan(p.top().root.region); err != nil {
			all = append(all, err)
		}
		all = append(all, p.checkBlocks()...)
	}
	if ok && final && t.extends != nil {
		for _, name := range sortedKeys(p.blocks) {
			if p.blocks[name][0].required {
				all = append(all, t.mistake(ErrRuntime, t.extends.at(), "required block "+quote(name)+" not found"))
			}
		}
	}
	return all
}

// mistake is an error of a kind at a place of the template.
func (t *Template) mistake(kind error, at position, message string) error {
	return t.src.place(&fault{kind: kind, message: message}, at)
}

// checkReference finds out whether what a template refers to is there.
func (t *Template) checkReference(r reference, blocks map[string]bool) error {
	switch r.kind {
	case refInvalid:
		return t.mistake(ErrSyntax, r.pos, r.name)
	case refSuper:
		if p, ok := knownPage(t); ok && p.lowest(r.name) == t && !slices.Contains(t.optional, "super") {
			return t.mistake(ErrUndefined, r.pos, noSuper(r.name).Error())
		}
	case refSelf:
		if p, ok := knownPage(t); ok && len(p.blocks[r.name]) == 0 && !blocks[r.name] && !slices.Contains(t.optional, "self") {
			return t.mistake(ErrUndefined, r.pos, "no block named "+quote(r.name)+didYouMean(r.name, p.blockNames))
		}
	case refMessage:
		if err := leavesText(r.name); err != nil && t.escape {
			return t.src.place(wholeMessage(r.name, err), r.pos)
		}
	case refCall:
		if message := t.checkCall(r.x.(*callExpr)); message != "" {
			return t.mistake(ErrSyntax, r.pos, message)
		}
	default:
		return t.checkTemplate(r)
	}
	return nil
}

// checkTemplate looks for a template that is named by a constant, and for what
// is imported from it.
func (t *Template) checkTemplate(r reference) error {
	named, err := t.env.constantTemplate(r.x)
	switch {
	case err != nil && isNotFound(err):
		return t.src.place(t.missing(err), r.pos)
	case err != nil:
		return err
	case r.kind == refExport && named != nil && named.extends == nil && !slices.Contains(named.exports, r.name):
		return t.mistake(ErrUndefined, r.pos, fmt.Sprintf("template %s does not export %s%s", quote(named.Name()), quote(r.name), didYouMean(r.name, slices.Values(named.exports))))
	}
	return nil
}

// checkNames finds names that are neither known nor assigned.
func (t *Template) checkNames(known []string) []error {
	var all []error
	candidates := func(yield func(string) bool) {
		for _, n := range known {
			if !yield(n) {
				return
			}
		}
		t.env.names(yield)
	}
	for _, x := range t.names {
		if !t.knows(x.name, known) {
			all = append(all, t.mistake(ErrUndefined, x.pos, quote(x.name)+" is undefined"+didYouMean(x.name, candidates)))
		}
	}
	return all
}

// checkCall finds arguments that a macro or Go function, if it is known, does
// not take.
func (t *Template) checkCall(x *callExpr) string {
	if x.star != nil || x.starStar != nil {
		return ""
	}
	if n, ok := x.fn.(*nameExpr); ok && t.macros[n.name] == nil && t.links[n.name].template == nil {
		if slices.Contains(t.assigned, n.name) {
			return ""
		}
		return t.checkGlobal(n.name, x)
	}
	at, path := site{page: t.page, region: t.root.region}, targetOf(x.fn).macro
	u := at.macroUnit(path)
	if u == nil {
		return t.checkModule(path)
	}
	if len(x.args) > len(u.params) && u.catchVarargs < 0 {
		return fmt.Sprintf("macro %s takes not more than %d argument(s)", quote(u.name), len(u.params))
	}
	for _, k := range x.kwargs {
		if !slices.Contains(u.params, k.name) && u.catchKwargs < 0 {
			return fmt.Sprintf("macro %s takes no keyword argument %s%s", quote(u.name), quote(k.name), didYouMean(k.name, slices.Values(u.params)))
		}
	}
	return ""
}

// checkModule finds what an imported template does not export.
func (t *Template) checkModule(path [2]string) string {
	l := t.links[path[0]]
	if path[1] == "" || l.template == nil || l.name != "" {
		return ""
	}
	module, err := t.env.constantTemplate(l.template)
	if err != nil || module == nil || module.extends != nil || module.maybeExtends || slices.Contains(module.exports, path[1]) {
		return "" // the import is reported, if the template is missing
	}
	return fmt.Sprintf("template %s does not export %s%s", quote(module.Name()), quote(path[1]), didYouMean(path[1], slices.Values(module.exports)))
}

// checkGlobal finds arguments that a global function does not take, and
// messages whose variables are not given.
func (t *Template) checkGlobal(name string, x *callExpr) string {
	given := len(x.args)
	var least, most int
	switch fn := t.env.globals[name].ref.(type) {
	case *goFunc:
		least, most = fn.paramRange()
	case *function:
		if fn.sig == nil {
			return ""
		}
		least, most = fn.sig.arity()
		given += len(x.kwargs)
		if fn.sig.kwargs {
			given = len(x.args)
		}
		if m, ok := messageOf(x); ok {
			for _, variable := range append(placeholders(m.Singular), placeholders(m.Plural)...) {
				known := variable == "num" && m.Plural != "" || slices.ContainsFunc(x.kwargs, func(k keywordArg) bool { return k.name == variable })
				if !known {
					return fmt.Sprintf("the message has %%(%s)s, but %s() is given no %s", variable, name, variable)
				}
			}
		}
	default:
		return ""
	}
	if given < least || most >= 0 && len(x.args) > most {
		return fmt.Sprintf("%s() takes %s but %d %s given", name, plural(least, most), given, wasWere(given))
	}
	return ""
}

func (t *Template) missing(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return &fault{kind: ErrNotFound, message: e.Message, cause: fs.ErrNotExist}
	}
	return err
}

func (t *Template) knows(name string, known []string) bool {
	_, global := t.env.globals[name]
	return global || t.env.config.Variables[name] != nil || slices.Contains(known, name) || slices.Contains(t.optional, name)
}

// checkBlocks finds blocks that no parent has a place for.
func (p *page) checkBlocks() []error {
	if len(p.chain) < 2 {
		return nil
	}
	var all []error
	placed := map[string]bool{}
	for i := len(p.chain) - 1; i >= 0; i-- {
		t := p.chain[i]
		for _, name := range sortedKeys(t.blocks) {
			if t.extends == nil || t.nested[name] {
				placed[name] = true
			} else if !placed[name] {
				all = append(all, t.src.place(&fault{kind: ErrSyntax, message: "block " + quote(name) + " has no place in the parent" + didYouMean(name, maps.Keys(placed))}, t.blocks[name].pos))
			}
		}
	}
	return all
}

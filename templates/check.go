package templates

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// A reference is what a template says about something outside of it, for
// Check.
type reference struct {
	kind refKind
	x    expr   // the template that is named
	name string // message
	pos  position
}

type refKind uint8

const (
	refTemplate refKind = iota
	refInvalid
)

func (c *compiler) refer(x expr, kind refKind, name string, pos position) {
	c.t.refs = append(c.t.refs, reference{kind, x, name, pos})
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
	n := len(a.args) + len(a.kwargs)
	if n < least || most >= 0 && len(a.args) > most {
		c.refer(nil, refInvalid, fmt.Sprintf("%s %s takes %s after the value but %d %s given", what, quote(b.name), plural(least, most), n, wasWere(n)), x.at())
	}
}

// Check loads, compiles and analyses the named templates, or, if none are
// named, those that the loader lists, and everything that they refer to. It
// reports all mistakes together: syntax, unsafe HTML, unknown filters, tests
// and templates, wrong numbers of arguments.
func (e *Environment) Check(names ...string) error {
	if len(names) == 0 {
		names = e.list()
	}
	var all []error
	for _, name := range names {
		t, err := e.Template(name)
		if err != nil {
			all = append(all, err)
			continue
		}
		all = append(all, t.check(nil)...)
	}
	return errors.Join(distinct(all)...)
}

// list names the templates of a loader that can tell.
func (e *Environment) list() []string {
	lister, _ := e.config.Loader.(interface{ List() []string })
	if lister == nil {
		return nil
	}
	return lister.List()
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
	return errors.Join(distinct(t.check(known))...)
}

func (t *Template) check(known []string) []error {
	var all []error
	report := func(kind error, pos position, message string) {
		all = append(all, t.src.place(&fault{kind: kind, message: message}, pos))
	}
	for _, r := range t.refs {
		if r.kind == refInvalid {
			report(ErrSyntax, r.pos, r.name)
			continue
		}
		if _, err := t.env.constantTemplate(r.x); err != nil {
			if isNotFound(err) {
				err = t.src.place(t.missing(err), r.pos)
			}
			all = append(all, err)
		}
	}
	if known != nil {
		for _, x := range t.names {
			if t.knows(x.name, known) {
				continue
			}
			candidates := func(yield func(string) bool) {
				for _, n := range known {
					if !yield(n) {
						return
					}
				}
				for n := range t.env.globals {
					if !yield(n) {
						return
					}
				}
			}
			report(ErrUndefined, x.pos, quote(x.name)+" is undefined"+didYouMean(x.name, candidates))
		}
	}
	if p, ok := knownPage(t); ok && t.escape {
		if _, err := p.plan(p.top().root.region); err != nil {
			all = append(all, err)
		}
		all = append(all, p.checkBlocks()...)
	}
	return all
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
	return global || slices.Contains(known, name) || slices.Contains(t.optional, name)
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
		for _, name := range t.blockNames() {
			if t.extends == nil || t.nested[name] {
				placed[name] = true
			} else if !placed[name] {
				known := func(yield func(string) bool) {
					for n := range placed {
						if !yield(n) {
							return
						}
					}
				}
				all = append(all, t.src.place(&fault{kind: ErrSyntax, message: "block " + quote(name) + " has no place in the parent" + didYouMean(name, known)}, t.blocks[name].pos))
			}
		}
	}
	return all
}

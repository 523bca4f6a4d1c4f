package templates

import (
	"maps"
	"sync"
	"sync/atomic"
)

// A page is a template with the parents that it was rendered with: which
// block comes from where, and how everything on it is escaped. Pages grow by
// one parent at a time, as extends is executed, and are kept until there are
// maxParents of them.
type page struct {
	chain  []*Template // most derived first
	blocks map[string][]*unit

	mu       sync.Mutex
	children map[*Template]*page
	last     atomic.Pointer[page] // the child used last
	solo     sync.Map             // *region → *plan or error
}

// maxParents bounds how many pages a template remembers: who makes a layout
// from a string for each request has another parent each time.
const maxParents = 400

func newPage(t *Template) *page {
	p := &page{chain: []*Template{t}, blocks: make(map[string][]*unit, len(t.blocks))}
	for name, u := range t.blocks {
		p.blocks[name] = []*unit{u}
	}
	return p
}

// extend gives the page with one more parent.
func (p *page) extend(t *Template) (*page, error) {
	if child := p.last.Load(); child != nil && child.top() == t {
		return child, nil
	}
	for _, known := range p.chain {
		if known == t {
			return nil, faultf("template %s extends itself", quote(t.Name()))
		}
	}
	if most := t.env.config.Limits.Depth; len(p.chain) > most {
		return nil, limitf("more than %d parents (Limits.Depth)", most)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if child := p.children[t]; child != nil {
		p.last.Store(child)
		return child, nil
	}
	child := &page{chain: append(p.chain[:len(p.chain):len(p.chain)], t), blocks: make(map[string][]*unit, len(p.blocks)+len(t.blocks))}
	for name, levels := range p.blocks {
		child.blocks[name] = levels[:len(levels):len(levels)]
	}
	for name, u := range t.blocks {
		child.blocks[name] = append(child.blocks[name], u)
	}
	if p.children == nil || t.env.config.AutoReload || len(p.children) == maxParents {
		p.children = map[*Template]*page{} // parents that were reloaded, or made from strings, must not pile up
	}
	p.children[t] = child
	return child, nil
}

// holds tells whether p is a page of t.
func (p *page) holds(t *Template) bool { return p.chain[0] == t }

// top is the template that finally writes.
func (p *page) top() *Template { return p.chain[len(p.chain)-1] }

// lowest is the template whose block of that name has none below it; nil if
// there is no such block.
func (p *page) lowest(block string) *Template {
	levels := p.blocks[block]
	if len(levels) == 0 {
		return nil
	}
	return levels[len(levels)-1].tmpl
}

func (p *page) blockNames(yield func(string) bool) { maps.Keys(p.blocks)(yield) }

// known gives the page of t as far as it can be told before rendering: with
// the parents that are named by constants.
func knownPage(t *Template) (*page, bool) {
	p := t.page
	for t.extends != nil {
		parent, err := t.env.constantTemplate(t.extends)
		if err != nil || parent == nil {
			return nil, false
		}
		if p, err = p.extend(parent); err != nil {
			return nil, false
		}
		t = parent
	}
	return p, !t.maybeExtends
}

// constantTemplate loads the template that an expression names, if that is
// known; nil if not.
func (e *Environment) constantTemplate(x expr) (*Template, error) {
	switch x := x.(type) {
	case *literalExpr:
		if x.val.kind == kindString {
			return e.literalTemplate(x)
		}
	case *listExpr:
		return e.firstTemplate(x.items)
	case *tupleExpr:
		return e.firstTemplate(x.items)
	}
	return nil, nil
}

func (e *Environment) firstTemplate(names []expr) (*Template, error) {
	var first error
	for _, x := range names {
		t, err := e.constantTemplate(x)
		if err == nil || !isNotFound(err) {
			return t, err
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// plan gives the escaping of a region that begins in HTML text.
func (p *page) plan(r *region) (*plan, error) {
	if known, ok := p.solo.Load(r); ok {
		switch known := known.(type) {
		case error:
			if !r.tmpl.env.config.AutoReload { // a part may have been mended
				return nil, known
			}
		case *plan:
			if !known.stale() {
				return known, nil
			}
		}
	}
	made, err := analyse(p, r)
	if err != nil {
		p.solo.Store(r, err)
		return nil, err
	}
	if !made.unsure {
		p.solo.Store(r, made)
	}
	return made, nil
}

// soloPlan is plan for a frame; nil where nothing is escaped. // hot path
func (f *frame) soloPlan(r *region) *plan {
	if !f.escape {
		return nil
	}
	if p := r.last.Load(); p != nil && p.page == f.vars.page && p.parts == nil {
		return p
	}
	page := f.vars.page
	if page == nil {
		page = r.tmpl.page
	}
	p, err := page.plan(r)
	if err != nil {
		f.throw(err, position{line: 1})
	}
	if !p.unsure {
		r.last.Store(p)
	}
	return p
}

// use sets the plan of a frame whose region is written in place, or alone if
// the place has none.
func (f *frame) use(p *plan) {
	f.plan = p
	if p == nil || p.region != f.unit.region {
		f.plan = f.soloPlan(f.unit.region)
	}
}

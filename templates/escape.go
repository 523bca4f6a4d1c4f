package templates

import (
	"slices"
	"strings"
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

// A plan tells how a region is escaped in one place.
type plan struct {
	region *region
	page   *page
	parts  []*Template // that it was made from, if they may be reloaded
	unsure bool        // a part could not be loaded: not to be kept
	prints []*escaper
	strays []bool // the < must be written as &lt;
	calls  []*plan

	textual bool // all prints are in HTML text or quoted attributes
}

// analyse makes the plan of a region that begins and ends in HTML text.
func analyse(p *page, r *region) (*plan, error) {
	made, root, err := understand(p, r)
	if err != nil {
		return nil, err
	}
	made.settle()
	root.each(func(at *site) {
		made.unsure = made.unsure || at.unsure
		if r.tmpl.env.config.AutoReload {
			made.parts = append(made.parts, at.region.tmpl)
		}
	})
	return made, nil
}

// understand asks html/template for the escapers of a region.
func understand(p *page, r *region) (*plan, *site, error) {
	root, list, err := escapeSkeleton(p, r, nil)
	if err != nil {
		return nil, nil, err
	}
	made := readPlan(root, list)
	probe(p, r, made)
	return made, root, nil
}

// settle sums up the escapers, once they are final. A call that is certain
// prints nothing of its own, and has none.
func (p *plan) settle() {
	p.textual = !slices.ContainsFunc(p.prints, func(e *escaper) bool { return e != nil && !e.textual })
	for _, called := range p.calls {
		if called != nil {
			called.settle()
		}
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
	if made.mentions(srcdoc().MatchString) {
		ask(func(text string) string { return srcdoc().ReplaceAllString(text, "onload") }, func(was, is *escaper) *escaper {
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

// srcdoc is the name of that attribute. Only letters of ASCII have two cases in
// HTML; and lower case changes the length of other text, and so the places.
var srcdoc = pattern(`[sS][rR][cC][dD][oO][cC]`)

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

package routing

import "slices"

// A node is a place in the tree; see the package comment.
type node struct {
	static  children // by decoded text
	dynamic []edge   // in order of weight
	rules   []*Rule  // that end here, in order of registration

	// exact, at the root of a domain, leads from the whole path of a rule
	// without variables to its node: what a walk would find first.
	exact children
}

type edge struct {
	part *part
	to   *node
}

// child returns the node behind an edge for p, new or shared with an equal part.
func (n *node) child(p *part) *node {
	if p.vars == nil {
		next := n.static.find(p.static)
		if next == nil {
			next = &node{}
			n.static.add(p.static, next)
		}
		return next
	}
	for _, e := range n.dynamic {
		if e.part.key == p.key {
			return e.to
		}
	}
	n.dynamic = append(n.dynamic, edge{p, &node{}})
	return n.dynamic[len(n.dynamic)-1].to
}

// insert adds a rule and returns the node where it ends.
func (n *node) insert(r *Rule) *node {
	domain := n.child(r.host.parts[0])
	end := domain
	for _, p := range r.path.parts {
		end = end.child(p)
	}
	end.rules = append(end.rules, r)
	if path, ok := r.path.static(); ok {
		if domain.exact.find(path) == nil {
			domain.exact.add(path, end)
		}
	}
	return end
}

// sort brings all edges into order; equal weights keep the order of registration.
func (n *node) sort() {
	slices.SortStableFunc(n.dynamic, func(a, b edge) int { return a.part.weight.compare(b.part.weight) })
	for _, c := range n.static.list {
		c.node.sort()
	}
	for _, e := range n.dynamic {
		e.to.sort()
	}
}

// children are nodes by name. They are looked for among those of equal length, of
// which there are few, by one byte in which these differ most: that is cheaper than
// hashing, and than comparing names that are not equal. Where there are many, a map
// takes over.
type children struct {
	list     []named
	byLength []alike          // index: length of the name
	all      map[string]*node // nil while no length has too many
}

type named struct {
	name string
	node *node
}

// alike are names of one length.
type alike struct {
	list []named
	at   int    // where they differ most
	keys []byte // the byte there of each
}

// tooMany names of one length are hashed.
const tooMany = 16

func (c *children) add(name string, n *node) {
	e := named{name, n}
	c.list = append(c.list, e)
	for len(c.byLength) <= len(name) {
		c.byLength = append(c.byLength, alike{})
	}
	c.byLength[len(name)].add(e)
	if c.all == nil && len(c.byLength[len(name)].list) <= tooMany {
		return
	}
	if c.all == nil {
		c.all = map[string]*node{}
	}
	for _, e := range c.list {
		c.all[e.name] = e.node
	}
}

// add appends a name and chooses the byte anew.
func (a *alike) add(e named) {
	a.list = append(a.list, e)
	most := 0
	for at := range len(e.name) {
		var seen [256]bool
		different, keys := 0, make([]byte, len(a.list))
		for i, e := range a.list {
			if keys[i] = e.name[at]; !seen[keys[i]] {
				seen[keys[i]] = true
				different++
			}
		}
		if different > most {
			most, a.at, a.keys = different, at, keys
		}
	}
}

// find returns the node of that name, or nil. hot path
func (c *children) find(name string) *node {
	if len(c.list) == 1 {
		if c.list[0].name == name {
			return c.list[0].node
		}
		return nil
	}
	if len(name) >= len(c.byLength) {
		return nil
	}
	same := &c.byLength[len(name)]
	switch {
	case len(same.list) == 0:
		return nil
	case name == "":
		return same.list[0].node
	case len(same.list) > tooMany:
		return c.all[name]
	}
	key := name[same.at]
	for i, k := range same.keys {
		if k == key && same.list[i].name == name {
			return same.list[i].node
		}
	}
	return nil
}

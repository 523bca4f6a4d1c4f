package routing

import "slices"

// A node is a place in the tree; see the package comment.
type node struct {
	// What a walk usually needs, side by side, so that it follows one pointer from node
	// to node instead of two; set by sort.
	word  string // the only static edge, unless it is empty, and what is behind it
	next  *node
	any   *node // behind <name>, where that is the only dynamic edge
	first *Rule // of rules

	static  children // by decoded text
	dynamic []edge   // in order of weight
	rules   []*Rule  // that end here, in order of registration

	// exact, at the root of a domain, leads from the whole path of a rule
	// without variables to its node: what a walk would find first. A path with
	// something to decode is not in it, so that it is asked with paths as they came.
	exact children
}

type edge struct {
	part *part
	to   *node
}

// child returns the node behind an edge for p, new or shared with an equal part.
func (n *node) child(p *part) *node {
	if p.vars == nil {
		next := n.static.get(p.static)
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
		if plain, _ := survey(path); plain && domain.exact.get(path) == nil {
			domain.exact.add(path, end)
		}
	}
	return end
}

// sort brings all edges into order, where equal weights keep that of registration, and
// notes what walks need.
func (n *node) sort() {
	slices.SortStableFunc(n.dynamic, func(a, b edge) int { return a.part.weight.compare(b.part.weight) })
	n.static.settle()
	n.exact.settle()
	if len(n.static.list) == 1 {
		n.word, n.next = n.static.list[0].name, n.static.list[0].node
	}
	if len(n.dynamic) == 1 && n.dynamic[0].part.simple {
		n.any = n.dynamic[0].to
	}
	if len(n.rules) > 0 {
		n.first = n.rules[0]
	}
	for _, c := range n.static.list {
		c.node.sort()
	}
	if n.static.empty != nil {
		n.static.empty.sort()
	}
	for _, e := range n.dynamic {
		e.to.sort()
	}
}

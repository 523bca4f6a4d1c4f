package routing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// An Explanation is what a Map answers a request, and why.
type Explanation struct {
	Match

	// Candidates are all rules: the one that answers, those that would without it, and
	// those that do not fit, the nearest first.
	Candidates []Candidate
}

// A Candidate is a rule as a request meets it.
type Candidate struct {
	Rule   *Rule
	Chosen bool   // it answers, be it by a redirect
	Fits   bool   // it answers, or would if it stood alone
	Depth  int    // of the path's segments, how many suit it before one does not
	Reason string // why it answers or does not, as one clause
}

// Explain matches a request as Match does, and says for every rule why it answers or
// does not. It asks each rule alone, so that it takes long: it is for people.
func (m *Map) Explain(r *Request) *Explanation {
	e := &Explanation{}
	m.Match(r, &e.Match)
	for _, rule := range m.Precedence() {
		e.Candidates = append(e.Candidates, m.consider(rule, r))
	}
	if e.Status == 0 || e.Status == 308 {
		e.choose(m)
	}
	slices.SortStableFunc(e.Candidates, func(a, b Candidate) int {
		return cmp.Or(first(a.Chosen, b.Chosen), first(a.Fits, b.Fits), cmp.Compare(b.Depth, a.Depth))
	})
	return e
}

// first orders what holds before what does not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// Precedence returns the rules in the order in which a walk of the tree tries them.
// Those that match nothing (BuildOnly) are last.
func (m *Map) Precedence() []*Rule {
	rules := slices.Clone(m.rules)
	slices.SortStableFunc(rules, func(a, b *Rule) int {
		if o := first(!a.BuildOnly, !b.BuildOnly); o != 0 || a.BuildOnly {
			return o
		}
		return cmp.Or(slices.Compare(m.trail(a), m.trail(b)), first(a.WebSocket, b.WebSocket))
	})
	return rules
}

// ways are the parts of a rule's host and path, an edge of the tree each.
func (r *Rule) ways() []*part { return append([]*part{r.host.parts[0]}, r.path.parts...) }

// trail is the way to the node where a rule ends: the place of each edge in the order
// in which its node tries them, the static one first.
func (m *Map) trail(r *Rule) []int {
	var places []int
	n := m.root
	for _, p := range r.ways() {
		if p.vars == nil {
			places, n = append(places, 0), n.static.find(p.static)
			continue
		}
		i := slices.IndexFunc(n.dynamic, func(e edge) bool { return e.part.key == p.key })
		places, n = append(places, i+1), n.dynamic[i].to
	}
	return places
}

// consider asks a rule alone.
func (m *Map) consider(rule *Rule, r *Request) Candidate {
	c := Candidate{Rule: rule}
	if rule.BuildOnly {
		c.Reason = "builds URLs and matches nothing"
		return c
	}
	c.Depth, c.Reason = m.compare(rule, r)
	copied := *rule
	alone, err := New(m.config, &copied)
	if err != nil {
		panic(err) // it was compiled before, in company
	}
	var match Match
	alone.Match(r, &match)
	switch match.Status {
	case 0:
		c.Fits, c.Reason = true, "fits"
	case 308:
		c.Fits, c.Reason = true, "redirects to "+match.Location
	case 405:
		c.Reason = fmt.Sprintf("takes %s, and not %s", strings.Join(rule.methods, ", "), r.Method)
	case 400:
		c.Reason = "answers requests for an upgrade to WebSocket only"
	}
	return c
}

// compare goes along a rule's parts and says where the request leaves them: behind how
// many segments of its path, and how.
func (m *Map) compare(rule *Rule, r *Request) (depth int, why string) {
	parts := rule.ways()
	if domain := m.domain(r); !parts[0].suits(domain) {
		return 0, fmt.Sprintf("stands under %s, and not under %q", parts[0], domain)
	}
	rest, more := strings.TrimPrefix(r.Path, "/"), true
	for _, p := range parts[1:] {
		if !more {
			return depth, fmt.Sprintf("goes on with %s, where the path ends", p)
		}
		segment := rest
		if segment, rest, more = strings.Cut(rest, "/"); p.final {
			if more {
				segment += "/" + rest
			}
			if p.suffixed {
				segment, more = strings.CutSuffix(segment, "/")
				rest = ""
			} else {
				more = false
			}
		}
		if text := decode(segment); !p.suits(text) {
			if p.vars == nil && p.static == "" {
				return depth, fmt.Sprintf("ends with a slash, where the path goes on with %q", reveal(text))
			}
			return depth, fmt.Sprintf("has %s, which %q does not suit", p, reveal(text))
		}
		depth++
	}
	if more {
		return depth, fmt.Sprintf("ends where the path goes on with %q", "/"+rest)
	}
	return depth, "does not fit"
}

// suits reports whether decoded text matches the part.
func (p *part) suits(text string) bool {
	if p.vars == nil {
		return p.static == text
	}
	_, ok := p.match(text, nil)
	return ok
}

// String is the part as a rule has it; "" is the end behind a slash.
func (p *part) String() string {
	if p.vars == nil {
		return fmt.Sprintf("%q", p.static)
	}
	var b strings.Builder
	for _, piece := range p.pieces {
		switch spec := strings.TrimSuffix(piece.spec, "()"); {
		case piece.name == "":
			b.WriteString(piece.literal)
		case spec == "string":
			b.WriteString("<" + piece.name + ">")
		default:
			b.WriteString("<" + spec + ":" + piece.name + ">")
		}
	}
	return b.String()
}

// choose marks the candidate that answers, and says why the others that fit do not.
// A redirect does not name its rule: it is that of the first that fits.
func (e *Explanation) choose(m *Map) {
	i := slices.IndexFunc(e.Candidates, func(c Candidate) bool {
		return c.Fits && (e.Rule == nil || c.Rule == e.Rule)
	})
	if i < 0 { // slashes are merged across rules that fit in part only
		return
	}
	chosen := &e.Candidates[i]
	chosen.Chosen = true
	if e.Status == 308 {
		chosen.Reason = "redirects to " + e.Location
	}
	for j := range e.Candidates {
		if c := &e.Candidates[j]; c.Fits && j != i {
			c.Reason += ", but " + m.before(chosen.Rule, c.Rule)
		}
	}
}

// before says why one rule goes before another that fits too: what stands where their
// ways part.
func (m *Map) before(winner, loser *Rule) string {
	won, lost := m.trail(winner), m.trail(loser)
	for i := range min(len(won), len(lost)) {
		switch {
		case won[i] < lost[i]:
			return winner.ways()[i].precedes(loser.ways()[i])
		case won[i] > lost[i]:
			return "another rule fits without a redirect"
		}
	}
	if winner.WebSocket != loser.WebSocket {
		return "rules for WebSocket go first where that is asked for"
	}
	return "another rule ends as the path does"
}

// precedes says why p is tried before q, which leaves the same node.
func (p *part) precedes(q *part) string {
	if p.vars == nil {
		return fmt.Sprintf("%s goes before %s: text before variables", p, q)
	}
	a, b, why := p.weight, q.weight, "it was declared first"
	switch {
	case len(a.literals) != len(b.literals), slices.Compare(a.literals, b.literals) != 0:
		why = "more text before less"
	case len(a.variables) != len(b.variables):
		why = "more variables before fewer"
	case slices.Compare(a.variables, b.variables) != 0:
		why = fmt.Sprintf("its weight is %v, and not %v", a.variables, b.variables)
	}
	return fmt.Sprintf("%s goes before %s: %s", p, q, why)
}

package routing

import (
	"math/bits"
	"strings"
)

// A search is the state of one walk.
type search struct {
	*Match    // its Rule is found, and Allow is gathered, on the way
	Params    []Param
	path      string
	ends      uint64 // of segments of path, see survey; 0: it was not surveyed, as bit 0 is the first slash
	method    string
	bit       uint8    // of method; see methodBit
	websocket bool     // asks for an upgrade to WebSocket
	plain     bool     // no segment needs decoding
	upgrade   bool     // a rule matched, but for WebSocket alone
	merge     *merging // set where empty segments are skipped
}

// merging is what is remembered to tell the path without doubled slashes: the
// segments walked that were not skipped.
type merging struct{ kept []string }

type outcome uint8

const (
	miss  outcome = iota
	hit           // rule matches
	slash         // rule would match with a slash appended
)

// find walks the tree from the request's domain on.
func (s *search) find(m *Map, r *Request) outcome {
	domain, root := m.domain(r), m.root
	if n := root.static.find(domain); n != nil {
		if o := s.begin(n); o != miss {
			return o
		}
	}
	for i := range root.dynamic {
		e := &root.dynamic[i]
		var ok bool
		if s.Params, ok = e.part.match(domain, s.Params[:0]); ok {
			if o := s.begin(e.to); o != miss {
				return o
			}
		}
		s.Params = s.Params[:0]
	}
	return miss
}

// begin walks from a domain on, unless the whole path leads to a rule at once. It is
// looked over only where there is something to walk.
func (s *search) begin(domain *node) outcome {
	if s.merge != nil {
		return s.walk(domain, s.path[1:], true)
	}
	if len(domain.exact.list) > 0 {
		if end := domain.exact.look(s.path); end != nil {
			if o := s.leaf(end); o != miss {
				return o
			}
		}
	}
	if s.ends == 0 {
		s.plain, s.ends = survey(s.path)
	}
	if s.plain {
		return s.stride(domain, 1)
	}
	return s.walk(domain, s.path[1:], true)
}

// stride is walk for the usual case: nothing is to be decoded or merged. It takes the
// segment of the path that begins at from, goes on in a loop where a node leaves no
// choice, calls itself where it may have to come back, and leaves to walk what is rare:
// empty and dot segments, and parts that are more than <name>. hot path
func (s *search) stride(n *node, from int) outcome {
	path := s.path
	for {
		end := s.end(from)
		text := path[from:end]
		if text == "" || text[0] == '.' {
			return s.walk(n, path[from:], true)
		}
		var next *node
		switch {
		case n.next != nil:
			if n.word == text {
				next = n.next
			}
		case len(n.static.list) > 0:
			next = n.static.look(text)
		}
		if next != nil && len(n.dynamic) > 0 {
			if o := s.step(next, end); o != miss {
				return o
			}
			next = nil
		}
		if next == nil {
			if n.any == nil {
				return s.choose(n, from, end)
			}
			s.take(text)
			next = n.any
		}
		if end == len(path) {
			return s.leaf(next)
		}
		n, from = next, end+1
	}
}

// end is where the segment that begins at from ends: at a slash, or with the path.
func (s *search) end(from int) int {
	if ahead := s.ends >> from; ahead != 0 {
		return from + bits.TrailingZeros64(ahead)
	}
	return s.farEnd(from)
}

// farEnd is end where the path is longer than ends tells.
func (s *search) farEnd(from int) int {
	if i := strings.IndexByte(s.path[from:], '/'); i >= 0 {
		return from + i
	}
	return len(s.path)
}

// take appends a Param that is text. It is written in its place, and where the slice
// has a place that was used before only what may differ there: append of the whole
// would make it on the stack and copy it, at four times the cost. Its name is set once
// there is a hit.
func (s *search) take(text string) {
	n := len(s.Params)
	if n == cap(s.Params) {
		s.Params = append(s.Params, Param{})
	}
	s.Params = s.Params[:n+1]
	p := &s.Params[n]
	p.Text, p.kind, p.value = text, kindText, nil
}

// step strides on behind the segment that ends at end.
func (s *search) step(n *node, end int) outcome {
	if end == len(s.path) {
		return s.leaf(n)
	}
	return s.stride(n, end+1)
}

// choose tries the dynamic edges of a node one by one.
func (s *search) choose(n *node, from, end int) outcome {
	text := s.path[from:end]
	for i, mark := 0, len(s.Params); i < len(n.dynamic); i++ {
		e, o, ok := &n.dynamic[i], miss, true
		switch {
		case e.part.final:
			rest, tail, more := s.path[from:], "", end < len(s.path)
			if more {
				tail = s.path[end+1:]
			}
			o = s.follow(e, text, rest, tail, more)
		case e.part.simple:
			s.take(text)
			o = s.step(e.to, end)
		default:
			if s.Params, ok = e.part.match(text, s.Params); ok {
				o = s.step(e.to, end)
			}
		}
		if o != miss {
			return o
		}
		s.Params = s.Params[:mark]
	}
	return miss
}

// walk matches rest, the escaped segments that are left, from n on. more tells a
// last segment that is empty from none.
func (s *search) walk(n *node, rest string, more bool) outcome {
	if !more {
		return s.leaf(n)
	}
	segment, tail, more := strings.Cut(rest, "/")
	text := s.decode(segment)
	if isDot(text) {
		return miss
	}
	if next := n.static.find(text); next != nil {
		if o := s.descend(next, segment, tail, more); o != miss {
			return o
		}
	}
	for i, mark := 0, len(s.Params); i < len(n.dynamic); i++ {
		if o := s.follow(&n.dynamic[i], text, rest, tail, more); o != miss {
			return o
		}
		s.Params = s.Params[:mark]
	}
	if segment == "" && !more {
		return s.loose(n)
	}
	return miss
}

// descend walks on behind a segment. Where slashes are merged it notes the segment,
// skips empty ones, and forgets it if it comes back.
func (s *search) descend(n *node, segment, tail string, more bool) outcome {
	if s.merge == nil {
		return s.walk(n, tail, more)
	}
	before := s.merge.kept
	s.merge.kept = append(before, segment)
	o := s.walk(n, strings.TrimLeft(tail, "/"), more)
	if o == miss {
		s.merge.kept = before
	}
	return o
}

// follow tries a dynamic edge.
func (s *search) follow(e *edge, text, rest, tail string, more bool) outcome {
	segment := rest[:len(rest)-len(tail)]
	if more {
		segment = segment[:len(segment)-1]
	}
	if e.part.final {
		segment, tail, more = rest, "", false
		if e.part.suffixed {
			segment, more = s.cutSlash(rest)
			if strings.HasSuffix(segment, "/") {
				return miss
			}
		}
		if text = s.decode(segment); hasDotSegment(text) {
			return miss
		}
	}
	var ok bool
	if s.Params, ok = e.part.match(text, s.Params); !ok {
		return miss
	}
	return s.descend(e.to, segment, tail, more)
}

// cutSlash cuts the slash off that ends a rule, or several where they are merged.
func (s *search) cutSlash(rest string) (segment string, more bool) {
	segment, more = strings.CutSuffix(rest, "/")
	if s.merge != nil {
		segment = strings.TrimRight(segment, "/")
	}
	return segment, more
}

func (s *search) decode(segment string) string {
	if s.plain {
		return segment
	}
	return decode(segment)
}

// leaf looks for a rule that ends at n, and for one that lacks only a slash.
func (s *search) leaf(n *node) outcome {
	if r := n.first; r != nil && r.common&s.bit != 0 && !r.WebSocket && !s.websocket { // as usual
		s.Rule = r
		return hit
	}
	if s.websocket { // its own rules go first
		for _, r := range n.rules {
			if r.WebSocket && s.takes(r) {
				return hit
			}
		}
	}
	for _, r := range n.rules {
		if s.takes(r) {
			return hit
		}
	}
	branch := n.static.empty
	if branch == nil {
		return miss
	}
	for _, r := range branch.rules {
		if !r.takes(s.bit, s.method) || r.WebSocket && !s.websocket || !s.merges(r) {
			continue
		}
		s.Rule = r
		if r.strict {
			return slash
		}
		return hit
	}
	return miss
}

// loose looks for a rule that ends at n and does not mind the slash that is left.
func (s *search) loose(n *node) outcome {
	for _, r := range n.rules {
		if !r.strict && s.takes(r) {
			if s.merge != nil {
				s.merge.kept = append(s.merge.kept, "")
			}
			return hit
		}
	}
	return miss
}

// takes reports whether the rule answers the request. It is short, so that the compiler
// puts it in the place of its call: the usual rule does.
func (s *search) takes(r *Rule) bool {
	if r.common&s.bit != 0 && !r.WebSocket {
		s.Rule = r
		return true
	}
	return s.considers(r)
}

// considers is takes for any rule, and notes why not.
func (s *search) considers(r *Rule) bool {
	switch {
	case !s.merges(r):
		return false
	case !r.takes(s.bit, s.method):
		s.Allow = append(s.Allow, r.methods...)
		s.Options = s.Options || r.AutomaticOptions
		return false
	case r.WebSocket && !s.websocket:
		s.upgrade = true
		return false
	}
	s.Rule = r
	return true
}

// merges reports whether the rule bears that slashes are merged. One that does not
// would have matched before.
func (s *search) merges(r *Rule) bool { return s.merge == nil || r.merge }

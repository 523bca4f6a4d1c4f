package routing

import (
	"slices"
	"strings"
)

// A Request is what a Map needs to know of one.
type Request struct {
	Method    string
	Scheme    string // http or https; for redirects to another host
	Host      string // with its port where it has one
	Root      string // the prefix that the application is mounted at; before Path in redirects
	Path      string // escaped; "" is taken as "/"
	Query     string // escaped; kept in redirects
	WebSocket bool   // asks for an upgrade to WebSocket
}

// A Match is the answer of a Map to a Request.
type Match struct {
	// Status is 0 where Rule matched, else what to answer: 308 with Location,
	// 404, 405 with Allow, or 400 for a WebSocket rule asked for by plain HTTP or
	// the other way round.
	Status   int
	Rule     *Rule
	Params   []Param // the variables of host and path, in order, then the defaults
	Location string  // escaped; begins with one slash or with a scheme
	Allow    []string
	// Options is set beside 405 where OPTIONS is in Allow by AutomaticOptions alone.
	Options bool
	Reason  string // why there is no match, where the status does not say it
}

// A search is the state of one walk.
type search struct {
	method    string
	websocket bool
	plain     bool // no segment needs decoding
	merge     bool // empty segments are skipped

	params []Param
	rule   *Rule

	allow   []string // of rules that matched but for their method
	options bool
	upgrade bool     // a rule matched but for WebSocket
	kept    []string // with merge: the segments walked
	skipped int      // with merge: how many were empty
}

type outcome uint8

const (
	miss  outcome = iota
	hit           // rule matches
	slash         // rule would match with a slash appended
)

// Match finds the rule for a request. params[:0] is used for the result's Params
// where its capacity suffices, and borrowed as long as those are used. hot path
func (m *Map) Match(r *Request, params []Param) Match {
	path := r.Path
	for len(path) > 1 && path[1] == '/' && path[0] == '/' {
		path = path[1:] // so that no redirect begins with //, which would name a host
	}
	if path == "" {
		path = "/"
	}
	if path[0] != '/' {
		return Match{Status: 404, Reason: "the path does not begin with a slash"}
	}
	look := inspect(path)
	if (look.dots || !look.plain) && hasDotSegment(path) {
		return Match{Status: 404, Reason: "the path has a dot segment (RFC 3986 §5.2.4)"}
	}
	s := search{method: r.Method, websocket: r.WebSocket, plain: look.plain, params: params[:0]}
	domain := m.domain(r)
	switch s.find(m.root, domain, path) {
	case hit:
		return m.matched(r, &s)
	case slash:
		return redirect(r, path+"/")
	}
	if !look.double {
		return s.failed()
	}
	s.merge = true
	switch s.find(m.root, domain, path) {
	case hit:
		return redirect(r, "/"+strings.Join(s.kept, "/"))
	case slash:
		return redirect(r, "/"+strings.Join(s.kept, "/")+"/")
	}
	return s.failed()
}

// find walks the tree from the domain on.
func (s *search) find(root *node, domain, path string) outcome {
	if n := root.static[domain]; n != nil {
		if s.plain && !s.merge {
			if end := n.exact[path]; end != nil {
				if o := s.leaf(end); o != miss {
					return o
				}
			}
		}
		if o := s.walk(n, path[1:], true); o != miss {
			return o
		}
	}
	for i := range root.dynamic {
		e := &root.dynamic[i]
		var ok bool
		if s.params, ok = e.part.match(domain, s.params[:0]); ok {
			if o := s.walk(e.to, path[1:], true); o != miss {
				return o
			}
		}
		s.params = s.params[:0]
	}
	return miss
}

// walk matches rest, the escaped segments that are left, from n on. more tells a
// last segment that is empty from none.
func (s *search) walk(n *node, rest string, more bool) outcome {
	if !more {
		return s.leaf(n)
	}
	skipped, kept, mark := s.skipped, len(s.kept), len(s.params)
	for s.merge && rest != "" && rest[0] == '/' {
		rest = rest[1:]
		s.skipped++
	}
	segment, tail, more := strings.Cut(rest, "/")
	text := s.decode(segment)
	if next := n.static[text]; next != nil {
		s.keep(segment)
		if o := s.walk(next, tail, more); o != miss {
			return o
		}
		s.kept = s.kept[:kept]
	}
	for i := range n.dynamic {
		if o := s.follow(&n.dynamic[i], text, rest, tail, more); o != miss {
			return o
		}
		s.kept, s.params = s.kept[:kept], s.params[:mark]
	}
	if segment == "" && !more {
		s.keep("")
		if o := s.loose(n); o != miss {
			return o
		}
		s.kept = s.kept[:kept]
	}
	s.skipped = skipped
	return miss
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
			segment, more = strings.CutSuffix(rest, "/")
			if strings.HasSuffix(segment, "/") {
				return miss
			}
		}
		text = s.decode(segment)
	}
	var ok bool
	if s.params, ok = e.part.match(text, s.params); !ok {
		return miss
	}
	s.keep(segment)
	return s.walk(e.to, tail, more)
}

func (s *search) decode(segment string) string {
	if s.plain {
		return segment
	}
	return decode(segment)
}

func (s *search) keep(segment string) {
	if s.merge {
		s.kept = append(s.kept, segment)
	}
}

// leaf looks for a rule that ends at n, and for one that lacks only a slash.
func (s *search) leaf(n *node) outcome {
	for _, r := range n.rules {
		if s.takes(r) {
			return hit
		}
	}
	branch := n.static[""]
	if branch == nil {
		return miss
	}
	for _, r := range branch.rules {
		if !r.allows(s.method) || r.WebSocket != s.websocket || s.skipped > 0 && !r.merge {
			continue
		}
		s.rule = r
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
			return hit
		}
	}
	return miss
}

// takes reports whether the rule answers the request, and notes why not.
func (s *search) takes(r *Rule) bool {
	switch {
	case s.skipped > 0 && !r.merge:
		return false
	case !r.allows(s.method):
		s.allow = append(s.allow, r.methods...)
		s.options = s.options || r.AutomaticOptions
		return false
	case r.WebSocket != s.websocket:
		s.upgrade = true
		return false
	}
	s.rule = r
	return true
}

// matched completes a hit: names, defaults and the redirects of the rule.
func (m *Map) matched(r *Request, s *search) Match {
	rule := s.rule
	for i := range s.params {
		s.params[i].Name = rule.names[i]
	}
	for _, d := range rule.Defaults {
		p := Param{Name: d.Name}
		p.setAny(d.Value)
		s.params = append(s.params, p)
	}
	if rule.RedirectTo != "" || rule.RedirectFunc != nil {
		return Match{Status: 308, Location: m.target(r, rule, s.params)}
	}
	if location := m.canonical(r, rule, s.params); location != "" {
		return Match{Status: 308, Location: location}
	}
	return Match{Rule: rule, Params: s.params}
}

// failed is the answer where nothing matched.
func (s *search) failed() Match {
	if s.allow != nil {
		if s.options {
			s.allow = append(s.allow, "OPTIONS")
		}
		slices.Sort(s.allow)
		return Match{Status: 405, Allow: slices.Compact(s.allow), Options: s.options}
	}
	if s.upgrade {
		if s.websocket {
			return Match{Status: 400, Reason: "this address does not speak WebSocket"}
		}
		return Match{Status: 400, Reason: "this address speaks WebSocket only"}
	}
	return Match{Status: 404}
}

// redirect is the answer that sends the client to another path of the application.
func redirect(r *Request, path string) Match {
	return Match{Status: 308, Location: r.Root + requote(path) + query(r)}
}

// query is the request's query with its question mark.
func query(r *Request) string {
	if r.Query == "" {
		return ""
	}
	return "?" + requoteQuery(r.Query)
}

package routing

import (
	"slices"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// A Request is what came in, as the gateway has it, so that nothing is copied for a
// match. A Map reads Method, Scheme, Host, Root, Path and Query, and for
// rules of WebSocket Proto and the fields Upgrade and Connection.
type Request = gateway.Request

// A Match is the answer of a Map to a Request.
type Match struct {
	// Status is 0 where Rule matched, else what to answer: 308 with Location,
	// 404, 405 with Allow, or 400 for a WebSocket rule asked for by plain HTTP.
	Status   int
	Rule     *Rule
	Params   []Param // owned: the variables of host and path, in order, then the defaults
	Location string  // escaped; begins with one slash or with a scheme
	Allow    []string
	// Options is set beside 405 where OPTIONS is in Allow by AutomaticOptions alone.
	Options bool
	Reason  string // why there is no match, where the status does not say it
}

// Match finds the rule for a request and fills out, whose Params lend their memory
// to the new ones. hot path
func (m *Map) Match(r *Request, out *Match) {
	out.Reset()
	path := r.Path
	for len(path) > 1 && path[1] == '/' && path[0] == '/' {
		path = path[1:] // so that no redirect begins with //, which would name a host
	}
	if path == "" {
		path = "/"
	}
	if path[0] != '/' {
		out.Status, out.Reason = 404, "The path does not begin with a slash."
		return
	}
	var s search // field by field: a literal would be made elsewhere and copied
	s.Match, s.Params = out, out.Params
	s.path, s.method, s.bit = path, r.Method, methodBit(r.Method)
	s.websocket = m.sockets && asksForWebSocket(r)
	found := miss
	if m.sole != nil {
		found = s.begin(m.sole)
	} else {
		found = s.find(m, r)
	}
	if found == hit {
		out.Params = s.Params
		for i, name := range out.Rule.names[:len(out.Params)] {
			out.Params[i].Name = name
		}
		if out.Rule.special || out.Allow != nil {
			m.special(r, out)
		}
		return
	}
	out.Params = s.Params[:0] // their memory may be new
	if found == miss && strings.Contains(path, "//") {
		s.merge = &merging{}
		s.bit = 0 // so that considers sees every rule
		found = s.find(m, r)
		path = "/" + strings.Join(s.merge.kept, "/")
	}
	switch found {
	case hit:
		out.redirect(r.Root + requote(path) + query(r))
	case slash:
		out.redirect(r.Root + requote(path) + "/" + query(r))
	default:
		s.failed(path)
	}
}

// asksForWebSocket reports whether the request is one for an upgrade to WebSocket. An
// Upgrade field counts only where Connection names it, and not in HTTP/1.0 (RFC 9110
// §7.8, RFC 6455 §4.2.1): alone, it is what an intermediary left over.
func asksForWebSocket(r *Request) bool {
	return r.Method == "GET" && r.Proto != "HTTP/1.0" &&
		r.Header.HasToken("Upgrade", "websocket") && r.Header.HasToken("Connection", "upgrade")
}

// special completes a hit with the defaults and the redirects of the rule.
func (m *Map) special(r *Request, out *Match) {
	rule := out.Rule
	out.Allow, out.Options = nil, false // of rules that did not take the method
	if len(rule.fixed) > 0 {
		out.Params = append(out.Params, rule.fixed...)
	}
	if rule.RedirectTo != "" || rule.RedirectFunc != nil {
		if to := m.target(r, rule, out.Params); to != "" {
			out.redirect(to)
		} else {
			out.Reset()
			out.Status = 404
		}
	} else if rule.better != nil {
		if location := m.canonical(r, rule, out.Params); location != "" {
			out.redirect(location)
		}
	}
}

// redirect makes the match a redirect.
func (m *Match) redirect(location string) {
	m.Reset()
	m.Status, m.Location = 308, location
}

// Reset makes m new, but for the memory of its Params, which the next match writes
// over. It goes field by field: a literal would be made elsewhere and copied, at more
// than twice the cost.
func (m *Match) Reset() {
	m.Status, m.Rule, m.Params = 0, nil, m.Params[:0]
	m.Location, m.Reason = "", ""
	m.Allow, m.Options = nil, false
}

// failed completes a miss.
func (s *search) failed(path string) {
	s.Rule = nil
	switch {
	case s.Allow != nil:
		if s.Options {
			s.Allow = append(s.Allow, "OPTIONS")
		}
		slices.Sort(s.Allow)
		s.Allow = slices.Compact(s.Allow)
		s.Status = 405
	case s.upgrade:
		s.Status, s.Reason = 400, "This address speaks WebSocket only."
	default:
		s.Status = 404
		if s.plain && hasDotSegment(path) || !s.plain && hasDotSegment(decode(path)) {
			s.Reason = "The path has a dot segment (RFC 3986 §5.2.4)."
		}
	}
}

// query is the request's query with its question mark.
func query(r *Request) string {
	if r.Query == "" {
		return ""
	}
	return "?" + requoteQuery(r.Query)
}

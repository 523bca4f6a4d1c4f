package routing

import (
	"slices"
	"strings"
)

// A Rule says which requests an endpoint answers and how its URL is built. Fill
// it, pass it to New, and do not change it afterwards.
type Rule struct {
	Pattern  string   // begins with a slash: /notes/<int:id>
	Endpoint string   // what the rule leads to; several rules may share one
	Methods  []string // in upper case; nil means every method. GET brings HEAD with it
	Defaults []Value  // arguments that the pattern does not hold

	Subdomain string // a pattern of its own; "" means Config.DefaultSubdomain
	Host      string // a pattern of its own, where Config.HostMatching is on

	StrictSlashes Option // off: /a and /a/ are the same. Default: Config.LooseSlashes decides
	MergeSlashes  Option // off: /a//b is not /a/b. Default: Config.KeepSlashes decides

	Alias     bool // another rule of the endpoint is the real one: requests are redirected to it
	BuildOnly bool // the rule builds URLs and matches nothing
	// WebSocket makes the rule match only requests for an upgrade to WebSocket,
	// before others of the same pattern. Rules without it take such requests like
	// any other: their handler may upgrade as well, or ignore it (RFC 9110 §7.8).
	WebSocket bool

	// AutomaticOptions announces OPTIONS in Allow though Methods lacks it: the
	// caller answers it by itself.
	AutomaticOptions bool

	// RedirectTo makes the rule answer with a redirect. The target is a URL,
	// relative to the root or absolute, in which <name> stands for an argument. In
	// the host of one an argument is letters, digits, hyphens and dots, or the rule
	// is 404, and text of the host has to follow it: https://<name>.example.org/.
	RedirectTo string
	// RedirectFunc is RedirectTo as a function of the arguments; "" is 404.
	RedirectFunc func(args []Param) string

	Source string // where the rule was written, for messages: app.go:17
	Target any    // for the caller: what it wants to find again after a match

	methods []string // Methods, sorted, with HEAD; nil: every method
	common  uint8    // methodBits of methods
	host    pattern  // of the domain: Host or Subdomain
	path    pattern
	names   []string // of the variables, host first
	args    []string // names and those of the defaults, sorted
	fixed   []Param  // Defaults as arguments
	strict  bool
	merge   bool
	order   int     // of registration
	better  []*Rule // that a match of this one is redirected to where they suit
	special bool    // it has fixed, better, RedirectTo or RedirectFunc
}

// An Option is a switch that may be left to a more general one.
type Option uint8

// Settings of an Option.
const (
	Default Option = iota
	On
	Off
)

func (o Option) or(general bool) bool {
	if o == Default {
		return general
	}
	return o == On
}

// A Value is a named argument, for building a URL.
type Value struct {
	Name  string
	Value any
}

// Allowed returns the methods of the rule, sorted, HEAD included where GET is;
// nil means every method. Shared read-only.
func (r *Rule) Allowed() []string { return r.methods }

// Names returns the names of the rule's variables, those of the host first.
// Shared read-only.
func (r *Rule) Names() []string { return r.names }

// A Variable is a variable of a rule.
type Variable struct{ Name, Converter string }

// Variables returns the rule's variables, those of the host first; nil before New.
func (r *Rule) Variables() []Variable {
	var list []Variable
	for _, p := range [...]*pattern{&r.host, &r.path} {
		for i := range p.pieces {
			if piece := &p.pieces[i]; piece.name != "" {
				converter, _, _ := strings.Cut(piece.spec, "(")
				list = append(list, Variable{piece.name, converter})
			}
		}
	}
	return list
}

// Template returns the rule's path as a URI template (RFC 6570): /notes/{id}; "" before
// New.
func (r *Rule) Template() string {
	var b strings.Builder
	for i := range r.path.pieces {
		if piece := &r.path.pieces[i]; piece.name != "" {
			b.WriteString("{" + piece.name + "}")
		} else {
			b.WriteString(escape(piece.literal))
		}
	}
	return b.String()
}

// String gives methods, host and pattern.
func (r *Rule) String() string {
	s := r.Pattern
	switch {
	case r.Host != "":
		s = r.Host + s
	case r.Subdomain != "":
		s = r.Subdomain + "." + s
	}
	if r.Methods != nil {
		s = strings.Join(r.Methods, ",") + " " + s
	}
	return s
}

// allows reports whether the rule takes the method. hot path
func (r *Rule) allows(method string) bool {
	return r.takes(methodBit(method), method)
}

// takes is allows with the method's bit.
func (r *Rule) takes(bit uint8, method string) bool {
	if bit != 0 {
		return r.common&bit != 0
	}
	return r.methods == nil || slices.Contains(r.methods, method)
}

// methodBit is a bit for each of the common methods, 0 for any other one.
func methodBit(method string) uint8 {
	switch method {
	case "GET":
		return 1
	case "HEAD":
		return 2
	case "POST":
		return 4
	case "PUT":
		return 8
	case "DELETE":
		return 16
	case "PATCH":
		return 32
	case "OPTIONS":
		return 64
	}
	return 0
}

// methodBits are those of a set; nil means every method.
func methodBits(set []string) (bits uint8) {
	if set == nil {
		return 0xff
	}
	for _, method := range set {
		bits |= methodBit(method)
	}
	return bits
}

// methodSet sorts methods, drops doubles and adds HEAD to GET.
func methodSet(methods []string) []string {
	if methods == nil {
		return nil
	}
	set := slices.Clone(methods)
	if slices.Contains(set, "GET") {
		set = append(set, "HEAD")
	}
	slices.Sort(set)
	return slices.Compact(set)
}

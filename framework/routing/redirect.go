package routing

import (
	"fmt"
	"slices"
	"strings"
)

// checkRedirect refuses a RedirectTo with variables that the rule has not, and one
// whose host a client could choose.
func (r *Rule) checkRedirect() error {
	for _, after, found := strings.Cut(r.RedirectTo, "<"); found; _, after, found = strings.Cut(after, "<") {
		name, _, closed := strings.Cut(after, ">")
		if !closed {
			return fmt.Errorf("rule %q redirects to %q, which lacks a >", r.Pattern, r.RedirectTo)
		}
		if !slices.Contains(r.args, name) {
			return fmt.Errorf("rule %q redirects to %q, but has no variable <%s>", r.Pattern, r.RedirectTo, name)
		}
	}
	host, _ := hostOf(r.RedirectTo)
	if last := strings.LastIndexByte(host, '>'); last >= 0 && (host[last+1:] == "" || host[last+1:] == "." || host[last+1] != '.') {
		return fmt.Errorf("rule %q redirects to %q, so that a client chooses the host: behind its variables there has to be more of the host, such as .example.org", r.Pattern, r.RedirectTo)
	}
	return nil
}

// hostOf is the host of a target that is no path (RFC 3986 §4.2): of an absolute URL,
// or of one that begins with two slashes.
func hostOf(target string) (host string, absolute bool) {
	scheme, rest, found := strings.Cut(target, "//")
	if !found || scheme != "" && (!strings.HasSuffix(scheme, ":") || strings.ContainsAny(scheme, "/?#")) {
		return "", false
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return rest, true
}

// inHost reports whether a text can stand in the name of a host: in one label or
// several, or as a whole one, with its port or an address in brackets. What could end
// the host, such as a slash, would make another one of it.
func inHost(text string, whole bool) bool {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if !letter(c) && !digit(c) && c != '-' && c != '.' && (!whole || c != ':' && c != '[' && c != ']') {
			return false
		}
	}
	return text != ""
}

// target is where a rule with RedirectTo or RedirectFunc leads; "" where an argument
// cannot stand in the host that it is to be part of.
func (m *Map) target(r *Request, rule *Rule, params []Param) string {
	var to, judged string
	if rule.RedirectFunc != nil {
		to = rule.RedirectFunc(params)
		judged = to
	} else {
		to = fill(rule, params)
		judged = rule.RedirectTo // not what a client put into it
	}
	if _, absolute := hostOf(judged); absolute || to == "" {
		return to
	}
	return r.Root + "/" + strings.TrimLeft(to, "/")
}

// fill replaces each <name> of RedirectTo by the argument as its converter builds
// it.
func fill(rule *Rule, params []Param) string {
	to := rule.RedirectTo
	host, _ := hostOf(to)
	for i := range params {
		p := &params[i]
		text := textOf(p.Value())
		for j := range rule.path.pieces {
			if piece := &rule.path.pieces[j]; piece.name == p.Name {
				if built, err := piece.conv.build(p.Value()); err == nil {
					text = built
				}
			}
		}
		variable := "<" + p.Name + ">"
		if strings.Contains(host, variable) && !inHost(text, false) {
			return ""
		}
		to = strings.ReplaceAll(to, variable, escape(text))
	}
	return to
}

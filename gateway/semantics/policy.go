package semantics

import (
	"fmt"
	"slices"
	"strings"
)

// A CSP is a Content-Security-Policy (CSP Level 3). It is never changed: With, Allow
// and Without return another one, so that a policy of the whole program can be
// widened for one answer. Shared read-only.
//
//	policy := semantics.ParseCSP("default-src 'self'; object-src 'none'")
//	policy.Allow("img-src", "https://images.example")
type CSP []Directive

// A Directive is one rule of a CSP, such as img-src with the sources of images.
type Directive struct {
	Name    string
	Sources []string // shared read-only
}

// Sources that are words (CSP Level 3 §2.3.1).
const (
	SourceSelf          = "'self'"
	SourceNone          = "'none'"
	SourceStrictDynamic = "'strict-dynamic'"
)

// SourceNonce is the source that lets through what bears a nonce; "" for none, which
// Allow and With leave out.
func SourceNonce(nonce string) string {
	if nonce == "" {
		return ""
	}
	return "'nonce-" + nonce + "'"
}

// ParseCSP reads a policy. Of a directive that comes twice the first counts (CSP
// Level 3 §2.2.1).
func ParseCSP(s string) CSP {
	var p CSP
	for rule := range strings.SplitSeq(s, ";") {
		if words := strings.Fields(rule); len(words) > 0 {
			if name := strings.ToLower(words[0]); p.index(name) < 0 {
				p = append(p, Directive{name, words[1:]})
			}
		}
	}
	return p
}

// Sources returns those of a directive, and whether the policy has it. Shared
// read-only.
func (p CSP) Sources(name string) ([]string, bool) {
	if i := p.index(name); i >= 0 {
		return p[i].Sources, true
	}
	return nil, false
}

// With returns the policy in which a directive has those sources and no others.
func (p CSP) With(name string, sources ...string) CSP {
	d := Directive{name, without(sources, "")}
	if i := p.index(name); i >= 0 {
		p = slices.Clone(p)
		p[i] = d
		return p
	}
	return append(slices.Clip(p), d)
}

// Allow returns the policy in which a directive has those sources, too; 'none' goes,
// since it means nothing beside others. A directive that was not there begins with the
// sources of the one that stood in for it, default-src mostly; where there is none
// either, everything is allowed already, and the policy stays as it is.
func (p CSP) Allow(name string, sources ...string) CSP {
	before, ok := p.Sources(name)
	for _, instead := range fallback(name) {
		if !ok {
			before, ok = p.Sources(instead)
		}
	}
	if !ok {
		return p
	}
	all := slices.Clone(before)
	for _, s := range without(sources, "") {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	if len(all) > 1 {
		all = without(all, SourceNone)
	}
	return p.With(name, all...)
}

// fallback returns what stands in for a directive that is absent (CSP Level 3 §6.8.3).
func fallback(name string) []string {
	switch name {
	case "script-src-elem", "script-src-attr":
		return []string{"script-src", "default-src"}
	case "style-src-elem", "style-src-attr":
		return []string{"style-src", "default-src"}
	case "worker-src":
		return []string{"child-src", "script-src", "default-src"}
	case "frame-src":
		return []string{"child-src", "default-src"}
	}
	if strings.HasSuffix(name, "-src") {
		return []string{"default-src"}
	}
	return nil
}

// Without returns the policy without a directive.
func (p CSP) Without(name string) CSP {
	if i := p.index(name); i >= 0 {
		return slices.Concat(p[:i], p[i+1:])
	}
	return p
}

func (p CSP) index(name string) int {
	return slices.IndexFunc(p, func(d Directive) bool { return d.Name == name })
}

func without(list []string, word string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == word })
}

// String is the value of the field.
func (p CSP) String() string {
	var b strings.Builder
	for i, d := range p {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(d.Name)
		for _, s := range d.Sources {
			b.WriteString(" " + s)
		}
	}
	return b.String()
}

// Check returns what is wrong with the policy: a source that would end its directive
// and begin another one, for one (CSP Level 3 §2.2).
func (p CSP) Check() error {
	for _, d := range p {
		if strings.Trim(d.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || d.Name == "" {
			return fmt.Errorf("semantics: %q is no directive of a Content-Security-Policy: lower-case letters, digits and - are", d.Name)
		}
		for _, s := range d.Sources {
			if s == "" || strings.ContainsFunc(s, endsSource) {
				return fmt.Errorf("semantics: %s cannot have the source %q: it is one word, visible ASCII without ; and , (percent-encode them)", d.Name, s)
			}
		}
	}
	return nil
}

func endsSource(r rune) bool { return r <= ' ' || r >= 0x7f || r == ';' || r == ',' }

// CrossOrigin says how a page and its windows are kept apart from those of other
// origins (HTML §7.1.3, Fetch §3.8). "" says nothing.
type CrossOrigin struct {
	Opener   string // Cross-Origin-Opener-Policy
	Embedder string // Cross-Origin-Embedder-Policy
	Resource string // Cross-Origin-Resource-Policy
}

// The values of CrossOrigin's fields.
const (
	OpenerUnsafeNone      = "unsafe-none"
	OpenerAllowPopups     = "same-origin-allow-popups"
	OpenerNoopenerPopups  = "noopener-allow-popups"
	OpenerSameOrigin      = "same-origin"
	EmbedderUnsafeNone    = "unsafe-none"
	EmbedderRequire       = "require-corp"
	EmbedderCredentialess = "credentialless"
	ResourceSameOrigin    = "same-origin"
	ResourceSameSite      = "same-site"
	ResourceCrossOrigin   = "cross-origin"
)

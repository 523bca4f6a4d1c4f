package framework

import (
	"cmp"
	"strings"
)

// A Blueprint is a part of an application that is declared by itself and then
// registered, in an App or another Blueprint, once or several times. It has
// routes, hooks and error handlers of its own; hooks and error handlers apply to
// its routes and those of the blueprints within it.
type Blueprint struct {
	scope
	prefix    string
	subdomain string
	group     *string // of its commands; nil: its name
}

// NewBlueprint returns a blueprint whose rules stand below prefix, "" for none.
// name comes before its endpoints: admin.stats.
func NewBlueprint(name, prefix string) *Blueprint {
	b := &Blueprint{prefix: prefix}
	b.kind, b.name = "blueprint", name
	return b
}

// Subdomain puts the blueprint's rules under a subdomain, before that of the
// blueprint or application around it.
func (b *Blueprint) Subdomain(pattern string) *Blueprint {
	b.open("Subdomain")
	b.subdomain = pattern
	return b
}

// A Registration is one use of a blueprint. Its methods refine it and return it.
type Registration struct {
	blueprint *Blueprint
	parent    *scope
	site      site
	name      string
	prefix    *string
	subdomain *string
	group     *string
}

// Register puts a blueprint into the application or into the blueprint around it.
func (s *scope) Register(b *Blueprint) *Registration {
	s.open("Register")
	m := &Registration{blueprint: b, parent: s, site: callSite()}
	if b == nil {
		s.mistake(m.site, "Register was given nil")
		return m
	}
	m.name = b.name
	s.mounts = append(s.mounts, m)
	return m
}

// Name registers the blueprint under another name, so that it can be there twice.
func (m *Registration) Name(name string) *Registration {
	m.parent.open("Registration.Name")
	m.name = name
	return m
}

// Prefix replaces the blueprint's own prefix.
func (m *Registration) Prefix(prefix string) *Registration {
	m.parent.open("Registration.Prefix")
	m.prefix = &prefix
	return m
}

// Subdomain replaces the blueprint's own subdomain.
func (m *Registration) Subdomain(pattern string) *Registration {
	m.parent.open("Registration.Subdomain")
	m.subdomain = &pattern
	return m
}

// A unit is a scope in its place: the application, or one registration of a
// blueprint.
type unit struct {
	scope     *scope
	name      string // dotted; "" for the application
	prefix    string
	subdomain string
	group     []string // the words before the names of its commands, shared read-only
	path      []*scope // from the application to this scope, shared read-only
}

// child is the unit of a registration within u.
func (u *unit) child(m *Registration) *unit {
	prefix, subdomain := m.blueprint.prefix, m.blueprint.subdomain
	if m.prefix != nil {
		prefix = *m.prefix
	}
	if m.subdomain != nil {
		subdomain = *m.subdomain
	}
	return &unit{
		scope:     &m.blueprint.scope,
		name:      join(u.name, ".", m.name),
		prefix:    joinPath(u.prefix, prefix),
		subdomain: join(subdomain, ".", u.subdomain),
		group:     m.words(u.group),
		path:      append(u.path[:len(u.path):len(u.path)], &m.blueprint.scope),
	}
}

// words are those before the names of the blueprint's commands.
func (m *Registration) words(outer []string) []string {
	word := m.name
	if group := cmp.Or(m.group, m.blueprint.group); group != nil {
		word = *group
	}
	if word == "" {
		return outer
	}
	return append(outer[:len(outer):len(outer)], word)
}

func join(a, separator, b string) string {
	if a == "" || b == "" {
		return cmp.Or(a, b)
	}
	return a + separator + b
}

// joinPath puts a prefix before a rule, with one slash between them; as in Flask,
// a rule "" is the prefix itself.
func joinPath(prefix, rule string) string {
	if prefix == "" || rule == "" {
		return prefix + rule
	}
	return strings.TrimRight(prefix, "/") + "/" + strings.TrimLeft(rule, "/")
}

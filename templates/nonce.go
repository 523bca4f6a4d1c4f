package templates

import (
	"strings"
)

// Content-Security-Policy nonces. A browser runs an inline script only if the
// tag carries the nonce of the page's policy (CSP Level 3 §6.7.3), so that one
// that was smuggled in does not run. The tags that stand in the source get it
// here, and no others can.

var (
	nonceTag       = pattern(`(?i)<(?:script|style)(?:[\s/>]|$)`)
	nonceAttribute = pattern(`(?i)[\s"'/]nonce\s*=`)
)

// withNonces puts a nonce behind each <script and <style of the text.
func (c *compiler) withNonces(list []stmt) []stmt {
	if c.t.env.config.Nonce == nil {
		return list
	}
	var out []stmt
	for _, s := range list {
		t, ok := s.(*textStmt)
		if !ok {
			out = append(out, s)
			continue
		}
		text, pos := t.text, t.pos
		cut := func(n int) {
			out = append(out, &textStmt{node{pos}, text[:n]})
			pos.line += strings.Count(text[:n], "\n")
			text = text[n:]
		}
		for from := 0; ; {
			m := nonceTag().FindStringIndex(text[from:])
			if m == nil {
				break
			}
			name := from + strings.IndexFunc(text[from+m[0]+1:], notLetter) + m[0] + 1
			if name < from+m[0]+1 {
				name = len(text)
			}
			tag, _, _ := strings.Cut(text[name:], ">")
			if nonceAttribute().MatchString(tag) {
				from = name
				continue
			}
			cut(name)
			out = append(out, &nonceStmt{node{pos}})
			from = 0
		}
		if text != "" {
			cut(len(text))
		}
	}
	return out
}

func notLetter(c rune) bool { return (c|0x20) < 'a' || (c|0x20) > 'z' }

// nonce writes the attribute, but only where html/template found a tag: not in
// a comment, nor in a script that writes scripts.
func (c *compiler) nonce(s *nonceStmt) step {
	if c.silent() {
		return nil
	}
	id := c.addPrint(s.pos)
	return func(f *frame) signal {
		if !f.escape || f.plan.prints[id].mode != escapeName {
			return proceed
		}
		f.write(` nonce="`)
		f.write(escapeString(f.env.config.Nonce(f.ctx)))
		f.write(`"`)
		return proceed
	}
}

package accesslog

import (
	"fmt"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// A format is the text of a line, cut into pieces once.
type format struct {
	pieces []piece
	first  bool // it asks for the time to the first byte
}

// A piece is an atom and the literal text before it.
type piece struct {
	text   string
	atom   atom   // nil: text alone
	name   string // between { and }
	quoted bool   // it stands between quotes
}

// An atom appends one fact.
type atom func(b []byte, e *Entry, p *piece) []byte

// compile reads Gunicorn's syntax: %(x)s, %({name}x)s, and %% for a percent sign.
// What it does not know is a mistake; Gunicorn would write - for ever.
func compile(s string, c *clock) (f format, err error) {
	var text strings.Builder
	quotes := 0
	for s != "" {
		if s[0] != '%' {
			if s[0] == '"' {
				quotes++
			}
			text.WriteByte(s[0])
			s = s[1:]
			continue
		}
		if strings.HasPrefix(s, "%%") {
			text.WriteByte('%')
			s = s[2:]
			continue
		}
		end := strings.Index(s, ")s")
		if !strings.HasPrefix(s, "%(") || end < 0 {
			return f, fmt.Errorf("accesslog: format: %.20q is neither %%%% nor an atom such as %%(h)s", s)
		}
		p := piece{text: text.String(), quoted: quotes%2 == 1}
		if err := p.find(s[2:end], c); err != nil {
			return f, err
		}
		text.Reset()
		f.first = f.first || s[2:end] == "first"
		f.pieces = append(f.pieces, p)
		s = s[end+2:]
	}
	text.WriteByte('\n')
	f.pieces = append(f.pieces, piece{text: text.String()})
	return f, nil
}

// find looks the atom up.
func (p *piece) find(name string, c *clock) error {
	if strings.HasPrefix(name, "{") {
		end := strings.LastIndexByte(name, '}')
		if end < 0 || end+2 != len(name) {
			return fmt.Errorf("accesslog: format: %%(%s)s wants {name}i, {name}o or {name}e", name)
		}
		p.name = name[1:end]
		p.atom = named[name[end+1]]
		if name[end+1] == 'e' {
			if p.atom = variable(p.name); p.atom == nil {
				return fmt.Errorf("accesslog: format: no variable of PEP 3333 is called %q", p.name)
			}
			if field, ok := strings.CutPrefix(p.name, "HTTP_"); ok {
				p.name = strings.ReplaceAll(field, "_", "-")
			}
		} else if !gateway.ValidName(p.name) {
			return fmt.Errorf("accesslog: format: %q is no field name", p.name)
		}
	} else if name == "t" {
		p.atom = c.append
	} else {
		p.atom = atoms[name]
	}
	if p.atom == nil {
		return fmt.Errorf("accesslog: format: there is no atom %%(%s)s", name)
	}
	return nil
}

// append appends the line of e. hot path
func (f *format) append(b []byte, e *Entry) []byte {
	for i := range f.pieces {
		p := &f.pieces[i]
		b = append(b, p.text...)
		if p.atom != nil {
			b = p.atom(b, e, p)
		}
	}
	return b
}

package routing

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// A part is what stands between two slashes of a rule or, where a variable in it
// may hold slashes (final), all the rest of the rule.
type part struct {
	static string      // the text of a part without variables
	vars   []converter // nil for a static part

	prefix, suffix string         // around the only variable
	regex          *regexp.Regexp // for more than one variable, each a group

	simple   bool // is <name> alone: takes any segment that is not empty
	final    bool // takes all segments that are left
	suffixed bool // final, and the rule ends with a slash

	pieces []piece
	weight weight
	key    string // equal parts share an edge of the tree
}

// A weight orders the parts that leave one node: more literals first, then
// longer ones, then more variables, then lighter ones.
type weight struct {
	literals  []int // negative lengths
	variables []int
}

func (w weight) compare(v weight) int {
	return cmp.Or(
		cmp.Compare(len(v.literals), len(w.literals)),
		slices.Compare(w.literals, v.literals),
		cmp.Compare(len(v.variables), len(w.variables)),
		slices.Compare(w.variables, v.variables),
	)
}

// cut cuts a path at its slashes, behind the first one.
func cut(pieces []piece) []*part {
	var parts []*part
	current := &part{}
	for i, p := range pieces {
		if p.name != "" {
			current.add(p)
			continue
		}
		chunks := strings.Split(p.literal, "/")
		if i == 0 {
			chunks = chunks[1:]
		}
		for n, chunk := range chunks {
			if n > 0 && !current.final {
				parts = append(parts, current.finish())
				current = &part{}
			} else if n > 0 {
				current.pieces = append(current.pieces, piece{literal: "/"})
			}
			if chunk != "" {
				current.add(piece{literal: chunk})
			}
		}
	}
	last := len(current.pieces) - 1
	if !current.final || current.pieces[last].literal != "/" {
		return append(parts, current.finish())
	}
	current.pieces = current.pieces[:last]
	current.suffixed = true
	return append(parts, current.finish(), (&part{}).finish())
}

// add appends a piece and its weight.
func (p *part) add(piece piece) {
	p.pieces = append(p.pieces, piece)
	if piece.name == "" {
		p.weight.literals = append(p.weight.literals, -len(piece.literal))
		return
	}
	p.vars = append(p.vars, piece.conv)
	p.weight.variables = append(p.weight.variables, piece.shape.weight)
	p.final = p.final || piece.shape.slashes
}

// finish chooses how the part is matched.
func (p *part) finish() *part {
	var key, regex strings.Builder
	around := [2]string{} // before and behind the first variable
	at := 0
	for _, piece := range p.pieces {
		if piece.name == "" {
			key.WriteString(strings.ReplaceAll(piece.literal, "<", "<<"))
			regex.WriteString(regexp.QuoteMeta(piece.literal))
			around[at] += piece.literal
			continue
		}
		at = 1
		key.WriteString("<:" + piece.spec + ">")
		regex.WriteString("(" + piece.shape.regex + ")")
	}
	if p.suffixed {
		key.WriteString("</>")
	}
	p.key = key.String()
	switch len(p.vars) {
	case 0:
		p.static = around[0]
	case 1:
		p.prefix, p.suffix = around[0], around[1]
		p.simple = p.vars[0] == textConverter{min: 1} && p.prefix+p.suffix == ""
	default:
		p.regex = regexp.MustCompile(`\A(?s:` + regex.String() + `)\z`) // its pieces were compiled before
	}
	return p
}

// match appends the values of the part's variables to params where text, decoded,
// fits. hot path
func (p *part) match(text string, params []Param) ([]Param, bool) {
	if p.regex != nil {
		return p.matchSeveral(text, params)
	}
	if len(text) < len(p.prefix)+len(p.suffix) || !strings.HasPrefix(text, p.prefix) || !strings.HasSuffix(text, p.suffix) {
		return params, false
	}
	return take(p.vars[0], text[len(p.prefix):len(text)-len(p.suffix)], params)
}

func (p *part) matchSeveral(text string, params []Param) ([]Param, bool) {
	groups := p.regex.FindStringSubmatchIndex(text)
	if groups == nil {
		return params, false
	}
	ok := true
	for i, conv := range p.vars {
		if params, ok = take(conv, text[groups[2*i+2]:groups[2*i+3]], params); !ok {
			return params, false
		}
	}
	return params, true
}

// take appends the value that conv gives for text. The Param is parsed in its
// place in the slice, so that it does not escape to the heap by itself.
func take(conv converter, text string, params []Param) ([]Param, bool) {
	text = reveal(text)
	params = append(params, Param{Text: text})
	return params, conv.parse(text, &params[len(params)-1])
}

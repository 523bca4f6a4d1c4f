package semantics

import (
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// A Link is an element of a Link field (RFC 8288 §3).
type Link struct {
	URL    string // a reference, as it stands between < and >
	Rel    string // relation types, with blanks between them: next, preload
	Params Params // others: as, type, title
}

// String is the value of the field. A character that would end the reference is
// escaped in it.
func (l Link) String() string {
	url := strings.NewReplacer("<", "%3C", ">", "%3E", " ", "%20", "\r", "%0D", "\n", "%0A").Replace(l.URL)
	params := l.Params
	if l.Rel != "" {
		params = append(Params{{"rel", l.Rel}}, params...)
	}
	return FormatOptions("<"+url+">", params...)
}

// ParseLinks reads the Link fields of a header. Elements that are malformed are left
// out.
func ParseLinks(h gateway.Header) []Link {
	var links []Link
	for line := range h.Values("Link") {
		for line != "" {
			var link Link
			var ok bool
			if link, line, ok = cutLink(line); ok {
				links = append(links, link)
			}
		}
	}
	return links
}

// cutLink splits the first link off. Commas inside of <> separate nothing, which is
// why Header.List cannot be asked.
func cutLink(s string) (link Link, rest string, ok bool) {
	s = strings.TrimLeft(s, " \t,")
	end := strings.IndexByte(s, '>')
	if s == "" || s[0] != '<' || end < 0 {
		_, rest, _ = strings.Cut(s, ",")
		return Link{}, rest, false
	}
	link.URL = s[1:end]
	params, rest := cutList(s[end+1:])
	_, link.Params = ParseOptions(params)
	for i, p := range link.Params {
		if p.Name == "rel" { // the first counts (RFC 8288 §3.3)
			link.Rel = p.Value
			link.Params = append(link.Params[:i:i], link.Params[i+1:]...)
			break
		}
	}
	return link, rest, true
}

// cutList splits at the first comma outside of quotes.
func cutList(s string) (element, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == ',' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

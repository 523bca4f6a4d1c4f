package semantics

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// An Accept is one of the fields by which a client says what it prefers: Accept,
// Accept-Language, Accept-Encoding or Accept-Charset (RFC 9110 §12.5). It reads the
// header each time that it is asked, which costs no memory.
type Accept struct {
	header gateway.Header
	name   string
	kind   kind
}

// A kind is how the elements of one of the fields match.
type kind uint8

const (
	media kind = iota
	language
	encoding
	charset
)

// AcceptMedia is the field Accept: offers are media types.
func AcceptMedia(h gateway.Header) Accept { return Accept{h, "Accept", media} }

// AcceptLanguage is the field Accept-Language: offers are language tags.
func AcceptLanguage(h gateway.Header) Accept { return Accept{h, "Accept-Language", language} }

// AcceptEncoding is the field Accept-Encoding: offers are content codings. To choose
// one for an answer, see Encoding, which knows what identity means.
func AcceptEncoding(h gateway.Header) Accept { return Accept{h, "Accept-Encoding", encoding} }

// AcceptCharset is the field Accept-Charset, which browsers no longer send.
func AcceptCharset(h gateway.Header) Accept { return Accept{h, "Accept-Charset", charset} }

// MaxWeight is the weight of an element without q. Weights are thousandths, since q
// has three digits (RFC 9110 §12.4.2).
const MaxWeight = 1000

// A Preference is an element of an Accept field.
type Preference struct {
	Value  string // as it came, without its weight
	Weight int    // 0 to MaxWeight; 0: not acceptable
}

// Present reports whether the client sent the field at all. Without it everything is
// acceptable; an empty one accepts nothing.
func (a Accept) Present() bool { return a.header.Has(a.name) }

// Preferences returns the elements, the most specific first and among those the ones
// of greater weight. Elements whose weight is malformed are left out.
func (a Accept) Preferences() []Preference {
	var list []Preference
	for element := range a.header.List(a.name) {
		if value, weight, ok := weigh(element); ok {
			list = append(list, Preference{value, weight})
		}
	}
	slices.SortStableFunc(list, func(p, q Preference) int {
		return cmp.Or(cmp.Compare(a.kind.specificity(q.Value), a.kind.specificity(p.Value)), cmp.Compare(q.Weight, p.Weight))
	})
	return list
}

// Weight returns how much the client likes an offer, from 0, which is not at all, to
// MaxWeight. The most specific element that matches decides (RFC 9110 §12.5.1).
func (a Accept) Weight(offer string) int {
	weight, _ := a.match(offer)
	return weight
}

// match also returns how specific the element was: 0 where none matched. hot path
func (a Accept) match(offer string) (weight, specificity int) {
	for element := range a.header.List(a.name) {
		value, w, ok := weigh(element)
		if !ok || !a.kind.matches(value, offer) {
			continue
		}
		if s := a.kind.specificity(value); s > specificity || s == specificity && w > weight {
			weight, specificity = w, s
		}
	}
	return weight, specificity
}

// Best returns the offer that the client likes best, and of several the one that it
// names most exactly, then the first. It is false where the client likes none of
// them. A client that did not send the field takes the first.
//
// For languages, where no tag matches as it is, the primary tags are compared: en-US
// takes en, and en takes en-GB (RFC 4647 §3.4 does the former).
func (a Accept) Best(offers ...string) (string, bool) {
	if len(offers) == 0 {
		return "", false
	}
	if !a.Present() {
		return offers[0], true
	}
	best, ok := a.best(offers, a.match)
	if !ok && a.kind == language {
		if best, ok = a.best(offers, a.matchPrimary); !ok {
			best, ok = a.best(offers, a.matchBroader)
		}
	}
	return best, ok
}

func (a Accept) best(offers []string, match func(string) (int, int)) (best string, ok bool) {
	weight, specificity := 0, 0
	for _, offer := range offers {
		if w, s := match(offer); w > weight || w == weight && w > 0 && s > specificity {
			best, weight, specificity = offer, w, s
		}
	}
	return best, weight > 0
}

// matchPrimary compares an offer with the primary tags that the client named.
func (a Accept) matchPrimary(offer string) (weight, specificity int) {
	for element := range a.header.List(a.name) {
		if value, w, ok := weigh(element); ok && language.matches(primary(value), offer) {
			weight, specificity = max(weight, w), 1
		}
	}
	return a.unlessExcluded(offer, weight), specificity
}

// matchBroader compares the offer's primary tag with what the client named.
func (a Accept) matchBroader(offer string) (weight, specificity int) {
	weight, specificity = a.match(primary(offer))
	return a.unlessExcluded(offer, weight), specificity
}

// unlessExcluded keeps a tag out that the client named with q=0.
func (a Accept) unlessExcluded(offer string, weight int) int {
	if w, s := a.match(offer); s > 0 && w == 0 {
		return 0
	}
	return weight
}

func primary(tag string) string {
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		return tag[:i]
	}
	return tag
}

// weigh splits an element into its value and weight. q is the last parameter that
// counts (RFC 9110 §12.5.1 knows none behind it). hot path
func weigh(element string) (value string, weight int, ok bool) {
	value, weight = element, MaxWeight
	for rest, at := element, 0; ; {
		i := strings.IndexByte(rest, ';')
		if i < 0 {
			return value, weight, true
		}
		start := at + i
		rest = rest[i+1:]
		at = start + 1
		name, q, found := strings.Cut(rest, "=")
		if !found || !gateway.EqualFold(strings.Trim(name, " \t"), "q") {
			continue
		}
		q, _, _ = strings.Cut(q, ";")
		value = strings.TrimRight(element[:start], " \t")
		weight, ok = parseWeight(strings.Trim(q, " \t"))
		return value, weight, ok
	}
}

// parseWeight reads a qvalue (RFC 9110 §12.4.2), with any number of digits. An empty
// one counts as absent.
func parseWeight(q string) (weight int, ok bool) {
	if q == "" {
		return MaxWeight, true
	}
	whole, fraction, _ := strings.Cut(q, ".")
	if whole != "0" && whole != "1" {
		return 0, false
	}
	digit := MaxWeight / 10
	for i := 0; i < len(fraction); i++ {
		c := fraction[i]
		if c < '0' || c > '9' || whole == "1" && c != '0' {
			return 0, false
		}
		weight += int(c-'0') * digit
		digit /= 10
	}
	if whole == "1" {
		return MaxWeight, true
	}
	return weight, true
}

// Weight returns the weight in an element's parameters, such as ";q=0.5", and
// whether it is well formed: MaxWeight where there is none.
func Weight(element string) (int, bool) {
	_, weight, ok := weigh(element)
	return weight, ok
}

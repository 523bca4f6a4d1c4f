package semantics

import "github.com/dewar-go/dewar/gateway"

// Identity is the coding that is none (RFC 9110 §8.4).
const Identity = "identity"

// Encoding chooses the content coding of an answer among those that are there, in
// the server's order of preference; identity is always there and need not be named.
// It returns the one that the client likes best, Identity where that is it or the
// client sent no Accept-Encoding, and false where the client excludes all of them,
// identity included (RFC 9110 §12.5.3: then 406, or identity all the same). hot path
func Encoding(h gateway.Header, offers ...string) (string, bool) {
	a := AcceptEncoding(h)
	if !a.Present() { // anything would do, but old clients understand none
		return Identity, true
	}
	best, weight := "", 0
	for _, offer := range offers {
		if w, _ := a.match(offer); w > weight {
			best, weight = offer, w
		}
	}
	plain, specificity := a.match(Identity)
	switch {
	case weight > 0 && (specificity < 2 || plain <= weight): // * says how much any coding is liked, not identity
		return best, true
	case specificity == 0 || plain > 0:
		return Identity, true
	}
	return "", false
}

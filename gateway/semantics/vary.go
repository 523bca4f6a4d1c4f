package semantics

import "github.com/dewar-go/dewar/gateway"

// AddVary adds names to the Vary field of a response: what the answer depends on
// beside its URL (RFC 9110 §12.5.5). Those that it has already are not repeated, and
// * stays what it is: everything.
func AddVary(h *gateway.Header, names ...string) {
	if len(names) == 1 && !h.Has("Vary") { // nearly always, and without an allocation
		h.Add("Vary", names[0])
		return
	}
	value, found := "", false
	for v := range h.Values("Vary") {
		found = true
		if value != "" {
			value += ", "
		}
		value += v
	}
	before := value
	for _, name := range names {
		if h.HasToken("Vary", "*") {
			return
		}
		if h.HasToken("Vary", name) || (gateway.Header{{Name: "Vary", Value: value}}).HasToken("Vary", name) {
			continue
		}
		if value != "" {
			value += ", "
		}
		value += name
	}
	if !found || value != before {
		h.Set("Vary", value)
	}
}

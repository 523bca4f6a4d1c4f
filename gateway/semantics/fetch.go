package semantics

import "github.com/dewar-go/dewar/gateway"

// Fetch is what a browser says of how a request came about (Fetch Metadata). A page
// cannot forge it; other clients say what they like, or nothing.
type Fetch struct {
	Site FetchSite // whose page asked
	Mode string    // navigate, cors, no-cors, same-origin or websocket
	Dest string    // what it is for: document, image, script, empty, ...
	User bool      // the user did it, with a click or a key
}

// A FetchSite says whose page asked for something; "" is not known.
type FetchSite string

// The values of Sec-Fetch-Site.
const (
	SameOrigin FetchSite = "same-origin"
	SameSite   FetchSite = "same-site"
	CrossSite  FetchSite = "cross-site"
	NoSite     FetchSite = "none" // the user: an address typed in, a bookmark
)

// ParseFetch reads Sec-Fetch-Site, -Mode, -Dest and -User.
func ParseFetch(h gateway.Header) Fetch {
	return Fetch{
		Site: FetchSite(h.Value("Sec-Fetch-Site")), Mode: h.Value("Sec-Fetch-Mode"),
		Dest: h.Value("Sec-Fetch-Dest"), User: h.Value("Sec-Fetch-User") == "?1",
	}
}

package debug

import (
	"crypto/rand"
	"encoding/base64"
	"html/template"
	"io"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// An injector appends the script that reloads a page to the answers that are pages. It
// stands inside of all middleware, so that what compresses or hashes content has it with
// the script. Behind the end of the document a script runs as it does before it (WHATWG
// HTML §13.2.6.4.22), so that nothing of the page has to be understood.
type injector struct {
	gateway.Transport
	trace  *trace
	script string
	active bool
}

// WriteHead makes room in the length.
func (f *injector) WriteHead(h *gateway.Head) error {
	f.trace.mu.Lock()
	f.active = f.trace.inject
	f.trace.mu.Unlock()
	if !f.active {
		return f.Transport.WriteHead(h)
	}
	longer := *h
	if h.Length >= 0 {
		longer.Length += int64(len(f.script))
	}
	if h.Empty { // HEAD
		f.active = false
	}
	return f.Transport.WriteHead(&longer)
}

// Close appends the script.
func (f *injector) Close(trailer gateway.Header) error {
	if f.active {
		if _, err := io.WriteString(f.Transport, f.script); err != nil {
			return err
		}
	}
	return f.Transport.Close(trailer)
}

// wantsPage reports whether a request is for a page to be shown, and not for a part of
// one that a script puts somewhere.
func wantsPage(r *gateway.Request) bool {
	if r.Method != "GET" && r.Method != "HEAD" && r.Method != "POST" {
		return false
	}
	switch r.Header.Value("Sec-Fetch-Dest") {
	case "document", "iframe", "frame":
		return true
	case "": // a browser that is old, or speaks http with a name other than localhost
		return strings.Contains(r.Header.Value("Accept"), "text/html") && !r.Header.Has("X-Requested-With") && !r.Header.Has("HX-Request")
	}
	return false
}

// injectable reports whether an answer is a whole page as text.
func injectable(x *gateway.Exchange) bool {
	h := x.Response.Header
	media, _, _ := strings.Cut(h.Value("Content-Type"), ";")
	switch status := x.Response.Status; {
	case !gateway.EqualFold(strings.TrimSpace(media), "text/html"):
		return false
	case status == 204 || status == 205 || status == 206 || status == 304:
		return false
	case h.Has("Content-Encoding"), h.Has("Content-Digest"), h.Has("Repr-Digest"), h.Has("Content-Range"):
		return false
	}
	disposition := strings.ToLower(strings.TrimSpace(h.Value("Content-Disposition")))
	return !strings.HasPrefix(disposition, "attachment")
}

// scriptTag is what is appended. state is the state of the program that the page shows.
func scriptTag(root, state, nonce string) string {
	return "\n<script nonce=\"" + nonce + "\" data-state=\"" + template.HTMLEscapeString(state) + "\" src=\"" +
		template.HTMLEscapeString(root+Prefix) + "live.js\"></script>\n"
}

func newNonce() string {
	var b [18]byte
	rand.Read(b[:]) // cannot fail, as of Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Package compress compresses answers for clients that understand it.
//
//	h := gateway.Chain(app, compress.New(compress.Config{}))
//
// Brotli and zstd are in a module of their own, gateway/middleware/compress/codings,
// so that their libraries enter no build that does not ask for them:
//
//	compress.Config{Codings: []compress.Coding{zstd.Coding(), brotli.Coding(5), compress.Gzip(6)}}
//
// Compressed answers have weak entity tags, and one dependency more in Vary. A stream
// stays a stream: what a handler flushes is in the client's hands before Flush
// returns. What is small, compressed already, a part of a whole, or marked
// no-transform passes as it is, and files among that keep the server's sendfile.
//
// Compression tells the length of content: one who can put text of his own beside a
// secret into a page, and sees how long the answers get, can guess the secret letter
// by letter (BREACH, 2013). So answers that set cookies, or must not be stored, are
// left alone; tokens of package csrf are masked; other secrets are for Skip.
package compress

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// Limits, with their precedents.
const (
	minSize    = 1 << 10  // Caddy 512 B, nginx 20 B; less than a packet gains nothing
	maxStreams = 1000     // a gzip writer has 800 KiB: for streams that last, memory decides
	holdLimit  = 64 << 10 // compressed content up to that length is sent with its length
)

// Config says what is compressed and how. Its zero value is useful.
type Config struct {
	// Codings in the server's order of preference, where the client has none; nil is
	// Gzip(0) alone.
	Codings []Coding
	// MinSize is the content's length in bytes from which on it is worth it; 0 is
	// 1024. A stream that is flushed is compressed whatever its length will be.
	MinSize int
	// Types are media types: "application/json", "text/*", "*+json" for a suffix. nil
	// is text, JSON, XML, JavaScript, SVG, WebAssembly and fonts that are not
	// compressed by themselves.
	Types []string
	// Secrets compresses also answers that set cookies or say no-store.
	Secrets bool
	// Streams is how many answers may be compressed at once; others are sent as they
	// are. 0 is 1000: with gzip some 800 MiB.
	Streams int
}

// New returns the middleware. It panics at a coding without a name or a function.
func New(c Config) gateway.Middleware {
	p := &policy{codings: c.Codings, min: int64(c.MinSize), secrets: c.Secrets, limit: int64(c.Streams), types: newTypes(c.Types)}
	if len(p.codings) == 0 {
		p.codings = []Coding{Gzip(0)}
	}
	if p.min == 0 {
		p.min = minSize
	}
	if p.limit == 0 {
		p.limit = maxStreams
	}
	for i := range p.codings {
		if !gateway.ValidName(p.codings[i].Name) || p.codings[i].New == nil {
			panic("compress: Config.Codings: a coding needs a token as its name, and a function")
		}
		p.names = append(p.names, p.codings[i].Name)
		p.pools = append(p.pools, &pool{make: p.codings[i].New})
	}
	vary := p.vary // once, so that no request allocates it
	return func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			x.OnStart(vary)
			name, ok := semantics.Encoding(x.Request.Header, p.names...)
			if ok && name != semantics.Identity {
				f := &filter{policy: p, x: x, coding: slices.Index(p.names, name)}
				err := x.WrapFiles(func(next gateway.Transport) gateway.Transport { f.Transport = next; return f })
				if err != nil {
					return err
				}
			}
			return next.Serve(x)
		})
	}
}

// A policy is a Config in the form in which it is used.
type policy struct {
	codings []Coding
	names   []string
	pools   []*pool
	min     int64
	types   types
	secrets bool
	limit   int64
	running atomic.Int64
}

// vary tells caches that the answer could have another coding, also where it has
// none for this client; 206 and 304 say what the 200 would (RFC 9110 §§15.3.7, 15.4.5).
func (p *policy) vary(x *gateway.Exchange) {
	r := &x.Response
	if !p.varies(r.Status, r.Header) {
		return
	}
	semantics.AddVary(&r.Header, "Accept-Encoding")
	if r.Status == 304 {
		weaken(x.Request.Header, r.Header)
	}
}

// weaken gives a 304 the tag of the compressed 200 where the client has that: it asks
// with it then.
func weaken(request, h gateway.Header) {
	tag := semantics.ETag(h.Value("ETag"))
	if tag == "" || tag.Weak() {
		return
	}
	if tags, ok := semantics.ParseETags(request, "If-None-Match"); ok && !tags.Contains(tag) && tags.ContainsWeak("W/"+tag) {
		h.Set("ETag", string("W/"+tag))
	}
}

// eligible reports whether an answer may be compressed, as far as its head tells.
// Parts are of the representation as it is.
func (p *policy) eligible(status int, h gateway.Header) bool {
	return status != 206 && status != 304 && !h.Has("Content-Range") && p.varies(status, h)
}

// varies reports whether an answer, or the one that it is a part of or stands for,
// may be compressed.
func (p *policy) varies(status int, h gateway.Header) bool {
	of, typed := h.Lookup("Content-Type")
	switch {
	case status == 304 && !typed, status == 206 && strings.HasPrefix(of, "multipart/byteranges"): // it does not say
	case status == 205 || status == 204 || status != 0 && status < 200:
		return false
	case !p.types.match(of):
		return false
	}
	for i := range h {
		switch f := &h[i]; {
		case gateway.EqualFold(f.Name, "Content-Encoding"), // never twice
			gateway.EqualFold(f.Name, "Content-Digest"), gateway.EqualFold(f.Name, "Repr-Digest"): // RFC 9530: they would be wrong
			return false
		case gateway.EqualFold(f.Name, "Set-Cookie") && !p.secrets:
			return false
		}
	}
	cache := semantics.ParseCacheControl(h)
	return !cache.NoTransform && (p.secrets || !cache.NoStore) // RFC 9110 §7.7
}

// skip is what an exchange keeps for Skip.
type skip struct{}

// Skip leaves the answer of this exchange as it is: for a page with a secret beside
// what a client may choose.
func Skip(x *gateway.Exchange) { x.SetValue(skip{}, true) }

// types are media types in the form in which they are looked up.
type types struct {
	exact    map[string]bool
	prefixes []string
	suffixes []string
}

var defaultTypes = []string{
	"text/*", "*+json", "*+xml", "application/json", "application/javascript", "application/xml", "application/wasm",
	"application/x-ndjson", "application/x-javascript", "application/rtf", "font/ttf", "font/otf", "application/vnd.ms-fontobject", "image/bmp", "image/x-icon", "image/vnd.microsoft.icon",
}

func newTypes(list []string) types {
	if list == nil {
		list = defaultTypes
	}
	t := types{exact: map[string]bool{}}
	for _, name := range list {
		name = strings.ToLower(name)
		if prefix, ok := strings.CutSuffix(name, "*"); ok {
			t.prefixes = append(t.prefixes, prefix)
		} else if suffix, ok := strings.CutPrefix(name, "*"); ok {
			t.suffixes = append(t.suffixes, suffix)
		} else {
			t.exact[name] = true
		}
	}
	return t
}

// match compares a Content-Type without its parameters. hot path
func (t *types) match(contentType string) bool {
	name, _, _ := strings.Cut(contentType, ";")
	name = strings.ToLower(strings.TrimRight(name, " \t"))
	if name == "" {
		return false
	}
	if t.exact[name] {
		return true
	}
	for _, prefix := range t.prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	for _, suffix := range t.suffixes {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

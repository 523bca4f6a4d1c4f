package cache

import (
	"slices"
	"strings"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// lifetime is what an answer says about its age.
type lifetime struct {
	fresh     time.Duration // from when it was made
	age       time.Duration // when it came (RFC 9111 §5.1)
	whileNew  time.Duration // stale-while-revalidate (RFC 5861 §3)
	ifError   time.Duration // stale-if-error (RFC 5861 §4)
	mustCheck bool          // never stale
}

// storable reports whether an answer may be kept, and as what (RFC 9111 §3).
func storable(r *gateway.Request, status int, h gateway.Header) (lifetime, bool) {
	c := semantics.ParseCacheControl(h)
	switch {
	case r.Method != "GET" || !understood(status):
		return lifetime{}, false
	case c.NoStore, c.Private, c.NoCache: // no-cache: every use would ask the handler
		return lifetime{}, false
	case h.Has("Set-Cookie"), h.HasToken("Vary", "*"), h.Has("Content-Range"):
		return lifetime{}, false
	case r.Header.Has("Authorization") && !open(c): // RFC 9111 §3.5
		return lifetime{}, false
	case semantics.ParseRequestCacheControl(r.Header).NoStore: // RFC 9111 §5.2.1.5
		return lifetime{}, false
	}
	l := lifetime{
		fresh: freshness(c, h), whileNew: max(c.StaleWhileRevalidate, 0), ifError: max(c.StaleIfError, 0),
		mustCheck: c.MustRevalidate || c.ProxyRevalidate,
	}
	if age, ok := parseAge(h.Value("Age")); ok {
		l.age = age
	}
	return l, l.fresh > l.age
}

// understood are the statuses whose meaning a cache knows and may keep (RFC 9110
// §15.1): not 206, of which only parts are here.
func understood(status int) bool {
	switch status {
	case 200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501:
		return true
	}
	return false
}

// open reports whether an answer may be given to requests with Authorization, and to
// others of that which answered one (RFC 9111 §3.5).
func open(c semantics.CacheControl) bool {
	return c.Public || c.MustRevalidate || c.SharedMaxAge > 0
}

// freshness is how long an answer is fresh: s-maxage before max-age before Expires
// (RFC 9111 §4.2.1). Nothing is guessed where nothing is said (§4.2.2 would allow it).
func freshness(c semantics.CacheControl, h gateway.Header) time.Duration {
	switch {
	case c.SharedMaxAge != 0:
		return c.SharedMaxAge
	case c.MaxAge != 0:
		return c.MaxAge
	}
	expires, ok := semantics.ParseDate(h.Value("Expires"))
	if !ok {
		return 0
	}
	date, ok := semantics.ParseDate(h.Value("Date"))
	if !ok {
		date = time.Now()
	}
	return expires.Sub(date)
}

func parseAge(s string) (time.Duration, bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = 10*n + int(s[i]-'0')
	}
	return time.Duration(n) * time.Second, true
}

// age is how old an entry is (RFC 9111 §4.2.3).
func (e *entry) age(now time.Time) time.Duration { return e.response.age + max(now.Sub(e.stored), 0) }

// state is what an entry is good for.
type state uint8

const (
	gone      state = iota // for nothing
	fallback               // where the handler fails
	usable                 // while a new one is fetched
	fresh                  // as it is
	forbidden              // for others, not for this request
)

func (e *entry) state(r *gateway.Request, now time.Time) state {
	if e == nil {
		return gone
	}
	if r.Header.Has("Authorization") && !e.open {
		return forbidden
	}
	l := &e.response
	switch over := e.age(now) - l.fresh; {
	case over < 0:
		return fresh
	case l.mustCheck:
		return gone
	case over < l.whileNew:
		return usable
	case over < l.ifError:
		return fallback
	}
	return gone
}

// keyOf is the URL: scheme, host, path and query as they came. Two spellings of one
// address are two: to unify them would be the router's knowledge.
func keyOf(r *gateway.Request) string { return r.URL() }

// varyOf are the names in Vary, sorted, in lower case.
func varyOf(h gateway.Header) (names []string) {
	for name := range h.List("Vary") {
		names = append(names, strings.ToLower(name))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// variantOf is what a request has in the fields that Vary names (RFC 9111 §4.1).
// Lines of one field are joined; nothing else is made equal.
func variantOf(vary []string, h gateway.Header) string {
	if len(vary) == 0 {
		return ""
	}
	var b strings.Builder
	for _, name := range vary {
		b.WriteString(name)
		for v := range h.Values(name) {
			b.WriteByte(0) // in no value: RFC 9110 §5.5
			b.WriteString(v)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

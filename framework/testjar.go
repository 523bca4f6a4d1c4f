package framework

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// A jar keeps cookies as browsers do (RFC 6265 §5.3). It knows no public suffixes:
// a test's hosts are its own.
type jar struct {
	mu      sync.Mutex
	cookies []kept // in order of creation
}

type kept struct {
	name, value  string
	domain, path string
	hostOnly     bool // without a Domain attribute
	secure       bool
	expires      time.Time // zero: with the browser's end
}

// store takes the cookies of an answer from u.
func (j *jar) store(u *url.URL, h gateway.Header) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for line := range h.Values("Set-Cookie") {
		k, ok := parseSetCookie(line, u, time.Now())
		if !ok {
			continue
		}
		same := func(o kept) bool { return o.name == k.name && o.domain == k.domain && o.path == k.path }
		i := slices.IndexFunc(j.cookies, same)
		switch past := !k.expires.IsZero() && !k.expires.After(time.Now()); {
		case past && i >= 0:
			j.cookies = slices.Delete(j.cookies, i, i+1)
		case past:
		case i >= 0: // in its old place: it keeps its creation time
			j.cookies[i] = k
		default:
			j.cookies = append(j.cookies, k)
		}
	}
}

// parseSetCookie reads a field value (RFC 6265 §5.2) and refuses what a browser
// would (§5.3, RFC 6265bis §5.7).
func parseSetCookie(line string, u *url.URL, at time.Time) (kept, bool) {
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, ok := strings.Cut(pair, "=")
	k := kept{name: trimBlank(name), value: trimBlank(value), domain: u.Hostname(), hostOnly: true, path: defaultPath(u.Path)}
	if !ok || k.name == "" {
		return k, false
	}
	aged, noDomain, rootPath := false, true, false
	for attribute := range strings.SplitSeq(attributes, ";") {
		name, value, _ := strings.Cut(attribute, "=")
		value = trimBlank(value)
		switch strings.ToLower(trimBlank(name)) {
		case "expires": // Max-Age goes before it, wherever it stands
			if t, ok := semantics.ParseDate(value); ok && !aged {
				k.expires = t
			}
		case "max-age":
			if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
				k.expires, aged = at.Add(time.Duration(seconds)*time.Second), true
			}
		case "domain":
			if value = strings.ToLower(strings.TrimPrefix(value, ".")); value != "" {
				k.domain, k.hostOnly, noDomain = value, false, false
			}
		case "path":
			if strings.HasPrefix(value, "/") {
				k.path, rootPath = value, value == "/"
			}
		case "secure":
			k.secure = true
		}
	}
	switch {
	case !k.hostOnly && !domainMatches(u.Hostname(), k.domain):
		return k, false // a foreign domain's
	case k.secure && u.Scheme != "https":
		return k, false
	case hasCookiePrefix(k.name, "__Secure-") && !k.secure:
		return k, false
	case hasCookiePrefix(k.name, "__Host-") && !(k.secure && noDomain && rootPath):
		return k, false
	}
	return k, true
}

func trimBlank(s string) string { return strings.Trim(s, " \t") }

// defaultPath is the folder of a request's path (RFC 6265 §5.1.4).
func defaultPath(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}

// domainMatches is RFC 6265 §5.1.3.
func domainMatches(host, domain string) bool {
	host = strings.ToLower(host)
	if host == domain {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err != nil && strings.HasSuffix(host, "."+domain)
}

// pathMatches is RFC 6265 §5.1.4.
func pathMatches(path, cookie string) bool {
	if path == "" {
		path = "/"
	}
	rest, ok := strings.CutPrefix(path, cookie)
	return ok && (rest == "" || rest[0] == '/' || strings.HasSuffix(cookie, "/"))
}

// of returns the cookies for a request to u, longer paths first (RFC 6265 §5.4).
func (j *jar) of(u *url.URL) []kept {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cookies = slices.DeleteFunc(j.cookies, func(k kept) bool { return !k.expires.IsZero() && !k.expires.After(time.Now()) })
	var list []kept
	for _, k := range j.cookies {
		here := strings.EqualFold(u.Hostname(), k.domain) || !k.hostOnly && domainMatches(u.Hostname(), k.domain)
		if here && pathMatches(u.Path, k.path) && (!k.secure || u.Scheme == "https") {
			list = append(list, k)
		}
	}
	slices.SortStableFunc(list, func(a, b kept) int { return len(b.path) - len(a.path) })
	return list
}

// header is the Cookie field for a request to u, "" where there is none.
func (j *jar) header(u *url.URL) string {
	var b strings.Builder
	for i, k := range j.of(u) {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(k.name + "=" + k.value)
	}
	return b.String()
}

func (j *jar) value(u *url.URL, name string) (string, bool) {
	for _, k := range j.of(u) {
		if k.name == name {
			return unquoteCookie(k.value), true
		}
	}
	return "", false
}

func (j *jar) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cookies = nil
}

package semantics

import (
	"strconv"
	"strings"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// A CacheControl is what a response says to caches (RFC 9111 §5.2.2). In durations 0
// means that nothing is said, and a negative one means 0 seconds; fractions of a
// second are cut off.
type CacheControl struct {
	NoStore         bool
	NoCache         bool // ask before each use
	Public          bool
	Private         bool
	MustRevalidate  bool
	ProxyRevalidate bool
	MustUnderstand  bool
	NoTransform     bool
	Immutable       bool // RFC 8246

	MaxAge               time.Duration
	SharedMaxAge         time.Duration // s-maxage
	StaleWhileRevalidate time.Duration // RFC 5861
	StaleIfError         time.Duration // RFC 5861
}

// A RequestCacheControl is what a request asks of caches (RFC 9111 §5.2.1), with
// durations as in CacheControl.
type RequestCacheControl struct {
	NoStore      bool
	NoCache      bool
	NoTransform  bool
	OnlyIfCached bool

	MaxAge   time.Duration
	MinFresh time.Duration
	MaxStale time.Duration // the longest where it has no number: any
}

// anyAge stands for max-stale without a number.
const anyAge = time.Duration(maxInt64)

// ParseCacheControl reads the Cache-Control of a response. A duration that is
// malformed counts as 0 seconds, and of several the first counts (RFC 9111 §4.2.1).
// no-cache and private with field names count as without: that is stricter.
func ParseCacheControl(h gateway.Header) (c CacheControl) {
	for name, value := range directives(h) {
		switch name {
		case "no-store":
			c.NoStore = true
		case "no-cache":
			c.NoCache = true
		case "public":
			c.Public = true
		case "private":
			c.Private = true
		case "must-revalidate":
			c.MustRevalidate = true
		case "proxy-revalidate":
			c.ProxyRevalidate = true
		case "must-understand":
			c.MustUnderstand = true
		case "no-transform":
			c.NoTransform = true
		case "immutable":
			c.Immutable = true
		case "max-age":
			readSeconds(&c.MaxAge, value)
		case "s-maxage":
			readSeconds(&c.SharedMaxAge, value)
		case "stale-while-revalidate":
			readSeconds(&c.StaleWhileRevalidate, value)
		case "stale-if-error":
			readSeconds(&c.StaleIfError, value)
		}
	}
	return c
}

// ParseRequestCacheControl reads the Cache-Control of a request, and Pragma: no-cache
// where there is none (RFC 9111 §5.4).
func ParseRequestCacheControl(h gateway.Header) (c RequestCacheControl) {
	if !h.Has("Cache-Control") {
		c.NoCache = h.HasToken("Pragma", "no-cache")
		return c
	}
	for name, value := range directives(h) {
		switch name {
		case "no-store":
			c.NoStore = true
		case "no-cache":
			c.NoCache = true
		case "no-transform":
			c.NoTransform = true
		case "only-if-cached":
			c.OnlyIfCached = true
		case "max-age":
			readSeconds(&c.MaxAge, value)
		case "min-fresh":
			readSeconds(&c.MinFresh, value)
		case "max-stale":
			if value == "" {
				c.MaxStale = anyAge
			} else {
				readSeconds(&c.MaxStale, value)
			}
		}
	}
	return c
}

// directives yields names, in lower case, with values, without quotes.
func directives(h gateway.Header) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for element := range h.List("Cache-Control") {
			name, value, _ := strings.Cut(element, "=")
			value = strings.Trim(value, " \t")
			if len(value) > 1 && value[0] == '"' {
				value, _, _ = cutQuoted(value)
			}
			if !yield(strings.ToLower(strings.Trim(name, " \t")), value) {
				return
			}
		}
	}
}

func readSeconds(d *time.Duration, value string) {
	if *d != 0 {
		return
	}
	n, ok := parseDigits(value)
	switch {
	case !ok || n == 0:
		*d = -1
	case n > maxAge: // RFC 9111 §1.2.2: as 2147483648 or what is the largest
		*d = maxAge * time.Second
	default:
		*d = time.Duration(n) * time.Second
	}
}

const maxAge = 1 << 31

// String is the value of the field; "" where nothing is said.
func (c CacheControl) String() string {
	var b []byte
	for _, d := range [...]struct {
		name string
		said bool
	}{
		{"no-store", c.NoStore}, {"no-cache", c.NoCache}, {"public", c.Public}, {"private", c.Private},
		{"must-revalidate", c.MustRevalidate}, {"proxy-revalidate", c.ProxyRevalidate},
		{"must-understand", c.MustUnderstand}, {"no-transform", c.NoTransform},
	} {
		if d.said {
			b = appendDirective(b, d.name)
		}
	}
	b = appendSeconds(b, "max-age", c.MaxAge)
	b = appendSeconds(b, "s-maxage", c.SharedMaxAge)
	b = appendSeconds(b, "stale-while-revalidate", c.StaleWhileRevalidate)
	b = appendSeconds(b, "stale-if-error", c.StaleIfError)
	if c.Immutable {
		b = appendDirective(b, "immutable")
	}
	return string(b)
}

func appendDirective(b []byte, name string) []byte {
	if len(b) > 0 {
		b = append(b, ", "...)
	}
	return append(b, name...)
}

func appendSeconds(b []byte, name string, d time.Duration) []byte {
	if d == 0 {
		return b
	}
	b = append(appendDirective(b, name), '=')
	return strconv.AppendInt(b, int64(max(d, 0)/time.Second), 10)
}

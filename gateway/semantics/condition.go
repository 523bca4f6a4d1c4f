package semantics

import (
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// Validators tell one state of a resource from another (RFC 9110 §8.8). A zero field
// is one that is not known.
type Validators struct {
	ETag     ETag
	Modified time.Time // counts in whole seconds
	// Absent says that there is no current representation, so that If-Match: * does
	// not hold and If-None-Match: * does: PUT to an address where nothing stands.
	Absent bool
}

// Evaluate decides by the request's conditions what becomes of it: 0, go on; 304, the
// client has this state already; 412, the condition does not hold. It is asked before
// the method has an effect, with the validators of what GET would send. The order is
// that of RFC 9110 §13.2.2. hot path
func Evaluate(r *gateway.Request, v Validators) int {
	switch r.Method {
	case "CONNECT", "OPTIONS", "TRACE": // select no representation (RFC 9110 §13.2.1)
		return 0
	}
	if any, present := eachETag(r.Header, "If-Match", v.ETag.StrongMatch); present {
		if v.Absent || !any {
			return 412
		}
	} else if since, ok := parseField(r.Header, "If-Unmodified-Since"); ok && !v.Modified.IsZero() {
		if v.Modified.Truncate(time.Second).After(since) {
			return 412
		}
	}
	reads := r.Method == "GET" || r.Method == "HEAD"
	if any, present := eachETag(r.Header, "If-None-Match", v.ETag.WeakMatch); present {
		switch {
		case v.Absent || !any || v == Validators{}: // * asks whether there is anything, which nobody told
			return 0
		case reads:
			return 304
		}
		return 412
	}
	if since, ok := parseField(r.Header, "If-Modified-Since"); ok && reads && !v.Modified.IsZero() {
		if !v.Modified.Truncate(time.Second).After(since) {
			return 304
		}
	}
	return 0
}

// parseField reads the date in a field. A field that is repeated, or is no date, is
// none (RFC 9110 §13.1.3).
func parseField(h gateway.Header, name string) (time.Time, bool) {
	value, n := single(h, name)
	if n != 1 {
		return time.Time{}, false
	}
	return ParseDate(value)
}

// single returns the value of a field that is no list, and how often it stands there.
// More than once has no meaning: who reads the first would not agree with who reads
// the last (RFC 9110 §5.3). hot path
func single(h gateway.Header, name string) (value string, n int) {
	for i := range h {
		if gateway.EqualFold(h[i].Name, name) {
			value = h[i].Value
			n++
		}
	}
	return value, n
}

// IfRange is what a client that has a part compares: a tag or a date, of which one is
// not zero (RFC 9110 §13.1.5).
type IfRange struct {
	ETag ETag // strong: a weak one never holds
	Date time.Time
}

// ParseIfRange reads the value of If-Range. It is false where that is neither.
func ParseIfRange(s string) (IfRange, bool) {
	if tag := ParseETag(s); tag != "" {
		return IfRange{ETag: tag}, !tag.Weak()
	}
	date, ok := ParseDate(s)
	return IfRange{Date: date}, ok
}

// holds reports whether ranges may be sent, or the whole must be: the part that the
// client has is of another state. A date is strong enough only a second after it
// (RFC 9110 §8.8.2.2).
func (i IfRange) holds(v Validators, now time.Time) bool {
	if i.ETag != "" {
		return i.ETag.StrongMatch(v.ETag)
	}
	modified := v.Modified.Truncate(time.Second)
	return !v.Modified.IsZero() && modified.Equal(i.Date) && (now.IsZero() || now.Sub(modified) >= time.Second)
}

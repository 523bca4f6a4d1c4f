package semantics

import (
	"strconv"
	"time"
)

// RetryAfter is the value of Retry-After for a delay, in whole seconds rounded up
// (RFC 9110 §10.2.3). FormatDate makes the one for a moment.
func RetryAfter(d time.Duration) string {
	return strconv.FormatInt(int64((max(d, 0)+time.Second-1)/time.Second), 10)
}

// ParseRetryAfter reads Retry-After, seconds or a date, as the delay from now on; 0
// where the date is over. It is false where the value is neither.
func ParseRetryAfter(s string, now time.Time) (time.Duration, bool) {
	if d, ok := ParseAge(s); ok {
		return d, true
	}
	t, ok := ParseDate(s)
	return max(t.Sub(now), 0), ok
}

// FormatAge is the value of Age, in whole seconds (RFC 9111 §5.1).
func FormatAge(d time.Duration) string {
	return strconv.FormatInt(int64(max(d, 0)/time.Second), 10)
}

// ParseAge reads Age. More than 2^31 seconds count as that many (RFC 9111 §1.2.2).
func ParseAge(s string) (time.Duration, bool) {
	n, ok := parseDigits(s)
	return time.Duration(min(n, maxAge)) * time.Second, ok
}

// ParseExpires reads Expires. What is no date, 0 above all, means that the answer has
// expired: the beginning of 1970 (RFC 9111 §5.3).
func ParseExpires(s string) time.Time {
	if t, ok := ParseDate(s); ok {
		return t
	}
	return time.Unix(0, 0)
}

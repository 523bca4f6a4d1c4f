package semantics

import (
	"slices"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// FuzzCSP: a policy that was written is read as what it was; one that Check passes is a
// value of a field, and is widened by what Allow adds and nothing else.
func FuzzCSP(f *testing.F) {
	for _, s := range []string{
		"default-src 'self' ;; Object-Src 'none'; upgrade-insecure-requests; object-src *", "script-src 'nonce-x' 'strict-dynamic'", ";", "\t;\v a\fb", "İMG-SRC ü\u0085x", "a,b c;\xff",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := ParseCSP(s)
		same := func(a, b Directive) bool { return a.Name == b.Name && slices.Equal(a.Sources, b.Sources) }
		if back := ParseCSP(p.String()); !slices.EqualFunc(back, p, same) {
			t.Fatalf("%q is %q, and that is %q", s, p, back)
		}
		if p.Check() != nil {
			return
		}
		if !gateway.ValidValue(p.String()) {
			t.Fatalf("%q passes Check as %q", s, p.String())
		}
		const tile = "https://tile.example"
		for i, d := range p {
			wider := p.Allow(d.Name, tile)
			if sources, _ := wider.Sources(d.Name); !slices.Contains(sources, tile) || wider.Check() != nil {
				t.Fatalf("%q of %q allows %q", d.Name, p, sources)
			}
			if rest := slices.Delete(slices.Clone(wider), i, i+1); !slices.EqualFunc(rest, slices.Delete(slices.Clone(p), i, i+1), same) {
				t.Fatalf("%q became %q", p, wider)
			}
		}
	})
}

// FuzzDelay: Age, Retry-After and Expires are a time that can be waited for, and what
// was written is read as what it was (RFC 9110 §10.2.3, RFC 9111 §5).
func FuzzDelay(f *testing.F) {
	for _, s := range []string{"120", "0", "-1", "1.5", "99999999999999999999", "+5", " 5", "Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31-Dec-99 23:59:59 GMT", "Fri Dec 31 23:59:59 9999", "0x10", "１"} {
		f.Add(s)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		age, digits := ParseAge(s)
		if age < 0 || age > maxAge*time.Second || age%time.Second != 0 {
			t.Fatalf("the age %q is %v", s, age)
		}
		if back, ok := ParseAge(FormatAge(age)); !ok || back != age {
			t.Fatalf("the age %v is written as %q", age, FormatAge(age))
		}
		delay, ok := ParseRetryAfter(s, now)
		date, dated := ParseDate(s)
		if delay < 0 || ok != (digits || dated) || digits && delay != age || !digits && dated && delay != max(date.Sub(now), 0) {
			t.Fatalf("Retry-After: %q is %v, %v", s, delay, ok)
		}
		if back, ok := ParseRetryAfter(RetryAfter(age), now); !ok || back != age {
			t.Fatalf("Retry-After: %v is written as %q", age, RetryAfter(age))
		}
		if expires := ParseExpires(s); dated && !expires.Equal(date) || !dated && expires.Unix() != 0 {
			t.Fatalf("Expires: %q is %v", s, expires)
		}
	})
}

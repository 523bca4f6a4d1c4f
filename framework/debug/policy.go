package debug

import (
	"slices"
	"strings"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// admit changes the page's Content-Security-Policy, where it has one, just so far that
// the script with that nonce runs and can ask its own origin (CSP Level 3 §6.1). The rest
// is in force while developing as it will be later.
func admit(h *gateway.Header, nonce string) {
	for i := range *h {
		if f := &(*h)[i]; gateway.EqualFold(f.Name, "Content-Security-Policy") {
			var policies []string
			for policy := range strings.SplitSeq(f.Value, ",") { // a field may hold several, all in force
				policies = append(policies, admitIn(semantics.ParseCSP(policy), nonce).String())
			}
			f.Value = strings.Join(policies, ", ")
		}
	}
}

func admitIn(p semantics.CSP, nonce string) semantics.CSP {
	scripts, restricted := effective(p, "script-src-elem", "script-src", "default-src")
	switch {
	case !restricted:
	case slices.ContainsFunc(scripts, named):
		p = p.Allow("script-src-elem", semantics.SourceNonce(nonce))
	case !sameOrigin(scripts): // by its origin, since a nonce would switch 'unsafe-inline' off
		p = p.Allow("script-src-elem", semantics.SourceSelf)
	}
	if targets, restricted := effective(p, "connect-src", "default-src"); restricted && !sameOrigin(targets) {
		p = p.Allow("connect-src", semantics.SourceSelf)
	}
	return p
}

// effective are the sources of the first of the directives that is there.
func effective(p semantics.CSP, names ...string) (sources []string, restricted bool) {
	for _, name := range names {
		if sources, ok := p.Sources(name); ok {
			return sources, true
		}
	}
	return nil, false
}

func sameOrigin(sources []string) bool {
	return slices.Contains(sources, semantics.SourceSelf) || slices.Contains(sources, "*")
}

// named reports whether a source makes a policy one of nonces and hashes, beside which
// 'unsafe-inline' does not count.
func named(source string) bool {
	return source == semantics.SourceStrictDynamic || strings.HasPrefix(source, "'nonce-") || strings.HasPrefix(source, "'sha")
}

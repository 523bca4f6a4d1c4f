// Package forwarded gives a request behind proxies its client's address, scheme,
// host and prefix back, from the X-Forwarded fields or from RFC 7239's Forwarded.
//
// Its law: nobody is trusted by default. Anybody can send these fields, so a field
// counts only as far as a proxy of the operator's own has written it: the lists are
// read from the right, where the nearest proxy appends, and reading stops at the
// first address that is no trusted proxy. That one is the client; what stands left of
// it is hearsay. What a trusted proxy should have written and cannot be understood is
// 400, never a guess.
//
//	behind := forwarded.Middleware(forwarded.Config{
//		Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
//	})
//	h := gateway.Chain(app, behind)
//
// X-Real-IP, True-Client-IP, CF-Connecting-IP and their like are never believed: they
// have no place for the proxies between, so nobody can tell who wrote them.
package forwarded

package forwarded_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/forwarded"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

func prefixes(list ...string) (p []netip.Prefix) {
	for _, s := range list {
		p = append(p, netip.MustParsePrefix(s))
	}
	return p
}

var (
	nobody   = forwarded.Config{}
	inside   = forwarded.Config{Proxies: prefixes("127.0.0.0/8", "10.0.0.0/8", "fd00::/8", "::1/128")}
	everyone = forwarded.Config{Proxies: prefixes("0.0.0.0/0", "::/0")}
	two      = forwarded.Config{Hops: 2}
	twoOf    = forwarded.Config{Hops: 2, Proxies: inside.Proxies}
	socket   = forwarded.Config{Unix: true, Proxies: inside.Proxies}
	all      = forwarded.Config{Proxies: inside.Proxies, Host: true, Port: true, Prefix: true}
	rfc      = forwarded.Config{Proxies: inside.Proxies, Standard: true, Host: true}
)

func tcp(s string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(s)) }

var (
	proxy    = tcp("10.0.0.1:4711")
	stranger = tcp("203.0.113.9:4711")
	unix     = &net.UnixAddr{Net: "unix"}
)

// facts is what an application sees, as one line.
func facts(r *gateway.Request) string {
	return fmt.Sprintf("%s %s %s %s", r.Remote, r.Scheme, r.Host, r.Root)
}

const refused = "400"

var table = []struct {
	name   string
	config forwarded.Config
	peer   net.Addr
	header string // lines
	want   string // address, scheme, host, root; or refused
}{
	// Who is trusted. FEATURES: spoofed addresses, gin#2473, chi GHSA-3fxj-6jh8-hvhx,
	// GHSA-rjr7-jggh-pgcp, GHSA-9g5q-2w5x-hmxf.
	{"nobody is trusted by default", nobody, proxy, "X-Forwarded-For: 1.2.3.4\nX-Forwarded-Proto: https", "10.0.0.1:4711 http a "},
	{"a stranger is not believed", inside, stranger, "X-Forwarded-For: 1.2.3.4\nX-Forwarded-Proto: https\nX-Forwarded-Host: evil", "203.0.113.9:4711 http a "},
	{"a stranger's garbage does not matter", inside, stranger, "X-Forwarded-For: %%%", "203.0.113.9:4711 http a "},
	{"an inner proxy's word", inside, proxy, "X-Forwarded-For: 1.2.3.4", "1.2.3.4:0 http a "},
	{"what the client sent stands left", inside, proxy, "X-Forwarded-For: 127.0.0.1, 1.2.3.4", "1.2.3.4:0 http a "},
	{"hearsay may be garbage", inside, proxy, "X-Forwarded-For: <script>, 1.2.3.4", "1.2.3.4:0 http a "},
	{"trusted proxies are passed over", inside, proxy, "X-Forwarded-For: 9.9.9.9, 1.2.3.4, 10.1.1.1, 10.2.2.2", "1.2.3.4:0 http a "},
	{"lines are one list", inside, proxy, "X-Forwarded-For: 9.9.9.9\nX-Forwarded-For: 1.2.3.4\nX-Forwarded-For: 10.2.2.2", "1.2.3.4:0 http a "},
	{"everybody trusted: the leftmost", everyone, stranger, "X-Forwarded-For: 9.9.9.9, 1.2.3.4", "9.9.9.9:0 http a "},
	{"a proxy's own request", inside, proxy, "", "10.0.0.1:4711 http a "},
	{"X-Real-IP and its like are not believed", inside, proxy, "X-Real-IP: 1.2.3.4\nTrue-Client-IP: 1.2.3.4\nCF-Connecting-IP: 1.2.3.4\nClient-IP: 1.2.3.4", "10.0.0.1:4711 http a "},
	{"a field of another spelling", inside, proxy, "X_Forwarded_For: 1.2.3.4", "10.0.0.1:4711 http a "},
	{"Forwarded is not believed beside", inside, proxy, "Forwarded: for=1.2.3.4;proto=https", "10.0.0.1:4711 http a "},
	{"a stranger on a unix socket", inside, unix, "X-Forwarded-For: 1.2.3.4", " http a "},
	{"a proxy on a unix socket", socket, unix, "X-Forwarded-For: 9.9.9.9, 1.2.3.4", "1.2.3.4:0 http a "},
	{"a proxy behind a unix socket", socket, unix, "X-Forwarded-For: 1.2.3.4, unix:", "1.2.3.4:0 http a "},
	{"an unexpected unix socket is the client", inside, proxy, "X-Forwarded-For: 1.2.3.4, unix:", " http a "},

	// Spellings of one address.
	{"IPv4 in IPv6 at the socket", inside, tcp("[::ffff:10.0.0.1]:80"), "X-Forwarded-For: 1.2.3.4", "1.2.3.4:0 http a "},
	{"IPv4 in IPv6 in the list", inside, proxy, "X-Forwarded-For: 1.2.3.4, ::ffff:10.9.9.9", "1.2.3.4:0 http a "},
	{"IPv4 in IPv6 as the client", inside, proxy, "X-Forwarded-For: ::ffff:1.2.3.4", "1.2.3.4:0 http a "},
	{"a zone at the socket", inside, &net.TCPAddr{IP: net.ParseIP("fd00::1"), Zone: "eth0"}, "X-Forwarded-For: 1.2.3.4", "1.2.3.4:0 http a "},
	{"a zone in the list", inside, proxy, "X-Forwarded-For: 1.2.3.4, fd00::2%eth0", "1.2.3.4:0 http a "},
	{"a port", inside, proxy, "X-Forwarded-For: 1.2.3.4:5678", "1.2.3.4:5678 http a "},
	{"IPv6", inside, proxy, "X-Forwarded-For: 2001:db8::1", "[2001:db8::1]:0 http a "},
	{"IPv6 in brackets", inside, proxy, "X-Forwarded-For: [2001:db8::1]", "[2001:db8::1]:0 http a "},
	{"IPv6 and a port", inside, proxy, "X-Forwarded-For: [2001:db8::1]:5678", "[2001:db8::1]:5678 http a "},
	{"unknown is nobody's address", inside, proxy, "X-Forwarded-For: 10.0.0.7, unknown", "unknown http a "},
	{"empty elements do not count", inside, proxy, "X-Forwarded-For: 1.2.3.4, ,", "1.2.3.4:0 http a "},

	// Fail closed.
	{"a name is no address", inside, proxy, "X-Forwarded-For: localhost", refused},
	{"garbage where a proxy writes", inside, proxy, "X-Forwarded-For: 1.2.3.4, garbage", refused},
	{"garbage behind a trusted proxy", inside, proxy, "X-Forwarded-For: 1.2.3, 10.1.1.1", refused},
	{"leading zeros", inside, proxy, "X-Forwarded-For: 192.168.010.1", refused},
	{"a quote swallows nothing", inside, proxy, "X-Forwarded-For: \", 1.2.3.4", "1.2.3.4:0 http a "},
	{"an empty port", inside, proxy, "X-Forwarded-For: 1.2.3.4:", refused},
	{"port 0", inside, proxy, "X-Forwarded-For: 1.2.3.4:0", refused},
	{"port 65536", inside, proxy, "X-Forwarded-For: 1.2.3.4:65536", refused},
	{"IPv4 in brackets", inside, proxy, "X-Forwarded-For: [1.2.3.4]", refused},
	{"an open bracket", inside, proxy, "X-Forwarded-For: [2001:db8::1", refused},
	{"something behind the bracket", inside, proxy, "X-Forwarded-For: [2001:db8::1]80", refused},
	{"a bracket and a colon", inside, proxy, "X-Forwarded-For: [2001:db8::1]:", refused},

	// A number of hops.
	{"the second from the right", two, stranger, "X-Forwarded-For: 9.9.9.9, 1.2.3.4, 5.6.7.8", "1.2.3.4:0 http a "},
	{"exactly two", two, stranger, "X-Forwarded-For: 1.2.3.4, 5.6.7.8", "1.2.3.4:0 http a "},
	{"past a proxy", two, stranger, "X-Forwarded-For: 1.2.3.4", refused},
	{"hops, and the last proxy's own request", two, stranger, "", "203.0.113.9:4711 http a "},
	{"hops from a proxy", twoOf, proxy, "X-Forwarded-For: 1.2.3.4, 5.6.7.8", "1.2.3.4:0 http a "},
	{"hops from a stranger", twoOf, stranger, "X-Forwarded-For: 1.2.3.4, 5.6.7.8", "203.0.113.9:4711 http a "},

	// Schemes.
	{"https", inside, proxy, "X-Forwarded-For: 1.2.3.4\nX-Forwarded-Proto: https", "1.2.3.4:0 https a "},
	{"https without an address", inside, proxy, "X-Forwarded-Proto: HTTPS", "10.0.0.1:4711 https a "},
	{"Traefik's scheme of WebSockets", inside, proxy, "X-Forwarded-Proto: wss", "10.0.0.1:4711 https a "},
	{"schemes that agree", inside, proxy, "X-Forwarded-Proto: https\nX-Forwarded-Proto: https, https", "10.0.0.1:4711 https a "},
	{"schemes that conflict", inside, proxy, "X-Forwarded-For: 1.2.3.4\nX-Forwarded-Proto: https, http", refused},
	{"schemes that conflict in two lines", inside, proxy, "X-Forwarded-Proto: https\nX-Forwarded-Proto: http", refused},
	{"a scheme for every address", inside, proxy, "X-Forwarded-For: 1.2.3.4, 10.1.1.1\nX-Forwarded-Proto: https, http", "1.2.3.4:0 https a "},
	{"a client's scheme left of its address", inside, proxy, "X-Forwarded-For: 9.9.9.9, 1.2.3.4\nX-Forwarded-Proto: https, http", "1.2.3.4:0 http a "},
	{"another scheme", inside, proxy, "X-Forwarded-Proto: gopher", refused},
	{"X-Forwarded-Ssl alone", inside, proxy, "X-Forwarded-Ssl: on", "10.0.0.1:4711 http a "},
	{"X-Forwarded-Ssl agrees", inside, proxy, "X-Forwarded-Proto: https\nX-Forwarded-Ssl: on", "10.0.0.1:4711 https a "},
	{"X-Forwarded-Ssl conflicts", inside, proxy, "X-Forwarded-Proto: http\nX-Forwarded-Ssl: on", refused},
	{"X-Forwarded-Protocol conflicts", inside, proxy, "X-Forwarded-Proto: http\nX-Forwarded-Protocol: ssl", refused},

	// Host, port, prefix.
	{"not unless asked for", inside, proxy, "X-Forwarded-Host: b\nX-Forwarded-Port: 81\nX-Forwarded-Prefix: /p", "10.0.0.1:4711 http a "},
	{"a host", all, proxy, "X-Forwarded-Host: example.com", "10.0.0.1:4711 http example.com "},
	{"a host and port", all, proxy, "X-Forwarded-Host: example.com:81", "10.0.0.1:4711 http example.com:81 "},
	{"a host, and a port beside", all, proxy, "X-Forwarded-Host: [2001:db8::1]:1\nX-Forwarded-Port: 8443", "10.0.0.1:4711 http [2001:db8::1]:8443 "},
	{"a port alone", all, proxy, "X-Forwarded-Port: 8443", "10.0.0.1:4711 http a:8443 "},
	{"a prefix", all, proxy, "X-Forwarded-Prefix: /app/", "10.0.0.1:4711 http a /app"},
	{"a prefix of a slash", all, proxy, "X-Forwarded-Prefix: /", "10.0.0.1:4711 http a "},
	{"hosts that conflict", all, proxy, "X-Forwarded-Host: a, b", refused},
	{"user information in the host", all, proxy, "X-Forwarded-Host: good@evil", refused},
	{"a path in the host", all, proxy, "X-Forwarded-Host: a/b", refused},
	{"an empty port of the host", all, proxy, "X-Forwarded-Host: a:", refused},
	{"a host of brackets", all, proxy, "X-Forwarded-Host: [a]", refused},
	{"a port of words", all, proxy, "X-Forwarded-Port: _p", refused},
	{"a prefix that climbs", all, proxy, "X-Forwarded-Prefix: /a/%2e%2e", refused},
	{"a prefix that is a host", all, proxy, "X-Forwarded-Prefix: //evil", refused},
	{"a relative prefix", all, proxy, "X-Forwarded-Prefix: app", refused},
	{"a prefix with a query", all, proxy, "X-Forwarded-Prefix: /a?b", refused},
	{"a prefix with half an escape", all, proxy, "X-Forwarded-Prefix: /a%2", refused},

	// RFC 7239.
	{"§4, an element", rfc, proxy, "Forwarded: for=192.0.2.60;proto=https;by=203.0.113.43", "192.0.2.60:0 https a "},
	{"§4, names in any case", rfc, proxy, `Forwarded: For="[2001:db8:cafe::17]:4711"`, "[2001:db8:cafe::17]:4711 http a "},
	{"§4, two elements", rfc, proxy, "Forwarded: for=192.0.2.43, for=10.1.1.1", "192.0.2.43:0 http a "},
	{"§4, two lines", rfc, proxy, "Forwarded: for=192.0.2.43\nForwarded: for=10.1.1.1;proto=https", "192.0.2.43:0 http a "},
	{"§5, the client's element counts", rfc, proxy, "Forwarded: for=9.9.9.9;proto=https;host=evil, for=192.0.2.43;proto=http;host=good, for=10.1.1.1;proto=https", "192.0.2.43:0 http good "},
	{"§6.1, a made-up port", rfc, proxy, `Forwarded: for="192.0.2.43:_p"`, "192.0.2.43:0 http a "},
	{"§6.2, unknown", rfc, proxy, "Forwarded: for=10.0.0.9, for=unknown", "unknown http a "},
	{"§6.3, a made-up name", rfc, proxy, "Forwarded: for=_hidden;proto=https", "_hidden https a "},
	{"§4, an element without for", rfc, proxy, "Forwarded: proto=https", "unknown https a "},
	{"§4, quoted pairs", rfc, proxy, `Forwarded: for="192.0.2.\43"`, "192.0.2.43:0 http a "},
	{"§4, an extension", rfc, proxy, `Forwarded: for=192.0.2.43;secret="a,b;c"`, "192.0.2.43:0 http a "},
	{"§4, a repeated parameter", rfc, proxy, "Forwarded: for=192.0.2.43;for=10.0.0.1", refused},
	{"§4, white space around =", rfc, proxy, "Forwarded: for = 192.0.2.43", refused},
	{"§4, IPv6 without quotes", rfc, proxy, "Forwarded: for=[2001:db8::1]", refused},
	{"§4, an open quote", rfc, proxy, `Forwarded: for="192.0.2.43`, refused},
	{"a client's quote swallows no element", rfc, proxy, `Forwarded: for=9.9.9.9;x=", for="[2001:db8::1]:80"`, refused},
	{"a client's open quote", rfc, proxy, `Forwarded: for=9.9.9.9;x=", for=192.0.2.43`, refused},
	{"a name is no node", rfc, proxy, "Forwarded: for=example", refused},
	{"a scheme that is none", rfc, proxy, "Forwarded: for=192.0.2.43;proto=ftp", refused},
	{"X-Forwarded-For is not believed beside", rfc, proxy, "X-Forwarded-For: 1.2.3.4", "10.0.0.1:4711 http a "},
}

func fields(lines string) (h gateway.Header) {
	for line := range strings.SplitSeq(lines, "\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			h.Add(name, value)
		}
	}
	return h
}

func request(peer net.Addr, header string) *gateway.Request {
	return &gateway.Request{Method: "GET", Target: "/x", Path: "/x", Scheme: "http", Host: "a", Remote: peer, Header: fields(header)}
}

func TestResolve(t *testing.T) {
	for _, c := range table {
		r := request(c.peer, c.header)
		before := *r
		err := c.config.Resolve(r)
		if status, ok := errors.AsType[*gateway.StatusError](err); c.want == refused {
			if !ok || status.Status != 400 {
				t.Errorf("%s: got %v, %s; want 400", c.name, err, facts(r))
			}
			if facts(r) != facts(&before) || r.Via != nil {
				t.Errorf("%s: refused, and still changed to %s", c.name, facts(r))
			}
			continue
		}
		if err != nil || facts(r) != c.want {
			t.Errorf("%s: got %v, %q; want %q", c.name, err, facts(r), c.want)
		}
		if changed := facts(r) != facts(&before); changed != (r.Via != nil) {
			t.Errorf("%s: changed %v, Via is %v", c.name, changed, r.Via)
		}
		if v := r.Via; v != nil && (v.Remote != c.peer || v.Scheme != "http" || v.Host != "a" || v.Root != "") {
			t.Errorf("%s: Via is %+v, want what came", c.name, *v)
		}
	}
}

func TestResolveAllocatesOnce(t *testing.T) {
	for _, c := range []struct {
		config forwarded.Config
		peer   net.Addr
		want   float64
	}{{inside, proxy, 1}, {inside, stranger, 0}, {nobody, proxy, 0}} {
		r := request(c.peer, "Accept: */*\nX-Forwarded-For: 9.9.9.9, 1.2.3.4, 10.2.2.2\nX-Forwarded-Proto: https")
		before := *r
		if got := testing.AllocsPerRun(100, func() {
			*r = before
			if err := c.config.Resolve(r); err != nil {
				t.Error(err)
			}
		}); got > c.want {
			t.Errorf("from %v: %v allocations, want %v", c.peer, got, c.want)
		}
	}
}

// The handler sees the prefix, whoever stands outside sees it gone, after a panic too.
func TestRootIsPutBack(t *testing.T) {
	for _, panics := range []bool{false, true} {
		var within, after string
		inner := gateway.HandlerFunc(func(x *gateway.Exchange) error {
			within = x.Request.RootURL() + " " + x.Request.Via.Host
			if panics {
				panic("on purpose")
			}
			return nil
		})
		outer := func(next gateway.Handler) gateway.Handler {
			return gateway.HandlerFunc(func(x *gateway.Exchange) error {
				defer func() { after = x.Request.Root }()
				return next.Serve(x)
			})
		}
		r := gatewaytest.Recorder{Handler: gateway.Chain(inner, outer, forwarded.Middleware(all)), Remote: proxy}
		r.Do(gatewaytest.Request{Header: fields("X-Forwarded-Host: b\nX-Forwarded-Proto: https\nX-Forwarded-Prefix: /p")})
		if within != "https://b/p/ localhost" || after != "" {
			t.Errorf("panics %v: inside %q, outside Root %q", panics, within, after)
		}
	}
}

func TestRefusalIsAnswered(t *testing.T) {
	r := gatewaytest.Recorder{Handler: forwarded.Middleware(inside)(gateway.HandlerFunc(func(*gateway.Exchange) error { return nil })), Remote: proxy}
	res := r.Do(gatewaytest.Request{Header: fields("X-Forwarded-For: nonsense")})
	if res.Status != 400 || !strings.Contains(string(res.Body), "X-Forwarded-For") {
		t.Errorf("got %d %q, want 400 that names the field", res.Status, res.Body)
	}
}

func TestImpossibleConfigs(t *testing.T) {
	for _, c := range []forwarded.Config{
		{Hops: -1},
		{Proxies: []netip.Prefix{{}}},
		{Proxies: prefixes("::ffff:10.0.0.0/104")},
		{Standard: true, Prefix: true},
		{Standard: true, Port: true},
	} {
		if c.Validate() == nil {
			t.Errorf("%+v is taken", c)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Middleware takes %+v", c)
				}
			}()
			forwarded.Middleware(c)
		}()
	}
	for _, c := range table {
		if err := c.config.Validate(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// wrapped is a server whose applications stand behind a middleware.
type wrapped struct {
	gateway.Server
	middleware gateway.Middleware
}

func (s wrapped) Serve(ctx context.Context, h gateway.Handler) error {
	return s.Server.Serve(ctx, gateway.Chain(h, s.middleware))
}

func TestSuite(t *testing.T) {
	gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
		m := new(gatewaytest.Memory)
		target := m.Target()
		target.Server = wrapped{m, forwarded.Middleware(inside)}
		return target
	})
}

// FuzzResolve: whatever is sent, the client is the rightmost untrusted address, and
// what comes out is fit for a URL.
func FuzzResolve(f *testing.F) {
	for _, c := range table {
		f.Add(c.header, c.config.Standard)
	}
	f.Fuzz(func(t *testing.T, header string, standard bool) {
		config := all
		if standard {
			config = rfc
		}
		r := request(proxy, header)
		for _, field := range r.Header {
			if !gateway.ValidName(field.Name) || !gateway.ValidValue(field.Value) {
				return // no server lets it in
			}
		}
		before := facts(r)
		if err := config.Resolve(r); err != nil {
			if facts(r) != before {
				t.Fatalf("refused, and changed to %s", facts(r))
			}
			return
		}
		if strings.ContainsAny(r.Host+r.Root, " ?#\\@\"<>") && !strings.Contains(r.Root, "@") || r.Scheme != "http" && r.Scheme != "https" {
			t.Fatalf("unfit for a URL: %s", facts(r))
		}
		// Another proxy in front of this one changes nothing about what it knows.
		client := facts(r)
		if standard || !r.Header.Has("X-Forwarded-For") || !strings.Contains(r.Remote.String(), ":") {
			return
		}
		longer := request(proxy, "X-Forwarded-For: 6.6.6.6\n"+header)
		config.Host, config.Port, config.Prefix = false, false, false
		shorter := request(proxy, header)
		if config.Resolve(shorter) != nil || config.Resolve(longer) != nil {
			return
		}
		ip, _, _ := net.SplitHostPort(shorter.Remote.String())
		if got, _, _ := net.SplitHostPort(longer.Remote.String()); got != ip && !trusted(ip) {
			t.Fatalf("hearsay on the left made %s of %s", got, client)
		}
	})
}

func trusted(ip string) bool {
	a, _ := netip.ParseAddr(ip)
	return slices.ContainsFunc(inside.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

func Example() {
	app := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		fmt.Println(x.Request.Remote, x.Request.URL(), "by way of", x.Request.Via.Remote)
		return nil
	})
	behind := forwarded.Middleware(forwarded.Config{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	r := gatewaytest.Recorder{Handler: behind(app), Remote: tcp("10.0.0.1:4711")}
	r.Do(gatewaytest.Request{Host: "example.org", Header: gateway.Header{
		{Name: "X-Forwarded-For", Value: "6.6.6.6, 192.0.2.1"}, // the first is what the client pretends
		{Name: "X-Forwarded-Proto", Value: "https"},
	}})
	// Output: 192.0.2.1:0 https://example.org/ by way of 10.0.0.1:4711
}

package http1

import (
	"bytes"
	"net/netip"

	"github.com/dewar-go/dewar/gateway"
)

// A target is a request target taken apart; all offsets count from its first byte.
// RFC 9112 §3.2 has four forms, and which one may stand depends on the method:
//
//	origin-form     /where?q=now              any method but CONNECT
//	absolute-form   http://host/where?q=now   any method but CONNECT
//	authority-form  host:80                   CONNECT
//	asterisk-form   *                         OPTIONS
type target struct {
	form        form
	host        int // authority: [host:path] in absolute-form and authority-form
	path, query int // path: [path:query or its ?]; the query runs to the end
}

type form uint8

const (
	originForm form = iota
	absoluteForm
	authorityForm
	asteriskForm
)

// parseTarget takes b apart, whose bytes targetEnd has passed.
//
// targetEnd passes all of %x21-7E but the number sign. Beyond the URI grammar of
// RFC 3986 these are " < > [ \ ] ^ ` { | } and a % without two digits. Browsers
// send most of them as they are, in queries above all (the URL Standard's
// percent-encode sets), and net/http, nginx and Apache let them pass; none of them
// has a meaning in the framing of a message. A fragment never belongs into a target
// (RFC 9112 §3.2 knows none), and peers disagree on what one means, so # is
// refused. What an invalid % escape means is for the router to say.
func parseTarget(method, b []byte) (t target, err error) {
	switch {
	case string(method) == "CONNECT":
		return authorityTarget(b)
	case b[0] == '/':
		t.query = queryStart(b, 0)
		return t, nil
	case b[0] == '*' && len(b) == 1:
		if string(method) != "OPTIONS" {
			return t, fault(400, "RFC 9112 §3.2.4", "request target * expected with OPTIONS only, got it with %s", quote(method))
		}
		return target{form: asteriskForm, query: 1}, nil
	}
	return absoluteTarget(b)
}

// queryStart is the index of the query's ? from i on, or len(b).
func queryStart(b []byte, i int) int {
	if q := bytes.IndexByte(b[i:], '?'); q >= 0 {
		return i + q
	}
	return len(b)
}

// authorityTarget is CONNECT's: host and port, neither of them optional (RFC 9112
// §3.2.3, RFC 9110 §9.3.6).
func authorityTarget(b []byte) (t target, err error) {
	port, err := authority(b)
	if err != nil {
		return t, err
	}
	if port <= 1 || port == len(b) {
		return t, fault(400, "RFC 9112 §3.2.3", "host:port expected as request target of CONNECT, got %s", quote(b))
	}
	return target{form: authorityForm, path: len(b), query: len(b)}, nil
}

// absoluteTarget is a URI of http or https, the schemes that an origin server can
// be the authority for (RFC 9112 §3.2.2).
func absoluteTarget(b []byte) (t target, err error) {
	colon := bytes.IndexByte(b, ':')
	if colon <= 0 || !bytes.HasPrefix(b[colon:], []byte("://")) || !isScheme(b[:colon]) {
		return t, fault(400, "RFC 9112 §3.2", "request target expected that begins with / or http://, got %s", quote(b))
	}
	scheme := string(b[:colon])
	if !gateway.EqualFold(scheme, "http") && !gateway.EqualFold(scheme, "https") {
		return t, fault(400, "RFC 9110 §4.2", "scheme http or https expected in the request target, got %s", quote(b[:colon]))
	}
	t.form, t.host = absoluteForm, colon+3
	t.path = len(b)
	if i := bytes.IndexAny(b[t.host:], "/?"); i >= 0 {
		t.path = t.host + i
	}
	t.query = queryStart(b, t.path)
	host := b[t.host:t.path]
	if bytes.IndexByte(host, '@') >= 0 {
		return t, fault(400, "RFC 9110 §4.2.4", "request target without user information expected, got an @ in its authority")
	}
	port, err := authority(host)
	if err == nil && (len(host) == 0 || port == 1) {
		err = fault(400, "RFC 9110 §4.2.1", "request target with a host expected, got %s", quote(b))
	}
	return t, err
}

func isScheme(b []byte) bool {
	for _, c := range b {
		if l := c | 0x20; (l < 'a' || l > 'z') && !is(c, digit) && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// authority checks uri-host [ ":" port ] (RFC 9110 §7.2, RFC 3986 §3.2) and returns
// where the port begins, behind its colon; 0 where there is none. The whole may be
// empty, the port may be empty after its colon.
func authority(b []byte) (port int, err error) {
	i := 0
	if len(b) > 0 && b[0] == '[' {
		i = bytes.IndexByte(b, ']') + 1
		if i == 0 || !ipv6(b[1:i-1]) {
			return 0, fault(400, "RFC 3986 §3.2.2", "IPv6 address in brackets expected as host, got %s", quote(b))
		}
		if i < len(b) && b[i] != ':' {
			return 0, fault(400, "RFC 3986 §3.2.2", "colon and port expected after the IP literal, got %s", quote(b))
		}
	}
	for ; i < len(b) && b[i] != ':'; i++ {
		if is(b[i], regname) {
			continue
		}
		if b[i] != '%' || i+2 >= len(b) || !is(b[i+1], hexdig) || !is(b[i+2], hexdig) {
			return 0, fault(400, "RFC 3986 §3.2.2", "host or host:port expected, got %s in %s", quoteByte(b[i]), quote(b))
		}
		i += 2
	}
	if i == len(b) {
		return 0, nil
	}
	n := 0
	for _, c := range b[i+1:] {
		if n = n*10 + int(c-'0'); !is(c, digit) || n > 65535 {
			return 0, fault(400, "RFC 3986 §3.2.3", "port from 0 to 65535 expected, got %s", quote(b[i+1:]))
		}
	}
	return i + 1, nil
}

// ipv6 reports whether b is an IPv6 address. A zone is local to one machine and
// stands in no URI that is sent (RFC 6874 §4). IPvFuture has no version yet, and an
// unknown one is to be refused (RFC 3986 §3.2.2).
func ipv6(b []byte) bool {
	a, err := netip.ParseAddr(string(b))
	return err == nil && a.Is6() && a.Zone() == ""
}

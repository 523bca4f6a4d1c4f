package http1_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/http1"
)

// stricter is the list of rules by which we refuse what net/http's reader takes (as
// of Go 1.26). Each of them is a MUST or a repair that we leave out.
var stricter = map[string]string{
	"RFC 9112 §2.2":    "bare LF as line end, bare CR in a line: MAY be repaired, is not",
	"RFC 9112 §2.3":    "HTTP/0.x is told by its form, not by its name",
	"RFC 9110 §15.6.6": "the reader leaves other major versions to the server",
	"RFC 9112 §3.2":    "Host is checked by the server, fragments are a path there",
	"RFC 9112 §3.2.3":  "CONNECT takes host:port, the reader a path as well",
	"RFC 9112 §3.2.4":  "* belongs to OPTIONS",
	"RFC 3986 §3.2.2":  "hosts are checked by the server, and less",
	"RFC 3986 §3.2.3":  "ports are not checked",
	"RFC 9110 §7.2":    "a port needs a host",
	"RFC 9110 §4.2":    "any scheme passes",
	"RFC 9110 §4.2.1":  "an empty host passes",
	"RFC 9110 §4.2.4":  "user information passes",
	"RFC 9112 §5.1":    "a field name with a space passes",
	"RFC 9112 §5.2":    "folded lines are unfolded",
	"RFC 9110 §8.3":    "two Content-Types pass",
	"RFC 9112 §6.1":    "Transfer-Encoding in HTTP/1.0 is ignored",
	"RFC 9112 §6.3":    "Content-Length beside chunked is dropped, equal lengths are merged",
	"RFC 9110 §10.1.1": "Expect is the server's",
	"RFC 9112 §7.1":    "white space behind a chunk size is skipped, sizes are compared with 2^64",
	"RFC 9112 §7.1.1":  "extensions are not looked at",
	"RFC 9110 §5.6.4":  "extensions are not looked at",
	"RFC 9110 §6.5.1":  "forbidden trailers are merged unless announced",
}

// laxer tells why we may take a message that net/http's reader refuses or reads in
// another way: the clause that decides, or "".
func laxer(r *gateway.Request, head string) string {
	switch {
	case strings.HasPrefix(head, "\r\n"):
		return "RFC 9112 §2.2: one empty line before a request is ignored"
	case strings.Contains(r.Target, "%"):
		return "RFC 9112 §3.2: escapes are the router's; url.Parse refuses bad ones"
	case strings.ContainsAny(r.Target, "\"<>[\\]^`{|}"):
		return "octets that browsers send; url.Parse refuses some of them in some places"
	case r.Method == "CONNECT", r.Path == "*":
		return "RFC 9112 §3.2.2, §3.2.3: net/http takes the path of these targets otherwise"
	case r.Header.Has("Trailer"):
		return "RFC 9110 §6.6.2: Trailer announces, no more; net/http refuses some names in it"
	case strings.HasPrefix(r.Target, "http") && strings.ContainsAny(r.Host, "!$&'()*+,;="):
		return "RFC 3986 §3.2.2: sub-delims in a host; url.Parse refuses some"
	}
	return ""
}

// message is one whole request as text, read by either side.
type message struct{ method, target, host, fields, body, trailer, rest, keep string }

// ours reads one message; ok is false where it is refused or not whole.
func ours(in string) (got message, r gateway.Request, n int, ok bool) {
	r, m, n, err := feed(new(http1.Parser), in)
	if err != nil || n == 0 {
		return got, r, n, false
	}
	var b http1.Body
	b.Reset(&m, nil)
	dst := make([]byte, len(in))
	nDst, nSrc, err := b.Decode(dst, []byte(in[n:]))
	if err != io.EOF {
		return got, r, n, false
	}
	got = message{
		method: r.Method, target: r.Target, host: r.Host, fields: canonical(r.Header),
		body: string(dst[:nDst]), trailer: canonical(b.Trailer()), rest: in[n+nSrc:], keep: fmt.Sprint(m.KeepAlive),
	}
	return got, r, n, true
}

// canonical lists fields as net/http keeps them: by canonical name, and without
// those that it moves to struct fields.
func canonical(h gateway.Header) string {
	m := make(http.Header)
	for _, f := range h {
		m.Add(f.Name, f.Value)
	}
	return listed(m)
}

func listed(m http.Header) string {
	var all []string
	for name, values := range m {
		switch name {
		case "Host", "Transfer-Encoding", "Trailer", "Cache-Control": // the last is added for Pragma
		default:
			all = append(all, fmt.Sprintf("%s=%q", textproto.CanonicalMIMEHeaderKey(name), values))
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// theirs reads one message with net/http.
func theirs(in string) (got message, err error) {
	src := bytes.NewReader([]byte(in))
	br := bufio.NewReader(src)
	req, err := http.ReadRequest(br)
	if err != nil {
		return got, err
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return got, err
	}
	return message{
		method: req.Method, target: req.RequestURI, host: req.Host, fields: listed(req.Header),
		body: string(body), trailer: listed(req.Trailer), rest: in[len(in)-src.Len()-br.Buffered():], keep: fmt.Sprint(!req.Close),
	}, nil
}

// compare holds the two readings of in against each other: what we take, net/http
// has to take as the same message, but for what laxer lists.
func compare(t *testing.T, in string) {
	t.Helper()
	got, r, n, ok := ours(in)
	if !ok || len(in) > 4000 { // its buffer bounds lines and trailers
		return
	}
	want, err := theirs(in)
	if err == nil && got == want || laxer(&r, in[:n]) != "" {
		return
	}
	t.Errorf("%q:\n    ours %+v\nnet/http %+v, %v", in, got, want, err)
}

func TestNetHTTPAgrees(t *testing.T) {
	for _, c := range headCases {
		compare(t, c.in)
	}
	for _, c := range bodyCases {
		compare(t, chunks(c.in))
	}
	for _, c := range smuggleCases {
		compare(t, c.in)
	}
}

// Where we refuse and net/http does not, a rule of the list decides.
func TestNetHTTPIsLaxer(t *testing.T) {
	used := make(map[string]bool)
	check := func(in string, rule string) {
		if _, err := theirs(in); err == nil {
			used[rule] = true
			if stricter[rule] == "" {
				t.Errorf("%q: refused by %s, which is not in the list", in, rule)
			}
		}
	}
	for _, c := range headCases {
		if c.status != 0 {
			check(c.in, c.rule)
		}
	}
	for _, c := range bodyCases {
		if c.status != 0 {
			check(chunks(c.in+"0\r\n\r\n"), c.rule) // many cases end at the fault
		}
	}
	for rule, why := range stricter {
		if !used[rule] {
			t.Errorf("%s (%s): no case needs it", rule, why)
		}
	}
}

func FuzzNetHTTP(f *testing.F) {
	for _, c := range headCases {
		f.Add(c.in)
	}
	for _, c := range bodyCases {
		f.Add(chunks(c.in))
	}
	for _, c := range smuggleCases {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, in string) { compare(t, in) })
}

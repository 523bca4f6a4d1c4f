package http1_test

import (
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway/http1"
)

// based is a head for the revisions below.
const based = "GET /a HTTP/1.1\r\nHost: x\r\nCookie: a=1\r\nAccept: */*\r\nX:y\r\n\r\n"

// revisions are heads that follow it on the connection, most of them but a little
// different: each means what it means as the first of a connection.
var revisions = []string{
	"GET /b HTTP/1.1\r\nHost: x\r\nCookie: a=22\r\nAccept: */*\r\nX:y\r\n\r\n",
	"GET /b HTTP/1.1\r\nHost: x\r\nCookie: \r\nAccept: */*\r\nX:y\r\n\r\n",
	"GET /b HTTP/1.1\r\nHost: x\r\nCookie:a=22 \t \r\nAccept:  text/html\r\nX:z\r\n\r\n",
	"GET /b HTTP/1.1\r\nHost: x\r\nCookie: a=1\r\nAccept: */*\r\nX: y\r\n\r\n",
	"GET /b HTTP/1.0\r\nHost: x\r\nCookie: b\r\nAccept: */*\r\nX:y\r\n\r\n",
	"GET http://z/ HTTP/1.1\r\nHost: x\r\nCookie: b\r\nAccept: */*\r\nX:y\r\n\r\n",
	// other fields, fewer, more, in another order or another spelling
	"GET /a HTTP/1.1\r\nHost: x\r\nCookie: a=1\r\nAccept: */*\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nCookie: a=2\r\nAccept: */*\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nCookie: a=2\r\nAccept: */*\r\nX:y\r\nZ: a\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nCookie: a=1\r\nX:y\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\ncookie: a=2\r\nAccept: */*\r\nX:y\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nCookies: a=2\r\nAccept: */*\r\nX:y\r\n\r\n",
	"GET /a HTTP/1.1\r\n\r\n",
	// what steers the connection
	"GET /a HTTP/1.1\r\nHost: y\r\nCookie: a=1\r\nAccept: */*\r\nX:y\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x y\r\nCookie: a=1\r\nAccept: */*\r\nX:y\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nCookie: a=2\r\nHost: y\r\nX:y\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nCookie: a=2\r\nContent-Length: 5\r\nX:y\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nCookie: a=2\r\nTransfer-Encoding: chunked\r\nX:y\r\n\r\n",
	// faults, and what is not all there
	"GET /a HTTP/1.1\r\nHost: x\r\nCookie : a=2\r\nAccept: */*\r\nX:y\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nCookie: a\x00\r\nAccept: */*\r\nX:y\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nCookie: a=2\nAccept: */*\r\nX:y\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nCookie: a=2\rAccept: */*\r\nX:y\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nCookie: a=2\r\n b\r\nAccept: */*\r\nX:y\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nCookie: a=2\r\nAccept: */*\r\nX:y\r\n\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nCookie: a=2\r\nAccept: */*\r\nX:y\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nCookie",
	"GET /a HTTP/1.1\r\nHost: x\r\nCookie: a=" + strings.Repeat("b", 8190) + "\r\nAccept: */*\r\nX:y\r\n\r\n",
}

func TestRevision(t *testing.T) {
	for _, in := range revisions {
		revise(t, based, in)
		for _, again := range revisions { // a revision of a revision
			var p http1.Parser
			feed(&p, based)
			if _, _, n, err := feed(&p, again); n != len(again) || err != nil {
				continue
			}
			if got, want := result(feed(&p, in)), result(feed(new(http1.Parser), in)); got != want {
				t.Errorf("%q after %q:\n got %s\nwant %s", in, again, got, want)
			}
		}
	}
}

// revise holds that second means the same behind first as alone, in one piece and in
// two, and so does either behind the other's revision.
func revise(t *testing.T, first, second string) {
	t.Helper()
	alone := result(feed(new(http1.Parser), first))
	want := result(feed(new(http1.Parser), second))
	for cut := 0; cut <= len(second); cut += max(1, len(second)/64) {
		var p http1.Parser
		for range 2 {
			r, m, n, err := feed(&p, first)
			if got := result(r, m, n, err); got != alone {
				t.Fatalf("%q behind %q:\n got %s\nwant %s", first, second, got, alone)
			}
			if n != len(first) || err != nil {
				return
			}
			r, m, n, err = feed(&p, second, cut)
			if got := result(r, m, n, err); got != want {
				t.Fatalf("%q behind %q, cut at %d:\n got %s\nwant %s", second, first, cut, got, want)
			}
			if n != len(second) || err != nil {
				break
			}
		}
	}
}

// A revision within the limits of a line and of the section is one at their edge, too.
func TestRevisionLimits(t *testing.T) {
	for _, limits := range []http1.Limits{{Field: 20}, {Header: 50}} {
		for n := range 60 {
			in := strings.Replace(based, "a=1", "a="+strings.Repeat("b", n), 1)
			fresh, used := http1.Parser{Limits: limits}, http1.Parser{Limits: limits}
			feed(&used, based)
			if got, want := result(feed(&used, in)), result(feed(&fresh, in)); got != want {
				t.Errorf("%+v, %d bytes:\n got %s\nwant %s", limits, n, got, want)
			}
		}
	}
}

// Fields that stay keep their strings; a field that has changed and stays so is read
// again some time, and then it is shared, too.
func TestRevisionIsShared(t *testing.T) {
	var p http1.Parser
	a, _, _, _ := feed(&p, based)
	changed := strings.Replace(based, "a=1", "a=2", 1)
	b, _, _, _ := feed(&p, changed)
	if &a.Header[0] == &b.Header[0] || a.Header[1].Value != "a=1" || b.Header[1].Value != "a=2" {
		t.Errorf("got %q, then %q", a.Header, b.Header)
	}
	for range 32 {
		b, _, _, _ = feed(&p, changed)
	}
	if c, _, _, _ := feed(&p, changed); &b.Header[0] != &c.Header[0] {
		t.Error("a section that repeats is still compared with another one")
	}
	again, _, _, _ := feed(&p, based)
	if got, want := result(feed(&p, based)), result(feed(new(http1.Parser), based)); got != want || again.Header[1].Value != "a=1" {
		t.Errorf("got %s, want %s", got, want)
	}
}

// FuzzRevision: a head means the same behind any other as alone.
func FuzzRevision(f *testing.F) {
	for _, in := range revisions {
		f.Add(based, in)
		f.Add(in, based)
	}
	f.Fuzz(revise)
}

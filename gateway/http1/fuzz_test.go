package http1_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/http1"
)

// small limits let a fuzzer reach them.
var small = http1.Limits{Line: 64, Field: 48, Fields: 6, Header: 160, Trailers: 3, Trailer: 80, ChunkLine: 24, Extensions: 40}

// FuzzParse: the answer depends on the bytes alone, not on how they are cut and not
// on what the parser saw before; a head that passes is one by the grammar.
func FuzzParse(f *testing.F) {
	for _, c := range headCases {
		f.Add(c.in, uint16(len(c.in)/2))
	}
	f.Fuzz(func(t *testing.T, in string, cut uint16) {
		for _, l := range []http1.Limits{{}, small} {
			r, m, n, err := feed(&http1.Parser{Limits: l}, in)
			whole := result(r, m, n, err)
			if got := result(feed(&http1.Parser{Limits: l}, in, int(cut)%(len(in)+1))); got != whole {
				t.Errorf("%q cut at %d:\n got %s\nwant %s", in, cut, got, whole)
			}
			if got := result(feed(&http1.Parser{Limits: l}, in, everyByte(in)...)); got != whole {
				t.Errorf("%q byte by byte:\n got %s\nwant %s", in, got, whole)
			}
			p := http1.Parser{Limits: l}
			feed(&p, evil)
			if got := result(feed(&p, in)); got != whole {
				t.Errorf("%q behind another head:\n got %s\nwant %s", in, got, whole)
			}
			if n == 0 {
				continue
			}
			if got := result(feed(&p, in)); got != whole {
				t.Errorf("%q repeated:\n got %s\nwant %s", in, got, whole)
			}
			checkHead(t, in[:n], &r, &m)
		}
	})
}

// checkHead holds a request against the bytes it came from.
func checkHead(t *testing.T, head string, r *gateway.Request, m *http1.Message) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s ", r.Method, r.Target)
	head = strings.TrimPrefix(head, "\r\n")
	if !strings.HasPrefix(head, b.String()) || !strings.HasSuffix(head, "\r\n\r\n") {
		t.Fatalf("%q: method %q, target %q", head, r.Method, r.Target)
	}
	lines := strings.Split(strings.TrimSuffix(head, "\r\n\r\n"), "\r\n")[1:]
	if len(lines) != len(r.Header) {
		t.Fatalf("%q: %d fields", head, len(r.Header))
	}
	for i, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		if f := r.Header[i]; f.Name != name || f.Value != strings.Trim(value, " \t") || !gateway.ValidName(f.Name) || !gateway.ValidValue(f.Value) {
			t.Fatalf("%q: field %d is %q", head, i, f)
		}
	}
	if strings.ContainsAny(head, "\x00\x7f") || strings.Count(head, "\r") != strings.Count(head, "\n") {
		t.Fatalf("%q: control bytes have passed", head)
	}
	if (m.Body == http1.Fixed) != (m.Length > 0) || (m.Body == http1.Chunked) != (m.Length < 0) || r.Length != m.Length {
		t.Fatalf("%q: %+v", head, *m)
	}
}

// FuzzBody: the same for chunked bodies.
func FuzzBody(f *testing.F) {
	for _, c := range bodyCases {
		f.Add(c.in, uint8(3), uint16(len(c.in)/2))
	}
	f.Fuzz(func(t *testing.T, in string, room uint8, cut uint16) {
		for _, l := range []http1.Limits{{}, small} {
			whole := drink(chunked, &l, in, len(in)+1)
			for how, got := range map[string]string{
				"with little room": drink(chunked, &l, in, int(room)+1),
				"cut":              drink(chunked, &l, in, int(room)+1, int(cut)%(len(in)+1)),
				"byte by byte":     drink(chunked, &l, in, 1, everyByte(in)...),
			} {
				if got != whole {
					t.Errorf("%q %s:\n got %s\nwant %s", in, how, got, whole)
				}
			}
		}
		if n := next(in); n != drink(chunked, nil, in, len(in)+1) && n != "more" {
			t.Errorf("%q through Next: %s", in, n)
		}
	})
}

// FuzzTalk: a whole connection tells the same messages in whatever pieces it comes.
func FuzzTalk(f *testing.F) {
	for _, c := range smuggleCases {
		f.Add(c.in, uint16(len(c.in)/2))
	}
	f.Fuzz(func(t *testing.T, in string, cut uint16) {
		whole := talk(in)
		if got := talk(in, int(cut)%(len(in)+1)); got != whole {
			t.Errorf("%q cut at %d:\n got %s\nwant %s", in, cut, got, whole)
		}
		if got := talk(in, everyByte(in)...); got != whole {
			t.Errorf("%q byte by byte:\n got %s\nwant %s", in, got, whole)
		}
	})
}

// FuzzRoundTrip: a message that we would send is a message that we read, the same
// one, and the one behind it is found.
func FuzzRoundTrip(f *testing.F) {
	f.Add("POST", "/a?b", "X-A", "b", []byte("hello"), uint8(2), "X-Sum", "1")
	f.Add("GET", "*", "Host", "", []byte(nil), uint8(0), "Host", "x")
	f.Fuzz(func(t *testing.T, method, target, name, value string, content []byte, size uint8, tname, tvalue string) {
		if !gateway.ValidName(name) || !gateway.ValidValue(value) || !gateway.ValidName(tname) || !gateway.ValidValue(tvalue) {
			return
		}
		in := []byte(method + " " + target + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + name + ": " + value + "\r\n\r\n")
		var r gateway.Request
		var m http1.Message
		var p http1.Parser
		n, err := p.Parse(in, &r, &m)
		if err != nil || n != len(in) {
			if err == nil {
				t.Fatalf("%q: n = %d", in, n)
			}
			return
		}
		if f := r.Header[2]; r.Method != method || r.Target != target || f.Name != name || f.Value != value {
			t.Fatalf("%q: got %+v", in, r)
		}
		var body []byte
		for rest := content; len(rest) > 0; {
			k := min(int(size)+1, len(rest))
			body = http1.AppendChunk(body, rest[:k])
			rest = rest[k:]
		}
		trailer := gateway.Header{{Name: tname, Value: tvalue}}
		body = http1.AppendLastChunk(body, trailer)
		var b http1.Body
		b.Reset(&m, nil)
		dst := make([]byte, len(content))
		nDst, nSrc, err := b.Decode(dst, append(bytes.Clone(body), evil...))
		if status, rule := statusOf(err); status != 0 {
			if rule != "RFC 9110 §6.5.1" && status != 431 {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		if nSrc != len(body) || !bytes.Equal(dst[:nDst], content) || !b.Done() || b.Trailer()[0] != trailer[0] {
			t.Fatalf("%q: got %q, %d of %d, %q", body, dst[:nDst], nSrc, len(body), b.Trailer())
		}
	})
}

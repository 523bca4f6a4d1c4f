package semantics

import (
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

var modified = time.Unix(1700000000, 500)

const (
	before = "Tue, 14 Nov 2023 22:13:19 GMT"
	exact  = "Tue, 14 Nov 2023 22:13:20 GMT"
)

// RFC 9110 §13.2.2
func TestEvaluate(t *testing.T) {
	both := Validators{ETag: `"a"`, Modified: modified}
	for _, c := range []struct {
		method string
		v      Validators
		status int
		fields []string
	}{
		{"GET", both, 0, nil},
		// step 1
		{"PUT", both, 0, []string{"If-Match", `"a"`}},
		{"PUT", both, 412, []string{"If-Match", `"b"`}},
		{"PUT", both, 412, []string{"If-Match", `W/"a"`}},
		{"PUT", Validators{ETag: `W/"a"`}, 412, []string{"If-Match", `W/"a"`}},
		{"PUT", both, 0, []string{"If-Match", "*"}},
		{"PUT", Validators{Absent: true}, 412, []string{"If-Match", "*"}},
		{"GET", both, 412, []string{"If-Match", `"b"`}},
		// step 2, only without If-Match
		{"PUT", both, 412, []string{"If-Unmodified-Since", before}},
		{"PUT", both, 0, []string{"If-Unmodified-Since", exact}},
		{"PUT", both, 0, []string{"If-Unmodified-Since", before, "If-Match", `"a"`}},
		{"PUT", both, 0, []string{"If-Unmodified-Since", "yesterday"}},
		// step 3
		{"GET", both, 304, []string{"If-None-Match", `"a"`}},
		{"HEAD", both, 304, []string{"If-None-Match", `W/"a"`}},
		{"PUT", both, 412, []string{"If-None-Match", "*"}},
		{"PUT", Validators{Absent: true}, 0, []string{"If-None-Match", "*"}},
		{"GET", both, 304, []string{"If-None-Match", `"x"`, "If-None-Match", `"y", "a"`}},
		// step 4, only without If-None-Match
		{"GET", both, 304, []string{"If-Modified-Since", exact}},
		{"GET", both, 0, []string{"If-Modified-Since", before}},
		{"GET", both, 0, []string{"If-Modified-Since", exact, "If-None-Match", `"b"`}},
		{"POST", both, 0, []string{"If-Modified-Since", exact}},
		{"GET", Validators{}, 0, []string{"If-Modified-Since", exact}},
		// §§13.1.3, 13.1.4: more than one member
		{"GET", both, 0, []string{"If-Modified-Since", exact, "If-Modified-Since", exact}},
		{"GET", both, 0, []string{"If-Modified-Since", exact, "If-Modified-Since", "yesterday"}},
		{"PUT", both, 0, []string{"If-Unmodified-Since", before, "If-Unmodified-Since", before}},
		// the order of the steps
		{"GET", both, 412, []string{"If-None-Match", `"a"`, "If-Match", `"b"`}},
		// §13.2.1
		{"OPTIONS", both, 0, []string{"If-Match", `"b"`}},
	} {
		r := &gateway.Request{Method: c.method}
		for i := 0; i < len(c.fields); i += 2 {
			r.Header.Add(c.fields[i], c.fields[i+1])
		}
		if got := Evaluate(r, c.v); got != c.status {
			t.Errorf("%s %v: %d, want %d", c.method, c.fields, got, c.status)
		}
	}
}

// RFC 9110 §14.2
func TestSelect(t *testing.T) {
	v := Validators{ETag: `"a"`, Modified: modified}
	for _, c := range []struct {
		field, condition string
		size             int64
		status           int
		spans            []Span
	}{
		{"bytes=0-4", "", 10, 206, []Span{{0, 5}}},
		{"bytes=-4", "", 10, 206, []Span{{6, 10}}},
		{"bytes=-20", "", 10, 206, []Span{{0, 10}}},
		{"bytes=9-", "", 10, 206, []Span{{9, 10}}},
		{"bytes=10-", "", 10, 416, nil},
		{"bytes=-0", "", 10, 416, nil},
		{"bytes=99999999999999999999-", "", 10, 416, nil},
		{"bytes=0-99999999999999999999", "", 10, 206, []Span{{0, 10}}},
		{"bytes=0-1, 8-9, 20-", "", 10, 206, []Span{{0, 2}, {8, 10}}},
		{"bytes=8-9, 0-1", "", 10, 206, []Span{{8, 10}, {0, 2}}},
		{"bytes=0-9, 0-9", "", 10, 200, nil}, // more than the whole
		{"bytes=5-4", "", 10, 200, nil},
		{"bytes=0-1,", "", 10, 200, nil},
		{"lines=0-1", "", 10, 200, nil},
		{"bytes=0-", "", 0, 200, nil},
		{"bytes=0-1", `"a"`, 10, 206, []Span{{0, 2}}},
		{"bytes=0-1", `W/"a"`, 10, 200, nil},
		{"bytes=0-1", `"b"`, 10, 200, nil},
		{"bytes=0-1", exact, 10, 206, []Span{{0, 2}}},
		{"bytes=0-1", before, 10, 200, nil},
		{"bytes=0-1", "nonsense", 10, 200, nil},
	} {
		r := &gateway.Request{Method: "GET", Header: one("Range", c.field), Time: modified.Add(time.Hour)}
		if c.condition != "" {
			r.Header.Add("If-Range", c.condition)
		}
		status, spans := Select(r, v, c.size)
		if status != c.status || len(spans) != len(c.spans) {
			t.Errorf("%s, If-Range %s: %d %v, want %d %v", c.field, c.condition, status, spans, c.status, c.spans)
			continue
		}
		for i := range spans {
			if spans[i] != c.spans[i] {
				t.Errorf("%s: %v, want %v", c.field, spans, c.spans)
			}
		}
		r.Method = "HEAD"
		if status, _ := Select(r, v, c.size); status != 200 {
			t.Errorf("HEAD with %s: %d", c.field, status)
		}
	}
}

// Range and If-Range are no lists of lines (RFC 9110 §5.3).
func TestSelectRepeated(t *testing.T) {
	v := Validators{ETag: `"a"`}
	for _, h := range []gateway.Header{
		{{Name: "Range", Value: "bytes=0-1"}, {Name: "range", Value: "bytes=0-1"}},
		{{Name: "Range", Value: "bytes=0-1"}, {Name: "If-Range", Value: `"a"`}, {Name: "If-Range", Value: `"a"`}},
	} {
		if status, _ := Select(&gateway.Request{Method: "GET", Header: h}, v, 10); status != 200 {
			t.Errorf("%v: %d", h, status)
		}
	}
}

// A date is no strong validator within its second (RFC 9110 §8.8.2.2).
func TestIfRangeWithinTheSecond(t *testing.T) {
	r := &gateway.Request{Method: "GET", Header: gateway.Header{{Name: "Range", Value: "bytes=0-1"}, {Name: "If-Range", Value: exact}}, Time: modified}
	if status, _ := Select(r, Validators{Modified: modified}, 10); status != 200 {
		t.Errorf("%d for a file of this second, want 200", status)
	}
}

func TestMaxSpans(t *testing.T) {
	set := "bytes=0-0"
	for range MaxSpans - 1 {
		set += ",0-0"
	}
	if r, ok := ParseRange(set); !ok || len(r.Specs) != MaxSpans {
		t.Errorf("%d ranges are refused", MaxSpans)
	}
	if _, ok := ParseRange(set + ",0-0"); ok {
		t.Errorf("%d ranges are taken", MaxSpans+1)
	}
}

func TestApplySeveralParts(t *testing.T) {
	r := &gateway.Request{Method: "GET", Header: one("Range", "bytes=0-1,-2")}
	a := &gateway.Response{Header: one("Content-Type", "text/plain"), Body: []byte("0123456789")}
	Apply(r, a, true)
	media, params := ParseOptions(a.Header.Value("Content-Type"))
	b := params.Value("boundary")
	want := "--" + b + "\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01" +
		"\r\n--" + b + "\r\nContent-Type: text/plain\r\nContent-Range: bytes 8-9/10\r\n\r\n89\r\n--" + b + "--\r\n"
	if a.Status != 206 || media != "multipart/byteranges" || string(a.Body) != want || a.Header.Has("Content-Range") {
		t.Errorf("%d %v\n%s", a.Status, a.Header, a.Body)
	}
}

// What describes content goes with it (RFC 9110 §15.4.5).
func TestNotModifiedKeepsTheRest(t *testing.T) {
	r := &gateway.Request{Method: "GET", Header: one("If-None-Match", `"a"`)}
	a := &gateway.Response{Body: []byte("x"), Header: gateway.Header{
		{Name: "ETag", Value: `"a"`}, {Name: "Last-Modified", Value: exact}, {Name: "Content-Type", Value: "text/plain"},
		{Name: "Cache-Control", Value: "no-cache"}, {Name: "Vary", Value: "Accept"}, {Name: "Set-Cookie", Value: "a=b"},
	}}
	Apply(r, a, true)
	for name, kept := range map[string]bool{"ETag": true, "Cache-Control": true, "Vary": true, "Set-Cookie": true, "Content-Type": false, "Last-Modified": false} {
		if a.Header.Has(name) != kept {
			t.Errorf("%s kept: %v", name, !kept)
		}
	}
	if a.Status != 304 || a.Body != nil {
		t.Errorf("%d with %q", a.Status, a.Body)
	}
}

func TestApplyLeavesOtherAnswers(t *testing.T) {
	for _, c := range []struct {
		method string
		status int
	}{{"POST", 200}, {"GET", 404}, {"GET", 206}} {
		r := &gateway.Request{Method: c.method, Header: gateway.Header{{Name: "If-None-Match", Value: `"a"`}, {Name: "Range", Value: "bytes=0-0"}}}
		a := &gateway.Response{Status: c.status, Header: one("ETag", `"a"`), Body: []byte("xy")}
		if Apply(r, a, true); a.Status != c.status || len(a.Body) != 2 {
			t.Errorf("%s %d became %d %q", c.method, c.status, a.Status, a.Body)
		}
	}
}

func TestConditionsAllocateNothing(t *testing.T) {
	r := &gateway.Request{Method: "GET", Header: gateway.Header{{Name: "If-None-Match", Value: `"x", "y"`}, {Name: "If-Modified-Since", Value: exact}}}
	v := Validators{ETag: `"a"`, Modified: modified}
	if n := testing.AllocsPerRun(100, func() {
		Evaluate(r, v)
		Select(r, v, 10)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzRange(f *testing.F) {
	for _, s := range []string{"bytes=0-4", "bytes=-4,1-", "bytes=1-0", "x=", "bytes=9223372036854775807-9223372036854775807"} {
		f.Add(s, int64(10))
	}
	f.Fuzz(func(t *testing.T, s string, size int64) {
		r := &gateway.Request{Method: "GET", Header: one("Range", s)}
		status, spans := Select(r, Validators{}, size)
		sum := int64(0)
		for _, span := range spans {
			if span.Start < 0 || span.Start >= span.End || span.End > size {
				t.Fatalf("%q of %d: %v", s, size, span)
			}
			c, ok := ParseContentRange(span.ContentRange(size))
			if !ok || c.Span != span || c.Size != size {
				t.Fatalf("%v comes back as %v", span, c)
			}
			sum += span.Len()
		}
		if sum > max(size, 0) || (status == 206) != (len(spans) > 0) {
			t.Fatalf("%q of %d: %d with %d bytes", s, size, status, sum)
		}
		_, _ = ParseContentRange(s)
	})
}

func FuzzETags(f *testing.F) {
	for _, s := range []string{`"a", W/"b"`, `*`, `"a\"b"`, `w/"`, `"a`, `a,"b"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, _ := ParseETags(one("If-Match", s), "If-Match")
		for _, tag := range e.Tags {
			if back := ParseETag(string(tag)); back != tag || !e.ContainsWeak(tag) || e.Contains(tag) == tag.Weak() && !e.Any {
				t.Fatalf("%q comes back as %q", tag, back)
			}
		}
		if tag := StrongETag(s); tag != "" && ParseETag(string(tag)) != tag {
			t.Fatalf("%q is no tag", tag)
		}
		_, _ = ParseIfRange(s)
	})
}

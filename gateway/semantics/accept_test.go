package semantics

import (
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
)

func one(name, value string) gateway.Header { return gateway.Header{{Name: name, Value: value}} }

// RFC 9110 §12.5.1
func TestAcceptMedia(t *testing.T) {
	offers := []string{"text/html", "application/json", "text/html;level=1"}
	for _, c := range []struct{ field, best string }{
		{"text/*;q=0.3, text/html;q=0.7, text/html;level=1, text/html;level=2;q=0.4, */*;q=0.5", "text/html;level=1"},
		{"text/*, application/json", "application/json"},
		{"text/html; LEVEL=1", "text/html;level=1"},
		{"text/html;q=0, */*;q=0.1", "application/json"},
		{"application/json;q=0.001", "application/json"},
		{"application/json;q=0.000", ""},
		{"application/json;q=-1", ""},
		{"application/json;q=1.001", ""},
		{"*", ""},
		{"", ""},
		{`text/html;x="a,b", application/json;q=.5`, ""},
	} {
		if got, ok := AcceptMedia(one("Accept", c.field)).Best(offers...); got != c.best || ok != (c.best != "") {
			t.Errorf("%s: %q, want %q", c.field, got, c.best)
		}
	}
	if got, ok := AcceptMedia(nil).Best(offers...); got != offers[0] || !ok {
		t.Errorf("without the field: %q, %v", got, ok)
	}
	if _, ok := AcceptMedia(nil).Best(); ok {
		t.Error("the best of nothing")
	}
	lines := gateway.Header{{Name: "Accept", Value: "text/plain"}, {Name: "accept", Value: "application/json"}}
	if got, _ := AcceptMedia(lines).Best(offers...); got != "application/json" {
		t.Errorf("over two lines: %q", got)
	}
}

// RFC 9110 §12.5.4, RFC 4647 §3.4
func TestAcceptLanguage(t *testing.T) {
	for _, c := range []struct{ field, offers, best string }{
		{"de-AT, en;q=0.8", "en de", "en"}, // a tag as it is comes before a primary one,
		{"en", "fr en-GB", "en-GB"},
		{"en-US;q=0, en", "en-US", ""},
		{"en-US;q=0, en", "en-US en-GB", "en-GB"},
		{"da, en-gb;q=0.8, en;q=0.7", "en en-GB", "en-GB"},
		{"zh_Hans", "zh-hans", "zh-hans"},
	} {
		if got, _ := AcceptLanguage(one("Accept-Language", c.field)).Best(strings.Fields(c.offers)...); got != c.best {
			t.Errorf("%s of %s: %q, want %q", c.field, c.offers, got, c.best)
		}
	}
}

// RFC 9110 §12.5.3
func TestEncoding(t *testing.T) {
	for _, c := range []struct{ field, best string }{
		{"gzip, deflate, br, zstd", "zstd"},
		{"gzip, deflate, br", "br"},
		{"GZIP", "gzip"},
		{"x-gzip", "gzip"},
		{"gzip;q=1.0, br;q=0.5", "gzip"},
		{"deflate", Identity},
		{"*", "zstd"},
		{"*;q=0", ""},
		{"*;q=0, identity", Identity},
		{"identity;q=0", ""},
		{"identity;q=0, br", "br"},
		{"gzip;q=0.5, identity", Identity},
		{"gzip;q=0.5, identity;q=0.5", "gzip"},
		{"gzip;q=0", Identity},
		{"", Identity},
	} {
		if got, ok := Encoding(one("Accept-Encoding", c.field), "zstd", "br", "gzip"); got != c.best || ok != (c.best != "") {
			t.Errorf("%q: %q, %v, want %q", c.field, got, ok, c.best)
		}
	}
	if got, ok := Encoding(nil, "gzip"); got != Identity || !ok {
		t.Errorf("without the field: %q, %v", got, ok)
	}
}

func TestNegotiationAllocatesNothing(t *testing.T) {
	h := gateway.Header{{Name: "Accept-Encoding", Value: "gzip, deflate, br;q=0.9"}, {Name: "Accept", Value: "text/html,application/xhtml+xml,*/*;q=0.8"}}
	if n := testing.AllocsPerRun(100, func() {
		Encoding(h, "br", "gzip")
		AcceptMedia(h).Best("application/json", "text/html")
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzAccept(f *testing.F) {
	for _, s := range []string{"text/html;level=1;q=0.3, */*", "en-US, en;q=0.5", "gzip;q=", ",;=", `a/b;c="d,e"`} {
		f.Add(s, "text/html")
	}
	f.Fuzz(func(t *testing.T, field, offer string) {
		for _, a := range []Accept{
			AcceptMedia(one("Accept", field)), AcceptLanguage(one("Accept-Language", field)),
			AcceptEncoding(one("Accept-Encoding", field)), AcceptCharset(one("Accept-Charset", field)),
		} {
			for _, p := range a.Preferences() {
				if p.Weight < 0 || p.Weight > MaxWeight {
					t.Fatalf("%q has weight %d", p.Value, p.Weight)
				}
			}
			w := a.Weight(offer)
			if got, ok := a.Best(offer); ok && a.kind != language && (got != offer || w == 0) || !ok && w > 0 {
				t.Fatalf("weight %d, best %q, %v", w, got, ok)
			}
		}
		if _, ok := Encoding(one("Accept-Encoding", field), offer); !ok && AcceptEncoding(one("Accept-Encoding", field)).Weight(Identity) > 0 {
			t.Fatal("identity is acceptable and was not chosen")
		}
	})
}

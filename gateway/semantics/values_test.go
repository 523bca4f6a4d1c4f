package semantics

import (
	"fmt"
	"mime"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

func FuzzDate(f *testing.F) {
	for _, s := range []string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49 -0530"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := ParseDate(s)
		if !ok || d.Year() > 9999 || d.Year() < 0 {
			return
		}
		if back, ok := ParseDate(FormatDate(d)); !ok || !back.Equal(d) {
			t.Fatalf("%q is %v, and comes back as %v", s, d, back)
		}
	})
}

func TestDates(t *testing.T) {
	for s, want := range map[string]bool{
		"Sun, 06 Nov 1994 08:49:60 GMT": true, // a leap second
		"Thu, 31 Feb 2000 00:00:00 GMT": false,
		"06 Nov 1994 08:49:37 -0530":    true,
		"Sun, 06 Nov 1994 08:49:37 EST": false,
		"Sun, 06 Nov 1994 8:49:37 GMT":  true,
		"Sun, 06 Nov 1994 08:49:37":     false,
		"1994-11-06T08:49:37Z":          false,
		"":                              false,
	} {
		if _, ok := ParseDate(s); ok != want {
			t.Errorf("%q: %v", s, ok)
		}
	}
}

func TestOptions(t *testing.T) {
	for in, want := range map[string]string{
		`form-data; name="a;b"; filename="C:\dir\b.txt"`:        `a;b C:\dir\b.txt`,
		`form-data; name="a\"b"; filename="x\\y"`:               `a"b x\y`,
		`form-data; filename=plain; filename*=UTF-8''%C3%BC`:    ` ü`,
		`form-data; filename*=ISO-8859-1'de'%FC; filename=x`:    ` ü`,
		`form-data; filename*=UTF-8''%FF; filename=fallback`:    ` fallback`,
		`form-data; filename*=KOI8-R''a; filename=fallback`:     ` fallback`,
		`form-data; NAME=a; name=b`:                             `a `,
		`form-data; name = a ; filename = "b c" ;;`:             `a b c`,
		`form-data; filename*0*=UTF-8''%C3%BC; filename*1=".x"`: ` ü.x`,
	} {
		_, p := ParseOptions(in)
		if got := p.Value("name") + " " + p.Value("filename"); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestMaxParams(t *testing.T) {
	for n, want := range map[int]int{maxParams: maxParams, maxParams + 1: maxParams} {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "; p%d=x", i)
		}
		if _, params := ParseOptions("a" + b.String()); len(params) != want {
			t.Errorf("of %d parameters %d are read", n, len(params))
		}
	}
	digest := func(n int) string { return "Digest " + strings.TrimSuffix(strings.Repeat("a=b, ", n), ", ") }
	if _, ok := ParseCredentials(digest(maxParams)); !ok {
		t.Errorf("%d parameters are refused", maxParams)
	}
	if _, ok := ParseCredentials(digest(maxParams + 1)); ok {
		t.Errorf("%d parameters are taken", maxParams+1)
	}
}

// RFC 6266, RFC 8187
func TestDisposition(t *testing.T) {
	for name, want := range map[string]string{
		"":           "attachment",
		"a.txt":      "attachment; filename=a.txt",
		"a b.txt":    `attachment; filename="a b.txt"`,
		`q"\.txt`:    `attachment; filename="q\"\\.txt"`,
		"naïve.txt":  `attachment; filename=na_ve.txt; filename*=UTF-8''na%C3%AFve.txt`,
		"a\r\nb:c\"": `attachment; filename="a__b:c\""; filename*=UTF-8''a%0D%0Ab%3Ac%22`,
	} {
		got := Disposition("attachment", name)
		if got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
		_, params, err := mime.ParseMediaType(got) // what net/http's clients read
		if err != nil || name != "" && params["filename"] != name {
			t.Errorf("%s is read as %q, %v", got, params["filename"], err)
		}
	}
}

func FuzzOptions(f *testing.F) {
	for _, s := range []string{`a; b="c\"d"; e*=UTF-8''x`, `a;;b=`, `a; f*0*=UTF-8''%C3; f*1=x`, `;"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, params := ParseOptions(s)
		if len(params) > 2*maxParams {
			t.Fatalf("%d parameters", len(params))
		}
		name := strings.ToValidUTF8(s, "\uFFFD")
		field := Disposition("attachment", name)
		if !gateway.ValidValue(field) {
			t.Fatalf("%q cannot be sent", field)
		}
		if _, params := ParseOptions(field); params.Value("filename") != name {
			t.Fatalf("%q became %s and was read as %q", name, field, params.Value("filename"))
		}
	})
}

// RFC 9111 §5.2
func TestCacheControl(t *testing.T) {
	c := ParseCacheControl(one("Cache-Control", `Public, max-age="60", s-maxage=0, immutable, max-age=5, private="set-cookie", x=y`))
	want := CacheControl{Public: true, Private: true, Immutable: true, MaxAge: time.Minute, SharedMaxAge: -1}
	if c != want {
		t.Errorf("%+v", c)
	}
	if s := c.String(); s != "public, private, max-age=60, s-maxage=0, immutable" {
		t.Error(s)
	}
	if c := ParseCacheControl(one("Cache-Control", "max-age=soon, stale-if-error=99999999999999999999")); c.MaxAge != -1 || c.StaleIfError != maxAge*time.Second {
		t.Errorf("%+v", c)
	}
	if s := (CacheControl{}).String(); s != "" {
		t.Error(s)
	}
	if r := ParseRequestCacheControl(one("Pragma", "no-cache")); !r.NoCache {
		t.Error("Pragma does not count")
	}
	r := ParseRequestCacheControl(gateway.Header{{Name: "Pragma", Value: "no-cache"}, {Name: "Cache-Control", Value: "max-stale, only-if-cached, min-fresh=5"}})
	if r != (RequestCacheControl{OnlyIfCached: true, MinFresh: 5 * time.Second, MaxStale: anyAge}) {
		t.Errorf("%+v", r)
	}
}

// RFC 9110 §12.5.5
func TestAddVary(t *testing.T) {
	for _, c := range []struct{ before, add, after string }{
		{"", "Accept", "Accept"},
		{"Accept", "accept", "Accept"},
		{"Accept", "Cookie,Cookie", "Accept, Cookie"},
		{"*", "Cookie", "*"},
	} {
		var h gateway.Header
		if c.before != "" {
			h.Set("Vary", c.before)
		}
		if AddVary(&h, strings.Split(c.add, ",")...); h.Value("Vary") != c.after || len(h) != 1 {
			t.Errorf("%q and %q: %v", c.before, c.add, h)
		}
	}
	h := gateway.Header{{Name: "Vary", Value: "A"}, {Name: "Vary", Value: "B"}}
	if AddVary(&h, "B", "C"); len(h) != 1 || h[0].Value != "A, B, C" {
		t.Errorf("%v", h)
	}
}

// RFC 9110 §11
func TestCredentials(t *testing.T) {
	c, ok := ParseCredentials(`Digest username="Mufasa", realm="a, b", nc=00000001, qop=auth`)
	if !ok || c.Scheme != "digest" || c.Params.Value("realm") != "a, b" || c.Params.Value("nc") != "00000001" {
		t.Errorf("%+v", c)
	}
	for _, s := range []string{"", " ", "Basic a b", `Digest a="b`, "Dig(st a=b"} {
		if c, ok := ParseCredentials(s); ok {
			t.Errorf("%q is %+v", s, c)
		}
	}
	if token, ok := Bearer(one("Authorization", "bEARER  mF_9.B5f-4.1JqM==")); !ok || token != "mF_9.B5f-4.1JqM==" {
		t.Errorf("%q", token)
	}
	if _, ok := Bearer(one("Authorization", "Bearer")); ok {
		t.Error("an empty token is one")
	}
	if _, _, ok := Basic(one("Authorization", "Basic /zo=")); ok {
		t.Error("bytes that are not UTF-8 are a name")
	}
}

func TestChallenge(t *testing.T) {
	for want, c := range map[string]Challenge{
		`Basic realm="a \"b\"", charset="UTF-8"`:      BasicChallenge(`a "b"`),
		`Bearer realm="x", error="invalid_token"`:     BearerChallenge("x", "invalid_token", ""),
		`Digest realm="x", algorithm=MD5, stale=true`: {"Digest", Params{{"realm", "x"}, {"algorithm", "MD5"}, {"stale", "true"}}},
		`Basic realm="a??b"`:                          {"Basic", Params{{"realm", "a\r\nb"}}},
	} {
		if got := c.String(); got != want || !gateway.ValidValue(got) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// RFC 8288 §3
func TestLinks(t *testing.T) {
	links := ParseLinks(gateway.Header{{Name: "Link", Value: `</a,b>; rel="next x"; rel=no; title="c, d", broken, <style.css>;rel=preload;as=style`}})
	if len(links) != 2 || links[0].URL != "/a,b" || links[0].Rel != "next x" || links[0].Params.Value("title") != "c, d" || links[1].Rel != "preload" || links[1].Params.Value("as") != "style" {
		t.Errorf("%+v", links)
	}
	if s := links[1].String(); s != "<style.css>; rel=preload; as=style" {
		t.Error(s)
	}
	if s := (Link{URL: "/a>b\r\n", Rel: "next"}).String(); s != "</a%3Eb%0D%0A>; rel=next" {
		t.Error(s)
	}
}

func FuzzCredentials(f *testing.F) {
	for _, s := range []string{"Basic dXNlcjpwYTpzcw==", `Digest a="b", c=d`, "Bearer x", `Link <a>; rel="b"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = ParseCredentials(s)
		_, _, _ = Basic(one("Authorization", s))
		_, _ = Bearer(one("Authorization", s))
		_ = ParseCacheControl(one("Cache-Control", s))
		for _, l := range ParseLinks(one("Link", s)) {
			if back := ParseLinks(one("Link", l.String())); len(back) != 1 {
				t.Fatalf("%+v is written as %s", l, l)
			}
		}
	})
}

func TestRetryAfter(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0", -time.Second: "0", time.Millisecond: "1", time.Minute: "60"} {
		if got := RetryAfter(d); got != want {
			t.Errorf("%v: %s", d, got)
		}
	}
}

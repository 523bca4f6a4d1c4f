package framework

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

type cookieVector struct {
	ID, Category string
	Input        struct {
		Header, Key, Value, Domain, SameSite string
		Secure, HTTPOnly                     bool
		MaxAge                               *int `json:"max_age"`
		Path                                 json.RawMessage
		Expires                              any
	}
	Expect      json.RawMessage
	ExpectLater json.RawMessage `json:"expect_later"`
	MayRefuse   bool            `json:"may_refuse"`
}

func TestCookieVectors(t *testing.T) {
	f, err := os.Open(filepath.Join(cmp.Or(os.Getenv("DEWAR_VECTORS"), filepath.Join("testdata", "vectors")), "http-cookies.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	passed, total := map[string]int{}, map[string]int{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var v cookieVector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		total[v.Category]++
		var got string
		if v.Category == "cookie-parse" {
			got = v.parse()
		} else if got, err = v.dump(); err != nil {
			if v.MayRefuse {
				passed[v.Category]++
				continue
			}
			t.Errorf("%s: %v", v.ID, err)
			continue
		}
		if !sameValue(got, v.Expect) && !sameValue(got, v.ExpectLater) {
			t.Errorf("%s: %s, want %s", v.ID, got, v.Expect)
			continue
		}
		passed[v.Category]++
	}
	for category := range total {
		fmt.Printf("http-cookies.jsonl, %s: %d/%d\n", category, passed[category], total[category])
	}
}

func sameValue(got string, want json.RawMessage) bool {
	var v any
	if json.Unmarshal(want, &v) != nil {
		return false
	}
	b, _ := json.Marshal(v)
	return got == string(b)
}

func (v *cookieVector) parse() string {
	header := make([]byte, 0, len(v.Input.Header))
	for _, r := range v.Input.Header { // one character per byte
		header = append(header, byte(r))
	}
	pairs := [][]string{}
	values, _ := parseCookies(gateway.Header{{Name: "Cookie", Value: string(header)}})
	for _, p := range values {
		pairs = append(pairs, []string{p.Name, p.Value})
	}
	b, _ := json.Marshal(pairs)
	return string(b)
}

func (v *cookieVector) dump() (string, error) {
	in := v.Input
	k := Cookie{Name: in.Key, Value: in.Value, Domain: in.Domain, Secure: in.Secure, HTTPOnly: in.HTTPOnly, SameSite: in.SameSite, NoPath: string(in.Path) == "null"}
	if in.MaxAge != nil {
		k.MaxAge = time.Duration(*in.MaxAge) * time.Second
		if *in.MaxAge == 0 {
			k.MaxAge = -1
		}
	}
	switch e := in.Expires.(type) {
	case float64:
		k.Expires = time.Unix(int64(e), 0)
	case string:
		k.Expires, _ = semantics.ParseDate(e)
	}
	// The vectors set one attribute at a time: Expires does not follow Max-Age.
	s, err := k.header(time.Time{})
	if err == nil && in.MaxAge != nil {
		before, after, found := strings.Cut(s, "; Expires=")
		if found {
			_, rest, _ := strings.Cut(after, ";")
			s = before + ";" + rest
		}
	}
	b, _ := json.Marshal(s)
	return string(b), err
}

func TestCookieMistakes(t *testing.T) {
	for want, k := range map[string]Cookie{
		"is not a token":      {Name: "a b"},
		"characters that end": {Name: "a", Path: "/;x"},
		"RFC 6265 §4.1.1":     {Name: "a", Domain: "a\r\nb"},
		"needs Path /":        {Name: "__Host-a", Path: "/x"},
		"no Domain":           {Name: "__Host-a", Domain: "a.com"},
		"__HOST-a needs":      {Name: "__HOST-a", Path: "/x"},
		"there are Strict":    {Name: "a", SameSite: "loose"},
		"without Secure":      {Name: "a", SameSite: "none"},
	} {
		if _, err := k.header(time.Now()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", k, err, want)
		}
	}
}

func TestCookieAttributes(t *testing.T) {
	at := time.Unix(1700000000, 0)
	for want, k := range map[string]Cookie{
		"a=b; Expires=Tue, 14 Nov 2023 23:13:20 GMT; Max-Age=3600; Path=/": {Name: "a", Value: "b", MaxAge: time.Hour},
		"a=; Max-Age=0; Path=/":                            {Name: "a", MaxAge: -1},
		"__Host-a=b; Secure; Path=/":                       {Name: "__Host-a", Value: "b"},
		"__secure-a=b; Secure; Path=/":                     {Name: "__secure-a", Value: "b"},
		"a=b; Secure; Path=/; SameSite=None; Partitioned":  {Name: "a", Value: "b", SameSite: "NONE", Partitioned: true},
		"a=\"\\015\\012Set-Cookie: x=\\303\\274\"; Path=/": {Name: "a", Value: "\r\nSet-Cookie: x=ü"},
	} {
		if got, err := k.header(at); got != want {
			t.Errorf("%s, %v\nwant %s", got, err, want)
		}
	}
}

// FuzzCookie: a value comes back as it was set, whatever it is, and no cookie that
// a client sends does harm.
func FuzzCookie(f *testing.F) {
	for _, s := range []string{"a", `"a\"b`, "a;b,c", "é\x00", "\\303", `"`, " x "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = parseCookies(gateway.Header{{Name: "Cookie", Value: s}})
		s = strings.ToValidUTF8(s, "?")
		set, err := Cookie{Name: "k", Value: s, NoPath: true}.header(time.Time{})
		if err != nil || !gateway.ValidValue(set) {
			t.Fatalf("%q gave %q, %v", s, set, err)
		}
		values, err := parseCookies(gateway.Header{{Name: "Cookie", Value: set}})
		if got := values.Value("k"); got != s {
			t.Fatalf("%q was set as %q and read as %q, %v", s, set, got, err)
		}
	})
}

// FuzzCookieLikeNetHTTP: what net/http reads of a request's cookies and of one that
// is set, this package reads and sets alike. net/http refuses more: escapes, and
// names that are no tokens. Only field values are compared, since no server hands over
// anything else (RFC 9110 §5.5): net/http takes CR and LF for white space around a value.
func FuzzCookieLikeNetHTTP(f *testing.F) {
	for _, s := range []string{"a=b", "a=b; c=d", `a="b c"; a=`, "a= b ;\tc=d", "a=b=c", "a", "=", `a="`, `a="b"c`, "a=,", "a=1;a=2", "a=\r"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if want, err := http.ParseCookie(s); err == nil && len(want) <= maxPairs && gateway.ValidValue(s) {
			got, err := parseCookies(gateway.Header{{Name: "Cookie", Value: s}})
			if err != nil || len(got) != len(want) {
				t.Fatalf("%q: %q, %v, net/http has %v", s, got, err, want)
			}
			for i, w := range want {
				if !w.Quoted { // RFC 6265bis §5.6 drops space around a value; net/http keeps what is before it
					w.Value = strings.Trim(w.Value, " \t")
				}
				if got[i].Name != w.Name || got[i].Value != w.Value {
					t.Fatalf("%q: %q, net/http has %v", s, got[i], w)
				}
			}
		}
		k := Cookie{Name: "k", Value: s, Domain: "example.com", MaxAge: time.Hour, Secure: true, HTTPOnly: true, SameSite: "lax", Partitioned: true}
		set, err := k.header(time.Unix(1_700_000_000, 0))
		if err != nil {
			t.Fatal(err)
		}
		read, err := http.ParseSetCookie(set)
		if strings.Contains(set, `\`) {
			return // net/http knows no escapes
		}
		if err != nil || read.Name != "k" || read.Value != s || read.Domain != k.Domain || read.Path != "/" || read.MaxAge != 3600 ||
			read.Expires.Unix() != 1_700_003_600 || !read.Secure || !read.HttpOnly || read.SameSite != http.SameSiteLaxMode || !read.Partitioned || len(read.Unparsed) > 0 {
			t.Fatalf("%q: net/http reads %+v, %v", set, read, err)
		}
	})
}

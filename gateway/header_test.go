package gateway_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
)

func fields() gateway.Header {
	return gateway.Header{{Name: "A", Value: "1"}, {Name: "X-a", Value: "2"}, {Name: "a", Value: "3"}, {Name: "X_A", Value: "4"}, {Name: "Empty", Value: ""}, {Name: "A", Value: "5"}}
}

func TestHeaderReading(t *testing.T) {
	h := fields()
	for name, want := range map[string]string{"a": "1", "A": "1", "x-A": "2", "x_a": "4", "empty": "", "none": "", "": ""} {
		if got := h.Value(name); got != want {
			t.Errorf("Value(%q) = %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]bool{"a": true, "EMPTY": true, "none": false, "": false, "a ": false} {
		if got := h.Has(name); got != want {
			t.Errorf("Has(%q) = %v", name, got)
		}
	}
	if got := slices.Collect(h.Values("a")); !slices.Equal(got, []string{"1", "3", "5"}) {
		t.Errorf("Values: %q", got)
	}
	for range h.Values("a") {
		break // an iterator may be left early
	}
}

func TestHeaderWriting(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(h *gateway.Header)
		want string
	}{
		"add":        {func(h *gateway.Header) { h.Add("a", "6") }, "A=1 X-a=2 a=3 X_A=4 Empty= A=5 a=6"},
		"set first":  {func(h *gateway.Header) { h.Set("a", "6") }, "A=6 X-a=2 X_A=4 Empty="},
		"set last":   {func(h *gateway.Header) { h.Set("empty", "6") }, "A=1 X-a=2 a=3 X_A=4 Empty=6 A=5"},
		"set new":    {func(h *gateway.Header) { h.Set("B", "6") }, "A=1 X-a=2 a=3 X_A=4 Empty= A=5 B=6"},
		"del":        {func(h *gateway.Header) { h.Del("a") }, "X-a=2 X_A=4 Empty="},
		"del none":   {func(h *gateway.Header) { h.Del("none") }, "A=1 X-a=2 a=3 X_A=4 Empty= A=5"},
		"del to nil": {func(h *gateway.Header) { h.Del("a"); h.Del("X-A"); h.Del("X_A"); h.Del("Empty") }, ""},
	} {
		h := fields()
		c.do(&h)
		var got []string
		for _, f := range h {
			got = append(got, f.Name+"="+f.Value)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", name, s, c.want)
		}
	}
	var none gateway.Header
	none.Del("a")
	none.Set("a", "1")
	if none.Value("A") != "1" || gateway.Header(nil).Clone() != nil {
		t.Error("the empty header")
	}
}

func TestHeaderClone(t *testing.T) {
	h := fields()
	c := h.Clone()
	c.Set("A", "9")
	c.Add("B", "9")
	c.Del("X-A")
	if !slices.Equal(h, fields()) {
		t.Errorf("the original became %v", h)
	}
}

func TestHeaderList(t *testing.T) { // RFC 9110 §5.6.1
	for value, want := range map[string][]string{
		"":                           nil,
		"a":                          {"a"},
		"a,b":                        {"a", "b"},
		" a , \tb\t":                 {"a", "b"},
		",, a ,,":                    {"a"},
		`"a,b", c`:                   {`"a,b"`, "c"},
		`x="a\",b", c`:               {`x="a\",b"`, "c"},
		`"open, c`:                   {`"open, c`},
		`a\,b`:                       {`a\`, "b"},
		`W/"a", "b"`:                 {`W/"a"`, `"b"`},
		`"\`:                         {`"\`},
		"text/html;q=0.8, */*;q=0.1": {"text/html;q=0.8", "*/*;q=0.1"},
	} {
		h := gateway.Header{{Name: "L", Value: value}}
		if got := slices.Collect(h.List("l")); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
	lines := gateway.Header{{Name: "L", Value: "a, b"}, {Name: "M", Value: "x"}, {Name: "l", Value: "c"}}
	if got := slices.Collect(lines.List("L")); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("over several lines: %q", got)
	}
	for range lines.List("L") {
		break
	}
	if !lines.HasToken("L", "B") || lines.HasToken("L", "x") || lines.HasToken("none", "a") || lines.HasToken("L", "a, b") {
		t.Error("HasToken")
	}
}

func TestEqualFoldIsASCII(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"", "", true}, {"a", "A", true}, {"Content-Length", "cONTENT-lENGTH", true}, {"a", "ab", false},
		{"k", "\u212a", false}, {"K", "\u212a", false}, {"s", "\u017f", false}, {"é", "É", false},
		{"@", "`", false}, {"[", "{", false}, {"-", "\r", false}, {"_", "\x7f", false}, {"0", "P", false},
	} {
		if got := gateway.EqualFold(c.a, c.b); got != c.want {
			t.Errorf("EqualFold(%q, %q) = %v", c.a, c.b, got)
		}
	}
	for i := range 256 {
		for j := range 256 {
			a, b := string([]byte{byte(i)}), string([]byte{byte(j)})
			want := i == j || i < 128 && j < 128 && strings.EqualFold(a, b)
			if gateway.EqualFold(a, b) != want {
				t.Errorf("EqualFold(%q, %q) = %v", a, b, !want)
			}
		}
	}
}

// FuzzHeaderList holds what can be said of any value: elements are trimmed and not
// empty, come in order, and lose nothing but commas and white space.
func FuzzHeaderList(f *testing.F) {
	for _, seed := range []string{"", "a,b", ` "a,b" ,c`, `"a\",`, `,,`, "\t, \t", `"`, `\`, `"\`, `a"b,c"d,e`} {
		f.Add(seed)
	}
	strip := strings.NewReplacer(",", "", " ", "", "\t", "").Replace
	f.Fuzz(func(t *testing.T, value string) {
		var joined strings.Builder
		for e := range (gateway.Header{{Name: "L", Value: value}}).List("L") {
			if e == "" || strings.Trim(e, " \t") != e {
				t.Errorf("element %q of %q", e, value)
			}
			if !strings.Contains(e, `"`) && strings.Contains(e, ",") {
				t.Errorf("element %q of %q has a comma outside quotes", e, value)
			}
			joined.WriteString(e)
		}
		if strip(joined.String()) != strip(value) {
			t.Errorf("%q came back as %q", value, joined.String())
		}
	})
}

package templates

import (
	"errors"
	"testing"
)

// What templates outside of the vectors, rendered by Jinja 3.1 as well, found
// to differ.
func TestAnswersOfJinja(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{`{{ 1 // 0.1 }} {{ -1 // 0.1 }} {{ 1 % 0.1 }} {{ 0.3 // 0.1 }} {{ -1.0 % 1 }} {{ -0.5 // 2 }} {{ 7.5 // -2 }} {{ 7.5 % -2 }}`, "9.0 -10.0 0.09999999999999995 2.0 0.0 -1.0 -4.0 -0.5"},
		{`{{ "[Undefined, Undefined, Undefined]"|wordwrap(5) }}`, "[Unde\nfined\n, Und\nefine\nd, Un\ndefin\ned]"},
		{`{{ "abcde fghijkl"|wordwrap(5) }}|{{ "abcd efghijkl"|wordwrap(5) }}|{{ "abc defghijkl"|wordwrap(5, false) }}`, "abcde\nfghij\nkl|abcd \nefghi\njkl|abc\ndefghijkl"},
		{`a {{+ "b" }} {{+1 }} {{- "c" -}} d`, "a b 1cd"},
		{`{% set ns = namespace() %}{% set ns.a, b, ns.c = 1, 2, 3 %}{{ ns.a }}{{ b }}{{ ns.c }}`, "123"},
		{`{{ 10**30 == 1e30 }} {{ 10**22 == 1e22 }} {{ 2**53 + 1 == 2.0**53 }} {{ 2**53 + 1 > 2.0**53 }} {{ 9007199254740993 in [9007199254740992.0] }} {{ 10**400 < 1e999 }} {{ 1e999 == 1e999 }}`,
			"False True False True False True True"},
		{`{{ range(5)[1:] }} {{ range(9)[::-2] }} {{ range(5)[1:3]|list }} {{ range(5)[9:]|length }}`, "range(1, 5) range(8, -1, -2) [1, 2] 0"},
		{`{{ "a\r\nb\x0bc"|indent(1) }}`, "a\n b\n c"},
		{`{{ "<b>"|safe|replace("<", "&") }}`, "&b>"},
		{`{% autoescape true %}{{ "<b>x"|safe|title }}{{ "<b>x"|safe|replace("<", "&") }}{{ "<b>"|safe|replace("b"|safe, "&") }}{% endautoescape %}`, "&lt;B&gt;x<b>x<&amp;>"},
		{`{{ "straße ﬁn"|upper }} {{ "ﬁn ßa"|title }} {{ "ﬁn ßa".title() }} {{ "ﬂat"|capitalize }} {{ "aßB".swapcase() }} {{ "ﬁß".casefold() }}`, "STRASSE FIN FIn SSa Fin Ssa Flat ASSb fiss"},
		{`{{ "abc".find("", 4) }} {{ "abc".find("", 3) }} {{ "abc".find("", 2, 1) }} {{ "abc".count("", 5) }} {{ "abc".startswith("", 4) }} {{ "abc".endswith("", 3) }}`, "-1 3 -1 0 False True"},
		{`{{ "{:3}|{:d}|{}".format(true, true, true) }} {{ "{0[1]}{0[0]}".format([1, 2]) }}`, "  1|1|True 21"},
	} {
		tm, err := New(Config{Autoescape: func(string) bool { return false }}).FromString(c.source)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tm.RenderString(nil); got != c.want || err != nil {
			t.Errorf("%s:\n got %q (%v)\nwant %q", c.source, got, err, c.want)
		}
	}
}

func TestErrorsOfJinja(t *testing.T) {
	for source, kind := range map[string]error{
		`{{ nope|indent }}`:                          ErrUndefined,
		`{{ nope|wordwrap }}`:                        ErrUndefined,
		`{{ [1]|map(attribute="a", other=1)|list }}`: ErrRuntime,
		`{{ "{a.b}".format(a=1) }}`:                  ErrRuntime,
		`{{ "{0[a]}".format({}) }}`:                  ErrRuntime,
		`{{ "{0}{}".format(1, 2) }}`:                 ErrRuntime,
		`{{ "{}{0}".format(1, 2) }}`:                 ErrRuntime,
		`{{ "{:4}".format(none) }}`:                  ErrRuntime,
		`{{ "{:4}".format([1]) }}`:                   ErrRuntime,
	} {
		if err := renderError(t, Config{}, source, nil); !errors.Is(err, kind) {
			t.Errorf("%s: %v", source, err)
		}
	}
	for source, want := range map[string]string{ // "": an error
		`{{ nope in [1] }}`:      "",
		`{{ 1 in [nope] }}`:      "",
		`{{ nope in [] }}`:       "False",
		`{{ nope is in [1] }}`:   "",
		`{{ nope is iterable }}`: "",
		`{{ nope|reverse }}`:     "",
		`{{ nope|items|list }}`:  "[]",
	} {
		if want != "" {
			if got := renderString(t, Config{Undefined: Strict}, source, nil); got != want {
				t.Errorf("%s: %q, want %q", source, got, want)
			}
		} else if err := renderError(t, Config{Undefined: Strict}, source, nil); !errors.Is(err, ErrUndefined) {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// Text that is not UTF-8 is no reason to fail: data may be.
func TestTextThatIsNotUTF8(t *testing.T) {
	env := New(Config{})
	for name := range env.filters {
		tm, err := env.FromString("{{ x|" + name + " }}")
		if err != nil {
			continue
		}
		for _, x := range []string{"\xae", "a\xffb \xe2\x82", "\xc3(", "\xf0\x9f\x98\n"} {
			_, _ = tm.RenderString(map[string]any{"x": x}) // must not panic
		}
	}
	if got := renderString(t, Config{}, `{{ x|title }}`, map[string]any{"x": "\xaeé a"}); got != "\ufffdé A" {
		t.Errorf("%q", got)
	}
}

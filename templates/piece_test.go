package templates

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

type cat struct {
	Name string
	Age  int
}

type dog struct {
	Age   int
	Owner *cat
	Name  Markup
}

// onePointer is kept in an interface as the pointer itself.
type onePointer struct{ Cat *cat }

// One place of a template sees values of many types, in turn and several times:
// what it has learnt of one must not be used for another.
func TestOnePlaceManyTypes(t *testing.T) {
	var nobody *cat
	things := []any{
		cat{"<a>", 1}, &cat{"<b>", 2}, cat{"<c>", 3}, nobody, dog{4, &cat{"<d>", 5}, "<i>"}, &dog{6, nil, "<u>"},
		map[string]any{"name": "<e>", "age": 7}, map[string]string{"name": "<f>"}, map[string]any{"name": nil, "age": 2.5},
		struct{ Name *string }{}, struct{ Age uint8 }{8}, onePointer{&cat{"<g>", 9}}, nil, "text", 10,
	}
	source := `{% for t in things %}[{{ t.name }}|{{ t.age }}|{{ t.owner.name }}|{{ t.cat.name }}]{% endfor %}`
	want := `[&lt;a&gt;|1||][&lt;b&gt;|2||][&lt;c&gt;|3||][|||][<i>|4|&lt;d&gt;|][<u>|6||][&lt;e&gt;|7||][&lt;f&gt;|||][None|2.5||][None|||][|8||][|||&lt;g&gt;][|||][|||][|||]`
	c := Config{Undefined: Chainable}
	env := New(c)
	tm, err := env.FromString(source)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		got, err := tm.RenderString(map[string]any{"things": things})
		// a nil pointer is none, which has no attributes
		if err != nil || got != want {
			t.Fatalf("%v\n got %s\nwant %s", err, got, want)
		}
	}
	if got := renderString(t, Config{Undefined: Chainable, Autoescape: func(string) bool { return false }}, `{% for t in things %}{{ t.name }}{% endfor %}`, map[string]any{"things": things[:3]}); got != "<a><b><c>" {
		t.Errorf("not escaped: %s", got)
	}
}

// One loop runs over slices of many types.
func TestOneLoopManySlices(t *testing.T) {
	cats := []cat{{"a", 1}, {"b", 2}}
	lists := []any{cats, &cats, []cat{}, []cat(nil), []dog{{Age: 3, Name: "c"}}, [2]cat{{"d", 4}, {"e", 5}}, []*cat{{"f", 6}}, []any{cat{"g", 7}}, cats[1:], []struct{}{{}, {}}, []onePointer{{&cats[0]}}}
	got := renderString(t, Config{Undefined: Chainable}, `{% for l in lists %}[{% for x in l %}{{ x.name }}{{ x.age }}{{ x.cat.name }}{{ "." if not loop.last }}{% endfor %}]{% endfor %}`, map[string]any{"lists": append(lists, lists...)})
	want := "[a1.b2][a1.b2][][][c3][d4.e5][f6][g7][b2][.][a]"
	if got != want+want {
		t.Errorf("\n got %s\nwant %s", got, want+want)
	}
}

// Small macros are printed without a frame; what they print, and when they fail,
// is no different.
func TestSmallMacros(t *testing.T) {
	for _, c := range []struct{ call, want string }{
		{`m("<a>")`, `(&lt;a&gt;|d|1)`},
		{`m("<a>", 2, 3)`, `(&lt;a&gt;|2|3)`},
		{`m("<a>"|safe, "b"|safe)`, `(<a>|b|1)`},
		{`m(1.5, none, true)`, `(1.5|None|True)`},
		{`m()`, `(|d|1)`},
		{`m(undefined_name)`, `(|d|1)`},
		{`m(a="<k>", c=4)`, `(&lt;k&gt;|d|4)`},
		{`m("x", c=4)`, `(x|d|4)`},
		{`m(m("<in>"))`, `((&lt;in&gt;|d|1)|d|1)`},
		{`m(*["<s>"])`, `(&lt;s&gt;|d|1)`},
		{`m(cat)`, `({&lt;b&gt; 2}|d|1)`},
		{`n(cat)`, `(&lt;b&gt;2)`},
		{`n({"name": "<x>"})`, `(&lt;x&gt;)`},
		{`m([1, "<"])`, `([1, &#39;&lt;&#39;]|d|1)`},
	} {
		macros := `{% macro m(a, b="d", c=1) %}({{ a }}|{{ b }}|{{ c }}){% endmacro %}{% macro n(x) %}({{ x.name }}{{ x.age }}){% endmacro %}`
		got := renderString(t, Config{}, macros+`{% for i in [1, 2] %}{{ `+c.call+` }}{% endfor %}`, map[string]any{"cat": cat{"<b>", 2}})
		if got != c.want+c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.call, got, c.want+c.want)
		}
	}
	// in a place that is not text
	if got := renderString(t, Config{}, `{% macro m(a) %}{{ a }}{% endmacro %}<script>f({{ m("</script>") }})</script>`, nil); strings.Contains(got, "</script>)") {
		t.Errorf("in a script: %s", got)
	}
	e := renderError(t, Config{Undefined: Strict}, "{% macro m(a) %}-{{ a }}{% endmacro %}\n{{ m(nothing) }}", nil)
	if e.Kind != ErrUndefined || len(e.Chain) != 1 || e.Chain[0].Line != 2 {
		t.Errorf("%v", e)
	}
	for extra := range 2 {
		source := strings.Repeat("{% macro l(a) %}{{ a }}{% endmacro %}", 1) + `{% macro m(n) %}{% if n > 1 %}{{ m(n - 1) }}{% else %}{{ l("x") }}{% endif %}{% endmacro %}` + fmt.Sprintf("{{ m(%d) }}", 4+extra)
		tm, err := New(Config{Limits: Limits{Depth: 5}}).FromString(source)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tm.RenderString(nil); errors.Is(err, ErrLimit) != (extra == 1) {
			t.Errorf("depth %d: %v", 5+extra, err)
		}
	}
	for extra := range 2 {
		tm, err := New(Config{Limits: Limits{Output: 50}}).FromString(`{% macro l(a) %}12345{{ a }}{% endmacro %}` + fmt.Sprintf(`{{ l("x" * %d) }}`, 45+extra))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tm.RenderString(nil); errors.Is(err, ErrLimit) != (extra == 1) {
			t.Errorf("output of %d bytes: %v", 50+extra, err)
		}
	}
}

// What a small macro is given is read where it stands, for each call anew,
// whatever its type and whichever macro it is that is called.
func TestArgumentsOfSmallMacros(t *testing.T) {
	data := map[string]any{"cats": []any{cat{"<b>", 2}, &cat{"c", 3}, map[string]any{"name": Markup("<i>"), "age": "old"}, cat{"<d>", 4}}}
	for _, c := range []struct{ call, want string }{
		{`m(c.name, c.age)`, `(&lt;b&gt;|2|d|1)(c|3|d|1)(<i>|old|d|1)(&lt;d&gt;|4|d|1)`},
		{`m(c.age, "<", 5, c.name)`, `(2|&lt;|5|&lt;b&gt;)(3|&lt;|5|c)(old|&lt;|5|<i>)(4|&lt;|5|&lt;d&gt;)`},
		{`m("a", 7)`, `(a|7|d|1)(a|7|d|1)(a|7|d|1)(a|7|d|1)`},
		{`n(c, "x")`, `(&lt;b&gt;2)(c3)(<i>old)(&lt;d&gt;4)`},
		{`n(c, c.name)`, `(&lt;b&gt;2)(c3)(<i>old)(&lt;d&gt;4)`},
		{`n("x", c)`, `()()()()`},
		{`(n if c.age == 3 else m)(c, c.name)`, `({&lt;b&gt; 2}|&lt;b&gt;|d|1)(c3)({&#39;age&#39;: &#39;old&#39;, &#39;name&#39;: Markup(&#39;&lt;i&gt;&#39;)}|<i>|d|1)({&lt;d&gt; 4}|&lt;d&gt;|d|1)`},
		{`f(c.name)`, `(&lt;b&gt;|||1)(c)(<i>|||1)(&lt;d&gt;|||1)`},
	} {
		source := `{% macro m(a, b, c="d", d=1) %}({{ a }}|{{ b }}|{{ c }}|{{ d }}){% endmacro %}{% macro n(x, y) %}({{ x.name }}{{ x.age }}){% endmacro %}` +
			`{% macro o(x) %}({{ x }}){% endmacro %}{% macro p(x, y="", z="", n=1) %}({{ x }}|{{ y }}|{{ z }}|{{ n }}){% endmacro %}` +
			`{% for c in cats %}{% set f = o if c.name == "c" else p %}{{ ` + c.call + ` }}{% endfor %}`
		if got := renderString(t, Config{}, source, data); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.call, got, c.want)
		}
	}
	// what the macro does not print may fail all the same
	for _, arg := range []string{"c.nope.x", "c.name.x.y", "1 // 0", "nope.x"} {
		renderError(t, Config{}, `{% macro m(a, b) %}{{ a }}{% endmacro %}{% for c in cats %}{{ m(c.name, `+arg+`) }}{% endfor %}`, data)
	}
	renderError(t, Config{Undefined: Strict}, `{% macro m(a, b) %}{{ a }}{% endmacro %}{% for c in [nope] %}{{ m(1, c.x) }}{% endfor %}`, data)
}

// Streaming sends what a run of pieces has written once there is enough of it.
func TestStreamOfPieces(t *testing.T) {
	tm, err := New(Config{}).FromString(`{% macro l(a) %}<b>{{ a }}</b>{% endmacro %}{% for r in rows %}<i>{{ r.name }}</i>{{ r.id }}{{ l(r.email) }}{% endfor %}`)
	if err != nil {
		t.Fatal(err)
	}
	data := map[string]any{"rows": tableRows(2000)}
	want, err := tm.RenderString(data)
	if err != nil {
		t.Fatal(err)
	}
	var got chunks
	if err := tm.Stream(context.Background(), &got, data); err != nil {
		t.Fatal(err)
	}
	if strings.Join(got, "") != want {
		t.Error("streamed, the page is another one")
	}
	for _, c := range got[:len(got)-1] {
		if len(c) < flushSize || len(c) > flushSize+200 {
			t.Errorf("a part of %d bytes", len(c))
		}
	}
}

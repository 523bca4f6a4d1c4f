package templates

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestErrorText(t *testing.T) {
	env := New(Config{Loader: Map{
		"page.html": "{% extends \"base.html\" %}\n{% block main %}\n  {% include \"part.html\" %}\n{% endblock %}",
		"base.html": "<main>\n{% block main %}{% endblock %}\n</main>",
		"part.html": "{% macro price(p) %}\n\t<b>{{ p.amount / p.count }}</b>{% endmacro %}\n{{ price(item) }}",
	}})
	err := env.Render(io.Discard, "page.html", map[string]any{"item": map[string]any{"amount": 5, "count": 0}})
	want := `templates: part.html:2:8: division by zero
	 <b>{{ p.amount / p.count }}</b>{% endmacro %}
	       ^
	from part.html:3
	from page.html:3
	from base.html:2`
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant\n%s", err, want)
	}
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, ErrRuntime) || len(e.Chain) != 3 {
		t.Errorf("%#v", e)
	}
}

// A mistake in a template that is loaded while rendering says who asked for it.
func TestErrorsOfPartsHaveAChain(t *testing.T) {
	env := New(Config{Loader: Map{"page": "a\n{% include 'part' %}", "part": "{% import 'm' as m %}", "m": "\n{% iff %}"}})
	err := env.Render(io.Discard, "page", nil)
	var e *Error
	if !errors.As(err, &e) || e.Template != "m" || e.Line != 2 || len(e.Chain) != 2 || e.Chain[0] != (Place{"part", 1}) || e.Chain[1] != (Place{"page", 2}) {
		t.Errorf("%v", err)
	}
}

// Errors are reported at the line of their statement, as Jinja does it.
func TestLinesOfErrors(t *testing.T) {
	for source, line := range map[string]int{
		"{% filter replace(1 // 0, 'x') %}\n\nbody {{ 1 }}\n{% endfilter %}": 1,
		"\n{% set x | replace(1 // 0, 'x') %}\n\nbody\n{% endset %}":         2,
		"{% for i in [1] %}\n{{ i }}\n{% endfor %}\n{{ 1 // 0 }}":            4,
		"{% with %}\n{{ 1 }}\n{% endwith %}{{ 1\n // 0 }}":                   3,
		"{{ 1 }}\n{% call m() %}\n{% endcall %}":                             2,
		"\n{% autoescape 1 // 0 %}\n{% endautoescape %}":                     2,
		"a\n{% if true %}\n{{ 1 }}\n{% endif %}\n{% set y = 1 // 0 %}":       5,
	} {
		if e := renderError(t, Config{}, source, nil); e.Line != line {
			t.Errorf("%q: line %d, want %d", source, e.Line, line)
		}
	}
}

func TestAssignmentsToLoop(t *testing.T) {
	for _, source := range []string{
		"{% for loop in [1] %}{% endfor %}", "{% for a, (b, loop) in [] %}{% endfor %}", "{% for a in [1] %}{% set loop = 1 %}{% endfor %}",
		"{% for a in [1] %}{% macro m() %}{% set b, loop %}{% endset %}{% endmacro %}{% endfor %}",
	} {
		if err := renderError(t, Config{}, source, nil); !errors.Is(err, ErrSyntax) || !strings.Contains(err.Message, "'loop'") {
			t.Errorf("%s: %v", source, err)
		}
	}
	if got := renderString(t, Config{}, "{% set loop = 1 %}{% for a in [2] %}{% with loop = a %}{{ loop }}{% endwith %}{% endfor %}{{ loop }}", nil); got != "21" {
		t.Error(got)
	}
}

func TestMessages(t *testing.T) {
	data := map[string]any{"user": map[string]any{"name": "x"}, "items": []any{1}, "acc": &account{}}
	for source, want := range map[string]string{
		"{{ usr.name }}":        "'usr' is undefined; did you mean 'user'?",
		"{{ user.nam.x }}":      "'dict object' has no attribute 'nam'; did you mean 'name'?",
		"{{ acc.Nmae.x }}":      "'account object' has no attribute 'Nmae'; did you mean 'Name'?",
		"{{ 1|uper }}":          "no filter named 'uper'; did you mean 'upper'?",
		"{{ 1 is defned }}":     "no test named 'defned'; did you mean 'defined'?",
		"{% fro x in y %}":      "unknown tag 'fro'; did you mean 'for'?",
		"{% if x %}{% endfi %}": "unknown tag 'endfi'; looking for 'elif' or 'else' or 'endif', to close 'if' of line 1; did you mean 'endif'?",
		"{% for a in b %}":      "unexpected end of template; looking for 'endfor' or 'else', to close 'for' of line 1",
		"{% macro m(count) %}{% endmacro %}{{ m(cuont=1) }}": "macro 'm' takes no keyword argument 'cuont'; did you mean 'count'?",
		"{{ 'a' + 1 }}":                                   `can only concatenate str (not "int") to str`,
		"{{ items|join(1, 2, 3) }}":                       "join takes at most 2 arguments but 3 were given",
		"{{ items|join(x=3) }}":                           "join got an unexpected keyword argument 'x'",
		"{{ 'x'|truncate(2, lenght=3) }}":                 "truncate got an unexpected keyword argument 'lenght'",
		"{{ 'x'|replace('a') }}":                          "replace needs the argument 'new'",
		"{{ [1][1:2:0] }}":                                "slice step cannot be zero",
		"{% include 5 %}":                                 "a template's name is needed, got int",
		"{{ f(a=1, a=2) }}":                               "keyword argument repeated: a",
		"{% block b %}{{ super() }}{% endblock %}":        "there is no parent block called 'b'",
		"{% extends 'a' %}{% extends 'b' %}":              "extended twice",
		"{% for i in [1] %}{% extends 'a' %}{% endfor %}": "extends must stand at the top level of a template",
	} {
		if e := renderError(t, Config{}, source, data); e.Message != want {
			t.Errorf("%s\n got %s\nwant %s", source, e.Message, want)
		}
	}
}

func TestUndefinedModes(t *testing.T) {
	data := map[string]any{"d": map[string]any{}}
	for _, c := range []struct {
		source                            string
		lenient, strict, chainable, debug string // "!": an error
	}{
		{"{{ a }}", "", "!", "", "{{ a }}"},
		{"{{ d.x }}", "", "!", "", "{{ no such element: dict object[&#39;x&#39;] }}"},
		{"{{ a.b }}", "!", "!", "", "!"},
		{"{{ a.b.c[0] }}", "!", "!", "", "!"},
		{"{{ 'x' if a else 'y' }}", "y", "!", "y", "y"},
		{"{% for i in a %}{% else %}e{% endfor %}", "e", "!", "e", "e"},
		{"{{ a == 1 }}", "False", "!", "False", "False"},
		{"{{ a|default('z') }}{{ a is defined }}", "zFalse", "zFalse", "zFalse", "zFalse"},
		{"{{ a + 1 }}", "!", "!", "!", "!"},
		{"{{ a() }}", "!", "!", "!", "!"},
		{"{{ a|length }}{{ a|list }}", "0[]", "!", "0[]", "0[]"},
		{"{{ 'x' in a }}", "False", "!", "False", "False"},
		{"<p title=\"{{ a }}\"><a href=\"{{ a }}\">", `<p title=""><a href="">`, "!", `<p title=""><a href="">`, `<p title="{{ a }}"><a href="%7b%7b%20a%20%7d%7d">`},
		{"{{ 'x' if false }}", "", "", "", ""},
	} {
		for mode, want := range map[Undefined]string{Lenient: c.lenient, Strict: c.strict, Chainable: c.chainable, Debug: c.debug} {
			tm, err := New(Config{Undefined: mode}).FromString(c.source)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tm.RenderString(data)
			if want == "!" {
				if !errors.Is(err, ErrUndefined) {
					t.Errorf("%s, mode %d: %q, %v", c.source, mode, got, err)
				}
			} else if err != nil || got != want {
				t.Errorf("%s, mode %d: %q, %v; want %q", c.source, mode, got, err, want)
			}
		}
	}
}

// UndefinedUsed is told of what is used, once for each use, with its place; and
// not of what is only asked about, nor of what Strict refuses.
func TestUndefinedUsed(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(context.Background(), key{}, "mine")
	for _, c := range []struct {
		mode Undefined
		told string // lines and messages
	}{
		{Lenient, "1: 'usr' is undefined; did you mean 'user'?|2: 'dict object' has no attribute 'nam'; did you mean 'name'?|3: 'nope' is undefined|4: 'list object' has no attribute '9'|5: 'nope' is undefined|6: 'nope' is undefined"},
		{Strict, ""},
	} {
		var told []string
		env := New(Config{
			Undefined: c.mode,
			UndefinedUsed: func(ctx context.Context, e *Error) {
				if ctx.Value(key{}) != "mine" || e.Kind != ErrUndefined || e.Template != "main.html" || e.Column == 0 {
					t.Errorf("%v", e)
				}
				told = append(told, fmt.Sprintf("%d: %s", e.Line, e.Message))
			},
		})
		tm, err := env.compile("main.html", Source{Text: "<p title=\"{{ usr }}\">\n{{ user.nam }}\n{% if nope %}{% endif %}\n{% for i in list[9] %}{% endfor %}\n<script>f({{ nope }})</script>\n" +
			"{{ 'a' ~ nope }}{{ nope is defined }}{{ nope|default('d') }}{{ user.nam is undefined }}{{ 1 == nope }}{{ 'b' if false }}{{ []|first }}"})
		if err != nil {
			t.Fatal(err)
		}
		err = tm.RenderContext(ctx, io.Discard, map[string]any{"user": map[string]any{"name": "Ada"}, "list": []int{1}})
		if (err != nil) != (c.mode == Strict) {
			t.Fatal(err)
		}
		if got := strings.Join(told, "|"); got != c.told {
			t.Errorf("%v:\n got %s\nwant %s", c.mode, got, c.told)
		}
	}
}

func TestCheckReportsEverything(t *testing.T) {
	env := New(Config{
		Globals: map[string]any{"url_for": func(name string) string { return "/" + name }},
		Loader: Map{
			"good.html":   `{% extends "base.html" %}{% block main %}{{ url_for("x") }}{% include "part.html" %}{% include "maybe.html" ignore missing %}{% endblock %}`,
			"base.html":   `<title>{% block title %}{% endblock %}</title>{% block main %}{% endblock %}`,
			"part.html":   `<a href="{{ x }}">`,
			"open.html":   `<p class="`,
			"opened.html": `{% include "open.html" %}{{ x }}">`,
			"forms.html":  `{% macro field(name, type="text") %}{% endmacro %}{% if x %}{% set kind = 1 %}{% endif %}`,
			"bad1.html":   "\n{% if %}",
			"bad2.html":   `{% extends "bsae.html" %}`,
			"bad3.html":   `{% extends "base.html" %}{% block tilte %}{% endblock %}`,
			"bad4.html":   `{% if a %}<a href="{% endif %}{{ x }}`,
			"bad5.html":   `{% if a %}{{ a|nofilter }}{{ a|truncate(1, 2, 3, 4, 5) }}{% endif %}`,
			"bad6.html":   `{% from "forms.html" import field %}{% import "forms.html" as f %}{{ field("a", typ=1) }}{{ f.field(1, 2, 3) }}{{ url_for() }}`,
			"bad7.html":   `{% include "nowhere.html" %}`,
			"bad8.html":   `{% from "forms.html" import fild %}{{ lipsum(1, 2, 3, 4, 5) }}{{ gettext() }}{{ ngettext("%(num)s of %(all)s", "p", 1) }}`,
			"good8.html":  `{% from "forms.html" import field, kind %}{{ lipsum(n=1) }}{{ ngettext("%(num)s of %(all)s", "100%% (p)", 1, all=2) }}{{ gettext(x, **y) }}`,
		},
	})
	err := env.Check()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("%v", err)
	}
	var got []string
	for _, err := range joined.Unwrap() {
		line, _, _ := strings.Cut(err.Error(), "\n")
		got = append(got, line)
	}
	want := []string{
		"templates: bad1.html:2:7: expected an expression, got 'end of statement block'",
		"templates: bad2.html:1:4: template 'bsae.html' not found: no \"bsae.html\" in the map: file does not exist; did you mean 'base.html'?",
		"templates: bad3.html:1:29: block 'tilte' has no place in the parent; did you mean 'title'?",
		"templates: bad4.html:1: cannot be escaped safely: {{if}} branches end in different contexts: {stateAttr delimDoubleQuote urlPartNone jsCtxRegexp [] attrNone elementNone <nil>}, {stateText delimNone urlPartNone jsCtxRegexp [] attrNone elementNone <nil>}",
		"templates: bad5.html:1:16: no filter named 'nofilter'",
		"templates: bad5.html:1:32: filter 'truncate' takes from 0 to 4 positional arguments after the value but 5 were given",
		"templates: bad6.html:1:75: macro 'field' takes no keyword argument 'typ'; did you mean 'type'?",
		"templates: bad6.html:1:100: macro 'field' takes not more than 2 argument(s)",
		"templates: bad6.html:1:122: url_for() takes 1 positional argument but 0 were given",
		"templates: bad7.html:1:4: template 'nowhere.html' not found: no \"nowhere.html\" in the map: file does not exist",
		"templates: bad8.html:1:4: template 'forms.html' does not export 'fild'; did you mean 'field'?",
		"templates: bad8.html:1:45: lipsum() takes from 0 to 4 positional arguments but 5 were given",
		"templates: bad8.html:1:73: gettext() takes 1 positional argument but 0 were given",
		"templates: bad8.html:1:89: the message has %(all)s, but ngettext() is given no all",
	}
	for i := range max(len(got), len(want)) {
		g, w := "", ""
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w && !(strings.HasPrefix(w, "templates: bad4") && strings.HasPrefix(g, "templates: bad4.html:1: cannot be escaped safely: ")) {
			t.Errorf("%d:\n got %s\nwant %s", i, g, w)
		}
	}
	if err := env.Check("good.html"); err != nil {
		t.Errorf("good.html: %v", err)
	}
}

// What Check finds of blocks, arguments by name, and filters by name; and what
// it must not take for a mistake.
func TestCheckOfReferences(t *testing.T) {
	pages := Map{
		"base.html":   `{% block title required %}{% endblock %}{% block main %}{% endblock %}{{ self.main() }}{{ self.later() }}`,
		"layout.html": `{% extends "base.html" %}{% block main %}<main>{% block inner %}{% endblock %}</main>{% endblock %}`,
		"good.html":   `{% extends "layout.html" %}{% block title %}{{ self.inner() }}{% endblock %}{% block inner %}{{ super() }}{% endblock %}`,
		"later.html":  `{% block later %}{% if super is defined %}{{ super() }}{% endif %}{% endblock %}{{ self.no() if self is defined }}`,
		"m.html":      `{% macro field(name) %}{% endmacro %}{% set kind = 1 %}{% macro hidden(url_for) %}{{ url_for(1, 2) }}{% endmacro %}`,
		"fine.html":   `{% import "m.html" as m %}{{ m.field(1) }}{{ xs|map("upper")|select("odd")|selectattr("a", "none")|map(attribute="b")|list }}{% for lipsum in xs %}{{ lipsum(1, 2, 3, 4, 5) }}{% endfor %}`,
		"set.html":    `{% set range = 1 %}{% set lipsum = x %}{{ lipsum(1, 2, 3, 4, 5) }}{% block b %}{{ lipsum(1, 2, 3, 4, 5) }}{% endblock %}{{ "a"|truncate(length=1)|format(a=1) }}`,

		"required.html": `{% extends "layout.html" %}`,
		"super.html":    `{% block b %}{{ super() }}{% endblock %}`,
		"self.html":     `{{ self.mian() }}{% block main %}{% endblock %}`,
		"module.html":   `{% import "m.html" as m %}{{ m.feild(1) }}`,
		"applied.html":  `{{ xs|map("uper")|list }}{{ xs|select("od")|list }}{{ xs|rejectattr("a", "nome")|list }}`,
		"keywords.html": `{{ "a"|truncate(lenght=1) }}{{ 1 is divisibleby(by=2) }}{{ "a"|half(n=1) }}`,
	}
	env := New(Config{Loader: pages, Filters: map[string]any{"half": func(s string) string { return s }}})
	err := env.Check()
	if err == nil {
		t.Fatal("no mistakes found")
	}
	var got []string
	for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
		line, _, _ := strings.Cut(err.Error(), "\n")
		got = append(got, strings.TrimPrefix(line, "templates: "))
	}
	want := []string{
		"applied.html:1:11: no filter named 'uper'; did you mean 'upper'?",
		"applied.html:1:39: no test named 'od'; did you mean 'odd'?",
		"applied.html:1:74: no test named 'nome'; did you mean 'none'?",
		"keywords.html:1:8: filter 'truncate' takes no keyword argument 'lenght'",
		"keywords.html:1:34: test 'divisibleby' takes no keyword argument 'by'",
		"keywords.html:1:64: filter 'half' takes no keyword argument 'n'",
		"module.html:1:37: template 'm.html' does not export 'feild'; did you mean 'field'?",
		"required.html:1:12: required block 'title' not found",
		"self.html:1:8: no block named 'mian'; did you mean 'main'?",
		"super.html:1:22: there is no parent block called 'b'",
	}
	for i := range max(len(got), len(want)) {
		g, w := "", ""
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("%d:\n got %s\nwant %s", i, g, w)
		}
	}
}

func TestCheckOfNames(t *testing.T) {
	tm, err := New(Config{}).FromString(`{% set a = 1 %}{{ a }}{{ user }}{{ usr }}{% for i in items %}{{ i }}{{ loop.index }}{% endfor %}{{ maybe if maybe is defined }}{{ range(3) }}{% macro m(p) %}{{ p }}{{ varargs }}{{ q }}{% endmacro %}`)
	if err != nil {
		t.Fatal(err)
	}
	err = tm.Check("user", "items")
	if err == nil || strings.Count(err.Error(), "is undefined") != 2 || !strings.Contains(err.Error(), "'usr' is undefined; did you mean 'user'?") || !strings.Contains(err.Error(), "'q' is undefined") {
		t.Errorf("%v", err)
	}
	if err := tm.Check(); err != nil {
		t.Errorf("without names: %v", err)
	}
}

func TestErrorTellsWhereWithTheSource(t *testing.T) {
	text := "<p>\n{{ nothing.name }}\n"
	env := New(Config{Loader: Map{"a.html": text, "b.html": "{% if %}"}})
	for name, want := range map[string]struct {
		line   int
		source string
	}{"a.html": {2, text}, "b.html": {1, "{% if %}"}} {
		err := env.Render(io.Discard, name, nil)
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("%s: %v", name, err)
		}
		if template, line, column, source := e.Where(); template != name || line != want.line || column == 0 || source != want.source {
			t.Errorf("%s: %s:%d:%d %q", name, template, line, column, source)
		}
	}
}

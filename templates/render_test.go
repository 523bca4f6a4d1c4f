package templates

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

// render renders one of several templates, the first by default.
func render(t *testing.T, c Config, name string, data any) string {
	t.Helper()
	var out strings.Builder
	if err := New(c).Render(&out, name, data); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func renderString(t *testing.T, c Config, source string, data any) string {
	t.Helper()
	tm, err := New(c).FromString(source)
	if err != nil {
		t.Fatal(err)
	}
	s, err := tm.RenderString(data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func renderError(t *testing.T, c Config, source string, data any) *Error {
	t.Helper()
	tm, err := New(c).FromString(source)
	if err == nil {
		var s string
		if s, err = tm.RenderString(data); err == nil {
			t.Fatalf("no error, but %q", s)
		}
		if s != "" {
			t.Errorf("output beside an error: %q", s)
		}
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%T: %v", err, err)
	}
	return e
}

func TestNothingIsWrittenOnError(t *testing.T) {
	tm, err := New(Config{}).FromString("before {{ 1 // 0 }}")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := tm.Render(&out, nil); !errors.Is(err, ErrRuntime) || out.Len() > 0 {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// chunks remembers each write.
type chunks []string

func (c *chunks) Write(p []byte) (int, error) {
	*c = append(*c, string(p))
	return len(p), nil
}

func TestStreamWritesAsItGoes(t *testing.T) {
	env := New(Config{Loader: Map{
		"base": "<{% block b %}{% endblock %}>",
		"t":    `{% extends "base" %}{% macro m(x) %}[{{ x }}]{% endmacro %}{% block b %}{% for i in range(3000) %}{% set s %}{{ m(i) }}{% endset %}{{ s|upper }}{{ m(i) }}{% endfor %}{% endblock %}`,
	}, Autoescape: func(string) bool { return true }})
	tm, err := env.Template("t")
	if err != nil {
		t.Fatal(err)
	}
	var whole strings.Builder
	if err := tm.Render(&whole, nil); err != nil {
		t.Fatal(err)
	}
	var c chunks
	if err := tm.Stream(context.Background(), &c, nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c, ""); got != whole.String() {
		t.Errorf("streamed %d bytes, rendered %d", len(got), whole.Len())
	}
	if len(c) < 3 {
		t.Errorf("%d writes for %d bytes", len(c), whole.Len())
	}
	for i, s := range c {
		if len(s) > 2*flushSize {
			t.Errorf("write %d has %d bytes", i, len(s))
		}
	}
}

// Beside a parent, only blocks are printed: as in Jinja, the rest is not even
// evaluated, and cannot fail.
func TestPrintsBesideAParentAreNotEvaluated(t *testing.T) {
	const rest = `{{ f() }}{% for i in [1] %}{{ f() }}{% endfor %}{% if true %}{{ nope() }}{% endif %}` +
		`{% trans x=f() %}{{ x }}{% endtrans %}{% set kept %}{{ 40 + 2 }}{% endset %}` +
		`{% macro m(x) %}<{{ x }}>{% endmacro %}{% block b %}{{ m(7) }}{{ kept }}{% endblock %}`
	for source, want := range map[string]string{
		`{% extends "base" %}` + rest:                          "(<7>42)",
		`{% if child %}{% extends "base" %}{% endif %}` + rest: "(<7>42)",
		`{{ 1 }}{% if not child %}{% extends "base" %}{% endif %}{{ 2 }}{% block b %}{{ 3 }}{% endblock %}{{ 4 }}`: "1234",
	} {
		calls := 0
		env := New(Config{
			Loader:     Map{"base": "({% block b %}{% endblock %})", "t": source},
			Globals:    map[string]any{"f": func() (int, error) { calls++; return 0, errors.New("called") }},
			Autoescape: func(string) bool { return false },
		})
		var out strings.Builder
		if err := env.Render(&out, "t", map[string]any{"child": true}); err != nil {
			t.Errorf("%s: %v", source, err)
		}
		if out.String() != want || calls != 0 {
			t.Errorf("%s: %q after %d calls, want %q", source, out.String(), calls, want)
		}
	}
}

// A block sees the loop that it stands in only if the template that writes it
// says scoped. In a child it is not written, whatever it stands in.
func TestBlocksInLoops(t *testing.T) {
	const loop, scoped = `({% for i in [1, 2] %}{% block b %}[{{ i }}]{% endblock %}{% endfor %})`,
		`({% for i in [1, 2] %}{% block b scoped %}[{{ i }}]{% endblock %}{% endfor %})`
	for _, c := range []struct{ base, child, want string }{
		{loop, `{% extends "base" %}`, "([][])"},
		{loop, `{% if child %}{% extends "base" %}{% endif %}{% block b %}<{{ i }}>{% endblock %}`, "(<><>)"},
		{loop, `{% if child %}{% extends "base" %}{% endif %}{% block b scoped %}<{{ i }}{{ super() }}>{% endblock %}`, "(<[]><[]>)"},
		{scoped, `{% if child %}{% extends "base" %}{% endif %}{% block b %}<{{ i }}{{ super() }}>{% endblock %}`, "(<1[1]><2[2]>)"},
		{loop, `{% if not child %}{% extends "base" %}{% endif %}{% for i in [7] %}{% block b %}<{{ i }}>{% endblock %}{% endfor %}`, "<>"},
		// Jinja writes <7> before the page
		{scoped, `{% extends "base" %}{% for i in [7] %}{% block b scoped %}<{{ i }}>{% endblock %}{% endfor %}`, "(<1><2>)"},
		{scoped, `{% if child %}{% extends "base" %}{% endif %}{% with i = 7 %}{% block b scoped %}<{{ i }}>{% endblock %}{% endwith %}`, "(<1><2>)"},
	} {
		var out strings.Builder
		env := New(Config{Loader: Map{"base": c.base, "child": c.child}})
		if err := env.Render(&out, "child", map[string]any{"child": true}); err != nil || out.String() != c.want {
			t.Errorf("%s\n%s: %q (%v), want %q", c.base, c.child, out.String(), err, c.want)
		}
	}
}

func TestParentsDoNotPileUp(t *testing.T) {
	env := New(Config{})
	child, err := env.FromString("{% extends layout %}{% block b %}x{% endblock %}")
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxParents + 1 {
		layout, err := env.FromString("({% block b %}{% endblock %})")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := child.RenderString(map[string]any{"layout": layout}); got != "(x)" || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
		if want := i%maxParents + 1; len(child.page.children) != want {
			t.Fatalf("after %d parents: %d kept, want %d", i+1, len(child.page.children), want)
		}
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestWriterErrorsAreReturned(t *testing.T) {
	tm, err := New(Config{}).FromString("{% for i in range(9000) %}{{ i }}{% endfor %}")
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("connection reset")
	if err := tm.Render(failingWriter{broken}, nil); err != broken {
		t.Errorf("Render: %v", err)
	}
	if err := tm.Stream(context.Background(), failingWriter{broken}, nil); err != broken {
		t.Errorf("Stream: %v", err)
	}
}

func TestRenderBlock(t *testing.T) {
	env := New(Config{Loader: Map{
		"base.html": `{% set site = "Dewar" %}<title>{% block title %}{{ site }}{% endblock %}</title><script>{% block js %}var a = {{ x }};{% endblock %}</script>{% block main %}{% endblock %}`,
		"m.html":    `{% macro b(x) %}<b>{{ x }}</b>{% endmacro %}`,
		"t.html":    `{% extends "base.html" %}{% from "m.html" import b %}{% set greeting = "Hi" %}{% if not x %}{% set greeting = "never" %}{% endif %}{% block main %}{{ greeting }} {{ b(x) }}{% block inner %}({{ super is undefined }}){% endblock %}{% endblock %}`,
	}})
	tm, err := env.Template("t.html")
	if err != nil {
		t.Fatal(err)
	}
	for block, want := range map[string]string{
		"main":  "Hi <b>&lt;x&gt;</b>(True)",
		"title": "Dewar",
		"inner": "(True)",
		"js":    `var a = "\u003cx\u003e";`,
	} {
		var out strings.Builder
		if err := tm.RenderBlock(context.Background(), &out, block, map[string]any{"x": "<x>"}); err != nil {
			t.Error(err)
		}
		if out.String() != want {
			t.Errorf("%s: %q, want %q", block, out.String(), want)
		}
	}
	err = tm.RenderBlock(context.Background(), io.Discard, "mian", nil)
	if !errors.Is(err, ErrRuntime) || !strings.Contains(err.Error(), "did you mean 'main'?") {
		t.Errorf("missing block: %v", err)
	}
}

func TestTemplatesAsValues(t *testing.T) {
	env := New(Config{})
	layout, err := env.FromString("({% block b %}{% endblock %})")
	if err != nil {
		t.Fatal(err)
	}
	part, err := env.FromString("{% macro m(x) %}[{{ x }}]{% endmacro %}")
	if err != nil {
		t.Fatal(err)
	}
	page, err := env.FromString("{% extends layout %}{% import part as p %}{% block b %}{{ p.m('&') }}{% include part %}{% endblock %}")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := page.RenderString(map[string]any{"layout": layout, "part": part}); err != nil || got != "([&amp;])" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestContextEndsRendering(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	env := New(Config{Globals: map[string]any{"cancel": func() string { cancel(); return "" }}})
	for _, source := range []string{
		"{{ cancel() }}{% for i in range(100000) %}{% endfor %}",
		"{% macro m(n) %}{{ cancel() }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
	} {
		tm, err := env.FromString(source)
		if err != nil {
			t.Fatal(err)
		}
		err = tm.RenderContext(ctx, io.Discard, nil)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v", source, err)
		}
	}
}

func TestFunctionsReceiveTheContext(t *testing.T) {
	type key struct{}
	env := New(Config{Globals: map[string]any{"who": func(ctx context.Context, greeting string) string {
		return greeting + " " + ctx.Value(key{}).(string)
	}}})
	tm, err := env.FromString(`{{ who("hi") }}`)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := tm.RenderContext(context.WithValue(context.Background(), key{}, "Ada"), &out, nil); err != nil || out.String() != "hi Ada" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestConcurrentRendering(t *testing.T) {
	env := New(Config{Loader: benchPages})
	pages := benchmarkPages()
	want := map[string]string{}
	for _, p := range pages {
		var b strings.Builder
		if err := New(Config{Loader: benchPages}).Render(&b, p.name+".html", p.data); err != nil {
			t.Fatal(err)
		}
		want[p.name] = b.String()
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 12 {
				p := pages[i%len(pages)]
				var b strings.Builder
				if err := env.Render(&b, p.name+".html", p.data); err != nil || b.String() != want[p.name] {
					t.Errorf("%s: %d bytes, %v", p.name, b.Len(), err)
				}
			}
		})
	}
	wg.Wait()
}

func TestDataIsNotChanged(t *testing.T) {
	inner := map[string]any{"a": 1}
	data := map[string]any{"d": map[string]any{"a": 1}, "xs": []any{3, 1, 2}, "outer": map[string]any{"inner": inner}}
	got := renderString(t, Config{}, `{% do d.update(b=2) %}{% do xs.append(4) %}{% do xs.sort() %}{{ d }}{{ xs }}`, data)
	if want := "{&#39;a&#39;: 1, &#39;b&#39;: 2}[1, 2, 3, 4]"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if fmt.Sprint(data["d"], data["xs"]) != "map[a:1] [3 1 2]" {
		t.Errorf("data was changed: %v", data)
	}
	// a change that nobody would see is refused
	e := renderError(t, Config{}, `{% do outer.inner.update(b=2) %}`, data)
	if !strings.Contains(e.Message, "copy it first") || len(inner) != 1 {
		t.Errorf("%v, %v", e, inner)
	}
}

func TestAutoReload(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, age time.Duration) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(-age)
		if err := os.Chtimes(file, when, when); err != nil {
			t.Fatal(err)
		}
	}
	write("base.html", "1{% block b %}{% endblock %}", time.Hour)
	write("part.html", "p", time.Hour)
	write("t.html", `{% extends "base.html" %}{% block b %}{% include "part.html" %}{% endblock %}`, time.Hour)
	for _, reload := range []bool{true, false} {
		env := New(Config{Loader: FS(os.DirFS(dir)), AutoReload: reload, ReloadEvery: 1})
		get := func() string {
			var b strings.Builder
			if err := env.Render(&b, "t.html", nil); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		before := get()
		write("base.html", "2{% block b %}{% endblock %}", time.Minute)
		write("part.html", "<i>q</i>", time.Minute)
		after := get()
		if want := map[bool]string{true: "2<i>q</i>", false: before}[reload]; after != want {
			t.Errorf("reload %v: %q, then %q", reload, before, after)
		}
		write("base.html", "1{% block b %}{% endblock %}", time.Hour)
		write("part.html", "p", time.Hour)
	}
}

func TestLoaders(t *testing.T) {
	files := fstest.MapFS{"a.html": {Data: []byte("A")}, "sub/b.html": {Data: []byte("B")}}
	l := Choice{Map{"a.html": "mine"}, FS(files), Prefix{"lib": Map{"x/y.html": "XY"}}}
	env := New(Config{Loader: l})
	for name, want := range map[string]string{"a.html": "mine", "sub/b.html": "B", "lib/x/y.html": "XY"} {
		var b strings.Builder
		if err := env.Render(&b, name, nil); err != nil || b.String() != want {
			t.Errorf("%s: %q, %v", name, b.String(), err)
		}
	}
	if got := fmt.Sprint(l.List()); got != "[a.html lib/x/y.html sub/b.html]" {
		t.Errorf("List: %s", got)
	}
	for _, name := range []string{"../a.html", "/etc/passwd", `sub\b.html`, "sub/../a.html", "", "nope.html", "lib/nope"} {
		err := env.Render(io.Discard, name, nil)
		if !errors.Is(err, ErrNotFound) || !errors.Is(err, ErrRuntime) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", name, err)
		}
	}
	failing := errors.New("disk on fire")
	env = New(Config{Loader: Choice{LoaderFunc(func(string) (Source, error) { return Source{}, failing }), l}})
	if err := env.Render(io.Discard, "a.html", nil); !errors.Is(err, failing) || errors.Is(err, ErrNotFound) {
		t.Errorf("a loader's failure: %v", err)
	}
	if err := New(Config{}).Render(io.Discard, "a.html", nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("no loader: %v", err)
	}
}

func TestSyntaxOptions(t *testing.T) {
	for _, c := range []struct {
		name   string
		syntax Syntax
		source string
		want   string
	}{
		{"delimiters", Syntax{PrintStart: "${", PrintEnd: "}", BlockStart: "<%", BlockEnd: "%>", CommentStart: "<#", CommentEnd: "#>"},
			"<% for i in [1, 2] %>${ {'a': i}.a }<# no #>,<% endfor %>{{ x }}", "1,2,{{ x }}"},
		{"one begins another", Syntax{BlockStart: "<?", BlockEnd: "?>", PrintStart: "<?=", PrintEnd: "?>"}, "<? if true ?><?= 1 ?><? endif ?>", "1"},
		{"line statements", Syntax{LineStatement: "#", LineComment: "##"},
			"<ul>\n# for i in [1,\n   2]\n  <li>{{ i }}</li> ## said\n## gone\n# endfor\n</ul>", "<ul>\n  <li>1</li>\n\n  <li>2</li>\n\n</ul>"},
		{"line statements with colon", Syntax{LineStatement: "%"}, "% for i in [1]:\n{{ i }}\n% endfor\n", "1\n"},
		{"signs of line statements", Syntax{LineStatement: "%", LineComment: "##"}, "a\n %- if 1\n b\n%+ endif\nc ##- d\n\n ##- e\nf", "a b\nc\nf"},
		{"delimiters that begin with a sign", Syntax{BlockStart: "<!--", BlockEnd: "-->", PrintStart: "<!--=", PrintEnd: "-->", CommentStart: "<!--#", CommentEnd: "-->"},
			"a <!-- if 1 --> <!--= 1 + 1 -->\n<!--=- 3 ---> <!--# c --> b <!-- endif ---> c <!-- raw --><!-- if --><!-- endraw -->", "a  23 b c <!-- if -->"},
		{"trailing newline", Syntax{KeepTrailingNewline: true}, "a\n", "a\n"},
	} {
		if got := renderString(t, Config{Syntax: c.syntax}, c.source, nil); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestExtensions(t *testing.T) {
	for source, want := range map[string]string{
		`{% set l = [] %}{% do l.append(1) %}{{ l }}`: "[1]",
		`{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i > 4 %}{% break %}{% endif %}{{ i }}{% endfor %}`: "0134",
		`{% for i in [1, 2] %}{% for j in [1, 2] %}{% break %}{% endfor %}{{ i }}{% endfor %}`:                                   "12",
		`{% for i in [1, 2] %}{% with %}{% break %}{% endwith %}{{ i }}{% endfor %}.`:                                            ".",
		`{% print 1, "<" %}`: "1&lt;",
		`{% for i in [1, 2, 3] %}{{ i }}{% for j in [] %}{% else %}{% break %}{% endfor %}{% endfor %}`:         "1",
		`{% for i in [1, 2] %}{% for j in [] %}{% else %}{{ z }}{% set z = i %}{{ z }}{% endfor %}{% endfor %}`: "12",
	} {
		if got := renderString(t, Config{}, source, nil); got != want {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
	if got := renderString(t, Config{Syntax: Syntax{Debug: true}}, "{% debug %}", nil); !strings.Contains(got, "&#39;context&#39;: {") || !strings.Contains(got, "&#39;filters&#39;: [&#39;abs&#39;,") || !strings.Contains(got, "&#39;tests&#39;: [&#39;!=&#39;") {
		t.Errorf("debug: %q", got)
	}
	if got := renderString(t, Config{Syntax: Syntax{Debug: true}}, "{% set here = 2 %}{% debug %}", map[string]any{"x": "<"}); !strings.Contains(got, "&#39;x&#39;: &#39;&lt;&#39;") || !strings.Contains(got, "&#39;here&#39;: 2") {
		t.Errorf("debug: %q", got)
	}
	for _, source := range []string{"{% break %}", "{% for i in x %}{% macro m() %}{% continue %}{% endmacro %}{% endfor %}", "{% debug %}"} {
		if e := renderError(t, Config{}, source, nil); e.Kind != ErrSyntax {
			t.Errorf("%s: %v", source, e)
		}
	}
}

type german struct{}

func (german) Gettext(context, message string) string {
	return map[string]string{"Hello %(name)s": "Hallo %(name)s", "menu|Open": "Öffnen", "Trimmed text": "Gekürzt", "50%% off": "50%% billiger"}[strings.TrimPrefix(context+"|"+message, "|")]
}

func (german) Ngettext(context, singular, plural string, n int) string {
	if n == 1 {
		return "%(n)s Apfel für %(who)s"
	}
	return "%(n)s Äpfel für %(who)s"
}

func TestTranslation(t *testing.T) {
	data := map[string]any{"name": "<Ada>", "n": 3, "who": "&"}
	for source, want := range map[string][2]string{
		`{% trans %}Hello {{ name }}{% endtrans %}`:                                                                  {"Hello &lt;Ada&gt;", "Hallo &lt;Ada&gt;"},
		`{% trans name="x" %}Hello {{ name }}{% endtrans %}`:                                                         {"Hello x", "Hallo x"},
		`{% trans "menu" %}Open{% endtrans %}`:                                                                       {"Open", "Öffnen"},
		"{% trans trimmed %}\n  Trimmed\n  text\n{% endtrans %}":                                                     {"Trimmed text", "Gekürzt"},
		`{% trans %}50% off{% endtrans %}`:                                                                           {"50% off", "50% billiger"},
		`{% trans n, who %}{{ n }} apple for {{ who }}{% pluralize %}{{ n }} apples for {{ who }}{% endtrans %}`:     {"3 apples for &amp;", "3 Äpfel für &amp;"},
		`{% trans who, n=1 %}{{ n }} apple for {{ who }}{% pluralize n %}{{ n }} apples for {{ who }}{% endtrans %}`: {"1 apple for &amp;", "1 Apfel für &amp;"},
		`{{ _("Hello %(name)s", name=name) }}`:                                                                       {"Hello &lt;Ada&gt;", "Hallo &lt;Ada&gt;"},
		`{{ pgettext("menu", "Open") }}`:                                                                             {"Open", "Öffnen"},
		`{{ ngettext("%(n)s a %(who)s", "%(n)s b %(who)s", n, n=n, who=who) }}`:                                      {"3 b &amp;", "3 Äpfel für &amp;"},
	} {
		for i, translator := range []Translator{nil, german{}} {
			if got := renderString(t, Config{Translator: translator}, source, data); got != want[i] {
				t.Errorf("%s: %q, want %q", source, got, want[i])
			}
		}
	}
	for _, source := range []string{
		`{% trans %}{% if x %}{% endif %}{% endtrans %}`, `{% trans %}a`, `{% trans %}{{ a.b }}{% endtrans %}`,
		`{% trans a, a %}{% endtrans %}`, `{% trans %}a{% pluralize %}b{% endtrans %}`,
	} {
		if e := renderError(t, Config{}, source, nil); e.Kind != ErrSyntax {
			t.Errorf("%s: %v", source, e)
		}
	}
}

func TestFiltersTestsAndGlobalsOfTheApplication(t *testing.T) {
	c := Config{
		Filters: map[string]any{
			"half":   func(n float64) float64 { return n / 2 },
			"either": func(s, a string, rest ...int) string { return fmt.Sprint(s, a, rest) },
			"fails":  func(s string) (string, error) { return "", fmt.Errorf("no %s", s) },
			"upper":  func(s string) string { return "mine" },
			"bold":   func(s string) Markup { return Markup("<b>" + escapeString(s) + "</b>") },
		},
		Tests:   map[string]any{"long": func(s string, n int) bool { return len(s) > n }},
		Globals: map[string]any{"site": map[string]any{"name": "D"}, "add": func(a, b int) int { return a + b }, "opts": func(s string, kw map[string]any) string { return fmt.Sprint(s, kw) }},
	}
	for source, want := range map[string]string{
		`{{ 5|half }}`: "2.5", `{{ "a"|either("b", 1, 2) }}`: "ab[1 2]", `{{ "x"|upper }}`: "mine", `{{ "<"|bold }}`: "<b>&lt;</b>",
		`{{ "abc" is long(2) }}{{ "abc" is long 3 }}`: "TrueFalse", `{{ site.name }}{{ add(1, b=2) if false else add(1, 2) }}`: "D3",
		`{{ opts("s", a=1) }}`: "smap[a:1]", `{{ ["a", "bcd"]|select("long", 2)|join }}{{ [1, 2]|map("half")|list }}`: "bcd[0.5, 1.0]",
	} {
		if got := renderString(t, c, source, nil); got != want {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
	for source, want := range map[string]string{
		`{{ "x"|fails }}`:      "no x",
		`{{ add(1) }}`:         "add() takes 2 positional arguments but 1 was given",
		`{{ add(1, "b") }}`:    "add() argument 2: want int, got str",
		`{{ add(1, 2, z=3) }}`: "add() takes no keyword argument 'z'",
		`{{ 5|halv }}`:         "no filter named 'halv'; did you mean 'half'?",
	} {
		if e := renderError(t, c, source, nil); e.Message != want {
			t.Errorf("%s: %q, want %q", source, e.Message, want)
		}
	}
	for _, bad := range []any{nil, 5, func() {}, func() (int, int) { return 1, 2 }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%T was accepted as a filter", bad)
				}
			}()
			New(Config{Filters: map[string]any{"bad": bad}})
		}()
	}
}

func TestNonce(t *testing.T) {
	c := Config{Nonce: func(context.Context) string { return "r4nd<" }, Loader: Map{
		"base.html": `<style>a</style><script src="x.js"></script><SCRIPT type="application/json">{}</SCRIPT>{% block b %}{% endblock %}`,
		"t.html":    `{% extends "base.html" %}{% block b %}<script>var s = "<script>"; var n = {{ n }};</script><!-- <script> --><scripty><script nonce="own"></script><script src="/nonce.js"></script><script NONCE = 'own'></script><textarea><script></textarea>{{ csp_nonce() }}{% endblock %}`,
	}}
	want := `<style nonce="r4nd&lt;">a</style><script nonce="r4nd&lt;" src="x.js"></script><SCRIPT nonce="r4nd&lt;" type="application/json">{}</SCRIPT>` +
		`<script nonce="r4nd&lt;">var s = "<script>"; var n =  5 ;</script><!-- <script> --><scripty><script nonce="own"></script><script nonce="r4nd&lt;" src="/nonce.js"></script><script NONCE = 'own'></script><textarea><script></textarea>r4nd&lt;`
	if got := render(t, c, "t.html", map[string]any{"n": 5}); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

package templates

import (
	"encoding/json"
	"errors"
	"html/template"
	"strings"
	"testing"
)

func TestEscapingByContext(t *testing.T) {
	data := map[string]any{
		"x": `"'<&>`, "js": "alert(1)", "url": "javascript:alert(1)", "path": "/a b?c=d&e", "n": 5, "list": []any{1, "</script>", nil},
		"d": map[string]any{"k": `it's "<"`}, "css": "expression(1)", "empty": "", "b": Markup("<b>a</b> &amp; c"), "on": true, "off": false,
	}
	for _, c := range []struct{ source, want string }{
		{`<a href="{{ url }}">{{ url }}</a>`, `<a href="#ZgotmplZ">javascript:alert(1)</a>`},
		{`<a href="{{ path }}">`, `<a href="/a%20b?c=d&amp;e">`},
		{`<a href="/q?a={{ x }}&b={{ n }}">`, `<a href="/q?a=%22%27%3c%26%3e&b=5">`},
		{`<a href="/q?a={{ x|urlencode }}">`, `<a href="/q?a=%22%27%3C%26%3E">`},
		{`<a href="{{ "/a&b"|e }}">`, `<a href="/a&amp;b">`},
		{`<a href="{% if on %}{{ path }}{% else %}#{% endif %}">`, `<a href="/a%20b?c=d&amp;e">`},
		{`<script>var a = {{ js }}, b = {{ n }}, c = {{ list }}, d = {{ d }}, e = {{ nope }};</script>`,
			`<script>var a = "alert(1)", b =  5 , c = [1,"\u003c/script\u003e",null], d = {"k":"it\u0027s \"\u003c\""}, e =  null ;</script>`},
		{`<script>var a = {{ d|tojson }};</script>`, `<script>var a = {"k": "it\u0027s \"\u003c\""};</script>`},
		{`<script>var a = '{{ x }}';</script>`, `<script>var a = '\u0022\u0027\u003c\u0026\u003e';</script>`},
		{`<script>var debug = {{ "true" if on else "false" }};</script>`, `<script>var debug = true;</script>`},
		{`<style>a { color: {{ css }}; width: {{ n }}px }</style>`, `<style>a { color: ZgotmplZ; width: 5px }</style>`},
		{`<p onclick="f({{ d }})">`, `<p onclick="f({&#34;k&#34;:&#34;it\u0027s \&#34;\u003c\&#34;&#34;})">`},
		{`<p onclick="f({{ d|tojson }})">`, `<p onclick="f({&#34;k&#34;: &#34;it\u0027s \&#34;\u003c\&#34;&#34;})">`},
		{`<p onclick="f({{ d|tojson|forceescape }})">`, `<p onclick="f({&#34;k&#34;: &#34;it\u0027s \&#34;\u003c\&#34;&#34;})">`},
		{`<p onclick='f({{ d|tojson }})'>`, `<p onclick='f({"k": "it\u0027s \"\u003c\""})'>`},
		{`<p data-d='{{ d|tojson }}'>`, `<p data-d='{"k": "it\u0027s \"\u003c\""}'>`},
		{`<p data-d="{{ d|tojson }}">`, `<p data-d="{&#34;k&#34;: &#34;it\u0027s \&#34;\u003c\&#34;&#34;}">`},
		{`<input{{ " checked" if on }}{{ " disabled" if off }}>`, `<input checked>`},
		{`<input {{ "checked" if on else "" }}>`, `<input checked>`},
		{`<input {{ 'class="a b"'|safe if on }}>`, `<input class="a b">`},
		{`<p {{ empty }}>`, `<p >`},
		{`<p {{ js }}>`, `<p ZgotmplZ>`},
		{`<p{{ {"class": x, "href": url, "onclick": js}|xmlattr }}>`, `<p class="&#34;&#39;&lt;&amp;&gt;" href="#ZgotmplZ" onclick="&#34;alert(1)&#34;">`},
		{`<p{{ {"srcdoc": "<b>"}|xmlattr }}>`, `<p srcdoc="&amp;lt;b&amp;gt;">`},
		{`İstanbul <iframe sRcdoc="{{ b }}{{ x }}"></iframe>`, `İstanbul <iframe sRcdoc="&lt;b&gt;a&lt;/b&gt; &amp;amp; c&amp;#34;&amp;#39;&amp;lt;&amp;amp;&amp;gt;"></iframe>`},
		{`<title>{{ x }}</title><textarea>{{ b }}</textarea>`, `<title>&#34;&#39;&lt;&amp;&gt;</title><textarea>&lt;b&gt;a&lt;/b&gt; &amp; c</textarea>`},
		{`<p title="{{ b }}">`, `<p title="a &amp; c">`},
		{`<p title="{{ "<b> is the author's"|safe }}">`, `<p title="<b> is the author's">`},
		{`<!-- {{ x }} -->`, `<!--  -->`},
		{`<p title={{ x }}>`, `<p title=&#34;&#39;&lt;&amp;&gt;>`},
		{`a < b {{ x }} <{{ n }} <{{ js }} </{{ js }} <{{ empty }}img src={{ js }}>`, `a < b &#34;&#39;&lt;&amp;&gt; <5 &lt;alert(1) &lt;/alert(1) &lt;img src=alert(1)>`},
		{`{% set tag = "h2" %}<{{ tag }}>x</{{ tag }}>`, `<h2>x</h2>`},
		{`{% set tag = "script" %}<{{ tag }}>x</{{ tag }}>`, `&lt;script>x&lt;/script>`},
		{`<{% if on %}img onerror={{ js }}{% endif %}>`, `&lt;img onerror=alert(1)>`},
		{`{% macro m(v) %}{{ v }}{% endmacro %}<script>var a = {{ m(js) }};</script>{{ m(x) }}<a href="{{ m(url) }}">`,
			`<script>var a = "alert(1)";</script>&#34;&#39;&lt;&amp;&gt;<a href="#ZgotmplZ">`},
		{`{% macro a(u) %}<a href="{{ u }}">{{ caller() }}</a>{% endmacro %}{% call a(url) %}{{ x }}{% endcall %}`, `<a href="#ZgotmplZ">&#34;&#39;&lt;&amp;&gt;</a>`},
		{`{% macro m(n) %}{{ n }}{% if n %}{{ m(n - 1) }}{% endif %}{% endmacro %}<script>f({{ m(1) }})</script>`, `<script>f( 1 "0")</script>`},
		{`{% set s %}<b>{{ x }}</b>{% endset %}<script>var a = {{ s }}</script>`, `<script>var a = "\u003cb\u003e\u0026#34;\u0026#39;\u0026lt;\u0026amp;\u0026gt;\u003c/b\u003e"</script>`},
		{`{% filter upper %}<a href="{{ url }}">{{ x }}</a>{% endfilter %}`, `<A HREF="#ZGOTMPLZ">&#34;&#39;&LT;&AMP;&GT;</A>`},
		{`<a href="{% filter replace("q", url) %}q{% endfilter %}"><p title={% filter default(x)|replace("q", " onclick=f") %}q{% endfilter %}>`, `<a href="#ZgotmplZ"><p title=&#32;onclick&#61;f>`},
		{`<script>f({% filter replace(old="q", new=js) %}q{% endfilter %})</script>{% filter replace("q", x) %}<b>q</b>{% endfilter %}`, `<script>f("alert(1)")</script><b>&#34;&#39;&lt;&amp;&gt;</b>`},
		{`{{ "<b>a\n\n</b>"|safe|indent(x) }}{{ "a\nb"|indent("<") }}{{ "a\nb"|safe|indent("<i>"|safe) }}`, "<b>a\n\n&#34;&#39;&lt;&amp;&gt;</b>a\n&lt;ba\n<i>b"},
		{`{% trans u=url, x=x %}100% <a href="{{ u }}" title={{ x }}>{{ x }}</a> {{ u }}{% endtrans %}`, `100% <a href="#ZgotmplZ" title=&#34;&#39;&lt;&amp;&gt;>&#34;&#39;&lt;&amp;&gt;</a> javascript:alert(1)`},
		{`{% trans n=n, j=js %}<i onclick="f({{ j }})">{% pluralize %}<b onclick='g({{ n }}, "{{ j }}")'>{% endtrans %}{% trans p=path %}<a href="{{ p }}">{% endtrans %}`, `<b onclick='g( 5 , "alert(1)")'><a href="/a%20b?c=d&amp;e">`},
		{`<script>f("{% trans x=x %}<b>{{ x }}</b>{% endtrans %}")</script>{% trans x=x %}{{ x }}{% endtrans %}`,
			`<script>f("\u003cb\u003e\u0026#34;\u0026#39;\u0026lt;\u0026amp;\u0026gt;\u003c\/b\u003e")</script>&#34;&#39;&lt;&amp;&gt;`},
		{`<p title="{% trans u=url %}<a href='{{ u }}'>{{ u }}</a>{% endtrans %}">`, `<p title="javascript:alert(1)">`},
		{`<script>a = "{% filter reverse %}{{ "'" ~ off }}{% endfilter %}"; b = "{% filter truncate(1, true, "", 0) %}{{ "'" ~ off }}{% endfilter %}"</script>`, `<script>a = "eslaF7200u\\"; b = "\\"</script>`},
		{`<a href="{% filter reverse %}{{ "/1,:tpircsavaj" }}{% endfilter %}"><a href="{% filter replace("/", "") %}{{ "/" ~ url }}{% endfilter %}">`, `<a href="#ZgotmplZ"><a href="#ZgotmplZ">`},
		{`<p onclick="{% filter truncate(4, true, "", 0) %}f('{{ x }}'){% endfilter %}" title="{% filter replace("q", "&lt;")|reverse %}{{ n }}q{% endfilter %}">`, `<p onclick="&#34;f(&#39;\\&#34;" title=";tl;pma&5">`},
		{`<script>{% filter replace("a", "b") %}a = 1{% endfilter %}; {% filter indent(1)|upper %}x = "{{ n }}";
y{% endfilter %}</script>`, "<script>b = 1; X = \"5\";\n Y</script>"},
		{`{% filter striptags %}{{ "<b>" }}{% endfilter %}`, `&lt;b&gt;`},
		{`{% autoescape false %}<a href="{{ path }}">{{ x }}{% endautoescape %}">`, `<a href="/a b?c=d&e">"'<&>">`},
		{`<script>{% for i in [1, 2] %}f({{ i }});{% endfor %}</script>`, `<script>f( 1 );f( 2 );</script>`},
		{`<ul>{% for i in [[1, [2]]] recursive %}<li title='{{ i }}'>{{ loop(i) if i is iterable }}{% endfor %}`, `<ul><li title='[1, [2]]'><li title='1'><li title='[2]'><li title='2'>`},
	} {
		tm, err := New(Config{}).FromString(c.source)
		if err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		if got, err := tm.RenderString(data); err != nil || got != c.want {
			t.Errorf("%s\n got %s %v\nwant %s", c.source, got, err, c.want)
		}
	}
}

func TestTypedStrings(t *testing.T) {
	data := map[string]any{
		"html": template.HTML("<b>&amp;</b>"), "markup": Markup("<b>&amp;</b>"), "url": template.URL("javascript:f()"), "js": template.JS("f()"),
		"jsstr": template.JSStr(`\x41`), "css": template.CSS("width: expression(1)"), "attr": template.HTMLAttr(`a="b"`), "srcset": template.Srcset("a.png 2x"),
	}
	for source, want := range map[string]string{
		`{{ html }}{{ markup }}`:                              `<b>&amp;</b><b>&amp;</b>`,
		`{{ js }} {{ url }} {{ attr }}`:                       `f() javascript:f() a=&#34;b&#34;`,
		`<a href="{{ url }}" title="{{ html }}">`:             `<a href="javascript:f%28%29" title="&amp;">`,
		`<script>{{ js }};"{{ jsstr }}";{{ html }}</script>`:  `<script>f();"\x41";"\u003cb\u003e\u0026amp;\u003c/b\u003e"</script>`,
		`<p style="{{ css }}" onclick="{{ js }}" {{ attr }}>`: `<p style="width: expression(1)" onclick="f()" a="b">`,
		`<img srcset="{{ srcset }}">`:                         `<img srcset="a.png 2x">`,
		`<p onclick="{{ js|upper }}">`:                        `<p onclick="&#34;F()&#34;">`,
		`<a href="{{ url|trim }}">`:                           `<a href="#ZgotmplZ">`,
	} {
		if got := renderString(t, Config{}, source, data); got != want {
			t.Errorf("%s\n got %s\nwant %s", source, got, want)
		}
	}
}

// What cannot be JSON is an error in a script, not null.
func TestWhatCannotBeJSON(t *testing.T) {
	for name, x := range map[string]any{"channel": make(chan int), "raw": json.RawMessage("{"), "within": []any{map[string]any{"a": make(chan int)}}} {
		for _, source := range []string{"<script>\nvar a = {{ x }};</script>", "<p\nonclick='f({{ x }})'>", "\n{{ x|tojson }}"} {
			if e := renderError(t, Config{}, source, map[string]any{"x": x}); e.Line != 2 || !strings.Contains(e.Message, "not JSON serializable") {
				t.Errorf("%s in %s: %v", name, source, e)
			}
		}
	}
}

// JSON must not be taken as safe where quotes or spaces end its place.
func TestJSONStaysInItsPlace(t *testing.T) {
	data := map[string]any{"d": map[string]any{"q": `x" onload=alert(1) ');alert(1)//`}}
	for source, bad := range map[string][]string{
		`<p onclick=go({{ d|tojson|forceescape }})>`: {" onload="},
		`<p onclick=go({{ d|tojson }})>`:             {" onload="},
		`<p onclick='f("{{ d|tojson }}")'>`:          {`f("{"`, `f("{&#34;`},
		`<a href='{{ d|tojson }}'>`:                  {`"q"`},
		`<p title="{{ d|tojson }}">`:                 {`x" `, `x\" `},
		`<p title={{ d|tojson }}>`:                   {" onload="},
		`<script>var a = "{{ d|tojson }}"</script>`:  {`"{"`},
	} {
		got := renderString(t, Config{}, source, data)
		for _, b := range bad {
			if strings.Contains(got, b) {
				t.Errorf("%s\n%s contains %s", source, got, b)
			}
		}
	}
}

func TestPagesThatCannotBeEscaped(t *testing.T) {
	for source, line := range map[string]int{
		"a\n{% if x %}<a href=\"{% else %}<a title='{% endif %}{{ x }}\">": 2,
		"\n\n<a href=\"{{ x }}":                             3,
		"<script>\n{% if x %}'{% endif %}{{ x }}</script>":  2,
		"\n{% trans x %}<a href=\"{% endtrans %}{{ x }}\">": 2,
	} {
		e := renderError(t, Config{}, source, map[string]any{"x": 1})
		var std *template.Error
		if e.Kind != ErrEscape || !errors.Is(e, ErrEscape) || !errors.As(e, &std) {
			t.Errorf("%q: %v", source, e)
		}
		if e.Line > line || strings.Contains(e.Message, "\x01") {
			t.Errorf("%q: line %d, want %d: %v", source, e.Line, line, e)
		}
	}
	// a browser would end these scripts elsewhere than html/template thinks
	for _, source := range []string{
		`<script>var a = "</script>"; {{ x }}</script>`, `<script>/</sCript/{{ x }}</script>`, "<script>var a = '<!--', b = {{ x }};</script>",
		"<script><!-- <script>\n</script>{{ x }}",
	} {
		if e := renderError(t, Config{}, source, map[string]any{"x": 1}); e.Kind != ErrEscape {
			t.Errorf("%q: %v", source, e)
		}
	}
	for _, source := range []string{`<script>var a = "<script>", b = "<\/script>";</script>`, "<script><!-- old\nvar a;\n// -->\n</script><script></script>", "<!-- <script>a</script> --><script>b</script>"} {
		if got := renderString(t, Config{}, source, nil); got != source {
			t.Errorf("%q: %q", source, got)
		}
	}
	// a page that is not escaped is not analysed
	if got := renderString(t, Config{Autoescape: func(string) bool { return false }}, `<a href="{{ x }}`, map[string]any{"x": "<"}); got != `<a href="<` {
		t.Errorf("%q", got)
	}
}

func TestAutoescapeByName(t *testing.T) {
	for name, want := range map[string]bool{
		"": true, "a.html": true, "a.HTM": true, "x/a.xml": true, "a.xhtml": true, "a.svg": true,
		"a.txt": false, "a.js": false, "html": false, "a.html.txt": false,
	} {
		if got := autoescapeByName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

// Whatever skips html/template's URL escapers must come out as from them.
func TestShortcutsForURLsAgreeWithHTMLTemplate(t *testing.T) {
	whole := template.Must(template.New("").Parse(`<a href="{{.}}">`))
	part := template.Must(template.New("").Parse(`<a href="/p/{{.}}">`))
	query := template.Must(template.New("").Parse(`<a href="/p?q={{.}}">`))
	std := func(tm *template.Template, s string) string {
		var b strings.Builder
		if err := tm.Execute(&b, s); err != nil {
			t.Fatal(err)
		}
		_, v, _ := strings.Cut(b.String(), `href="`)
		return strings.TrimPrefix(strings.TrimPrefix(strings.TrimSuffix(v, `">`), "/p/"), "/p?q=")
	}
	shortcuts := 0
	check := func(s string) {
		want := string(appendEscaped(nil, s))
		if plainURL(s) {
			shortcuts++
			if got := std(whole, s); got != want {
				t.Errorf("URL %q: %q, html/template %q", s, want, got)
			}
			if got := std(part, s); got != want {
				t.Errorf("part %q: %q, html/template %q", s, want, got)
			}
		}
		if plainQuery(s) {
			if got := std(query, s); got != want {
				t.Errorf("query %q: %q, html/template %q", s, want, got)
			}
		}
	}
	var all func(prefix string, n int)
	all = func(prefix string, n int) {
		check(prefix)
		check("https://" + prefix)
		check("javascript" + prefix)
		if n == 0 {
			return
		}
		for _, c := range "aG5/:?#&=%+ ;,@!$*'()[]\"<\\\x00é~|" {
			all(prefix+string(c), n-1)
		}
	}
	all("", 3)
	if shortcuts < 10000 {
		t.Errorf("only %d shortcuts", shortcuts)
	}
}

// What becomes part of an escaped page is escaped, whatever its name.
func TestPartsOfEscapedPages(t *testing.T) {
	env := New(Config{Loader: Map{
		"page.html":     `<script>{% include "x.js" %}{% include name %}</script>{% from "macros.j2" import m %}{{ m(x) }}{% import "macros.j2" as ms %}{{ ms.m(x)|upper }}{{ ms.v }}`,
		"x.js":          `f({{ x }}, '{{ x }}');`,
		"macros.j2":     `{% macro m(v) %}<i title="{{ v }}">{{ v }}</i>{% endmacro %}{% set v = "<" %}`,
		"child.j2":      `{% extends "base.html" %}{% set s %}<b>{{ x }}</b>{% endset %}{% block b %}{{ x }}{{ s }}{% endblock %}`,
		"base.html":     `<p>{% block b %}{% endblock %}</p>`,
		"dynamic.j2":    `{% extends layout %}{% block b %}{{ x }}{% endblock %}`,
		"plain.txt":     `{{ x }} {% include "x.js" %} {% include "part.html" %} {% from "macros.j2" import m %}{{ m(x) }}`,
		"part.html":     `<a href="{{ x }}">`,
		"explicit.html": `{% macro raw(v) %}{% autoescape false %}{{ v }}{% endautoescape %}{% endmacro %}{{ raw(x) }}`,
	}})
	data := map[string]any{"x": `'<`, "name": "x.js", "layout": "base.html"}
	js := `f("'\u003c", '\u0027\u003c');`
	for name, want := range map[string]string{
		"page.html":     `<script>` + js + `"f(\u0026#39;\u0026lt;, '\u0026#39;\u0026lt;');"</script><i title="&#39;&lt;">&#39;&lt;</i><I TITLE="&#39;&LT;">&#39;&LT;</I>&lt;`,
		"child.j2":      `<p>&#39;&lt;<b>&#39;&lt;</b></p>`,
		"dynamic.j2":    `<p>&#39;&lt;</p>`,
		"plain.txt":     `'< f('<, ''<'); <a href="%27%3c"> <i title="'<">'<</i>`,
		"explicit.html": `'<`,
	} {
		var out strings.Builder
		if err := env.Render(&out, name, data); err != nil || out.String() != want {
			t.Errorf("%s\n got %s %v\nwant %s", name, out.String(), err, want)
		}
	}
}

package templates

import (
	"fmt"
	"strings"
	"testing"
)

// Values that are put into markup are escaped for where they stand there.
func TestMarkupIsFilledByContext(t *testing.T) {
	data := map[string]any{
		"x": `"'<&>`, "js": "alert(1)", "url": "javascript:alert(1)", "path": "/a b?c=d&e", "n": 5, "d": map[string]any{"k": `it's "<"`},
		"b": Markup("<b>a</b>"), "link": Markup(`<a href="%s">`),
	}
	const link, text = `<a href="#ZgotmplZ">javascript:alert(1)</a>`, `&#34;&#39;&lt;&amp;&gt;`
	for _, c := range []struct{ source, want string }{
		{`{{ '<a href="%s">%s</a>'|safe % (url, url) }}`, link},
		{`{{ '<a href="%s">%s</a>'|safe|format(url, url) }}`, link},
		{`{{ '<a href="%(u)s">%(u)s</a>'|safe|format(u=url) }}`, link},
		{`{{ ('<a href="{}">{}</a>'|safe).format(url, url) }}`, link},
		{`{{ ('<a href="{u}">{u}</a>'|safe).format_map({'u': url}) }}`, link},
		{`{{ ('<a href="{u!s}">{u:s}</a>'|safe).format(u=url) }}`, link},
		{`{{ '<a href="'|safe ~ url ~ '">'|safe ~ url ~ '</a>'|safe }}`, link},
		{`{{ '<a href="'|safe + url + '">'|safe + url + '</a>'|safe }}`, link},
		{`{{ ['<a href="'|safe, url, '">'|safe, url, '</a>'|safe]|join }}`, link},
		{`{{ (''|safe).join(['<a href="'|safe, url, '">'|safe, url, '</a>'|safe]) }}`, link},
		{`{{ '<a href="URL">URL</a>'|safe|replace('URL', url) }}`, link},
		{`{{ ('<a href="URL">URL</a>'|safe).replace('URL', url) }}`, link},
		{`{{ '<a href="">'|safe|replace('', '&', 1) }}{{ 'aä'|safe|replace('', '&') }}{{ 'aä'|replace('', '&') }}`, `&amp;<a href="">&amp;a&amp;ä&amp;&amp;a&amp;ä&amp;`},
		{`{% filter replace("q", url) %}<a href="q">q</a>{% endfilter %}`, link},
		{`{{ _('<a href="%(u)s">%(u)s</a>', u=url) }}`, link},
		{`{{ ngettext('<a href="%(u)s">', '<a title=%(x)s href="%(u)s">%(num)s', n, u=url, x=x) }}`, `<a title=` + text + ` href="#ZgotmplZ">5`},
		{`{{ pgettext('c', '<a href="%(u)s">', u=path) }}{{ npgettext('c', '<a href="%(u)s">', '', 1, u=url) }}`, `<a href="/a%20b?c=d&amp;e"><a href="#ZgotmplZ">`},
		{`{% set m = _('<a href="%(u)s">', u=url) %}{{ m }}{{ m|upper }}`, `<a href="#ZgotmplZ"><A HREF="#ZGOTMPLZ">`},
		{`{{ link % url }}{{ link|format(path) }}`, `<a href="#ZgotmplZ"><a href="/a%20b?c=d&amp;e">`},
		{"{{ \"<a href='\\n'>\"|safe|indent(url) }}", "<a href='\n#ZgotmplZ'>"},

		{`{{ '<script>f(%s, "%s", %d, %.1f)</script>'|safe % (js, js, n, n) }}`, `<script>f("alert(1)", "alert(1)", 5, 5.0)</script>`},
		{`{{ '<p onclick="f(%s)" style="width: %s" title=%s>'|safe % (d, js, x) }}`, `<p onclick="f({&#34;k&#34;:&#34;it\u0027s \&#34;\u003c\&#34;&#34;})" style="width: ZgotmplZ" title=` + text + `>`},
		{`{{ '<p title="%s">%s<!-- %s --><title>%s</title>'|safe % (b, b, b, b) }}`, `<p title="a"><b>a</b><!--  --><title>&lt;b&gt;a&lt;/b&gt;</title>`},
		{`{{ ('<p onclick="f({:05d}, {:>3})">'|safe).format(n, '"') }}`, `<p onclick="f(00005, &#34;  \&#34;&#34;)">`},
		{`{{ '<p onclick="f('|safe ~ d|tojson ~ ')">'|safe }}`, `<p onclick="f({&#34;k&#34;: &#34;it\u0027s \&#34;\u003c\&#34;&#34;})">`},
		{`{{ '<p'|safe ~ {"title": x, "href": url}|xmlattr ~ '>'|safe }}`, `<p title="` + text + `" href="#ZgotmplZ">`},
		{`{{ '<a href="?q=%s">'|safe % (x|urlencode) }}`, `<a href="?q=%22%27%3C%26%3E">`},
		{`{{ '<iframe srcdoc="%s"></iframe>'|safe % "<b>" }}`, `<iframe srcdoc="&amp;lt;b&amp;gt;"></iframe>`},

		// tags that a value would make
		{`{{ '<%s>x</%s>'|safe % ('b', 'b') }}{{ '<%s>'|safe % 'img onerror=f()' }}{{ '<%s'|safe % 'script' }}{{ '1 <%d'|safe % 2 }}`, `<b>x</b>&lt;img onerror=f()>&lt;script1 <2`},
		// parts of markup
		{`{{ '<a href="%s'|safe % url }}">{{ '<script>f("%s'|safe % '"' }}`, `<a href="#ZgotmplZ"><script>f("\u0022`},
		// in text, as MarkupSafe does it
		{`{{ '%c%c'|safe|format('<', 60) }}{{ '<b>%.2s|%30s</b>'|safe % (x, x) }}{{ '%r'|safe % b }}`, `&lt;&lt;<b>&#|       ` + text + `</b>Markup(&#39;&lt;b&gt;a&lt;/b&gt;&#39;)`},
		// no markup: the whole is escaped
		{`{{ '<a href="%s">' % url }}{{ '<a href="' ~ url }}`, `&lt;a href=&#34;javascript:alert(1)&#34;&gt;&lt;a href=&#34;javascript:alert(1)`},
		{`{% autoescape false %}{{ '<a href="%s">'|safe % url }}{{ '<a href="'|safe ~ url }}{{ _('<a href="%(u)s">', u=url) }}{% endautoescape %}`,
			`<a href="#ZgotmplZ"><a href="javascript:alert(1)<a href="javascript:alert(1)">`},
	} {
		if got := renderString(t, Config{}, c.source, data); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.source, got, c.want)
		}
	}
}

// swapped is a translation that puts the variables elsewhere.
type swapped struct{ plainTranslator }

func (swapped) Gettext(_, message string) string {
	return map[string]string{
		`<a href="%(u)s">%(x)s</a>`: `%(u)s <a href="%(x)s">`,
		"greeting":                  "<b>Hello</b> %(x)s",
		"broken":                    `<a href="%(x)s>`,
	}[message]
}

func TestMarkupOfTranslations(t *testing.T) {
	data := map[string]any{"url": "javascript:alert(1)", "x": "<", "key": "greeting"}
	for source, want := range map[string]string{
		`{{ _('<a href="%(u)s">%(x)s</a>', u=url, x=url) }}`:                                                                       `javascript:alert(1) <a href="#ZgotmplZ">`,
		`{% trans u=url, x=url %}<a href="{{ u }}">{{ x }}</a>{% endtrans %}`:                                                      `javascript:alert(1) <a href="#ZgotmplZ">`,
		`{{ _(key, x=x) }}<script>f({{ _(key, x=x) }})</script>`:                                                                   `<b>Hello</b> &lt;<script>f("\u003cb\u003eHello\u003c/b\u003e \u0026lt;")</script>`,
		`{% autoescape false %}{{ _('broken', x=x) }}{% endautoescape %}`:                                                          `<a href="<>`,
		`{% set broken %}{% autoescape false %}{{ _('broken', x=x) }}{% endautoescape %}{% endset %}{{ _("greeting", x=broken) }}`: `<b>Hello</b> <a href="<>`,
	} {
		if got := renderString(t, Config{Translator: swapped{}}, source, data); got != want {
			t.Errorf("%s\n got %s\nwant %s", source, got, want)
		}
	}
	for _, source := range []string{"\n{{ _('broken', x=x) }}{{ x }}\">", "\n{% trans x %}broken{% endtrans %}"} {
		if e := renderError(t, Config{Translator: swapped{}}, source, data); e.Kind != ErrEscape || e.Line != 2 || !strings.Contains(e.Message, `'<a href="%(x)s>'`) {
			t.Errorf("%s: %v", source, e)
		}
	}
}

// A text that comes from outside is not markup by being looked up in a
// catalogue, unless it has a translation.
func TestTextsFromOutsideAreNoMessages(t *testing.T) {
	data := map[string]any{"x": `<b onclick="f()">%(n)s</b>`, "m": Markup("<i>%(n)s</i>"), "on": true}
	const escaped = `&lt;b onclick=&#34;f()&#34;&gt;&lt;&lt;/b&gt;`
	for source, want := range map[string]string{
		`{{ _(x, n="<") }}{{ pgettext("c", x, n="<") }}{{ pgettext(x, "<p>") }}`:                       escaped + escaped + "<p>",
		`{{ ngettext(x, "<p>", 1, n="<") }}{{ ngettext("<p>", x, 1) }}{{ ngettext("<p>", "<p>", 1) }}`: escaped + "&lt;p&gt;<p>",
		`{{ _(m, n="<") }}{{ _("<p>" ~ "</p>") }}{{ _("<p>" if on else "<b>") }}`:                      "<i>&lt;</i><p></p><p>",
		`{{ _(*[x], n="<") }}{{ gettext(message=x, n="<") }}`:                                          escaped + escaped,
	} {
		if got := renderString(t, Config{}, source, data); got != want {
			t.Errorf("%s\n got %s\nwant %s", source, got, want)
		}
	}
}

// What is printed behind a message is escaped for HTML text, so that a message
// must end there. Check finds those of the source.
func TestMessagesAreWhole(t *testing.T) {
	for source, column := range map[string]int{
		`{{ _('<a href="') }}{{ x }}">`: 5, `{{ gettext("<script>") }}`: 11, `{% trans %}<!--{% endtrans %}`: 4, `{% trans %}1 <{% endtrans %}{{ x }}`: 4,
		`{{ ngettext("1 < 2", "if a<b then", 2) }}`: 12, `{% trans x %}{{ x }}{% pluralize %}</title{% endtrans %}`: 4,
	} {
		data := map[string]any{"x": 2}
		if e := renderError(t, Config{}, source, data); e.Kind != ErrEscape || !strings.Contains(e.Message, "leaves a tag") {
			t.Errorf("%s: %v", source, e)
		}
		env := New(Config{Loader: Map{"a.html": source, "a.txt": source}})
		if err := env.Check("a.html"); err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("templates: a.html:1:%d: the message", column)) {
			t.Errorf("%s: %v", source, err)
		}
		if err := env.Check("a.txt"); err != nil {
			t.Errorf("%s: %v", source, err)
		}
	}
	const whole = `{{ _('1 < 2') }}<p title="{{ _('a <b>c</b> %(x)s', x=x) }}">`
	if got := renderString(t, Config{}, whole, map[string]any{"x": "<"}); got != `1 < 2<p title="a c &lt;">` {
		t.Errorf("%s", got)
	}
}

func TestEndsInText(t *testing.T) {
	for _, s := range []string{"", "a", "<b>", "</b>", "<p class=\"a>b\" hidden\ndata-x='<'>", "<BR/>", "<img src='a' />", "a > b", "<h1>&lt;"} {
		if !endsInText(s) {
			t.Errorf("%q is not known to end in text", s)
		}
	}
	for _, s := range []string{
		"<", "</", "<b", "<b ", "<b title=\"", "<b title='\">", "<b title=a>", "<b title = 'a'>", "<script>", "<title>", "<textarea>", "<style>", "<xmp>", "<!-- -->", "<iframe>",
		"<b\x00>", "<b/title='>", "<b title=>", "<b =a>", "<b-c>", "<svg>", "<select>", "<p title='a'b>", "<b title='<b>",
	} {
		if endsInText(s) {
			t.Errorf("%q is taken to end in text", s)
		}
	}
}

// The memory of markup has an end, and two texts never share an entry.
func TestLayoutsAreBounded(t *testing.T) {
	tm, err := New(Config{}).FromString(`{{ ("<a id=" ~ n ~ " href='%s'>")|safe % url }}`)
	if err != nil {
		t.Fatal(err)
	}
	for n := range mostLayouts + 10 {
		got, err := tm.RenderString(map[string]any{"n": n, "url": "javascript:f()"})
		if want := fmt.Sprintf("<a id=%d href='#ZgotmplZ'>", n); got != want || err != nil {
			t.Fatalf("%s, %v, want %s", got, err, want)
		}
	}
	kept := func() int {
		layouts.RLock()
		defer layouts.RUnlock()
		return len(layouts.known)
	}
	if n := kept(); n > mostLayouts {
		t.Errorf("%d layouts are kept", n)
	}
	before := kept()
	for _, size := range []int{longestLayout, longestLayout + 1} {
		layoutOf(nil, strings.Repeat("x", size-1)+"<")
	}
	if n := kept(); n != before+1 {
		t.Errorf("of two texts at and above the limit %d are kept", n-before)
	}
	// a NUL separates texts in the key
	for _, texts := range [][]string{{"<a href='", "' title='"}, {"<a href='\x00' title='"}} {
		l := layoutOf(texts, "'>")
		if l.err != nil || len(l.places) != len(texts) {
			t.Errorf("%q: %v places, %v", texts, len(l.places), l.err)
		}
	}
}

package templates

import (
	"errors"
	"html/template"
	"strings"
	"testing"
)

// seed adds the sources of all vectors.
func seed(f *testing.F) {
	for _, v := range readVectors[jinjaVector](f, "jinja-*.jsonl") {
		for _, name := range sortedKeys(v.Templates) {
			f.Add(v.Templates[name])
		}
	}
	for _, v := range readVectors[xssVector](f, "xss.jsonl") {
		f.Add(v.Template)
	}
}

// FuzzCompile: no source makes the lexer, parser or compiler panic, and an
// error always has a place.
func FuzzCompile(f *testing.F) {
	seed(f)
	envs := []*Environment{
		New(Config{}),
		New(Config{Syntax: Syntax{TrimBlocks: true, LstripBlocks: true, LineStatement: "%", LineComment: "##", Debug: true}}),
		New(Config{Syntax: Syntax{PrintStart: "<", PrintEnd: ">", BlockStart: "<?", BlockEnd: "?>", CommentStart: "<!--", CommentEnd: "-->", KeepTrailingNewline: true}}),
	}
	f.Fuzz(func(t *testing.T, source string) {
		for _, env := range envs {
			_, err := env.FromString(source)
			var e *Error
			if err != nil && (!errors.As(err, &e) || e.Line < 1 || e.Line > strings.Count(normalizeNewlines(source), "\n")+1) {
				t.Errorf("%q: %#v", source, err)
			}
		}
	})
}

// FuzzRender: no template panics, outlasts its limits, or writes beside an
// error.
func FuzzRender(f *testing.F) {
	seed(f)
	data := map[string]any{
		"x": `<"'&>`, "n": 5, "xs": []any{1, "a", nil, 2.5}, "d": map[string]any{"a": 1, "b": map[string]any{}}, "f": 1.5, "t": true,
		"u": &account{Name: "Ada"}, "fn": func(n int) int { return n }, "users": []account{{Name: "a"}, {Name: "b"}},
	}
	f.Fuzz(func(t *testing.T, source string) {
		env := New(Config{
			Loader: Map{"main": source, "p": "{{ x }}", "base": "<b>{% block body %}{% endblock %}", "m": "{% macro hello(n) %}{{ n }}{% endmacro %}"},
			Limits: Limits{Loops: 2000, Output: 1 << 16, Depth: 20}, Autoescape: func(string) bool { return true },
		})
		var out strings.Builder
		err := env.Render(&out, "main", data)
		var e *Error
		if err != nil && (!errors.As(err, &e) || out.Len() > 0) {
			t.Errorf("%q: %v, %q", source, err, out.String())
		}
	})
}

// FuzzAgainstHTMLTemplate: where both engines know the template, they write
// the same, but for what is different on purpose. A template is text with
// values, written as {{.}} for html/template and {{ x }} here.
func FuzzAgainstHTMLTemplate(f *testing.F) {
	for _, v := range readVectors[xssVector](f, "xss.jsonl") {
		if s, ok := v.Payload.(string); ok {
			f.Add(v.Template, s)
		}
	}
	for _, s := range []string{`<a href="{{ x }}" title='{{ x }}'>{{ x }}</a><p class={{ x }}>`, `<script>f({{ x }}, "{{ x }}", '{{ x }}', /{{ x }}/)</script>`, `<p style="a: {{ x }}" onclick="f({{ x }})">`} {
		f.Add(s, `a"'<>&+ b`)
		f.Add(s, "javascript:x")
		f.Add(s, "https://example.com/?a=b&c=%20#d")
		f.Add(s, "/a:b@!$*/%zz%41?x=1&y;z,")
		f.Add(s, "a:b")
		f.Add(s, "http:x")
	}
	env := New(Config{})
	f.Fuzz(func(t *testing.T, source, payload string) {
		source = strings.ReplaceAll(source, "\r", "")
		parts := strings.Split(source, "{{ x }}")
		text := strings.Join(parts, "")
		if strings.ContainsAny(text, "{}\x00\x01+#%") || strings.ContainsAny(payload, "\x00+") || payload == "" || strings.HasSuffix(source, "\n") {
			return // delimiters, what html/template escapes beyond MarkupSafe, empty attribute names
		}
		lower := strings.ToLower(text)
		if strings.Contains(lower, "srcdoc") || strings.Contains(text, "<!--") || strings.Contains(text, "/*") || strings.Contains(text, "//") || strings.Contains(text, "-->") || strings.Contains(lower, "<script") && strings.Count(lower, "<script") > 1 {
			return // srcdoc is stricter here; comments are kept
		}
		std, err := template.New("").Parse(strings.Join(parts, "{{.}}"))
		if err != nil {
			return
		}
		var want strings.Builder
		stdErr := std.Execute(&want, payload)
		tm, err := env.FromString(source)
		if err != nil {
			t.Fatalf("%q: %v", source, err)
		}
		got, err := tm.RenderString(map[string]any{"x": payload})
		if err != nil && strings.Contains(err.Error(), "a script holds") {
			return // changed by html/template, refused here
		}
		if (err != nil) != (stdErr != nil) {
			t.Fatalf("%q with %q: %v, html/template %v", source, payload, err, stdErr)
		}
		if err != nil {
			return
		}
		if g, w := alike(got), alike(want.String()); g != w {
			t.Errorf("%q with %q:\n got %q\nwant %q", source, payload, g, w)
		}
	})
}

// FuzzFilling: values put into markup while rendering are escaped as those of
// a page.
func FuzzFilling(f *testing.F) {
	for _, v := range readVectors[xssVector](f, "xss.jsonl") {
		if s, ok := v.Payload.(string); ok {
			f.Add(v.Template, s)
		}
	}
	for _, s := range []string{`<p class="a">{{ x }}</p>`, `<{{ x }}>{{ x }}`, `<a b='<'>{{ x }}<br/>{{ x }}`, `<i a=b{{ x }}>`, "<b\n/{{ x }}", `a<{{ x }}`, `<`, `{{ x }}<`} {
		f.Add(s, `javascript:"'<>&`)
		f.Add(s, "b")
	}
	env := New(Config{Syntax: Syntax{KeepTrailingNewline: true}})
	f.Fuzz(func(t *testing.T, source, payload string) {
		source = strings.ReplaceAll(source, "\r", "")
		parts := strings.Split(source, "{{ x }}")
		if strings.ContainsAny(strings.Join(parts, ""), "{}") || strayIndex(parts[len(parts)-1]) >= 0 {
			return // delimiters, and a page's last <
		}
		tm, err := env.FromString(source)
		if err != nil {
			t.Fatalf("%q: %v", source, err)
		}
		want, err := tm.RenderString(map[string]any{"x": payload})
		if err != nil {
			return
		}
		r := newRun(t.Context(), env, nil, nil)
		defer r.release()
		m := filling{markup: true}
		for i, part := range parts {
			if i > 0 {
				m.put(payload, stringValue(payload))
			}
			m.write(part)
		}
		got, err := m.result(r)
		if err != nil || got.str() != want {
			t.Errorf("%q with %q:\n got %q, %v\nwant %q", source, payload, got.str(), err, want)
		}
	})
}

// alike undoes what differs on purpose: html/template writes a stray <
// of the source as &lt;, and leaves no attribute name empty.
func alike(s string) string {
	s = strings.ReplaceAll(s, "&lt;", "<")
	s = strings.ReplaceAll(s, `\x3C`, "<") // of <script in a string
	return strings.ReplaceAll(s, "&#43;", "+")
}

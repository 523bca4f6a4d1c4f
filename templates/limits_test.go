package templates

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// Each limit holds at N and fails at N+1.
func TestLimits(t *testing.T) {
	for _, c := range []struct {
		name   string
		limits Limits
		source string // with %d for the count
		n      int
	}{
		{"loops", Limits{Loops: 50}, "{%% for i in range(%d) %%}x{%% endfor %%}", 50},
		{"nested loops", Limits{Loops: 50}, "{%% for i in range(2) %%}{%% for j in range(%d) %%}{%% endfor %%}{%% endfor %%}", 24},
		{"list repetition", Limits{Loops: 50}, "{{ ([1] * %d)|length }}", 50},
		{"list growth", Limits{Loops: 50}, "{%% set l = [] %%}{%% do l.extend([1] * 30) %%}{%% do l.extend([1] * (%d - 30)) %%}", 50},
		{"calls of macros", Limits{Calls: 50}, "{%% macro m() %%}{%% if 1 %%}x{%% endif %%}{%% endmacro %%}{%% for i in range(%d) %%}{{ m() }}{%% endfor %%}", 50},
		{"calls of blocks", Limits{Calls: 50}, "{%% block b %%}{%% endblock %%}{%% for i in range(%d - 1) %%}{{ self.b() }}{%% endfor %%}", 50},
		{"growing tuples", Limits{Loops: 50}, "{{ ((1, 2) + (1,) * 10 + (1,) * (%d - 12))|length }}", 50},
		{"items of split", Limits{Loops: 50}, "{{ ('a ' * %d).split()|length }}", 50},
		{"lines", Limits{Loops: 50}, "{{ ('a\n' * %d).splitlines()|length }}", 50},
		{"slices", Limits{Loops: 50}, "{%% set l = [1] * 50 %%}{%% for i in range(%d) %%}{%% set x = l[:] %%}{%% endfor %%}", together - 1},
		{"percent", Limits{Output: 50}, "{%% for i in range(%d) %%}{%% set s = '%%4d' %% i %%}{%% endfor %%}", 50 * together / 4},
		{"slices of text", Limits{Output: 50}, "{%% set s = 'xxxx' %%}{%% for i in range(%d) %%}{%% set x = s[::-1] %%}{%% endfor %%}", 50 * together / 4},
		{"range", Limits{Range: 50}, "{{ range(%d)|length }}", 50},
		{"range backwards", Limits{Range: 50}, "{{ range(0, -2 * %d, -2)|length }}", 50},
		{"output", Limits{Output: 50}, "{%% for i in range(%d) %%}x{%% endfor %%}", 50},
		{"output of text and value", Limits{Output: 50}, "1234567890{{ 'x' * (%d - 10) }}", 50},
		{"string repetition", Limits{Output: 50}, "{{ ('x' * %d)|length }}", 50},
		{"padding", Limits{Output: 50}, "{{ 'x'.ljust(%d)|length }}", 50},
		{"centered", Limits{Output: 50}, "{{ 'x'|center(%d)|length }}", 50},
		{"format width", Limits{Output: 50}, "{{ ('%%%ds' %% 1)|length }}", 50},
		{"format of braces", Limits{Output: 50}, "{{ '{:%d}'.format(1)|length }}", 50},
		{"capture", Limits{Output: 50}, "{%% set s %%}{%% for i in range(%d) %%}x{%% endfor %%}{%% endset %%}", 50},
		{"all strings", Limits{Output: 50}, "{%% for i in range(%d) %%}{%% set s = 'x'|center(4) %%}{%% endfor %%}", 50 * together / 4},
		{"all lists", Limits{Loops: 500}, "{%% for i in range(%d) %%}{%% set s = range(400)|list %%}{%% endfor %%}", 500 * together / 400},
		{"depth of macros", Limits{Depth: 50}, "{%% macro m(n) %%}{%% if n > 1 %%}{{ m(n - 1) }}{%% endif %%}{%% endmacro %%}{{ m(%d) }}", 50},
		{"depth of recursive loops", Limits{Depth: 50}, "{%% for i in [%d] recursive %%}{%% if i > 1 %%}{{ loop([i - 1]) }}{%% endif %%}{%% endfor %%}", 50},
	} {
		for _, extra := range []int{0, 1} {
			source := fmt.Sprintf(c.source, c.n+extra)
			tm, err := New(Config{Limits: c.limits}).FromString(source)
			if err != nil {
				t.Fatal(err)
			}
			_, err = tm.RenderString(nil)
			if extra == 0 && err != nil {
				t.Errorf("%s at %d: %v", c.name, c.n, err)
			}
			if extra == 1 && (!errors.Is(err, ErrLimit) || !errors.Is(err, ErrRuntime)) {
				t.Errorf("%s at %d: %v", c.name, c.n+1, err)
			}
		}
	}
}

// No template runs for ever or eats all memory with the default limits.
func TestEveryTemplateEnds(t *testing.T) {
	for _, source := range []string{
		"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
		"{% include 'self' %}",
		"{% import 'self' as s %}",
		"{% block a %}{{ self.a() }}{% endblock %}",
		"{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
		"{{ 9**9**9**9**9 }}",
		"{{ 2**100000 }}",
		"{% set ns = namespace(n=2) %}{% for i in range(100) %}{% set ns.n = ns.n * ns.n %}{% endfor %}",
		"{{ 'x' * 1000000000000 }}",
		"{{ [1] * 1000000000000 }}",
		"{% set ns = namespace(s='x' * 1000) %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
		"{% set ns = namespace(s='x' * 1000) %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
		"{% set ns = namespace(s='x' * 1000) %}{% for i in range(100) %}{% set ns.s = ns.s|replace('x', ns.s) %}{% endfor %}",
		"{% set ns = namespace(s='x' * 1000) %}{% for i in range(100) %}{% set ns.s = [ns.s, ns.s]|join %}{% endfor %}",
		"{% set ns = namespace(s='x' * 1000) %}{% for i in range(100) %}{% set ns.s = '%s%s' % (ns.s, ns.s) %}{% endfor %}",
		"{% set ns = namespace(s='\t' * 1000) %}{{ ns.s.expandtabs(1000000000) }}",
		"{{ ('x\n' * 100000)|indent(1000000) }}",
		"{{ '%1000000000000d' % 1 }}",
		"{{ '{:>1000000000}'.format(1) }}",
		"{{ lipsum(1000000000) }}",
		"{{ [1]|batch(1000000000, 0) }}",
		"{{ [1]|slice(1000000000) }}",
		"{{ 1|round(1000000000) ~ 1.5|round(-1000000000) }}{{ 1 // 0 }}",
		"{% set l = [] %}{% do l.append(l) %}{{ l }}{{ l == l }}{{ l|tojson }}",
		"{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
		"{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(150) }}",
		"{% macro m(n) %}{% if n %}{{ m(n - 1) ~ m(n - 1) ~ m(n - 1) }}{% endif %}{% endmacro %}{{ m(13) }}",
		"{% set ns = namespace(t=(1,)) %}{% for i in range(100) %}{% set ns.t = ns.t + ns.t %}{% endfor %}",
		"{% set ns = namespace(t=(1,)) %}{% for i in range(100) %}{% set ns.t = (ns.t, ns.t) %}{% endfor %}{{ {ns.t: 1} }}",
		"{% set ns = namespace(t=(1,)) %}{% for i in range(5000) %}{% set ns.t = (ns.t,) %}{% endfor %}{{ [ns.t]|unique }}",
		"{% set ns = namespace(t=[1], u=[2]) %}{% for i in range(5000) %}{% set ns.t = [ns.t] %}{% set ns.u = [ns.u] %}{% endfor %}{{ ns.t < ns.u }}",
		"{% set l = [] %}{% do l.append(l) %}{{ goes(l) }}", "{% set d = {} %}{% do d.update(d=d) %}{{ goes(d) }}", "{% set l = [] %}{% do l.append(l) %}{{ strings(l) }}",
		"{% set ns = namespace(t=[1]) %}{% for i in range(100) %}{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ goes(ns.t) }}", "{{ kwargs(l=[[[[1]]]] * 2) }}{% set l = [] %}{% do l.append(l) %}{{ kwargs(l=l) }}",
		"{% set l = [] %}{% do l.append(l) %}{% include l %}",
		"{{ lipsum(1, min=1000000000, max=1000000001) }}", "{{ lipsum(min=5, max=5) }}",
		"{{ ('a ' * 1100000).split()|length }}", "{% for c in 'ä' * 1100000 %}{% endfor %}",
		"{{ range(100000)|map('string')|map('center', 60000000)|list|length }}",
		"{% for i in range(100000) %}{% set l = range(100000)|list %}{% endfor %}",
	} {
		env := New(Config{Loader: Map{"self": source}, Autoescape: func(string) bool { return true }, Globals: map[string]any{
			"goes": func(x any) bool { return true }, "strings": func([]string) bool { return true }, "kwargs": func(map[string]any) bool { return true },
		}})
		err := env.Render(&strings.Builder{}, "self", nil)
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, ErrRuntime) {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// What holds itself, or another thing many times, is handled all the same.
func TestKnots(t *testing.T) {
	const twice = "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(100) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}"
	for source, want := range map[string]string{
		"{% set ns = namespace() %}{% set ns.me = ns %}{{ ns|string|length > 1000 }}":      "True",
		"{% set l = ['x' * 100] %}{% do l.append(l) %}{{ l|pprint|length > 1000 }}":        "True",
		"{% set d = {'a': 'x' * 100} %}{% do d.update(d=d) %}{{ d|pprint|length > 1000 }}": "True",
		twice + "{{ ns.a == ns.b }}": "True",
		twice + "{{ ns.a in [ns.b] }}{{ ns.a < ns.b }}{{ [ns.b].index(ns.a) }}{{ [ns.a, ns.b]|sort|length }}":      "TrueFalse02",
		"{% set a = [] %}{% set b = [] %}{% do a.append(a) %}{% do b.append(b) %}{{ a == b }}{{ a == [a] }}":       "TrueTrue",
		"{% set a = [1] %}{% set b = [2] %}{% do a.append(a) %}{% do b.append(b) %}{{ a == b }}{{ [a] == [[1]] }}": "FalseFalse",
	} {
		if got := renderString(t, Config{}, source, nil); got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
}

// Users write long words. None of these takes more than time in proportion.
func TestLongWords(t *testing.T) {
	const n = 1 << 20
	data := map[string]any{"x": strings.Repeat("x", n), "u": strings.Repeat("ü", n), "open": "www.example.com/" + strings.Repeat("(", n) + strings.Repeat(")", n)}
	for source, want := range map[string]int{
		"{{ x|wordwrap(1) }}": 2*n - 1, "{{ u|wordwrap(79) }}": 2*n + n/79, "{{ x|wordwrap(79, false) }}": n, "{{ ('-' ~ x)|wordwrap(2) }}": n + 1 + n/2,
		"{{ open|urlize|length > 2 }}": 4,
	} {
		if got := renderString(t, Config{Limits: Limits{Loops: 3 * n}}, source, data); len(got) != want {
			t.Errorf("%s: %d bytes, want %d", source, len(got), want)
		}
	}
}

// The context ends what has neither a loop nor depth.
func TestContextEndsFilters(t *testing.T) {
	for _, source := range []string{
		"{{ cancel() }}{{ range(100000)|select('in', range(100000))|list|length }}", "{{ cancel() }}{{ range(100000)|map('float')|sum }}",
		"{% macro m(n) %}{% if n %}{% for i in [1] %}{{ m(n - 1) ~ m(n - 1) }}{% endfor %}{% endif %}{% endmacro %}{{ cancel() }}{{ m(14) }}",
	} {
		ctx, cancel := context.WithCancel(context.Background())
		tm, err := New(Config{Globals: map[string]any{"cancel": func() string { cancel(); return "" }}}).FromString(source)
		if err != nil {
			t.Fatal(err)
		}
		if err := tm.RenderContext(ctx, io.Discard, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", source, err)
		}
	}
}

func TestNestingOfSourceIsBounded(t *testing.T) {
	for _, source := range []string{
		strings.Repeat("(", 100000), strings.Repeat("[", 100000), strings.Repeat("{1:", 100000), strings.Repeat("not ", 100000), strings.Repeat("-", 100000) + "1",
		"a" + strings.Repeat(".a", 100000), "a" + strings.Repeat("|e", 100000), "a" + strings.Repeat("(", 100000), strings.Repeat("1 if ", 100000), "1" + strings.Repeat(" if 1 else 1", 100000),
		"a" + strings.Repeat(" is b", 100000),
	} {
		if e := renderError(t, Config{}, "{{ "+source+" }}", nil); e.Kind != ErrSyntax {
			t.Errorf("%.20s: %v", source, e)
		}
	}
	for _, tag := range []string{"{% if 1 %}", "{% for a in b %}", "{% if 1 %}{% elif 1 %}", "{% block a %}", "{% macro a() %}", "{% filter e %}", "{% set a %}", "{% with %}"} {
		if e := renderError(t, Config{}, strings.Repeat(tag, 20000), nil); e.Kind != ErrSyntax {
			t.Errorf("%s: %v", tag, e)
		}
	}
}

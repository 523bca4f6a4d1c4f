package templates

import (
	"errors"
	"fmt"
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
		"{{ range(100000)|map('string')|map('center', 60000000)|list|length }}",
		"{% for i in range(100000) %}{% set l = range(100000)|list %}{% endfor %}",
	} {
		env := New(Config{Loader: Map{"self": source}, Autoescape: func(string) bool { return true }})
		err := env.Render(&strings.Builder{}, "self", nil)
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, ErrRuntime) {
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

package templates

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// who is a value that answers for its attributes.
type who struct{ name string }

func (w who) Attribute(name string) (any, bool) {
	switch name {
	case "name":
		return w.name, true
	case "tags":
		return []string{"a", "<b>"}, true
	}
	return nil, false
}

func (w who) Greet(other string) string { return w.name + " greets " + other }

type whoKey struct{}

func TestVariables(t *testing.T) {
	asked := 0
	c := Config{
		Globals: map[string]any{"visitor": "a global", "site": "Dewar"},
		Variables: map[string]func(context.Context) any{"visitor": func(ctx context.Context) any {
			asked++
			return who{ctx.Value(whoKey{}).(string)}
		}},
		Loader: Map{
			"page.html":   `{% from "macros.html" import greeting %}{{ greeting() }} {{ visitor.name }} {{ visitor["name"] }} {{ visitor.greet("Bob") }} {{ visitor.nothing is defined }}{% for t in visitor.tags %}[{{ t }}]{% endfor %}`,
			"macros.html": `{% macro greeting() %}Hello, {{ visitor.name }}!{% endmacro %}`,
			"other.html":  `{{ site }}`,
			"wrong.html":  `{{ visitr }}`,
		},
	}
	env := New(c)
	ctx := context.WithValue(context.Background(), whoKey{}, "<Ada>")
	var out strings.Builder
	if err := env.RenderContext(ctx, &out, "page.html", nil); err != nil {
		t.Fatal(err)
	}
	if want := "Hello, &lt;Ada&gt;! &lt;Ada&gt; &lt;Ada&gt; &lt;Ada&gt; greets Bob False[a][&lt;b&gt;]"; out.String() != want {
		t.Errorf("%s\nwant %s", out.String(), want)
	}
	asked = 0
	if got := render(t, c, "other.html", map[string]any{"visitor": "data"}); got != "Dewar" || asked > 0 {
		t.Errorf("%s, and %d variables were asked for by a page that has none", got, asked)
	}
	if tm, _ := env.FromString("{{ visitor }}"); tm != nil {
		if s, err := tm.RenderString(map[string]any{"visitor": "data"}); s != "data" || err != nil {
			t.Errorf("data beside a variable: %q, %v", s, err)
		}
	}
	tm, err := env.Template("wrong.html")
	if err != nil {
		t.Fatal(err)
	}
	if err := tm.Check("page"); !errors.Is(err, ErrUndefined) || !strings.Contains(err.Error(), "'visitor'") {
		t.Errorf("the check of a name that is almost a variable: %v", err)
	}
}

func TestBlockByName(t *testing.T) {
	c := Config{Loader: Map{
		"base.html": `<html>{% block list %}{% endblock %}</html>`,
		"page.html": `{% extends "base.html" %}{% set n = 2 %}{% block list %}<li>{{ n }}{{ x }}</li>{% endblock %}`,
	}}
	if got := render(t, c, "page.html#list", map[string]any{"x": "<"}); got != "<li>2&lt;</li>" {
		t.Error(got)
	}
	var out strings.Builder
	if err := New(c).Render(&out, "page.html#lost", nil); !errors.Is(err, ErrRuntime) || !strings.Contains(err.Error(), "'list'") || out.Len() > 0 {
		t.Errorf("a block that does not exist: %q, %v", out.String(), err)
	}
}

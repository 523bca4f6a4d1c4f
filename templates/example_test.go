package templates_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/dewar-go/dewar/templates"
)

func Example() {
	env := templates.New(templates.Config{Loader: templates.Map{
		"base.html":  `<title>{% block title %}Notes{% endblock %}</title>{% block body %}{% endblock %}`,
		"notes.html": `{% extends "base.html" %}{% block body %}{% for n in notes %}<a href="/notes/{{ n.id }}?q={{ n.title }}">{{ n.title|title }}</a>{% endfor %}{% endblock %}`,
	}})
	type note struct {
		ID    int
		Title string
	}
	err := env.Render(os.Stdout, "notes.html", map[string]any{"notes": []note{{1, "salt & <pepper>"}}})
	if err != nil {
		fmt.Println(err)
	}
	// Output: <title>Notes</title><a href="/notes/1?q=salt%20%26%20%3cpepper%3e">Salt &amp; &lt;Pepper&gt;</a>
}

func ExampleEnvironment_FromString() {
	env := templates.New(templates.Config{})
	t, err := env.FromString(`Hello {{ name|default("world") }}!`)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, _ := t.RenderString(map[string]any{"name": "<Ada>"})
	fmt.Println(s)
	// Output: Hello &lt;Ada&gt;!
}

func ExampleConfig() {
	env := templates.New(templates.Config{
		Undefined: templates.Strict,
		Filters:   map[string]any{"shout": func(s string) string { return strings.ToUpper(s) + "!" }},
		Globals:   map[string]any{"site": "Dewar"},
	})
	t, err := env.FromString("{{ site|shout }} {{ titel }}")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = t.RenderString(map[string]any{"title": "x"})
	fmt.Println(errors.Is(err, templates.ErrUndefined))
	fmt.Println(err)
	// Output:
	// true
	// templates: <template>:1:21: 'titel' is undefined; did you mean 'title'?
	// 	{{ site|shout }} {{ titel }}
	// 	                    ^
}

func ExampleTemplate_RenderBlock() {
	env := templates.New(templates.Config{Loader: templates.Map{
		"list.html": `<h1>Things</h1><ul>{% block items %}{% for x in xs %}<li>{{ x }}</li>{% endfor %}{% endblock %}</ul>`,
	}})
	t, err := env.Template("list.html")
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = t.RenderBlock(context.Background(), os.Stdout, "items", map[string]any{"xs": []string{"a", "b"}})
	// Output: <li>a</li><li>b</li>
}

package templates_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
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

func ExampleEnvironment_Check() {
	env := templates.New(templates.Config{Loader: templates.Map{
		"page.html": `{% extends "base.html" %}{% block tilte %}x{% endblock %}{{ name|uper if name }}`,
		"base.html": `<title>{% block title %}{% endblock %}</title>`,
	}})
	err := env.Check()
	var list interface{ Unwrap() []error }
	if errors.As(err, &list) {
		for _, err := range list.Unwrap() {
			line, _, _ := strings.Cut(err.Error(), "\n")
			fmt.Println(line)
		}
	}
	// Output:
	// templates: page.html:1:66: no filter named 'uper'; did you mean 'upper'?
	// templates: page.html:1:29: block 'tilte' has no place in the parent; did you mean 'title'?
}

func ExampleTemplate_Stream() {
	env := templates.New(templates.Config{})
	t, err := env.FromString(`{% for i in range(3) %}{{ i }},{% endfor %}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := t.Stream(context.Background(), os.Stdout, nil); err != nil {
		fmt.Println(err)
	}
	// Output: 0,1,2,
}

func ExampleChoice() {
	library := templates.Map{"login.html": "the library's", "logout.html": "the library's too"}
	mine := templates.Map{"login.html": "mine"}
	env := templates.New(templates.Config{Loader: templates.Choice{mine, library}})
	_ = env.Render(os.Stdout, "login.html", nil)
	fmt.Print(", ")
	_ = env.Render(os.Stdout, "logout.html", nil)
	// Output: mine, the library's too
}

func ExampleLimits() {
	env := templates.New(templates.Config{Limits: templates.Limits{Loops: 1000}})
	t, err := env.FromString(`{% for i in range(100) %}{% for j in range(100) %}{% endfor %}{% endfor %}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = t.RenderString(nil)
	fmt.Println(errors.Is(err, templates.ErrLimit))
	// Output: true
}

func ExampleMarkup() {
	env := templates.New(templates.Config{Filters: map[string]any{
		"stars": func(n int) templates.Markup { return templates.Markup(strings.Repeat("&#9733;", n)) },
	}})
	t, err := env.FromString(`{{ 3|stars }} {{ "<b>" }}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, _ := t.RenderString(nil)
	fmt.Println(s)
	// Output: &#9733;&#9733;&#9733; &lt;b&gt;
}

func ExampleWritePOT() {
	extract := func(env *templates.Environment, w io.Writer) error {
		messages, err := env.Extract()
		if err != nil {
			return err
		}
		return templates.WritePOT(w, messages)
	}
	env := templates.New(templates.Config{Loader: templates.Map{"page.html": `{% trans name=user %}Hello, {{ name }}!{% endtrans %}`}})
	var out strings.Builder
	if err := extract(env, &out); err != nil {
		fmt.Println(err)
	}
	_, messages, _ := strings.Cut(out.String(), "\n\n")
	fmt.Print(messages)
	// Output:
	// #: page.html:1
	// #, python-format
	// msgid "Hello, %(name)s!"
	// msgstr ""
}

// A settings is a Mapping over values that are made when they are asked for.
type settings map[string]func() any

func (s settings) Keys() []string { return slices.Sorted(maps.Keys(s)) }

func (s settings) Attribute(name string) (any, bool) {
	get, ok := s[name]
	if !ok {
		return nil, false
	}
	return get(), true
}

func ExampleMapping() {
	t, err := templates.New(templates.Config{}).FromString(`{% for name, v in settings.items() %}{{ name }}={{ v }} {% endfor %}{{ settings.get("tax", 0) }} {{ "size" in settings }}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := t.RenderString(map[string]any{"settings": settings{"size": func() any { return 3 }, "color": func() any { return "<red>" }}})
	fmt.Println(out, err)
	// Output: color=&lt;red&gt; size=3 0 True <nil>
}

func ExampleLoaderFunc() {
	stored := map[string]string{"hello": "Hello, {{ name }}!"} // such as a table of a database
	env := templates.New(templates.Config{
		Autoescape: func(string) bool { return true },
		Limits:     templates.Limits{Templates: 100, Source: 64 << 10},
		Loader: templates.LoaderFunc(func(name string) (templates.Source, error) {
			text, ok := stored[name]
			if !ok {
				return templates.Source{}, fs.ErrNotExist
			}
			return templates.Source{Text: text}, nil
		}),
	})
	if err := env.Render(os.Stdout, "hello", map[string]any{"name": "<Ada>"}); err != nil {
		fmt.Println(err)
	}
	// Output: Hello, &lt;Ada&gt;!
}

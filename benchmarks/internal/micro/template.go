package micro

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"strconv"

	"github.com/dewar-go/dewar/templates"
)

// An item is a row of the page: text to escape, a link and a number.
type item struct {
	Name  string `json:"name"`
	Link  string `json:"link"`
	Count int    `json:"count"`
	Sale  bool   `json:"sale"`
}

// items are a hundred rows.
var items = func() []item {
	all := make([]item, 100)
	for i := range all {
		all[i] = item{"Thing <" + strconv.Itoa(i) + "> & more", "/things/" + strconv.Itoa(i) + "?a=1&b=2", i * 17, i%3 == 0}
	}
	return all
}()

const (
	goPage = `<!doctype html><html><head><title>{{.title}}</title></head><body><h1>{{.title}}</h1><ul>
{{range $i, $item := .items}}<li id="item-{{$i}}"{{if $item.Sale}} class="sale"{{end}}><a href="{{$item.Link}}">{{$item.Name}}</a> {{$item.Count}}</li>
{{else}}<li>nothing</li>{{end}}</ul></body></html>`
	jinjaPage = `<!doctype html><html><head><title>{{ title }}</title></head><body><h1>{{ title }}</h1><ul>
{% for item in items %}<li id="item-{{ loop.index0 }}"{% if item.sale %} class="sale"{% endif %}><a href="{{ item.link }}">{{ item.name }}</a> {{ item.count }}</li>
{% else %}<li>nothing</li>{% endfor %}</ul></body></html>`
)

var data = map[string]any{"title": "Things & more", "items": items}

func htmlTemplate() (func() error, error) {
	t, err := template.New("page").Parse(goPage)
	if err != nil {
		return nil, err
	}
	return rendering(func(b *bytes.Buffer) error { return t.Execute(b, data) })
}

func dewarTemplate() (func() error, error) {
	t, err := templates.New(templates.Config{}).FromString(jinjaPage)
	if err != nil {
		return nil, err
	}
	return rendering(func(b *bytes.Buffer) error { return t.Render(b, data) })
}

// rendering checks that the page is whole and escaped, and returns the call.
func rendering(render func(*bytes.Buffer) error) (func() error, error) {
	var b bytes.Buffer
	if err := render(&b); err != nil {
		return nil, err
	}
	if rows := bytes.Count(b.Bytes(), []byte("<li ")); rows != len(items) {
		return nil, fmt.Errorf("the page has %d rows, want %d", rows, len(items))
	}
	if bytes.Contains(b.Bytes(), []byte("<0>")) || !bytes.Contains(b.Bytes(), []byte("Thing &lt;99&gt; &amp; more")) {
		return nil, errors.New("the page is not escaped")
	}
	return func() error {
		b.Reset()
		return render(&b)
	}, nil
}

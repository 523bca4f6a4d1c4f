package templates

import (
	"bytes"
	"html/template"
	"io"
	"strconv"
	"strings"
	"testing"
)

// The three pages of the benchmarks, in Jinja's language, html/template's,
// and by hand. A test holds their outputs equal.

type fortune struct {
	ID      int
	Message string
}

var fortunes = []fortune{
	{1, "fortune: No such file or directory"},
	{2, "A computer scientist is someone who fixes things that aren't broken."},
	{3, "After enough decimal places, nobody gives a damn."},
	{4, "A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1"},
	{5, "A computer program does what you tell it to do, not what you want it to do."},
	{6, "Emacs is a nice operating system, but I prefer UNIX. — Tom Christaensen"},
	{7, "Any program that runs right is obsolete."},
	{8, "A list is only as strong as its weakest link. — Donald Knuth"},
	{9, "Feature: A bug with seniority."},
	{10, "Computers make very fast, very accurate mistakes."},
	{11, `<script>alert("This should not be displayed in a browser alert box.");</script>`},
	{12, "フレームワークのベンチマーク"},
}

type tableRow struct {
	ID    int
	Name  string
	Email string
	Score int
}

func tableRows(n int) []tableRow {
	rows := make([]tableRow, n)
	for i := range rows {
		rows[i] = tableRow{i + 1, "User " + strconv.Itoa(i+1), "user" + strconv.Itoa(i+1) + "@example.com", i * 7 % 1000}
	}
	return rows
}

type benchUser struct {
	Name  string
	Admin bool
}

type layoutData struct {
	User  benchUser
	Title string
	Items []tableRow
}

var benchPages = Map{
	"fortunes.html": `<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>` +
		`{% for f in fortunes %}<tr><td>{{ f.id }}</td><td>{{ f.message }}</td></tr>{% endfor %}</table></body></html>`,
	"table.html": `<table>{% for r in rows %}<tr class="{% if loop.index is odd %}odd{% else %}even{% endif %}"><td>{{ r.id }}</td><td>{{ r.name }}</td>` +
		`<td>{{ r.email }}</td><td>{{ r.score }}</td></tr>{% endfor %}</table>`,
	"base.html": `<!DOCTYPE html><html><head><title>{% block title %}Site{% endblock %}</title></head><body>{% include "nav.html" %}` +
		`<main>{% block main %}{% endblock %}</main><footer>made by hand</footer></body></html>`,
	"nav.html":    `<nav><a href="/">home</a>{% if user.admin %}<a href="/admin">admin</a>{% endif %}<span title="{{ user.name }}">{{ user.name }}</span></nav>`,
	"macros.html": `{% macro field(name, value, type="text") %}<label>{{ name }} <input type="{{ type }}" name="{{ name }}" value="{{ value }}"></label>{% endmacro %}`,
	"layout.html": `{% extends "base.html" %}{% from "macros.html" import field %}{% block title %}{{ title }} - Site{% endblock %}` +
		`{% block main %}<h1>{{ title }}</h1><form>{% for i in items %}{{ field(i.name, i.email) }}{% endfor %}</form>{% endblock %}`,
}

var stdPages = template.Must(template.New("").Funcs(template.FuncMap{"odd": func(i int) bool { return i%2 == 0 }}).Parse(`
{{- define "fortunes.html"}}<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>` +
	`{{range .fortunes}}<tr><td>{{.ID}}</td><td>{{.Message}}</td></tr>{{end}}</table></body></html>{{end -}}
{{- define "table.html"}}<table>{{range $i, $r := .rows}}<tr class="{{if odd $i}}odd{{else}}even{{end}}"><td>{{$r.ID}}</td><td>{{$r.Name}}</td>` +
	`<td>{{$r.Email}}</td><td>{{$r.Score}}</td></tr>{{end}}</table>{{end -}}
{{- define "nav.html"}}<nav><a href="/">home</a>{{if .user.Admin}}<a href="/admin">admin</a>{{end}}<span title="{{.user.Name}}">{{.user.Name}}</span></nav>{{end -}}
{{- define "field"}}<label>{{.Name}} <input type="text" name="{{.Name}}" value="{{.Email}}"></label>{{end -}}
{{- define "title"}}{{.title}} - Site{{end -}}
{{- define "main"}}<h1>{{.title}}</h1><form>{{range .items}}{{template "field" .}}{{end}}</form>{{end -}}
{{- define "layout.html"}}<!DOCTYPE html><html><head><title>{{template "title" .}}</title></head><body>{{template "nav.html" .}}` +
	`<main>{{template "main" .}}</main><footer>made by hand</footer></body></html>{{end -}}`))

func escapeTo(b *bytes.Buffer, s string) {
	last := 0
	for i := range len(s) {
		var e string
		switch s[i] {
		case '&':
			e = "&amp;"
		case '<':
			e = "&lt;"
		case '>':
			e = "&gt;"
		case '"':
			e = "&#34;"
		case '\'':
			e = "&#39;"
		default:
			continue
		}
		b.WriteString(s[last:i])
		b.WriteString(e)
		last = i + 1
	}
	b.WriteString(s[last:])
}

func intTo(b *bytes.Buffer, n int) { b.Write(strconv.AppendInt(b.AvailableBuffer(), int64(n), 10)) }

func handFortunes(b *bytes.Buffer, rows []fortune) {
	b.WriteString(`<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>`)
	for i := range rows {
		b.WriteString("<tr><td>")
		intTo(b, rows[i].ID)
		b.WriteString("</td><td>")
		escapeTo(b, rows[i].Message)
		b.WriteString("</td></tr>")
	}
	b.WriteString("</table></body></html>")
}

func handTable(b *bytes.Buffer, rows []tableRow) {
	b.WriteString("<table>")
	for i := range rows {
		b.WriteString(`<tr class="`)
		if i%2 == 0 {
			b.WriteString("odd")
		} else {
			b.WriteString("even")
		}
		b.WriteString(`"><td>`)
		intTo(b, rows[i].ID)
		b.WriteString("</td><td>")
		escapeTo(b, rows[i].Name)
		b.WriteString("</td><td>")
		escapeTo(b, rows[i].Email)
		b.WriteString("</td><td>")
		intTo(b, rows[i].Score)
		b.WriteString("</td></tr>")
	}
	b.WriteString("</table>")
}

func handField(b *bytes.Buffer, name, val, typ string) {
	b.WriteString("<label>")
	escapeTo(b, name)
	b.WriteString(` <input type="`)
	escapeTo(b, typ)
	b.WriteString(`" name="`)
	escapeTo(b, name)
	b.WriteString(`" value="`)
	escapeTo(b, val)
	b.WriteString(`"></label>`)
}

func handLayout(b *bytes.Buffer, d *layoutData) {
	b.WriteString("<!DOCTYPE html><html><head><title>")
	escapeTo(b, d.Title)
	b.WriteString(` - Site</title></head><body><nav><a href="/">home</a>`)
	if d.User.Admin {
		b.WriteString(`<a href="/admin">admin</a>`)
	}
	b.WriteString(`<span title="`)
	escapeTo(b, d.User.Name)
	b.WriteString(`">`)
	escapeTo(b, d.User.Name)
	b.WriteString(`</span></nav><main><h1>`)
	escapeTo(b, d.Title)
	b.WriteString("</h1><form>")
	for i := range d.Items {
		handField(b, d.Items[i].Name, d.Items[i].Email, "text")
	}
	b.WriteString(`</form></main><footer>made by hand</footer></body></html>`)
}

// A benchPage is one page with its data and the renderer by hand.
type benchPage struct {
	name string
	data map[string]any
	hand func(b *bytes.Buffer)
}

func benchmarkPages() []benchPage {
	rows := tableRows(1000)
	layout := &layoutData{benchUser{"Ada <Admin>", true}, "Users & more", tableRows(20)}
	return []benchPage{
		{"fortunes", map[string]any{"fortunes": fortunes}, func(b *bytes.Buffer) { handFortunes(b, fortunes) }},
		{"table", map[string]any{"rows": rows}, func(b *bytes.Buffer) { handTable(b, rows) }},
		{"layout", map[string]any{"user": layout.User, "title": layout.Title, "items": layout.Items}, func(b *bytes.Buffer) { handLayout(b, layout) }},
	}
}

func TestBenchmarkPagesAgree(t *testing.T) {
	env := New(Config{Loader: benchPages})
	for _, p := range benchmarkPages() {
		var got, hand, std bytes.Buffer
		if err := env.Render(&got, p.name+".html", p.data); err != nil {
			t.Fatal(err)
		}
		p.hand(&hand)
		if got.String() != hand.String() {
			t.Errorf("%s:\n got %.2000s\nhand %.2000s", p.name, got.String(), hand.String())
		}
		if err := stdPages.ExecuteTemplate(&std, p.name+".html", p.data); err != nil {
			t.Fatal(err)
		}
		// html/template escapes the plus sign too, for the sake of UTF-7
		if got.String() != strings.ReplaceAll(std.String(), "&#43;", "+") {
			t.Errorf("%s:\n got %.2000s\n std %.2000s", p.name, got.String(), std.String())
		}
	}
}

func BenchmarkDewar(b *testing.B) {
	env := New(Config{Loader: benchPages})
	for _, p := range benchmarkPages() {
		b.Run(p.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := env.Render(io.Discard, p.name+".html", p.data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkHTMLTemplate(b *testing.B) {
	for _, p := range benchmarkPages() {
		b.Run(p.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := stdPages.ExecuteTemplate(io.Discard, p.name+".html", p.data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkByHand(b *testing.B) {
	var buf bytes.Buffer
	for _, p := range benchmarkPages() {
		b.Run(p.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				buf.Reset()
				p.hand(&buf)
			}
		})
	}
}

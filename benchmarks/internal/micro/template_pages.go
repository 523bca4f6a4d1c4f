package micro

import (
	"html/template"
	"strconv"
)

// The three pages that template engines are compared by: a table of twelve rows
// one of which is hostile, a table of a thousand rows, and a page with
// inheritance, an include and a macro. Each engine gets them in its own language
// and with the same data; a test holds the outputs equal.

type message struct {
	ID      int
	Message string
}

type user struct {
	ID    int
	Name  string
	Email string
	Score int
}

type visitor struct {
	Name  string
	Admin bool
}

// A pageData is what one of the pages shows.
type pageData struct {
	Title    string
	User     visitor
	Messages []message
	Users    []user
}

// values gives the data by name, as templates take it.
func (d *pageData) values() map[string]any {
	return map[string]any{"title": d.Title, "user": d.User, "messages": d.Messages, "users": d.Users}
}

func users(n int) []user {
	all := make([]user, n)
	for i := range all {
		id := strconv.Itoa(i + 1)
		all[i] = user{i + 1, "User " + id, "user" + id + "@example.com", i * 7 % 1000}
	}
	return all
}

// templatePages are the pages by name. No text has a plus sign, which
// html/template alone escapes.
var templatePages = map[string]*pageData{
	"fortunes": {Messages: []message{
		{1, "fortune: No such file or directory"},
		{2, "A computer scientist is someone who fixes things that aren't broken."},
		{3, "After enough decimal places, nobody gives a damn."},
		{4, "A bad random number generator: 1, 1, 1, 1, 1, 4.33e67, 1, 1, 1"},
		{5, "A computer program does what you tell it to do, not what you want it to do."},
		{6, "Emacs is a nice operating system, but I prefer UNIX. — Tom Christaensen"},
		{7, "Any program that runs right is obsolete."},
		{8, "A list is only as strong as its weakest link. — Donald Knuth"},
		{9, "Feature: A bug with seniority."},
		{10, "Computers make very fast, very accurate mistakes."},
		{11, `<script>alert("This should not be displayed in a browser alert box.");</script>`},
		{12, "フレームワークのベンチマーク"},
	}},
	"table":  {Users: users(1000)},
	"layout": {Title: "Users & more", User: visitor{"Ada <Admin>", true}, Users: users(20)},
}

var dewarPages = map[string]string{
	"fortunes": `<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>` +
		`{% for m in messages %}<tr><td>{{ m.id }}</td><td>{{ m.message }}</td></tr>{% endfor %}</table></body></html>`,
	"table": `<table>{% for u in users %}<tr class="{% if loop.index is odd %}odd{% else %}even{% endif %}"><td>{{ u.id }}</td><td>{{ u.name }}</td>` +
		`<td>{{ u.email }}</td><td>{{ u.score }}</td></tr>{% endfor %}</table>`,
	"base": `<!DOCTYPE html><html><head><title>{% block title %}Site{% endblock %}</title></head><body>{% include "nav" %}` +
		`<main>{% block main %}{% endblock %}</main><footer>the end</footer></body></html>`,
	"nav":    `<nav><a href="/">home</a>{% if user.admin %}<a href="/admin">admin</a>{% endif %}<span title="{{ user.name }}">{{ user.name }}</span></nav>`,
	"macros": `{% macro field(name, value, type="text") %}<label>{{ name }} <input type="{{ type }}" name="{{ name }}" value="{{ value }}"></label>{% endmacro %}`,
	"layout": `{% extends "base" %}{% from "macros" import field %}{% block title %}{{ title }} - Site{% endblock %}` +
		`{% block main %}<h1>{{ title }}</h1><form>{% for u in users %}{{ field(u.name, u.email) }}{% endfor %}</form>{% endblock %}`,
}

// gonja's language is the same, but fields have their names in Go, and blocks do
// not see what was imported outside of them.
var gonjaPages = map[string]string{
	"/fortunes": `<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>` +
		`{% for m in messages %}<tr><td>{{ m.ID }}</td><td>{{ m.Message }}</td></tr>{% endfor %}</table></body></html>`,
	"/table": `<table>{% for u in users %}<tr class="{% if loop.index is odd %}odd{% else %}even{% endif %}"><td>{{ u.ID }}</td><td>{{ u.Name }}</td>` +
		`<td>{{ u.Email }}</td><td>{{ u.Score }}</td></tr>{% endfor %}</table>`,
	"/base": `<!DOCTYPE html><html><head><title>{% block title %}Site{% endblock %}</title></head><body>{% include "/nav" %}` +
		`<main>{% block main %}{% endblock %}</main><footer>the end</footer></body></html>`,
	"/nav":    `<nav><a href="/">home</a>{% if user.Admin %}<a href="/admin">admin</a>{% endif %}<span title="{{ user.Name }}">{{ user.Name }}</span></nav>`,
	"/macros": `{% macro field(name, value, type="text") %}<label>{{ name }} <input type="{{ type }}" name="{{ name }}" value="{{ value }}"></label>{% endmacro %}`,
	"/layout": `{% extends "/base" %}{% block title %}{{ title }} - Site{% endblock %}` +
		`{% block main %}{% from "/macros" import field %}<h1>{{ title }}</h1><form>{% for u in users %}{{ field(u.Name, u.Email) }}{% endfor %}</form>{% endblock %}`,
}

// pongo2 has no "is odd"; its blocks do not see imports either.
var pongo2Pages = map[string]string{
	"fortunes": `<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>` +
		`{% for m in messages %}<tr><td>{{ m.ID }}</td><td>{{ m.Message }}</td></tr>{% endfor %}</table></body></html>`,
	"table": `<table>{% for u in users %}<tr class="{% if forloop.Counter % 2 %}odd{% else %}even{% endif %}"><td>{{ u.ID }}</td><td>{{ u.Name }}</td>` +
		`<td>{{ u.Email }}</td><td>{{ u.Score }}</td></tr>{% endfor %}</table>`,
	"base": `<!DOCTYPE html><html><head><title>{% block title %}Site{% endblock %}</title></head><body>{% include "nav" %}` +
		`<main>{% block main %}{% endblock %}</main><footer>the end</footer></body></html>`,
	"nav":    `<nav><a href="/">home</a>{% if user.Admin %}<a href="/admin">admin</a>{% endif %}<span title="{{ user.Name }}">{{ user.Name }}</span></nav>`,
	"macros": `{% macro field(name, value, type="text") export %}<label>{{ name }} <input type="{{ type }}" name="{{ name }}" value="{{ value }}"></label>{% endmacro %}`,
	"layout": `{% extends "base" %}{% block title %}{{ title }} - Site{% endblock %}` +
		`{% block main %}{% import "macros" field %}<h1>{{ title }}</h1><form>{% for u in users %}{{ field(u.Name, u.Email) }}{% endfor %}</form>{% endblock %}`,
}

var jetPages = map[string]string{
	"/fortunes": `<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>` +
		`{{range _, m := messages}}<tr><td>{{m.ID}}</td><td>{{m.Message}}</td></tr>{{end}}</table></body></html>`,
	"/table": `<table>{{range i, u := users}}<tr class="{{if i % 2 == 0}}odd{{else}}even{{end}}"><td>{{u.ID}}</td><td>{{u.Name}}</td>` +
		`<td>{{u.Email}}</td><td>{{u.Score}}</td></tr>{{end}}</table>`,
	"/base": `<!DOCTYPE html><html><head><title>{{block title()}}Site{{end}}</title></head><body>{{include "/nav"}}` +
		`<main>{{block main()}}{{end}}</main><footer>the end</footer></body></html>`,
	"/nav":    `<nav><a href="/">home</a>{{if user.Admin}}<a href="/admin">admin</a>{{end}}<span title="{{user.Name}}">{{user.Name}}</span></nav>`,
	"/macros": `{{block field(name, value, type="text")}}<label>{{name}} <input type="{{type}}" name="{{name}}" value="{{value}}"></label>{{end}}`,
	"/layout": `{{extends "/base"}}{{import "/macros"}}{{block title()}}{{title}} - Site{{end}}` +
		`{{block main()}}<h1>{{title}}</h1><form>{{range _, u := users}}{{yield field(name=u.Name, value=u.Email)}}{{end}}</form>{{end}}`,
}

// html/template has no macros with parameters: the template takes the row.
var htmlPages = template.Must(template.New("").Funcs(template.FuncMap{"odd": func(i int) bool { return i%2 == 0 }}).Parse(`
{{- define "fortunes"}}<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>` +
	`{{range .messages}}<tr><td>{{.ID}}</td><td>{{.Message}}</td></tr>{{end}}</table></body></html>{{end -}}
{{- define "table"}}<table>{{range $i, $u := .users}}<tr class="{{if odd $i}}odd{{else}}even{{end}}"><td>{{$u.ID}}</td><td>{{$u.Name}}</td>` +
	`<td>{{$u.Email}}</td><td>{{$u.Score}}</td></tr>{{end}}</table>{{end -}}
{{- define "nav"}}<nav><a href="/">home</a>{{if .user.Admin}}<a href="/admin">admin</a>{{end}}<span title="{{.user.Name}}">{{.user.Name}}</span></nav>{{end -}}
{{- define "field"}}<label>{{.Name}} <input type="text" name="{{.Name}}" value="{{.Email}}"></label>{{end -}}
{{- define "title"}}{{.title}} - Site{{end -}}
{{- define "main"}}<h1>{{.title}}</h1><form>{{range .users}}{{template "field" .}}{{end}}</form>{{end -}}
{{- define "layout"}}<!DOCTYPE html><html><head><title>{{template "title" .}}</title></head><body>{{template "nav" .}}` +
	`<main>{{template "main" .}}</main><footer>the end</footer></body></html>{{end -}}`))

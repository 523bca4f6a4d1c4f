package templates_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/templates"
)

// User and Note are the data of docs/templates.md.
type User struct {
	Name      string
	CreatedAt time.Time
}

type Note struct {
	Title string `json:"title"`
	Count int    `json:"count"`
}

// TestDocumentation renders every template of docs/templates.md, and looks that
// its Go stands in a test or an example, and so compiles.
func TestDocumentation(t *testing.T) {
	data := map[string]any{
		"user":  &User{Name: "Ada <3", CreatedAt: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)},
		"notes": []Note{{"Tea", 3}, {"Milk & honey", 12}},
		"link":  "javascript:alert(1)",
	}
	code := flat(read(t, "docs_test.go") + read(t, "example_test.go") + read(t, "../framework/render_example_test.go"))
	env := templates.New(templates.Config{})
	rendered, last := 0, ""
	for _, b := range fences(read(t, "../docs/templates.md")) {
		switch b.language {
		case "jinja":
			tm, err := env.FromString(b.text)
			if err == nil {
				last, err = tm.RenderString(data)
			}
			if err != nil {
				t.Errorf("%s\n%v", b.text, err)
			}
		case "output":
			rendered++
			if got := strings.TrimSpace(last); got != strings.TrimSpace(b.text) {
				t.Errorf("\n got %s\nwant %s", got, b.text)
			}
		case "go":
			if !strings.Contains(code, flat(b.text)) {
				t.Errorf("no test or example has\n%s", b.text)
			}
		default:
			t.Errorf("a block of %q, which nothing looks at", b.language)
		}
	}
	if rendered < 5 {
		t.Errorf("%d templates were rendered", rendered)
	}
}

// The error that docs/templates.md shows.
const shownError = `
templates: field.html:1:17: 'nam' is undefined; did you mean 'name'?
	<input name="{{ nam }}">
	                ^
	from page.html:3
`

func TestShownError(t *testing.T) {
	env := templates.New(templates.Config{Undefined: templates.Strict, Loader: templates.Map{
		"page.html": "\n\n{% include 'field.html' %}", "field.html": `<input name="{{ nam }}">`,
	}})
	err := env.Render(&strings.Builder{}, "page.html", map[string]any{"name": "x"})
	if err == nil || err.Error() != strings.TrimSpace(shownError) {
		t.Errorf("%v", err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// flat takes indentation away.
func flat(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimSpace(line) + "\n")
	}
	return b.String()
}

type fence struct{ language, text string }

// fences gives the fenced blocks of Markdown.
func fences(text string) []fence {
	var all []fence
	parts := strings.Split("\n"+text, "\n```")
	for i := 1; i+1 < len(parts); i += 2 {
		language, body, _ := strings.Cut(parts[i], "\n")
		all = append(all, fence{language, body + "\n"})
	}
	return all
}

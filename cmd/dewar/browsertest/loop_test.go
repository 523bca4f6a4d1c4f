//go:build unix

package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The page of a build that fails comes by itself, and goes by itself when it is mended.
func TestBuildError(t *testing.T) {
	p, b := run(t), open(t)
	b.visit(p.url)
	b.shows("one")
	p.write("version.go", "package main\n\n// version is what pages show.\nconst version = undefinedName + 1\n\nfunc Unused() int {\n\tvar count int = \"three\"\n\treturn count\n}\n")
	b.shows("The program does not build")
	b.shows("undefined: undefinedName")
	if got := evaluate[string](b, `document.querySelector(".code .here").textContent`); !strings.Contains(got, "const version = undefinedName + 1") {
		t.Errorf("the line that is marked is %q", got)
	}
	if got := evaluate[string](b, `document.querySelector(".file a").href`); !strings.HasPrefix(got, "vscode://file/") || !strings.HasSuffix(got, "version.go:4") {
		t.Errorf("the file opens with %q", got)
	}
	b.look("build-error")
	p.write("version.go", "package main\n\nconst version = \"mended\"\n")
	b.shows("mended")
	p.write("start.go", "package main\n\nfunc init() { panic(\"no database at 127.0.0.1:5432\") }\n")
	b.shows("The program has ended")
	b.shows("no database")
	b.look("start-error")
	p.write("start.go", "package main\n")
	b.shows("mended")
}

// A page loads itself anew when the program or a template is another one, in spite of a
// policy that allows scripts with a nonce alone.
func TestPageLoadsItselfAnew(t *testing.T) {
	p, b := run(t), open(t)
	b.visit(p.url)
	b.shows("one")
	p.write("version.go", "package main\n\nconst version = \"two\"\n")
	b.shows("two")
	p.write("templates/page.html", "{% extends \"base.html\" %}\n{% block content %}<h1>Coffee</h1><p>{{ Version }}</p>{% endblock %}\n")
	b.shows("Coffee")
}

// A style sheet is taken without loading the page: what somebody has typed stays.
func TestStyleIsSwapped(t *testing.T) {
	p, b := run(t), open(t)
	b.visit(p.url)
	b.shows("one")
	b.do(chromedp.SendKeys(chromedp.CSS("#typed"), "half a sentence"))
	evaluate[string](b, `window.mark = "the same page"`)
	p.write("static/style.css", "h1 { color: rgb(200, 10, 20); }\n")
	b.await(`getComputedStyle(document.getElementById("heading")).color === "rgb(200, 10, 20)"`)
	if got := evaluate[string](b, `window.mark + ": " + document.getElementById("typed").value`); got != "the same page: half a sentence" {
		t.Errorf("after the change of the style: %q", got)
	}
	b.await(`document.querySelectorAll('link[rel="stylesheet"]').length === 1`)
	p.write("templates/page.html", "{% extends \"base.html\" %}\n{% block content %}<h1>Coffee</h1>{% endblock %}\n")
	b.shows("Coffee") // which is heard of on the same stream
}

func TestDebugPage(t *testing.T) {
	p, b := run(t), open(t)
	b.visit(p.url + "/items/7?colour=green&token=query-token")
	b.shows("item 7: stock of 7: the warehouse does not answer")
	for _, text := range []string{"/items/<int:id>", "*fmt.wrapError", "one of several", "i/o timeout", "green", "EUR", "[redacted]", "Returned by handler item"} {
		b.shows(text)
	}
	all := evaluate[string](b, `document.documentElement.textContent`)
	for _, hidden := range []string{"query-token", "session-token", "sk-real-key"} {
		if strings.Contains(all, hidden) {
			t.Errorf("the page has %s", hidden)
		}
	}
	b.look("error")
	b.do(chromedp.Click(chromedp.CSS("#copy")))
	b.shows("Copied")

	b.visit(p.url + "/panic")
	b.shows("index out of range [3] with length 0")
	b.shows("return shelves[n]")
	if calls := evaluate[int](b, `[...document.querySelectorAll(".frames li")].filter(e => e.offsetParent).length`); calls != 2 {
		t.Errorf("%d calls are shown, want the two of the application", calls)
	}
	b.do(chromedp.Click(chromedp.CSS("#foreign")))
	if calls := evaluate[int](b, `[...document.querySelectorAll(".frames li")].filter(e => e.offsetParent).length`); calls < 5 {
		t.Errorf("%d calls are shown, want those of libraries as well", calls)
	}
	b.look("panic")

	b.visit(p.url + "/template")
	b.shows("broken.html:7")
	b.shows("{{ Total * 1.19 - Items }}")
	b.look("template")

	// The page is gone when the mistake is.
	p.write("templates/broken.html", "<h1>Basket</h1><p>{{ Total }}</p>\n")
	b.shows("many")
}

func TestTimeline(t *testing.T) {
	p, b := run(t), open(t)
	b.visit(p.url + "/none")
	b.visit(p.url + "/panic")
	b.visit(p.url)
	b.shows("one")
	type metric struct {
		Name, Description string
		Duration          float64
	}
	names := map[string]bool{}
	for _, m := range evaluate[[]metric](b, `performance.getEntriesByType("navigation")[0].serverTiming.map(m => ({Name: m.name, Description: m.description, Duration: m.duration}))`) {
		names[m.Name] = true
		if m.Description == "" || m.Duration < 0 {
			t.Errorf("a metric is %+v", m)
		}
	}
	for _, name := range []string{"middleware", "routing", "handler", "template", "total"} {
		if !names[name] {
			t.Errorf("the browser does not know of %s, but of %v", name, names)
		}
	}
	b.visit(p.url + "/_dewar/")
	b.shows("/none")
	b.shows("index out of range")
	b.look("timeline")
	evaluate[bool](b, `[...document.querySelectorAll(".list a")].find(a => a.querySelector(".path").firstChild.nextSibling.textContent.trim() === "/").click(), true`)
	b.shows("From the page to the server and back")
	for _, stage := range []string{"routing", "middleware", "secure.New", "compress.New", "handler", "template", "page.html", "bytes written"} {
		b.shows(stage)
	}
	b.look("request")
}
